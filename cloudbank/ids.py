"""Identifiers: sortable and readable aloud, or derived from a key so that a retry finds them."""

import base64
import hashlib
from functools import lru_cache

from ulid import ULID


def new_id(prefix: str) -> str:
    """A fresh identifier such as `usr_01M80Y...`; not a secret."""
    return f"{prefix}_{ULID()}"


@lru_cache(maxsize=1024)  # a posting asks for its movement's id several times, and base 32 is slow
def derived_id(prefix: str, *parts: str) -> str:
    """The identifier that these parts always give (SHA-256, 130 bits, base 32)."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{base64.b32encode(digest)[:26].decode().lower()}"
