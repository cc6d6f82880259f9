"""Rule 25: a changed password, then money to a new payee."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from monitoring.activity import HOUR_SECONDS, Activity
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, counted, rule

SOURCE = "FFIEC authentication guidance 2021; datasynth AccountTakeover"
HOURS = Threshold("rule.takeover.hours", "Hours between the change and the payment", "hours", 48, SOURCE, 1, 720)
LEAST = Threshold("rule.takeover.least", "The payment is at least", "money", 100_000, SOURCE, 0, 100_000_000)


@rule(
    "takeover",
    number=25,
    title="Password changed, then money to a new payee",
    severity=HIGH,
    family="takeover",
    source=SOURCE,
    parameters=[HOURS, LEAST],
    incoming=False,
    cash=False,
)
def takeover(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """The password was changed, and soon after the customer pays somebody for the first time, or somebody at
    another bank, who is not known here. The password of the registration is no change.
    """
    if not side.initiated or side.amount < parameters[LEAST.code] or not customer or not customer.password_changed_at:
        return None
    after = side.at - int(datetime.fromisoformat(customer.password_changed_at).timestamp())
    hours = parameters[HOURS.code]
    if not 0 <= after <= hours * HOUR_SECONDS:
        return None
    if side.counterparty and not activity.is_first_payment(side.counterparty, side.at):
        return None
    whom = "a payee never paid before" if side.counterparty else "another bank"
    return Hit(
        value=after // HOUR_SECONDS,
        threshold=hours,
        unit="hours",
        sentence=(
            f"{side.money(side.amount)} went to {whom} {counted(after // HOUR_SECONDS, 'hour')} after the password was "
            f"changed; up to {hours} hours this may be somebody else at work."
        ),
        inputs={"amount": side.amount, "hours_after": after // HOUR_SECONDS},
    )
