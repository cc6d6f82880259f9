"""Reads of the register of instruments sold for cash."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from accounts.models import InstrumentSale
from cloudbank.clock import ONE_DAY

MOST = 2_000
"""Sales that one view or file holds."""


def _months(first: date, last: date) -> Iterator[str]:
    """The months of a range, newest first."""
    month = last.replace(day=1)
    while month >= first.replace(day=1):
        yield month.isoformat()[:7]
        month = (month - ONE_DAY).replace(day=1)


def sales(first: date, last: date, customer_id: str = "") -> list[InstrumentSale]:
    """The sales of business dates, newest first: of the bank by month, of a customer in one query. At most MOST."""
    span = (first.isoformat(), (last + timedelta(days=1)).isoformat())
    found: list[InstrumentSale] = []
    if customer_id:
        group = InstrumentSale.subject_of(customer_id)
        found += InstrumentSale.by_subject.query(
            group, InstrumentSale.subject_order.between(*span), scan_index_forward=False, limit=MOST
        )
        return found
    for month in _months(first, last):
        found += InstrumentSale.by_day.query(
            InstrumentSale.group_of(month),
            InstrumentSale.day_order.between(*span),
            scan_index_forward=False,
            limit=MOST - len(found),
        )
        if len(found) >= MOST:
            break
    return found


def day_sums(found: list[InstrumentSale]) -> Counter[tuple[str, str, str]]:
    """(customer, business date, currency) -> what they bought that day."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for sale in found:
        sums[sale.customer_id, sale.business_date, sale.currency] += sale.amount
    return sums
