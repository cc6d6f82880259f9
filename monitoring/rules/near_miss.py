"""Rule 2: cash split within one day so that no single deposit is above the reporting limit."""

from collections.abc import Mapping
from typing import Any

from accounts.outcomes import ALERT
from monitoring.activity import DEPOSITED, DEPOSITS, LARGEST, Activity
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, day_text, rule
from monitoring.rules.structuring import LIMIT

SOURCE = "31 CFR 1010.314; 31 USC 5324"
COUNT = Threshold("rule.near_miss.count", "Cash deposits of one business day needed", "int", 2, SOURCE, 2, 20)


@rule(
    "near_miss",
    number=2,
    title="Cash split within one day",
    severity=HIGH,
    family="structuring",
    source=SOURCE,
    parameters=[LIMIT, COUNT],
    incoming=True,
    cash=True,
    conducted=True,
    outcomes=(ALERT,),
)
def near_miss(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several cash deposits by or on behalf of one person on one business day, none of them above the reporting
    limit, that together are above it.
    """
    counted, limit = activity.deposits.get(side.day), parameters[LIMIT.code]
    if counted is None or counted[DEPOSITS] < parameters[COUNT.code]:
        return None
    if counted[DEPOSITED] <= limit or counted[LARGEST] > limit:
        return None
    return Hit(
        value=counted[DEPOSITED],
        threshold=limit,
        unit="money",
        sentence=(
            f"{counted[DEPOSITS]} cash deposits on {day_text(side.day)} come to {side.money(counted[DEPOSITED])}; none "
            f"is above {side.money(limit)}, the largest is {side.money(counted[LARGEST])}."
        ),
        inputs={
            "deposits": counted[DEPOSITS],
            "sum": counted[DEPOSITED],
            "largest": counted[LARGEST],
            "business_date": day_text(side.day),
        },
    )
