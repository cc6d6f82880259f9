"""Signed page positions: a cursor works only for the person, the list and the filter it was made for."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import SuspiciousOperation

MAX_AGE_SECONDS = 24 * 3600
MAX_LENGTH = 1600  # gunicorn refuses a request line of more than 4,094 bytes; the filters need room beside us

Key = Any
"""Where a page starts, as the domain's source gave it: anything that JSON can carry."""


class CursorError(SuspiciousOperation):
    """The cursor was changed, is too old, or belongs to another person, list or filter: HTTP 400."""


@dataclass(frozen=True)
class Position:
    """A page of a list: where it starts, how many rows stand before it, and the starts of the pages before."""

    key: Key = None
    offset: int = 0
    back: tuple[tuple[Key, int], ...] = ()

    @property
    def is_first(self) -> bool:
        """Whether nothing stands before this page."""
        return self.offset == 0

    def after(self, key: Key, shown: int) -> "Position":
        """The next page, which starts at `key` after `shown` rows of this one."""
        return Position(key, self.offset + shown, (*self.back, (self.key, self.offset)))

    def before(self) -> "Position":
        """The previous page; the first one when the way back is no longer known."""
        if not self.back:
            return Position()
        key, offset = self.back[-1]
        return Position(key, offset, self.back[:-1])


def binding(*parts: Any) -> str:
    """What a cursor is bound to (path, person, filter, sort, size), as a short text."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _salt(bound_to: str) -> str:
    return f"cloudbank.cursor.{bound_to}"


def encode(position: Position, bound_to: str) -> str:
    """The signed text of a position. The way back is shortened, oldest first, until the text fits a URL."""
    back = list(position.back)
    while True:
        text = signing.dumps([position.key, position.offset, back], salt=_salt(bound_to), compress=True)
        if len(text) <= MAX_LENGTH or not back:
            return text
        back = back[1:]


def decode(text: str, bound_to: str) -> Position:
    """The position of a signed text, the first page for ""; CursorError when it is not ours or too old."""
    if not text:
        return Position()
    try:
        key, offset, back = signing.loads(text, salt=_salt(bound_to), max_age=MAX_AGE_SECONDS)
    except signing.BadSignature as error:
        raise CursorError("This page link is not valid here.") from error
    return Position(key, offset, tuple((key, offset) for key, offset in back))
