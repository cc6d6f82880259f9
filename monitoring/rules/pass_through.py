"""Rule 12: money that leaves as soon as it has come."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import HOUR_SECONDS, RING, SUM_IN, Activity
from monitoring.rulebook import HIGH, MEDIUM, SUPPORT_DAYS, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "Tazama rules 024 to 027"
SHARE = Threshold("rule.pass_through.share", "Share of the credits that leaves again", "percent", 80, SOURCE, 10, 100)
HOURS = Threshold("rule.pass_through.hours", "Window", "hours", 24, SOURCE, 1, 24)
FAST = Threshold("rule.pass_through.fast", "High when it takes no longer than", "hours", 2, SOURCE, 1, 24)
LEAST = Threshold("rule.pass_through.least", "The credits are at least", "money", 300_000, SOURCE, 0, 100_000_000)


@rule(
    "pass_through",
    number=12,
    title="Money passes through",
    severity=MEDIUM,
    family="pass_through",
    source=SOURCE,
    parameters=[SHARE, HOURS, FAST, LEAST, SUPPORT_DAYS],
    incoming=False,
    alone=False,
)
def pass_through(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Most of what came in during the last day has left again. Alone it is ordinary; it raises the score of an
    alert that another rule opens now or opened a few days ago.
    """
    ring, least, share = activity.ring_in, parameters[LEAST.code], parameters[SHARE.code]
    if not ring or ring[-1][0] <= side.at - parameters[HOURS.code] * HOUR_SECONDS:
        return None
    for hours, severity in ((parameters[FAST.code], HIGH), (parameters[HOURS.code], MEDIUM)):
        came, left = passed(activity, side.at, hours * HOUR_SECONDS)
        if came and came >= least and left * 100 >= share * came:
            return _hit(side, came, min(left, came), hours, share, severity)
    return None


def passed(activity: Activity, at: int, seconds: int) -> tuple[int, int]:
    """What came in within the window, and what left since the first of it. The rings hold the last ten of each."""
    credits = [(then, amount) for then, amount, _ in activity.ring_in if at - seconds < then <= at]
    if not credits:
        return 0, 0
    came = sum([amount for _, amount in credits])
    if len(credits) == RING:
        came = max(came, activity.count_since(at, SUM_IN))
    return came, sum([amount for then, amount, _ in activity.ring_out if credits[0][0] <= then <= at])


def _hit(side: Side, came: int, left: int, hours: int, share: int, severity: str) -> Hit:
    return Hit(
        value=left * 100 // came,
        threshold=share,
        unit="percent",
        severity=severity,
        sentence=(
            f"{side.money(left)} of the {side.money(came)} that came in within {hours} hours has left again: "
            f"{left * 100 // came} %; from {share} % on money passes through."
        ),
        inputs={"came": came, "left": left, "hours": hours, "amount": side.amount},
        days=2,
    )
