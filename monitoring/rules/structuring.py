"""Rule 3: structuring over several days."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import CASH_IN, NEAR_DAYS, Activity
from monitoring.activity import DAYS as DAYS_KEPT
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, day_text, rule

SOURCE = "31 USC 5324; FFIEC BSA/AML manual, appendix G"
POLICY = "bank policy: who knows the band stays below it; see docs/decisions/0036"
LIMIT = Threshold(
    "rule.structuring.limit", "Reporting limit the deposits stay below", "money", 1_000_000, SOURCE, 100_000, 1_000_000
)
BAND = Threshold(
    "rule.structuring.band", "A deposit is near from this share of the limit on", "percent", 80, SOURCE, 50, 99
)
COUNT = Threshold("rule.structuring.count", "Near deposits needed", "int", 3, SOURCE, 2, 20)
DAYS = Threshold("rule.structuring.days", "Rolling window", "days", 10, SOURCE, 2, NEAR_DAYS)
SUM = Threshold("rule.structuring.sum", "Their sum is at least", "money", 2_000_000, SOURCE, 100_000)

WIDE_DAYS = Threshold("rule.structuring.wide_days", "Or any deposits below the limit within", "days", 14, POLICY, 7, 21)
WIDE_COUNT = Threshold(
    "rule.structuring.wide_count", "On so many of these days (0: not looked at)", "int", 4, POLICY, 0, 20
)
WIDE_TIMES = Threshold(
    "rule.structuring.wide_times", "Times the customer's own usual cash", "percent", 300, POLICY, 100, 10_000
)


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
    parameters=[LIMIT, BAND, COUNT, DAYS, SUM, WIDE_DAYS, WIDE_COUNT, WIDE_TIMES],
    incoming=True,
    cash=True,
)
def structuring(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several cash deposits within a few days, each just below the reporting limit, that together are
    large: split so that no report is made. Or several on days that stay below it, near or not, that together are
    many times the customer's own usual cash.
    """
    return _near(side, activity, parameters) or _wide(side, activity, parameters)


def _near(side: Side, activity: Activity, parameters: Mapping[str, Any]) -> Hit | None:
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


def _wide(side: Side, activity: Activity, parameters: Mapping[str, Any]) -> Hit | None:
    """Cash below the limit day by day, against what the customer brought in the weeks before that are still known."""
    days, least, limit = parameters[WIDE_DAYS.code], parameters[WIDE_COUNT.code], parameters[LIMIT.code]
    total = activity.sum_of_days(side.day, days, CASH_IN)
    if not least or total < parameters[SUM.code]:
        return None
    brought = [
        bucket[CASH_IN]
        for day, bucket in activity.daily.items()
        if side.day - days < day <= side.day and bucket[CASH_IN]
    ]
    earlier, percent = activity.sum_of_days(side.day - days, DAYS_KEPT - days, CASH_IN), parameters[WIDE_TIMES.code]
    usual = earlier * days // (DAYS_KEPT - days)
    if len(brought) < least or max(brought) > limit or total * 100 < percent * usual:
        return None
    if side.day - min([*activity.daily, *(7 * week + 6 for week in activity.weeks)]) < DAYS_KEPT - 7:
        return None  # not known for long enough to say what is usual: rule 18 is about new customers
    return Hit(
        value=len(brought),
        threshold=least,
        unit="count",
        sentence=(
            f"Cash was paid in on {len(brought)} of the {days} days to {day_text(side.day)}, never more than "
            f"{side.money(limit)} on one and {side.money(total)} together; in the weeks before it was "
            f"{side.money(usual)} in as many days."
        ),
        inputs={"days": len(brought), "sum": total, "amount": side.amount, "least_sum": parameters[SUM.code]},
        baseline={"usual_cash": usual},
        days=days,
    )
