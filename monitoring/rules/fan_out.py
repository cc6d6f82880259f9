"""Rule 15: distribution to many strangers."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import COUNTERPARTIES, HOUR_SECONDS, Activity
from monitoring.fans import completed
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "Tazama rule 017; AMLSim fan_out"
RECEIVERS = Threshold("rule.fan_out.receivers", "New receivers within the window", "int", 5, SOURCE, 2, COUNTERPARTIES)
HOURS = Threshold("rule.fan_out.hours", "Window", "hours", 24, SOURCE, 1, 240)
EXEMPT = Threshold(
    "rule.fan_out.exempt",
    "Customer segments that pay many by trade",
    "text",
    "business,merchant,payroll,public",
    "bank policy",
)


@rule(
    "fan_out",
    number=15,
    title="Money to many new receivers",
    severity=MEDIUM,
    family="fan",
    source=SOURCE,
    parameters=[RECEIVERS, HOURS, EXEMPT],
    incoming=False,
    cash=False,
)
def fan_out(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several distinct receivers within a day, none of them seen before. Wages, house accounts, own accounts and
    customers who pay many by trade are exempt.
    """
    least, hours = parameters[RECEIVERS.code], parameters[HOURS.code]
    receivers = completed(
        side,
        activity,
        customer,
        least=least,
        exempt=parameters[EXEMPT.code],
        newcomers=lambda: activity.new_receivers(side.at, hours * HOUR_SECONDS),
    )
    if not receivers:
        return None
    return Hit(
        value=receivers,
        threshold=least,
        unit="count",
        sentence=(
            f"{receivers} different receivers, none seen before, were paid within {hours} hours; "
            f"from {least} on this is unusual. The last one got {side.money(side.amount)}."
        ),
        inputs={"new_receivers": receivers, "amount": side.amount, "hours": hours},
        baseline={"known_counterparties": len(activity.counterparties) - receivers},
        days=1 + (hours + 23) // 24,
    )
