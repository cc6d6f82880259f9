"""What was posted since an instant: a back-up says it, because a Scan is no instant."""

from datetime import datetime, timedelta

from accounts.models import Posting
from accounts.models.ledger import posting_group
from accounts.queries.books import currencies_with_books
from accounts.queries.totals import files_of
from cloudbank.clock import ONE_DAY, iso, utcnow
from cloudbank.conf import bank_calendar

MARGIN = timedelta(minutes=1)
"""Hosts' clocks differ, and the index is a moment behind."""


def postings_since(began: datetime) -> dict[str, int]:
    """{"postings": how many were written since}, from a minute before; counted by the index, of every open currency."""
    calendar, since = bank_calendar(), began - MARGIN
    first, last = calendar.business_date(since), calendar.after(calendar.business_date(utcnow()))
    found = 0
    for currency in currencies_with_books():
        for day in calendar.days(first, last + ONE_DAY):
            for file in files_of(day, currency):
                group = posting_group(currency, day.isoformat(), file)
                found += Posting.by_day.count(group, Posting.day_order > iso(since))
    return {"postings": found}
