"""Rule 14: collection from many strangers."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import COUNTERPARTIES, HOUR_SECONDS, Activity
from monitoring.fans import completed
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "Tazama rule 016; AMLSim fan_in"
SENDERS = Threshold("rule.fan_in.senders", "New senders within the window", "int", 5, SOURCE, 2, COUNTERPARTIES)
HOURS = Threshold("rule.fan_in.hours", "Window", "hours", 24, SOURCE, 1, 240)
EXEMPT = Threshold(
    "rule.fan_in.exempt",
    "Customer segments that collect from many by trade",
    "text",
    "business,merchant,payroll,public",
    "bank policy",
)


@rule(
    "fan_in",
    number=14,
    title="Money from many new senders",
    severity=MEDIUM,
    family="fan",
    source=SOURCE,
    parameters=[SENDERS, HOURS, EXEMPT],
    incoming=True,
    cash=False,
)
def fan_in(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several distinct senders within a day, none of them seen before. House accounts, own accounts and
    customers who collect by trade are exempt.
    """
    least, hours = parameters[SENDERS.code], parameters[HOURS.code]
    senders = completed(
        side,
        activity,
        customer,
        least=least,
        exempt=parameters[EXEMPT.code],
        newcomers=lambda: activity.new_senders(side.at, hours * HOUR_SECONDS),
    )
    if not senders:
        return None
    return Hit(
        value=senders,
        threshold=least,
        unit="count",
        sentence=(
            f"{senders} different senders, none seen before, paid in within {hours} hours; "
            f"from {least} on this is unusual. The last one sent {side.money(side.amount)}."
        ),
        inputs={"new_senders": senders, "amount": side.amount, "hours": hours},
        baseline={"known_counterparties": len(activity.counterparties) - senders},
        days=1 + (hours + 23) // 24,
    )
