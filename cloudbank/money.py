"""Money as integer minor units of an ISO 4217 currency. Pure.

Amounts are never float: what a person types is read by `parse_amount`, what a
person sees is written by `format_amount`, and everything between is `int`.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeGuard

from cloudbank.currencies import EXPONENTS

_PLAIN = re.compile(r"[0-9]{1,15}(\.[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")

MAX_MINOR = 10**14
"""Largest amount of one movement, in minor units (a trillion with two decimals)."""

MINUS = "\N{MINUS SIGN}"


class MoneyError(ValueError):
    """The text is not an amount; the message says what to type instead."""


def is_whole(value: object) -> TypeGuard[int]:
    """Whether it is a whole number of minor units: no float, and not True, which Python takes for 1."""
    return isinstance(value, int) and not isinstance(value, bool)


def exponent(currency: str) -> int:
    """Number of decimals of the currency's minor unit (USD 2, JPY 0, KWD 3)."""
    return EXPONENTS.get(currency, 2)


def in_units_of(minor: int, currency: str, other: str) -> int:
    """The same number of whole units of another currency: a bank without rates has no better equal."""
    return minor * 10 ** exponent(other) // 10 ** exponent(currency)


def parse_amount(text: str, currency: str = "USD", *, maximum: int = MAX_MINOR) -> int:
    """Minor units of what a person typed ("1,234.50" -> 123450).

    Refuses with MoneyError whatever is not plainly a positive amount: NaN, 1e3, signs,
    non-ASCII digits, misplaced commas, more decimals than the currency has, zero, too large.
    """
    cleaned = text.strip().removeprefix("$").strip() if currency == "USD" else text.strip()
    if not cleaned:
        raise MoneyError("Enter an amount, for example 1,234.50.")
    if not (_PLAIN.fullmatch(cleaned) or _GROUPED.fullmatch(cleaned)):
        raise MoneyError("Enter a positive amount in digits, for example 1,234.50.")
    whole, _, fraction = cleaned.replace(",", "").partition(".")
    digits = exponent(currency)
    if len(fraction) > digits:
        raise MoneyError(f"{currency} has {digits} decimals; enter at most {digits} digits after the point.")
    minor = int(whole) * 10**digits + int(fraction.ljust(digits, "0") or "0")
    if minor == 0:
        raise MoneyError("The amount must be greater than zero.")
    if minor > maximum:
        raise MoneyError(f"The amount must not exceed {format_amount(maximum, currency)} {currency}.")
    return minor


def format_amount(minor: int, currency: str = "USD") -> str:
    """What a person reads: "1,234.50", negative with a real minus sign."""
    digits = exponent(currency)
    whole, fraction = divmod(abs(minor), 10**digits)
    sign = MINUS if minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{fraction:0{digits}d}" if digits else "")


def to_decimal(minor: int, currency: str = "USD") -> Decimal:
    """The amount in major units, exact, for spreadsheets and CSV (machine form, ASCII minus)."""
    return Decimal(minor).scaleb(-exponent(currency))


def round_half_even(value: Decimal) -> int:
    """Banker's rounding of minor units, the house's one rounding rule."""
    return int(value.to_integral_value(ROUND_HALF_EVEN))


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to non-negative `weights`; the parts sum to the total exactly."""
    whole = sum(weights)
    if whole <= 0:
        raise ValueError("weights must sum to a positive number")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
