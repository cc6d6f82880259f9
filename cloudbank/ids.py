"""Identifiers: sortable and readable aloud, or derived from a key so that a retry finds them."""

import hashlib
from functools import lru_cache

from ulid import ULID


def new_id(prefix: str) -> str:
    """A fresh identifier such as `usr_01M80Y...`; not a secret."""
    return f"{prefix}_{ULID()}"


_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_PLACES = range(120, -10, -10)


@lru_cache(maxsize=1024)  # a posting asks for its movement's id several times
def derived_id(prefix: str, *parts: str) -> str:
    """The identifier that these parts always give (SHA-256, its first 130 bits, base 32 of RFC 4648 in small letters).

    Two digits at a time: a third of what base64.b32encode takes, and an import makes some hundred thousand.
    """
    number = int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:17], "big") >> 6
    return f"{prefix}_{''.join([_PAIRS[number >> place & 1023] for place in _PLACES])}"
