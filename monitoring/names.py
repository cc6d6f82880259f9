"""Names in one form, whatever script, order, accents and titles they were written with. Pure."""

import re
from functools import lru_cache

from anyascii import anyascii

_BREAKS = re.compile(r"[^a-z0-9]+")
_SILENT = re.compile(r"['`\u2018\u2019\u02bb\u02bc\u02b9\u02bf\u02be]")
"""Apostrophes inside a word: O'Brien, Al-Qa'ida."""
TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "hajji", "haji", "sheikh", "shaykh", "jr", "sr"})


@lru_cache(maxsize=65536)
def tokens(name: str) -> tuple[str, ...]:
    """The words of a name in Latin small letters, sorted; titles left out unless nothing else is there."""
    plain = _SILENT.sub("", anyascii(_SILENT.sub("", name)).casefold())
    words = [word for word in _BREAKS.split(plain) if word]
    return tuple(sorted([word for word in words if word not in TITLES] or words))


def name_key(name: str) -> str:
    """What two spellings of the same name have in common: their words in one order."""
    return " ".join(tokens(name))
