"""Rule 15: distribution to many strangers."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import COUNTERPARTIES, HOUR_SECONDS, Activity
from monitoring.fans import is_newcomers, slow_hit
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, rule

POLICY = "bank policy: who knows the 24 hours takes some days; see docs/decisions/0036"
SOURCE = "Tazama rule 017; AMLSim fan_out"
RECEIVERS = Threshold("rule.fan_out.receivers", "New receivers within the window", "int", 5, SOURCE, 2, COUNTERPARTIES)
HOURS = Threshold("rule.fan_out.hours", "Window", "hours", 24, SOURCE, 1, 240)
SLOW = Threshold(
    "rule.fan_out.slow", "Or new receivers within several days (0: not looked at)", "int", 5, POLICY, 0, COUNTERPARTIES
)
DAYS = Threshold("rule.fan_out.days", "The several days", "days", 7, POLICY, 2, 14)
SUM = Threshold("rule.fan_out.sum", "Their payments are at least", "money", 100_000, POLICY, 0, 100_000_000)
TIMES = Threshold("rule.fan_out.times", "Times the customer's own usual number", "percent", 300, POLICY, 100, 10_000)
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
    parameters=[RECEIVERS, HOURS, SLOW, DAYS, SUM, TIMES, EXEMPT],
    incoming=False,
    cash=False,
)
def fan_out(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several distinct receivers within a day, none of them seen before; or within a week, when they are paid much
    and are far more new ones than is usual for the customer. Wages, house accounts, own accounts and
    customers who pay many by trade are exempt.
    """
    if not is_newcomers(side, activity, customer, parameters[EXEMPT.code]):
        return None
    least, hours = parameters[RECEIVERS.code], parameters[HOURS.code]
    receivers = activity.new_receivers(side.at, hours * HOUR_SECONDS)
    if receivers < least:
        return slow_hit(
            side,
            activity,
            days=parameters[DAYS.code],
            least=parameters[SLOW.code],
            least_sum=parameters[SUM.code],
            percent=parameters[TIMES.code],
            noun="receivers",
            verb="were paid",
        )
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
