"""Prudential ratios of a bank, in basis points (hundredths of a percent). Pure.

Each is rounded once: half to even, capital and liquidity down. None stands for "cannot be said": a denominator that is
zero or unknown. Sources: domain page compliance.md, "Prudential metrics"; 12 CFR 324.403 and 208.43 (capital), 249.10
and 249.30 (liquidity), UBPR (margin).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from cloudbank.money import round_half_even

WHOLE = 10_000
YEAR = 365
INFLOW_CAP = Fraction(3, 4)
"""Inflows count up to three quarters of the outflows (12 CFR 249.30(a))."""


def share(part: int | None, whole: int | None) -> int | None:
    """part / whole."""
    if part is None or not whole:
        return None
    return round_half_even(Decimal(part) * WHOLE / Decimal(whole))


def share_down(part: int, whole: int) -> int | None:
    """part / whole, rounded down: 6.999 % of capital is not 7 %."""
    return part * WHOLE // whole if whole else None


def coverage(liquid: int, outflows: int, inflows: int) -> int | None:
    """Liquidity coverage: liquid assets / (outflows - inflows, these at most 75 % of the outflows), rounded down."""
    counted = min(Fraction(inflows), outflows * INFLOW_CAP)
    net = outflows - counted
    return floor(liquid * WHOLE / net) if net > 0 else None


@dataclass(frozen=True)
class Margin:
    """Net interest margin of some days: (income - expense) a year / average earning assets."""

    first: date
    last: date
    income: int
    expense: int
    asset_days: int
    """Earning assets at the end of each calendar day, added up."""

    @property
    def days(self) -> int:
        """Calendar days."""
        return (self.last - self.first).days + 1

    @property
    def average(self) -> int | None:
        """Average earning assets, minor units."""
        return round_half_even(Decimal(self.asset_days) / self.days)

    @property
    def ratio(self) -> int | None:
        """Basis points a year; None without earning assets."""
        if not self.asset_days:
            return None
        return round_half_even(Decimal(self.income - self.expense) * YEAR * WHOLE / self.asset_days)


def margin(first: date, last: date, opening: int, days: Iterable[tuple[date, int, Mapping[str, int]]]) -> Margin:
    """The margin from `first` to `last`. `days`: (business day, principal at its end, its numbers), in order.

    `opening`: the principal before `first`; a day without business ends as the business day before it.
    """
    known, income, expense = {}, 0, 0
    for day, principal, numbers in days:
        known[day] = principal
        income += numbers.get("house_interest_income", 0)
        expense -= numbers.get("house_interest_expense", 0)
    total, level = 0, opening
    for place in range((last - first).days + 1):
        level = known.get(first + timedelta(days=place), level)
        total += level
    return Margin(first, last, income, expense, total)
