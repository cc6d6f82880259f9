"""Rule 13: a funnel account."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import CASH_DAY, CASH_IN, DAY_SECONDS, PLACES, RING, Activity
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, listed, rule
from monitoring.rules.fan_in import EXEMPT

SOURCE = "FinCEN advisory FIN-2014-A005 on funnel accounts"
PAYERS = Threshold("rule.funnel.depositors", "Different depositors needed", "int", 5, SOURCE, 2, RING)
BRANCHES = Threshold("rule.funnel.branches", "Or branches at which cash was paid in", "int", 3, SOURCE, 2, PLACES)
DAYS = Threshold("rule.funnel.days", "Window of the deposits", "days", 7, SOURCE, 1, 30)
SHARE = Threshold("rule.funnel.share", "Share of them that leaves", "percent", 70, SOURCE, 10, 100)
OUT_DAYS = Threshold("rule.funnel.out_days", "Window in which it leaves", "days", 3, SOURCE, 1, 30)
LEAST = Threshold("rule.funnel.least", "The deposits are at least", "money", 300_000, "bank policy", 0, 100_000_000)


@rule(
    "funnel",
    number=13,
    title="Funnel account",
    severity=HIGH,
    family="funnel",
    source=SOURCE,
    parameters=[PAYERS, BRANCHES, DAYS, SHARE, OUT_DAYS, LEAST, EXEMPT],
    incoming=False,
)
def funnel(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several people pay in within a week, or cash is paid in at several branches, and most of it leaves within
    a few days. Customers who collect by trade are exempt.
    """
    ring, out_seconds = activity.ring_in, parameters[OUT_DAYS.code] * DAY_SECONDS
    if not ring or ring[-1][0] <= side.at - out_seconds:
        return None
    found = _depositors(activity, side, parameters) or _branches(activity, side, parameters)
    if found is None or (customer and customer.segment in listed(parameters[EXEMPT.code])):
        return None
    number, least, what, came, since = found
    left = sum(
        [amount for then, amount, _ in activity.ring_out if max(since, side.at - out_seconds + 1) <= then <= side.at]
    )
    if came < parameters[LEAST.code] or left * 100 < parameters[SHARE.code] * came:
        return None
    days, out_days, left = parameters[DAYS.code], parameters[OUT_DAYS.code], min(left, came)
    return Hit(
        value=number,
        threshold=least,
        unit="count",
        sentence=(
            f"{side.money(came)} came in {what} within {days} days, and {side.money(left)} of it "
            f"({left * 100 // came} %) left within {out_days} days."
        ),
        inputs={"depositors": number, "came": came, "left": left, "amount": side.amount},
        days=days + out_days,
    )


_Found = tuple[int, int, str, int, int]
"""How many, how many are needed, what they are, what came in, since when."""


def _depositors(activity: Activity, side: Side, parameters: Mapping[str, Any]) -> _Found | None:
    """Different people who paid in, of the last ten credits."""
    least, ring = parameters[PAYERS.code], activity.ring_in
    if len(ring) < least:
        return None
    since = ring[-1][0] - parameters[DAYS.code] * DAY_SECONDS
    paid = [entry for entry in ring if since < entry[0] <= side.at and entry[2]]
    number = len({who for _, _, who in paid})
    if number < least:
        return None
    return number, least, f"from {number} different people", sum([amount for _, amount, _ in paid]), paid[0][0]


def _branches(activity: Activity, side: Side, parameters: Mapping[str, Any]) -> _Found | None:
    """Branches at which cash was paid in: this bank's branches stand for regions."""
    least, days, places = parameters[BRANCHES.code], parameters[DAYS.code], activity.places
    if len(places) < least:
        return None
    last = max(seen[CASH_DAY] for seen in places.values())
    number = sum(1 for seen in places.values() if last - days < seen[CASH_DAY] <= last)
    if number < least or last <= side.day - parameters[OUT_DAYS.code]:
        return None
    return number, least, f"as cash at {number} branches", activity.sum_of_days(last, days, CASH_IN), 0
