"""Threads of one process take turns on an account instead of failing each other's conditions.

Only for speed: what is right is decided by the conditions of the transaction, and other processes do not queue here.
"""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

PATIENCE_SECONDS = 2.0
"""Who waits longer (the engine may be silent to the one before) tries without a turn."""
_LOCKS = tuple(Lock() for _ in range(256))


@contextmanager
def in_turn(accounts: Iterable[str]) -> Iterator[None]:
    """Wait for one's turn on all these accounts, in one order for everybody, so that nobody waits for ever."""
    with ExitStack() as taken:
        for place in sorted({zlib.crc32(account.encode()) % len(_LOCKS) for account in accounts}):
            if _LOCKS[place].acquire(timeout=PATIENCE_SECONDS):
                taken.callback(_LOCKS[place].release)
        yield
