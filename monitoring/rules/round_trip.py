"""Rule 30: money that comes back."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import DAY_SECONDS, Activity
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, counted, rule

SOURCE = "datasynth round_tripping; cycles of length 2"
DAYS = Threshold("rule.round_trip.days", "It comes back within", "days", 30, SOURCE, 1, 90)
PERCENT = Threshold("rule.round_trip.percent", "The amounts differ by at most", "percent", 5, SOURCE, 0, 50)
LEAST = Threshold("rule.round_trip.least", "The amount is at least", "money", 100_000, "bank policy", 0, 100_000_000)


@rule(
    "round_trip",
    number=30,
    title="Money comes back from the same counterparty",
    severity=MEDIUM,
    family="round_trip",
    source=SOURCE,
    parameters=[DAYS, PERCENT, LEAST],
    incoming=True,
    cash=False,
)
def round_trip(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """The customer paid somebody and gets nearly the same amount back from them within weeks. It looks at the
    last ten payments out.
    """
    if not side.counterparty or side.amount < parameters[LEAST.code]:
        return None
    days, percent = parameters[DAYS.code], parameters[PERCENT.code]
    since = side.at - days * DAY_SECONDS
    for then, amount, who in reversed(activity.ring_out):
        back = who == side.counterparty and since <= then <= side.at
        if back and abs(amount - side.amount) * 100 <= percent * amount:
            return _hit(side, amount, (side.at - then) // DAY_SECONDS, days, percent)
    return None


def _hit(side: Side, sent: int, after: int, days: int, percent: int) -> Hit:
    return Hit(
        value=after,
        threshold=days,
        unit="days",
        sentence=(
            f"{side.money(sent)} was paid to somebody, and {side.money(side.amount)} came back from them "
            f"{counted(after, 'day')} later; within {days} days and {percent} % this is a round trip."
        ),
        inputs={"sent": sent, "amount": side.amount, "days_between": after},
        days=days + 1,
    )
