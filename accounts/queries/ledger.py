"""Reads of the ledger: statements, movements, a day's postings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from heapq import merge
from itertools import islice

from pynamodb.expressions.condition import Condition

from accounts.ledger import posting_id
from accounts.models import Posting
from accounts.models.ledger import posting_group
from accounts.queries.totals import files_of
from cloudbank import store
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.tables import TransactionsItem

BEFORE_ALL, AFTER_ALL = "0", "~"
_FILTERED_AT_ONCE = 250


@dataclass(frozen=True)
class Page:
    """Some rows, newest first, and the cursor of what follows ("" at the end)."""

    rows: list[Posting]
    cursor: str


@dataclass(frozen=True)
class PostingFilter:
    """What a list of postings may be narrowed by, beside its key; empty means all."""

    type: str = ""
    channel: str = ""
    branch: str = ""
    segment: str = ""
    """The owner's, when it was posted."""
    badge: str = ""
    """OK, ALERT, CRITICAL, or `suspicious` for the last two."""
    hour: int | None = None
    """On the bank's clock."""
    minimum: int = 0
    maximum: int = 0
    movements_once: bool = False
    """Show a transfer by its debit line only, so that rows are movements."""

    @property
    def texts(self) -> dict[str, str]:
        """What must match exactly, by the posting's attribute; "" matches all."""
        return {name: getattr(self, name) for name in ("type", "channel", "branch", "segment")}

    def condition(self) -> Condition | None:
        """What DynamoDB filters."""
        parts = [getattr(Posting, name) == value for name, value in self.texts.items() if value]
        if self.badge == "suspicious":
            parts.append(Posting.badge != "OK")
        elif self.badge:
            parts.append(Posting.badge == self.badge)
        combined: Condition | None = None
        for part in parts:
            combined = part if combined is None else combined & part
        return combined

    def selects(self, posting: Posting) -> bool:
        """All of the filter, on a posting that was read without it."""
        badges = posting.badge != "OK" if self.badge == "suspicious" else self.badge in ("", posting.badge)
        texts = all(getattr(posting, name) == value for name, value in self.texts.items() if value)
        return badges and texts and self.keeps(posting)

    def keeps(self, posting: Posting) -> bool:
        """What an expression cannot say."""
        size = abs(posting.amount)
        if size < self.minimum or (self.maximum and size > self.maximum):
            return False
        if self.movements_once and not posting.line().stands_for_movement:
            return False
        return self.hour is None or bank_calendar().local(from_iso(posting.posted_at)).hour == self.hour


ALL = PostingFilter()


def history(
    account_id: str,
    *,
    first: date | None = None,
    last: date | None = None,
    narrowed: PostingFilter = ALL,
    cursor: str = "",
    limit: int = 50,
    oldest_first: bool = False,
) -> Page:
    """An account's postings by business date and sequence, from a cursor on."""
    low = f"{first}#" if first else BEFORE_ALL
    high = f"{last}#{AFTER_ALL}" if last else AFTER_ALL
    if cursor:
        # BETWEEN includes its ends; the cursor's own row is dropped below.
        low, high = (cursor, high) if oldest_first else (low, cursor)
    found = Posting.by_account.query(
        account_id,
        Posting.account_order.between(low, max(low, high)),
        filter_condition=narrowed.condition(),
        scan_index_forward=oldest_first,
        page_size=limit + 2,
    )
    rows = (row for row in found if row.account_order != cursor and narrowed.keeps(row))
    return _page(rows, limit, "account_order")


MOST_SUMMED = 1000
_SUMMED = [
    *("transaction_id", "kind", "amount", "account_order", "posted_at"),
    *("type", "channel", "branch", "segment", "badge"),
]


@dataclass(frozen=True)
class Flows:
    """How many postings, and what came in and went out (both positive, minor units)."""

    count: int
    into: int
    out: int


def flows_of(amounts: Iterable[int]) -> Flows:
    """Signed amounts added up."""
    known = list(amounts)
    return Flows(len(known), sum(one for one in known if one > 0), -sum(one for one in known if one < 0))


def flows(account_id: str, *, first: date | None, last: date | None, narrowed: PostingFilter) -> Flows | None:
    """What all of an account's postings come to that a filter selects; None when they are more than are read."""
    low, high = f"{first}#" if first else BEFORE_ALL, f"{last}#{AFTER_ALL}" if last else AFTER_ALL
    found = Posting.by_account.query(
        account_id,
        Posting.account_order.between(low, max(low, high)),
        limit=MOST_SUMMED + 1,  # what is read, so no filter here
        attributes_to_get=_SUMMED,
    )
    rows = list(found)
    return flows_of(row.amount for row in rows if narrowed.selects(row)) if len(rows) <= MOST_SUMMED else None


def _page(rows: Iterator[Posting], limit: int, order: str) -> Page:
    taken = list(islice(rows, limit + 1))
    more = len(taken) > limit
    return Page(taken[:limit], getattr(taken[limit - 1], order) if more else "")


def statement_lines(account_id: str, first: date | None, last: date | None) -> Iterator[Posting]:
    """All postings of a period in order of the sequence, streamed."""
    return Posting.by_account.query(
        account_id,
        Posting.account_order.between(f"{first}#" if first else BEFORE_ALL, f"{last or AFTER_ALL}#{AFTER_ALL}"),
    )


def newest_lines(account_id: str, first: date, most: int) -> Iterator[Posting]:
    """The newest postings of an account since a business date, at most so many, the newest first."""
    since = Posting.account_order >= f"{first}#"
    return Posting.by_account.query(account_id, since, scan_index_forward=False, limit=most)


def balance_before(account_id: str, day: date) -> int:
    """The balance at the start of a business date: what the last posting before it left."""
    earlier = Posting.by_account.query(account_id, Posting.account_order < f"{day}#", scan_index_forward=False, limit=1)
    return next((row.balance_after for row in earlier), 0)


def movement_lines(movement_id: str) -> list[Posting]:
    """The postings of a movement, debit first; empty when there is no such movement.

    Read as of one moment: a movement that is being written is never seen as none.
    """
    ids = [posting_id(movement_id, side) for side in ("debit", "credit")]
    items = store.load_together(TransactionsItem, ids)
    return [item for key in ids if isinstance(item := items.get(key), Posting)]


def postings_of_day(
    day: date, currency: str, *, narrowed: PostingFilter = ALL, cursor: str = "", limit: int = 50
) -> Page:
    """The bank's postings of a business date, newest first over all files."""
    files = files_of(day, currency)
    # Movements are spread evenly: seldom is a second page of a shard needed. A filter drops rows after they are read.
    size = _FILTERED_AT_ONCE if narrowed.condition() is not None else 2 * limit // len(files) + 2
    streams = [_shard_stream(day, currency, file, narrowed, cursor, size) for file in files]
    rows = merge(*streams, key=lambda row: row.day_order, reverse=True)
    return _page((row for row in rows if narrowed.keeps(row)), limit, "day_order")


def _shard_stream(
    day: date, currency: str, shard: str, narrowed: PostingFilter, cursor: str, size: int
) -> Iterator[Posting]:
    return Posting.by_day.query(
        posting_group(currency, day.isoformat(), shard),
        Posting.day_order < cursor if cursor else None,
        filter_condition=narrowed.condition(),
        scan_index_forward=False,
        page_size=size,
    )


def shard_postings(day: date, currency: str, shard: str) -> Iterator[Posting]:
    """A day's postings of one file, oldest first, streamed."""
    return Posting.by_day.query(posting_group(currency, day.isoformat(), shard))
