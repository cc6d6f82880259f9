"""Interest on savings by the daily balance method (12 CFR 1030.7(a)(2)(i), Actual/365). Pure.

An account carries, for each month whose interest is not posted yet, the sum of its end-of-day credit
balances: minor units x days. Every posting brings the sum forward to its business date with the balance
it finds, so that no nightly job touches an account; the sum is a fold of the postings and nothing else.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

MonthDays = tuple[tuple[str, int], ...]
"""(month as "2026-11", minor units x days), oldest first."""
DAYS_A_YEAR, BASIS_POINTS = 365, 10_000
MOST_MONTHS = 13
"""Interest that rounds to nothing is never posted; older months are forgotten."""


def month_of(day: date) -> str:
    """The month's name."""
    return f"{day:%Y-%m}"


def first_of_next(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _spans(since: date, until: date) -> Iterator[tuple[str, int]]:
    """The days from `since` to before `until`, counted by month."""
    while since < until:
        end = min(first_of_next(since), until)
        yield month_of(since), (end - since).days
        since = end


def brought_forward(known: MonthDays, balance: int, since: str, until: date) -> MonthDays:
    """The sums with the days from `since` (ISO date; "" for none before) to before `until` at this balance."""
    if balance <= 0 or not since or since >= until.isoformat():
        return known
    sums = dict(known)
    for month, days in _spans(date.fromisoformat(since), until):
        sums[month] = sums.get(month, 0) + balance * days
    return tuple(sorted(sums.items())[-MOST_MONTHS:])


def settled(known: MonthDays, through: str) -> MonthDays:
    """What is left once interest for all months up to and including `through` is posted."""
    return tuple((month, total) for month, total in known if month > through)


def interest_for(month_days: int, rate: int) -> int:
    """Interest in minor units, half to even, of minor units x days at `rate` basis points a year."""
    divisor = DAYS_A_YEAR * BASIS_POINTS
    whole, rest = divmod(month_days * rate, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2))


def interest_of_days(days: Iterable[tuple[int, int]]) -> int:
    """Interest of days given as (balance at their end, rate in force), each by itself and rounded once at the end."""
    return interest_for(sum(max(0, balance) * rate for balance, rate in days), 1)


def due(known: MonthDays, through: str, rate: int) -> int:
    """The interest for the months up to and including `through`, each month rounded by itself."""
    return sum(interest_for(total, rate) for month, total in known if month <= through)
