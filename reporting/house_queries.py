"""Reads of a house account's statement: the trial balance before and after, and the postings between."""

from datetime import date, datetime

from django.conf import settings

from accounts.ledger import Line
from accounts.queries.lines import house_lines
from accounts.queries.totals import day_totals, end_of
from accounts.totals import house_figure
from cloudbank import store
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from reporting.house import HouseAccount, balance_of, house_statement
from reporting.pack import Pack
from reporting.periods import FootingError
from reporting.queries import NothingToReport
from reporting.statement_queries import LINES, span_of

MOST_POSTINGS = 50_000
"""Postings of the period, of all accounts: so many are looked through in a few seconds."""
STEADY = 5
"""How often an open period is read until no movement came between totals and postings."""


def house_pack(code: str, currency: str, first: date, last: date, now: datetime) -> Pack:
    """The statement of a house account. Raises NothingToReport, FootingError."""
    days = day_totals(first, last, currency)
    if sum(day.numbers["postings"] for day in days) > MOST_POSTINGS:
        raise NothingToReport(f"The bank has over {MOST_POSTINGS:,} postings in these days; choose a shorter period.")
    span = span_of(currency, first, last, now)
    for attempt in range(STEADY):
        before, after = _balance(code, currency, first - ONE_DAY), _balance(code, currency, last)
        lines = _lines(code, currency, first, min(last, bank_calendar().after(bank_calendar().business_date(now))))
        try:
            return house_statement(settings.BANK_NAME, HouseAccount(code, currency, before, after), span, lines)
        except FootingError:
            if not span.provisional or attempt == STEADY - 1:
                raise
        store.pause(attempt, base=0.05, ceiling=0.5)
    raise AssertionError("unreachable")


def _balance(code: str, currency: str, day: date) -> int:
    """As the trial balance of that day has it."""
    return balance_of(code, end_of(day, currency).get(house_figure(code), 0))


def _lines(code: str, currency: str, first: date, last: date) -> list[Line]:
    lines: list[Line] = []
    for day in bank_calendar().days(first, last):
        lines += house_lines(code, day, currency)
        if len(lines) > LINES:
            raise NothingToReport(f"A statement holds at most {LINES:,} lines; choose a shorter period.")
    return lines
