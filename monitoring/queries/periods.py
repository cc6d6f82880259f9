"""What the charts of `/analytics` are drawn from: day totals for the bank, an account's own lines for a customer."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice

from accounts.models import ClosedDay, Posting
from accounts.queries.ledger import statement_lines
from accounts.queries.totals import days_of, open_totals, sealed_totals
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from monitoring.cube import EVERYTHING, DayFigures, Period, Slice, figures_of
from monitoring.own_charts import OwnLine

DAYS = 30
MOST_KEPT = 1000
"""Closed days whose figures a process keeps: two years of everything, and some slices."""
MOST_LINES = 3000
"""An account with more lines in a period is drawn from the newest so many, and the page says so."""


@dataclass(frozen=True)
class _Sealed:
    """A closed day, known by its seal: what it comes to never changes."""

    seal: str
    item: ClosedDay = field(compare=False)


@lru_cache(maxsize=MOST_KEPT)
def _figures(day: _Sealed, wanted: Slice) -> DayFigures:
    return figures_of(sealed_totals(day.item), wanted)


def bank_period(first: date, last: date, currency: str, wanted: Slice = EVERYTHING) -> Period:
    """The days from `first` to `last` of a slice. Reads no posting: closed days as sealed, open ones as cells."""
    closed, opened = days_of(first, last, currency)
    found = {day: _figures(_Sealed(item.seal, item), wanted) for day, item in closed.items()}
    for day, totals in open_totals(opened, currency, with_cells=True).items():
        found[day] = figures_of(totals, wanted)
    return Period(first, last, currency, [found[day] for day in sorted(found) if found[day].count], wanted)


@dataclass(frozen=True)
class OwnPeriod:
    """An account's lines from `first` to `last`."""

    first: date
    last: date
    lines: list[OwnLine]
    is_cut: bool


def own_period(account_id: str, last: date) -> OwnPeriod:
    """The DAYS calendar days up to `last` of one account; at most MOST_LINES lines."""
    first = last - timedelta(days=DAYS - 1)
    lines = [_own_line(posting) for posting in islice(statement_lines(account_id, first, last), MOST_LINES + 1)]
    return OwnPeriod(first, last, lines[:MOST_LINES], len(lines) > MOST_LINES)


def _own_line(posting: Posting) -> OwnLine:
    hour = bank_calendar().local(from_iso(posting.posted_at)).hour
    return OwnLine(date.fromisoformat(posting.business_date), hour, posting.type, posting.amount, posting.balance_after)
