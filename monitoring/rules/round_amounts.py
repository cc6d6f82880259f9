"""Rule 20: mostly round amounts."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import OVER_COUNTER, Activity
from monitoring.rulebook import LOW, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "Marble, IsMultipleOf"
COUNT = Threshold("rule.round_amounts.count", "Round amounts needed", "int", 4, SOURCE, 2, OVER_COUNTER)
OF = Threshold("rule.round_amounts.of", "Among so many last cash and wire amounts", "int", 6, SOURCE, 2, OVER_COUNTER)
UNIT = Threshold("rule.round_amounts.unit", "Round is a multiple of", "money", 100_000, SOURCE, 100, 100_000_000)


@rule(
    "round_amounts",
    number=20,
    title="Mostly round amounts",
    severity=LOW,
    family="amounts",
    source=SOURCE,
    parameters=[COUNT, OF, UNIT],
)
def round_amounts(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Most of the last cash and wire amounts, this one among them, are multiples of a large round sum."""
    unit = parameters[UNIT.code]
    if side.amount % unit or not (side.cash or side.channel == "wire"):
        return None
    last, least = activity.over_counter[-parameters[OF.code] :], parameters[COUNT.code]
    count = sum(1 for _, amount in last if amount % unit == 0)
    if count < least:
        return None
    return Hit(
        value=count,
        threshold=least,
        unit="count",
        sentence=(
            f"{count} of the last {len(last)} cash and wire amounts are multiples of {side.money(unit)}; from {least} "
            f"on this is unusual. This one is {side.money(side.amount)}."
        ),
        inputs={"round": count, "of": len(last), "amount": side.amount},
        days=35,
    )
