"""Reads of the lists: the book that every process keeps, and the entries for the pages."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.tables import AccountsItem
from monitoring.list_items import ENDED_BOOK, ListEntry, ListHead, ListPage
from monitoring.listing import KIND_WORDS, LISTS, Book, Listed

CACHE_SECONDS = 5.0


@dataclass
class _Kept:
    """What this process knows: pages by number with their versions, and the book made of them."""

    at: float = float("-inf")
    versions: dict[str, int] = field(default_factory=dict)
    pages: dict[str, list[Listed]] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    sanctions: dict[str, Any] = field(default_factory=dict)


_kept = _Kept()
_lock = threading.Lock()


def forget() -> None:
    """Drop what this process has cached."""
    global _kept
    _kept = _Kept()


def book() -> Book:
    """The lists as they were at most CACHE_SECONDS ago: one small read then, and the pages that changed."""
    if time.monotonic() - _kept.at > CACHE_SECONDS:
        return fresh_book()
    return _kept.book


def fresh_book() -> Book:
    """The lists as they are now, read strongly."""
    with _lock:
        kept, at = _kept, time.monotonic()
        head = store.get(ListHead, ListHead.KEY)
        versions = dict(head.pages) if head else {}
        if stale := [page for page, version in versions.items() if kept.versions.get(page) != version]:
            items = store.load(AccountsItem, [ListPage.key(page) for page in stale])
            for page in stale:
                item = items.get(ListPage.key(page))
                kept.pages[page] = _entries(item) if isinstance(item, ListPage) else []
                # A page may be newer than the head that was read before it: the next look finds the same again.
                kept.versions[page] = versions[page]
            version = str(head.changes if head else 0)
            kept.book = Book((one for page in kept.pages.values() for one in page), version)
        kept.sanctions = dict(head.sanctions) if head else {}
        kept.at = at
        return kept.book


def sanctions_in_force() -> tuple[str, int]:
    """Version and pages of the sanctions list, as of the last look at the lists; ("", 0) without one."""
    known = _kept.sanctions
    return str(known.get("version", "")), int(known.get("pages", 0))


def _entries(page: ListPage) -> list[Listed]:
    return [Listed(entry_id, *values) for entry_id, values in page.entries.items()]


def entry(entry_id: str) -> ListEntry | None:
    """One entry, read strongly, or None."""
    return store.get(ListEntry, entry_id)


def entries(ids: Iterable[str]) -> list[ListEntry]:
    """The entries with these ids, in this order."""
    ids = list(ids)
    found = store.load(AccountsItem, ids)
    return [item for key in ids if isinstance(item := found.get(key), ListEntry)]


def ended(*, after: str, limit: int) -> list[tuple[str, str]]:
    """(order, id) of entries that were taken off, the latest first."""
    return list(store.index_keys(AccountsItem, "by_book", ENDED_BOOK, after=after, backwards=True, limit=limit))


def history_of(item: ListEntry) -> list[AuditRecord]:
    """What was done with an entry, newest first."""
    found = AuditRecord.by_subject.query(subject_of(item), scan_index_forward=False)
    return [one for one in found if isinstance(one, AuditRecord)]


MOST_COUNTED = 500


def counts() -> dict[str, str]:
    """How many entries there are in all (""), on each list, of each kind, and taken off ("500+" beyond that)."""
    here = list(fresh_book())
    found = dict.fromkeys(("", *LISTS, *KIND_WORDS), 0)
    for one in here:
        for code in ("", one.list, one.kind):
            found[code] += 1
    off = len(ended(after="", limit=MOST_COUNTED + 1))
    gone = f"{min(off, MOST_COUNTED)}{'+' if off > MOST_COUNTED else ''}"
    return {code: f"{number:,}" for code, number in found.items()} | {"ended": gone}
