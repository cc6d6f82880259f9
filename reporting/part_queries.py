"""Reads of the parts of the bank: what a report can be cut by."""

from collections.abc import Mapping
from datetime import timedelta

from accounts.month_ends import by_part, month_end_before
from accounts.names import BRANCHES, SEGMENTS
from accounts.queries.closed_months import sealed_days
from accounts.queries.totals import last_closed_day
from cloudbank.conf import bank_calendar
from reporting.cuts import BRANCH, PRODUCT, PRODUCTS, SEGMENT

RECENT = timedelta(days=7)
COUNTED = {"accounts", "loans", "customers"}
"""Of the sheets: any of these in a branch, and the branch is one."""


def branches(currency: str) -> list[str]:
    """The branches with an account, a loan or a customer at the last month end, or a movement in its last week.

    Sorted; those that the program knows by name while nothing is sealed. One BatchGet.
    """
    last = last_closed_day(currency)
    if last is None:
        return sorted(BRANCHES)
    calendar = bank_calendar()
    ended = month_end_before(last, calendar)
    days = [*([ended] if ended < last - RECENT else []), *calendar.days(last - RECENT, last)]
    found = set()
    for day in sealed_days(days, days, currency):
        found |= {cell.branch for cell in day.cells}
        found |= {
            code for one in day.sheets.values() for name in COUNTED for code in by_part(one.numbers, name, BRANCH)
        }
    return sorted(found - {""})


def known_parts(currency: str) -> Mapping[str, list[str]]:
    """The codes that a cut can name, by dimension."""
    products = [code for codes in PRODUCTS.values() for code in codes]
    return {BRANCH: branches(currency), SEGMENT: list(SEGMENTS), PRODUCT: products}
