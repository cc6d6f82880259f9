"""Rule 11: an amount far from the customer's own normal."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import Activity
from monitoring.rulebook import HIGH, MEDIUM, NOT_EVALUABLE, Answer, Customer, Hit, Side, Threshold, rule
from monitoring.windows import SUM_IN, SUM_OUT

SOURCE = "Tazama rules 020 and 048"
SD = "tenths of a standard deviation"
MEDIUM_AT = Threshold(
    "rule.deviation.medium", "Medium from this distance above the mean", "int", 30, SOURCE, 10, 100, SD
)
HIGH_AT = Threshold("rule.deviation.high", "High from this distance above the mean", "int", 50, SOURCE, 10, 200, SD)
HISTORY = Threshold("rule.deviation.history", "Earlier movements needed in this direction", "int", 10, SOURCE, 10, 1000)
LEAST = Threshold(
    "rule.deviation.least", "Smaller amounts are never unusual", "money", 100_000, "bank policy", 0, 10_000_000
)
FLOOR = Threshold(
    "rule.deviation.floor", "The spread counts as at least this share of the mean", "percent", 10, "bank policy", 0, 100
)
SEEN = Threshold(
    "rule.deviation.seen",
    "Not unusual when an earlier day of the last 35 saw so much of it in the same direction",
    "percent",
    90,
    "bank policy: rent and wages come once a month, among many small payments",
    1,
    1_000,
)


@rule(
    "deviation",
    number=11,
    title="Unusual amount for this customer",
    severity=MEDIUM,
    family="deviation",
    source=SOURCE,
    parameters=[MEDIUM_AT, HIGH_AT, HISTORY, LEAST, FLOOR, SEEN],
    alone=False,
)
def deviation(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """The amount lies several standard deviations above the mean of the customer's earlier amounts in
    the same direction, and no earlier day of the last five weeks saw nearly as much.
    """
    if side.amount < parameters[LEAST.code]:
        return None
    stats = activity.stats_in if side.incoming else activity.stats_out
    if stats[0] <= parameters[HISTORY.code]:  # the movement itself is in already
        return NOT_EVALUABLE
    usual, floor = activity.amounts(side.incoming).without(side.amount), parameters[FLOOR.code]
    if not usual.reached(side.amount, parameters[MEDIUM_AT.code], floor):
        return None
    if _seen(side, activity, parameters[SEEN.code]):
        return None
    high = usual.reached(side.amount, parameters[HIGH_AT.code], floor)
    score, limit = usual.score(side.amount, floor), parameters[HIGH_AT.code if high else MEDIUM_AT.code] / 10
    what = "incoming" if side.incoming else "outgoing"
    return Hit(
        value=round(score, 1),
        threshold=limit,
        unit="sd",
        severity=HIGH if high else MEDIUM,
        sentence=(
            f"{side.money(side.amount)} is {score:.1f} standard deviations above this customer's usual {what} amount: "
            f"{side.money(round(usual.mean))} on average over {usual.n} earlier movements."
        ),
        inputs={"amount": side.amount},
        baseline={"n": usual.n, "mean_amount": round(usual.mean), "sd_amount": round(usual.deviation)},
        days=35,
    )


def _seen(side: Side, activity: Activity, percent: int) -> bool:
    """Whether an earlier day brought (or took) at least `percent` of the amount."""
    place = SUM_IN if side.incoming else SUM_OUT
    return any(
        day < side.day and 100 * bucket[place] >= percent * side.amount for day, bucket in activity.daily.items()
    )
