"""Rule 14: collection from many strangers."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import COUNTERPARTIES, HOUR_SECONDS, Activity
from monitoring.fans import is_newcomers, slow_hit
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, rule

POLICY = "bank policy: who knows the 24 hours takes some days; see docs/decisions/0036"
SOURCE = "Tazama rule 016; AMLSim fan_in"
SENDERS = Threshold("rule.fan_in.senders", "New senders within the window", "int", 5, SOURCE, 2, COUNTERPARTIES)
HOURS = Threshold("rule.fan_in.hours", "Window", "hours", 24, SOURCE, 1, 240)
SLOW = Threshold(
    "rule.fan_in.slow", "Or new senders within several days (0: not looked at)", "int", 5, POLICY, 0, COUNTERPARTIES
)
DAYS = Threshold("rule.fan_in.days", "The several days", "days", 7, POLICY, 2, 14)
SUM = Threshold("rule.fan_in.sum", "Their payments are at least", "money", 100_000, POLICY, 0, 100_000_000)
TIMES = Threshold("rule.fan_in.times", "Times the customer's own usual number", "percent", 300, POLICY, 100, 10_000)
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
    parameters=[SENDERS, HOURS, SLOW, DAYS, SUM, TIMES, EXEMPT],
    incoming=True,
    cash=False,
)
def fan_in(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several distinct senders within a day, none of them seen before; or within a week, when they pay in much and
    are far more new ones than is usual for the customer. House accounts, own accounts and
    customers who collect by trade are exempt.
    """
    if not is_newcomers(side, activity, customer, parameters[EXEMPT.code]):
        return None
    least, hours = parameters[SENDERS.code], parameters[HOURS.code]
    senders = activity.new_senders(side.at, hours * HOUR_SECONDS)
    if senders < least:
        return slow_hit(
            side,
            activity,
            days=parameters[DAYS.code],
            least=parameters[SLOW.code],
            least_sum=parameters[SUM.code],
            percent=parameters[TIMES.code],
            noun="senders",
            verb="paid in",
        )
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
