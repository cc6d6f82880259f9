"""The sanctions list as every process keeps it: read once a version, asked by name."""

import json
import threading
import zlib
from dataclasses import asdict

from cloudbank import store
from cloudbank.tables import AccountsItem
from monitoring.list_items import SanctionsList, SanctionsPage
from monitoring.listing import HIT, Standing
from monitoring.names import name_key
from monitoring.queries import lists
from monitoring.sanctions import Entry, Hit, Index, cleared_value

_index = Index()
_lock = threading.Lock()


def forget() -> None:
    """Drop what this process has cached."""
    global _index
    _index = Index()


def index() -> Index:
    """The list in force as of the last look at the lists (lists.book), at most some seconds ago.

    A new version is read and built when it is first asked for: about a second for 20,000 entries. Raises
    store.Unavailable when it cannot be read: nothing is posted unscreened.
    """
    global _index
    version, pages = lists.sanctions_in_force()
    if _index.version != version:
        with _lock:
            if _index.version != version:
                try:
                    _index = Index(entries_of(version, pages), version)
                except LookupError as error:
                    raise store.Unavailable(str(error)) from error
    return _index


def is_cleared(book: Standing, hit: Hit, day: str) -> bool:
    """Whether a person found on a business date that this hit is somebody else."""
    subject = hit.customer or name_key(hit.party)
    return book.holds(HIT, cleared_value(subject, hit.candidate.entry.uid), day)


def current() -> SanctionsList:
    """Which list is in force, read strongly."""
    return store.get(SanctionsList, SanctionsList.KEY) or SanctionsList(account_id=SanctionsList.KEY)


def entries_of(version: str, pages: int) -> list[Entry]:
    """The entries of a version. Raises LookupError when a page is missing: no list is half in force."""
    keys = [SanctionsPage.key(version, number) for number in range(pages)]
    found = store.load(AccountsItem, keys)
    if missing := [key for key in keys if not isinstance(found.get(key), SanctionsPage)]:
        raise LookupError(f"the sanctions list lacks its page {missing[0]}; load it again")
    return [entry for key in keys for entry in unpacked(found[key].packed)]  # type: ignore[attr-defined]


def packed(entries: list[Entry]) -> bytes:
    """As a page stores them."""
    rows = [list(asdict(one).values()) for one in entries]
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())


def unpacked(data: bytes) -> list[Entry]:
    """The inverse of `packed`."""
    rows = json.loads(zlib.decompress(data))
    return [
        Entry(uid, tuple(names), kind, programs, tuple(born), tuple(where))
        for uid, names, kind, programs, born, where in rows
    ]
