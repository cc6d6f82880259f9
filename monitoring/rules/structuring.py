"""Rule 3: structuring over several days."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import NEAR_DAYS, Activity
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, day_text, rule

SOURCE = "31 USC 5324; FFIEC BSA/AML manual, appendix G"
LIMIT = Threshold(
    "rule.structuring.limit", "Reporting limit the deposits stay below", "money", 1_000_000, SOURCE, 100_000, 1_000_000
)
BAND = Threshold(
    "rule.structuring.band", "A deposit is near from this share of the limit on", "percent", 80, SOURCE, 50, 99
)
COUNT = Threshold("rule.structuring.count", "Near deposits needed", "int", 3, SOURCE, 2, 20)
DAYS = Threshold("rule.structuring.days", "Rolling window", "days", 10, SOURCE, 2, NEAR_DAYS)
SUM = Threshold("rule.structuring.sum", "Their sum is at least", "money", 2_000_000, SOURCE, 100_000)


def is_near(amount: int, parameters: Mapping[str, Any]) -> bool:
    """Whether a cash deposit lies in the band just below the reporting limit."""
    limit: int = parameters[LIMIT.code]
    return amount < limit and amount * 100 >= limit * int(parameters[BAND.code])


@rule(
    "structuring",
    number=3,
    title="Structuring over several days",
    severity=HIGH,
    family="structuring",
    source=SOURCE,
    parameters=[LIMIT, BAND, COUNT, DAYS, SUM],
    incoming=True,
    cash=True,
)
def structuring(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several cash deposits within a few days, each just below the reporting limit, that together are
    large: split so that no report is made.
    """
    if not is_near(side.amount, parameters):
        return None
    days, least = parameters[DAYS.code], parameters[COUNT.code]
    count, total = activity.near_since(side.day, days)
    if count < least or total < parameters[SUM.code]:
        return None
    limit, percent = parameters[LIMIT.code], parameters[BAND.code]
    return Hit(
        value=count,
        threshold=least,
        unit="count",
        sentence=(
            f"{count} cash deposits of {side.money(limit * percent // 100)} to just under {side.money(limit)} in the "
            f"{days} days to {day_text(side.day)}, {side.money(total)} together: each stays below the reporting limit."
        ),
        inputs={"deposits": count, "sum": total, "amount": side.amount, "least_sum": parameters[SUM.code]},
        days=days,
    )
