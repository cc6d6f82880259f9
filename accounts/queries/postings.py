"""Many days' postings, in order, without holding them: what is exported.

The files of a day are read side by side, and of each the next request is under way while the rows of the
one before are used; so is the first of the day after. Memory: some requests' rows, whatever the days hold.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from heapq import merge
from typing import Any

from accounts.models import Posting
from accounts.models.ledger import posting_group
from accounts.queries.totals import files_of
from cloudbank import store

READERS = 4
ROWS = 400
"""A request: half a megabyte; the embedded engine takes twice as long to fill DynamoDB's whole one."""
Raw = dict[str, Any]
_ORDER = ("posted_at", "transaction_id")


def raw_days(days: Sequence[date], currency: str, fields: Sequence[str]) -> Iterator[tuple[date, Iterator[Raw]]]:
    """Each day with its postings, oldest first over all files, as DynamoDB's attribute maps of these fields.

    A day's rows must be used up before the next day is asked for. Raises store.StoreError.
    """
    with ThreadPoolExecutor(READERS) as pool:
        wanted = tuple(dict.fromkeys((*_ORDER, *fields)))
        ahead = _day(pool, days[0], currency, wanted) if days else []
        for number, day in enumerate(days):
            streams = ahead
            ahead = _day(pool, days[number + 1], currency, wanted) if number + 1 < len(days) else []
            yield day, merge(*streams, key=_order)


def _day(pool: ThreadPoolExecutor, day: date, currency: str, fields: Sequence[str]) -> list[Iterator[Raw]]:
    groups = [posting_group(currency, day.isoformat(), file) for file in files_of(day, currency)]
    return [_ReadAhead(pool, store.index_pages(Posting, "by_day", one, fields=fields, size=ROWS)) for one in groups]


class _ReadAhead(Iterator[Raw]):
    """A file's rows; its next request is made while these are used."""

    def __init__(self, pool: ThreadPoolExecutor, pages: Iterator[list[Raw]]) -> None:
        self._pool, self._pages = pool, pages
        self._rows: Iterator[Raw] = iter(())
        self._next: Future[list[Raw] | None] = self._asked()

    def _asked(self) -> "Future[list[Raw] | None]":
        return self._pool.submit(next, self._pages, None)

    def __next__(self) -> Raw:
        row = next(self._rows, None)
        while row is None:
            page = self._next.result()
            if page is None:
                raise StopIteration
            self._next = self._asked()
            self._rows = iter(page)
            row = next(self._rows, None)
        return row


def _order(row: Raw) -> tuple[str, str]:
    return row["posted_at"]["S"], row["transaction_id"]["S"]
