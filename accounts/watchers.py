"""Who watches live pages: the sessions and people behind polling requests, read together, once a second a process.

A watching page asks a few times a second, each time as somebody signed in. Looking each of them up each time would
cost two reads a request; here one batched, strongly consistent read serves all watchers of the process for a second.
What ended (signed out, shut out, another role) is therefore noticed within a second; every other request reads afresh.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from cloudbank import store
from cloudbank.tables import UsersItem

FRESH_SECONDS = 1.0
FORGOTTEN_SECONDS = 5.0
"""Who did not ask for so long watches no more, and is not read for."""
MOST = store.BATCH_GET
"""Keys of one read. Where more people watch, the rest is read for as any other request is."""

_polling: ContextVar[bool] = ContextVar("polling", default=False)
_lock = threading.Lock()
_read_at = 0.0
_items: dict[str, UsersItem | None] = {}
_asked: dict[str, float] = {}


def forget() -> None:
    """Drop what this process remembers."""
    global _read_at
    with _lock:
        _read_at = 0.0
        _items.clear()
        _asked.clear()


@contextmanager
def watching(is_watching: bool) -> Iterator[None]:
    """Within it, `find` may answer from the read that all watchers share."""
    token = _polling.set(is_watching)
    try:
        yield
    finally:
        _polling.reset(token)


def find(key: str) -> UsersItem | None:
    """The item of BankingUsers with this key, read strongly; at most FRESH_SECONDS old for who only watches."""
    return _shared(key) if _polling.get() else store.get(UsersItem, key)


def _shared(key: str) -> UsersItem | None:
    global _read_at
    with _lock:
        now = time.monotonic()
        if key not in _items and len(_items) >= MOST:
            return store.get(UsersItem, key)
        _asked[key] = now
        if now - _read_at >= FRESH_SECONDS:
            wanted = [one for one, at in _asked.items() if now - at < FORGOTTEN_SECONDS][:MOST]
            found = store.load(UsersItem, wanted)
            _items.clear()
            _items.update((one, found.get(one)) for one in wanted)
            for one in [one for one in _asked if one not in _items]:
                del _asked[one]
            _read_at = now
        elif key not in _items:
            _items[key] = store.get(UsersItem, key)
        return _items.get(key)
