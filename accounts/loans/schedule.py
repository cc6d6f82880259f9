"""The schedule of a loan: equal instalments, interest on the declining balance, due monthly. Pure.

Amounts in minor units, rates in basis points a year (600 = 6.00 %). One month's interest is
outstanding x rate / 12, rounded half to even; the last instalment absorbs what rounding left (I13).
"""

import calendar
from dataclasses import dataclass
from datetime import date

from accounts.ledger import Refused
from cloudbank.money import MAX_MINOR, is_whole

YEAR_OF_BASIS_POINTS = 120_000
"""Basis points x months: outstanding x rate / this is one month's interest."""
MAX_RATE = 3_600
"""36 % a year: above it lies what the Military Lending Act forbids (10 USC 987)."""
MAX_INSTALMENTS = 480


def half_even(numerator: int, denominator: int) -> int:
    """The quotient of two whole numbers (denominator > 0), rounded half to even: banker's rounding, exact."""
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1))


def months_after(day: date, months: int, due_day: int = 0) -> date:
    """The day so many months later; anchored: 31 Jan -> 28 Feb -> 31 Mar.

    `due_day` is the day of the month that is meant (0: that of `day`); shorter months use their last day.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(due_day or day.day, last))


def month_interest(outstanding: int, rate: int) -> int:
    """One month's interest on an outstanding principal."""
    return half_even(outstanding * rate, YEAR_OF_BASIS_POINTS)


def equal_instalment(principal: int, rate: int, instalments: int) -> int:
    """The monthly payment of an annuity: P i q^n / (q^n - 1), i = rate / 12, q = 1 + i; P / n at 0 %."""
    if rate == 0:
        return half_even(principal, instalments)
    base = YEAR_OF_BASIS_POINTS**instalments
    grown = (YEAR_OF_BASIS_POINTS + rate) ** instalments
    return half_even(principal * rate * grown, YEAR_OF_BASIS_POINTS * (grown - base))


@dataclass(frozen=True, slots=True)
class Instalment:
    """One row of a schedule. `left` is the principal still outstanding after it."""

    number: int
    due: date
    interest: int
    principal: int
    left: int

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.interest + self.principal


def principal_part(instalment: int, interest: int, available: int, *, is_last: bool) -> int:
    """The principal in an instalment: what it leaves after interest, never negative; the last one takes everything."""
    return available if is_last else max(0, min(instalment - interest, available))


def remaining_rows(
    outstanding: int, rate: int, instalment: int, dues: list[tuple[int, date]]
) -> tuple[Instalment, ...]:
    """The rows still to come of a principal, over (number, due date) pairs; ends early when it is repaid."""
    rows = []
    for number, due in dues:
        interest = month_interest(outstanding, rate)
        principal = principal_part(instalment, interest, outstanding, is_last=number == dues[-1][0])
        outstanding -= principal
        rows.append(Instalment(number, due, interest, principal, outstanding))
        if not outstanding:
            break
    return tuple(rows)


def schedule(principal: int, rate: int, instalments: int, first_due: date, due_day: int = 0) -> tuple[Instalment, ...]:
    """All instalments of a loan. Raises Refused when the terms are none (see `check_terms`).

    A principal so small that rounding repays it early gives fewer rows; the parts always sum to it.
    """
    check_terms(principal, rate, instalments)
    dues = [(number, months_after(first_due, number - 1, due_day)) for number in range(1, instalments + 1)]
    return remaining_rows(principal, rate, equal_instalment(principal, rate, instalments), dues)


def check_terms(principal: int, rate: int, instalments: int) -> None:
    """Refuse numbers that make no loan; each refusal names the field."""
    if not is_whole(principal) or not 0 < principal <= MAX_MINOR:
        raise Refused("amount", "The amount must be greater than zero and within the bank's limit.", "amount")
    if not is_whole(rate) or not 0 <= rate <= MAX_RATE:
        raise Refused("rate", f"The rate must lie between 0 and {MAX_RATE / 100:.2f} % a year.", "rate")
    if not is_whole(instalments) or not 1 <= instalments <= MAX_INSTALMENTS:
        raise Refused("instalments", f"Choose between 1 and {MAX_INSTALMENTS} monthly instalments.", "instalments")


def check_amortises(principal: int, rate: int, instalments: int) -> None:
    """Refuse terms whose instalments leave more than one extra instalment to the last.

    With a small loan, a high rate or a very long term, rounding to the cent would leave a balloon at the end.
    """
    check_terms(principal, rate, instalments)
    rows = schedule(principal, rate, instalments, date(2000, 1, 1))
    if rows[0].total < 1 or rows[-1].total > 2 * rows[0].total:
        raise Refused(
            "balloon", "At this rate the loan is not repaid in this time. Choose fewer instalments.", "instalments"
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What a borrower asks first: each month, in all, and what it costs."""

    instalment: int
    last: int
    count: int
    interest: int
    total: int
    first_due: date
    last_due: date


def summary(rows: tuple[Instalment, ...]) -> Summary:
    """The summary of a schedule (at least one row)."""
    interest = sum(row.interest for row in rows)
    principal = sum(row.principal for row in rows)
    return Summary(
        instalment=rows[0].total,
        last=rows[-1].total,
        count=len(rows),
        interest=interest,
        total=interest + principal,
        first_due=rows[0].due,
        last_due=rows[-1].due,
    )
