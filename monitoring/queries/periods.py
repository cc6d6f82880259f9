"""What the charts of `/analytics` are drawn from: day totals for the bank, an account's own lines for a customer."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from accounts.models import Posting
from accounts.queries.ledger import statement_lines
from accounts.queries.totals import day_totals
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from monitoring.cube import EVERYTHING, Period, Slice, figures_of
from monitoring.own_charts import OwnLine

DAYS = 30
MOST_LINES = 3000
"""An account with more lines in a period is drawn from the newest so many, and the page says so."""


def bank_period(first: date, last: date, currency: str, wanted: Slice = EVERYTHING) -> Period:
    """The days from `first` to `last` of a slice. Reads no posting: closed days as sealed, open ones as cells."""
    totals = day_totals(first, last, currency, with_cells=True)
    days = [figures for one in totals if (figures := figures_of(one, wanted)).count]
    return Period(first, last, currency, days, wanted)


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
