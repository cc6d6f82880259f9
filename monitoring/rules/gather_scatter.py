"""Rule 16: collected from many and handed on to many, at one customer."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import DAY_SECONDS, Activity
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "AMLSim gather_scatter, as its hub sees it"
DAYS = Threshold("rule.gather_scatter.days", "Days between collecting and handing on", "days", 3, SOURCE, 1, 30)
FAN_IN, FAN_OUT = 14, 15


@rule(
    "gather_scatter",
    number=16,
    title="Collected from many, handed on to many",
    severity=HIGH,
    family="fan",
    source=SOURCE,
    parameters=[DAYS],
    cash=False,
)
def gather_scatter(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Rules 14 (money from many new senders) and 15 (money to many new receivers) found this customer within a
    few days of each other.
    """
    collected, handed_on = activity.fired.get(FAN_IN), activity.fired.get(FAN_OUT)
    if collected is None or handed_on is None or max(collected, handed_on) != side.at:
        return None
    days, apart = parameters[DAYS.code], abs(collected - handed_on)
    if apart > days * DAY_SECONDS:
        return None
    first, second = ("collecting", "handing on") if collected <= handed_on else ("handing on", "collecting")
    return Hit(
        value=round(apart / DAY_SECONDS, 1),
        threshold=days,
        unit="days",
        sentence=(
            f"Money from many new senders and money to many new receivers lie {apart / DAY_SECONDS:.1f} days apart, "
            f"{first} first, {second} second; up to {days} days they belong together."
        ),
        inputs={"amount": side.amount},
        days=2 + days,
    )
