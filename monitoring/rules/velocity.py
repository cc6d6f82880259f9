"""Rule 9: too many payments out in a short time."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import HOUR_SECONDS, N_OUT, RING, Activity
from monitoring.rulebook import MEDIUM, NOT_EVALUABLE, Answer, Customer, Hit, Side, Threshold, listed, rule
from monitoring.rules.fan_out import EXEMPT

SOURCE = "Tazama rules 010 and 011"
HOUR = Threshold("rule.velocity.hour", "Payments out within one hour", "int", 5, SOURCE, 2, RING)
DAY = Threshold("rule.velocity.day", "Payments out within 24 hours (by hourly buckets)", "int", 15, SOURCE, 2, 10_000)
TENTHS = Threshold(
    "rule.velocity.z",
    "Above the customer's own daily mean by",
    "int",
    30,
    SOURCE,
    10,
    100,
    "tenths of a standard deviation",
)
LEAST = Threshold(
    "rule.velocity.least", "Fewer payments than this in a day are never unusual", "int", 4, "bank policy", 2, 100
)
HISTORY = Threshold("rule.velocity.history", "Days with payments needed for a mean", "int", 10, "bank policy", 10, 35)
FLOOR = Threshold(
    "rule.velocity.floor",
    "The spread counts as at least this share of the mean",
    "percent",
    100,
    "bank policy: one or two payments a day spread like their mean, and a weekend's join Monday's",
    0,
    100,
)


@rule(
    "velocity_count",
    number=9,
    title="Many payments in a short time",
    severity=MEDIUM,
    family="velocity",
    source=SOURCE,
    parameters=[HOUR, DAY, TENTHS, LEAST, HISTORY, FLOOR, EXEMPT],
    incoming=False,
)
def velocity_count(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Many payments out within one hour or 24 hours, or on this business day far more than on the
    customer's other days with payments. Customers who pay many by trade are exempt: wages leave within minutes.
    """
    if customer and customer.segment in listed(parameters[EXEMPT.code]):
        return None
    ring, at, hour_limit = activity.ring_out, side.at, parameters[HOUR.code]
    if len(ring) >= hour_limit and ring[-hour_limit][0] > at - HOUR_SECONDS:
        count = sum(1 for then, _, _ in ring if at - HOUR_SECONDS < then <= at)
        if count >= hour_limit:
            shown = f"{count} or more" if count == RING else str(count)
            return _hit(count, hour_limit, f"{shown} payments left in one hour; from {hour_limit} on it is unusual.")
    in_day, day_limit = activity.count_since(at, N_OUT), parameters[DAY.code]
    if in_day >= day_limit:
        return _hit(in_day, day_limit, f"{in_day} payments left in 24 hours; from {day_limit} on it is unusual.")
    return _against_own_days(side, activity, parameters)


def _hit(value: int, threshold: int, sentence: str) -> Hit:
    return Hit(value=value, threshold=threshold, unit="count", sentence=sentence, inputs={"payments": value}, days=2)


def _against_own_days(side: Side, activity: Activity, parameters: Mapping[str, Any]) -> Answer:
    bucket = activity.daily.get(side.day)
    # Of a business day that a weekend joins only the last 24 hours: three days are no busy one.
    count = min(bucket[N_OUT], activity.count_since(side.at, N_OUT)) if bucket else 0
    if count < parameters[LEAST.code]:
        return None
    usual, floor, tenths = activity.outgoing_days(side.day), parameters[FLOOR.code], parameters[TENTHS.code]
    if usual.n < parameters[HISTORY.code]:
        return NOT_EVALUABLE
    if not usual.reached(count, tenths, floor):
        return None
    score = usual.score(count, floor)
    return Hit(
        value=round(score, 1),
        threshold=tenths / 10,
        unit="sd",
        sentence=(
            f"{count} payments left on this business day; on {usual.n} earlier days with payments it was "
            f"{usual.mean:.1f} on average, so this is {score:.1f} standard deviations above."
        ),
        inputs={"payments": count},
        baseline={"days": usual.n, "mean": round(usual.mean, 2), "sd": round(usual.deviation, 2)},
    )
