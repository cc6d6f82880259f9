"""Rule 4: structuring over several branches."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import NEAR_DAY, PLACES, Activity
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, day_text, rule
from monitoring.rules.structuring import BAND, COUNT, DAYS, LIMIT, SUM, is_near

SOURCE = "31 USC 5324; AMLSim fan-in of cash"
BRANCHES = Threshold("rule.structuring_branches.branches", "Branches needed", "int", 2, SOURCE, 2, PLACES)


@rule(
    "structuring_branches",
    number=4,
    title="Structuring over several branches",
    severity=HIGH,
    family="structuring",
    source=SOURCE,
    parameters=[LIMIT, BAND, COUNT, DAYS, SUM, BRANCHES],
    incoming=True,
    cash=True,
)
def structuring_branches(
    side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]
) -> Answer:
    """Cash deposits just below the reporting limit, summed over all accounts of the customer as in rule 3, that
    were made at several branches.
    """
    if not is_near(side.amount, parameters):
        return None
    days, least = parameters[DAYS.code], parameters[BRANCHES.code]
    branches = sum(1 for seen in activity.places.values() if side.day - days < seen[NEAR_DAY] <= side.day)
    if branches < least:
        return None
    count, total = activity.near_since(side.day, days)
    if count < parameters[COUNT.code] or total < parameters[SUM.code]:
        return None
    return Hit(
        value=branches,
        threshold=least,
        unit="count",
        sentence=(
            f"{count} cash deposits just under {side.money(parameters[LIMIT.code])} at {branches} branches in the "
            f"{days} days to {day_text(side.day)}, {side.money(total)} together."
        ),
        inputs={"branches": branches, "deposits": count, "sum": total, "amount": side.amount},
        days=days,
    )
