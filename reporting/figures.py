"""Values of figures: whole numbers with a unit, their arithmetic, and how each writer shows them. Pure.

A value is always an `int` in the unit's smallest step (cents, hundredths of a percent), or None for
"n/a": it is rounded once, here, so that CSV, XLSX and PDF cannot disagree.
"""

from collections.abc import Sequence
from decimal import Decimal

from cloudbank.money import MINUS, exponent, format_amount, round_half_even

COUNT, PERCENT, POINTS, RATE, HOUR = "count", "%", "pp", "per day", "hour"
EACH, DAYS = "per person", "days"
NOT_AVAILABLE = "n/a"

Value = int | None
_DECIMALS = {COUNT: 0, PERCENT: 2, POINTS: 2, RATE: 2, HOUR: 0, EACH: 2, DAYS: 0}


def is_money(unit: str) -> bool:
    """Whether the unit is a currency."""
    return unit not in _DECIMALS


def decimals(unit: str) -> int:
    """Decimals of a unit: those of the currency, 2 for percent, percentage points and rates, else 0."""
    return _DECIMALS[unit] if unit in _DECIMALS else exponent(unit)


def exact(value: int, unit: str) -> Decimal:
    """The value in its unit (cents -> dollars, hundredths of a percent -> percent)."""
    return Decimal(value).scaleb(-decimals(unit))


def machine(value: Value, unit: str) -> str:
    """What CSV says: plain digits with the unit's decimals and an ASCII minus, or n/a."""
    return NOT_AVAILABLE if value is None else f"{exact(value, unit):f}"


def shown(value: Value, unit: str) -> str:
    """What people read: "1,234.50", "12.34 %", "14:00-14:59", or n/a; with a real minus sign."""
    if value is None:
        return NOT_AVAILABLE
    if unit == HOUR:
        return f"{value:02d}:00\N{EN DASH}{value:02d}:59"
    if is_money(unit):
        return format_amount(value, unit)
    sign = MINUS if value < 0 else ""
    text = f"{sign}{exact(abs(value), unit):,f}"
    return f"{text} {unit}" if unit in (PERCENT, POINTS) else text


def shown_change(value: Value, unit: str) -> str:
    """A change with its sign: "+4.20 %", "-0.35 pp"."""
    text = shown(value, unit)
    return f"+{text}" if value is not None and value > 0 else text


def ratio(part: Value, whole: Value, *, scale: int) -> Value:
    """part x scale / whole, rounded half to even; n/a when either is, or when the denominator is zero."""
    if part is None or whole is None or whole == 0:
        return None
    return round_half_even(Decimal(part) * scale / Decimal(whole))


def percent(part: Value, whole: Value) -> Value:
    """part / whole in hundredths of a percent."""
    return ratio(part, whole, scale=10_000)


def average(total: Value, count: Value) -> Value:
    """total / count in the total's own step."""
    return ratio(total, count, scale=1)


def growth(after: Value, before: Value) -> Value:
    """after / before - 1 in hundredths of a percent; n/a on a base that is zero or negative."""
    if after is None or before is None or before <= 0:
        return None
    return percent(after - before, before)


def change(value: Value, base: Value, unit: str) -> tuple[Value, str]:
    """How a figure moved against another period: percent, or percentage points for what is a percentage."""
    if unit == HOUR:
        return None, PERCENT
    if unit in (PERCENT, POINTS):
        return (None if value is None or base is None else value - base), POINTS
    return growth(value, base), PERCENT


def in_a_sentence(changes: Sequence[tuple[Value, str]]) -> str:
    """ ": +4.20 % against last year, ..." of the changes that are known; "" when none is."""
    known = [f"{shown_change(value, PERCENT)} {words}" for value, words in changes if value is not None]
    return f": {', '.join(known)}" if known else ""
