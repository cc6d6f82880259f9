"""Rule 21: the same amount again and again."""

from collections.abc import Mapping
from typing import Any

from accounts.ledger import PAYROLL, SYSTEM
from monitoring.activity import DAY_SECONDS, RING, Activity
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, listed, rule
from monitoring.rules.fan_in import EXEMPT as COLLECTS
from monitoring.rules.fan_out import EXEMPT as PAYS

SOURCE = "Tazama rules 006, 008 and 021"
OUT = Threshold("rule.same_amount.out", "Nearly equal payments out needed", "int", 3, SOURCE, 2, RING)
OF = Threshold("rule.same_amount.of", "Among so many last payments out", "int", 5, SOURCE, 2, RING)
PERCENT = Threshold("rule.same_amount.percent", "Nearly equal: they differ by at most", "percent", 1, SOURCE, 0, 20)
LEAST = Threshold("rule.same_amount.least", "Smaller payments out are never unusual", "money", 100_000, "bank policy")
DAYS = Threshold("rule.same_amount.days", "They lie within", "days", 14, "bank policy", 1, 90)
IN = Threshold("rule.same_amount.in", "Identical amounts in within 24 hours", "int", 5, SOURCE, 2, RING)


@rule(
    "same_amount",
    number=21,
    title="The same amount again and again",
    severity=MEDIUM,
    family="amounts",
    source=SOURCE,
    parameters=[OUT, OF, PERCENT, LEAST, DAYS, IN, COLLECTS, PAYS],
)
def same_amount(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Several of the last payments out are nearly equal, or identical amounts come in many times within a day.
    Wages, standing orders and customers who pay or collect by trade are exempt.
    """
    if side.type == PAYROLL or side.channel == SYSTEM:
        return None
    found = _in(side, activity, parameters) if side.incoming else _out(side, activity, parameters)
    exempt = parameters[(COLLECTS if side.incoming else PAYS).code]
    return None if found is None or (customer and customer.segment in listed(exempt)) else found


def _in(side: Side, activity: Activity, parameters: Mapping[str, Any]) -> Hit | None:
    since, least = side.at - DAY_SECONDS, parameters[IN.code]
    count = sum([1 for then, amount, _ in activity.ring_in if amount == side.amount and since < then <= side.at])
    if count < least:
        return None
    return _hit(side, count, least, f"{count} times within 24 hours exactly {side.money(side.amount)} came in", 2)


def _out(side: Side, activity: Activity, parameters: Mapping[str, Any]) -> Hit | None:
    if side.amount < parameters[LEAST.code]:
        return None
    band, days, least = side.amount * parameters[PERCENT.code], parameters[DAYS.code], parameters[OUT.code]
    last, since = activity.ring_out[-parameters[OF.code] :], side.at - days * DAY_SECONDS
    count = sum([1 for then, amount, _ in last if abs(amount - side.amount) * 100 <= band and since < then <= side.at])
    if count < least:
        return None
    shown = f"{count} of the last {len(last)} payments out, within {days} days, are about {side.money(side.amount)}"
    return _hit(side, count, least, shown, days)


def _hit(side: Side, count: int, least: int, shown: str, days: int) -> Hit:
    return Hit(
        value=count,
        threshold=least,
        unit="count",
        sentence=f"{shown}; from {least} on this is unusual.",
        inputs={"payments": count, "amount": side.amount},
        days=days,
    )
