"""Rule 17: a silent customer awakes."""

from collections.abc import Mapping
from typing import Any

from accounts.ledger import CUSTOMERS_OWN, SYSTEM
from monitoring.activity import DAY_SECONDS, REST_SECONDS, Activity
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "Tazama rules 003 and 004"
NUMBER = 17
SHORTEST = REST_SECONDS // DAY_SECONDS
DAYS = Threshold("rule.dormant.days", "Days without the customer's own movement", "days", 180, SOURCE, SHORTEST, 3650)
LEAST = Threshold("rule.dormant.least", "The movement is at least", "money", 100_000, SOURCE, 0, 100_000_000)
AWAKE = Threshold("rule.dormant.awake", "Days after the awakening that still count", "days", 3, "bank policy", 1, 30)


@rule(
    "dormant",
    number=NUMBER,
    title="Dormant customer becomes active",
    severity=MEDIUM,
    family="dormant",
    source=SOURCE,
    parameters=[DAYS, LEAST, AWAKE],
)
def dormant(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """The customer moved nothing themselves for a long time; now a larger sum goes out or comes in. What others
    send to a silent customer counts once in each silence; what the bank's programs do never counts.
    """
    if side.amount < parameters[LEAST.code] or side.channel == SYSTEM or side.type not in CUSTOMERS_OWN:
        return None
    needed, since = parameters[DAYS.code] * DAY_SECONDS, activity.own_at
    quiet = side.at - since
    if quiet >= needed:
        if since < activity.fired.get(NUMBER, 0):
            return None
    elif activity.rest_from and 0 <= side.at - activity.woke_at < parameters[AWAKE.code] * DAY_SECONDS:
        quiet = activity.woke_at - activity.rest_from
    if quiet < needed:
        return None
    days = quiet // DAY_SECONDS
    return Hit(
        value=days,
        threshold=parameters[DAYS.code],
        unit="days",
        sentence=(
            f"After {days} days without a movement of their own, {side.money(side.amount)} "
            f"{'came in for' if side.incoming else 'was paid by'} this customer."
        ),
        inputs={"quiet_days": days, "amount": side.amount},
        days=1 + parameters[AWAKE.code],
    )
