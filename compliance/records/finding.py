"""From a number, an id or an audit subject to the record it names."""

from collections.abc import Iterator
from typing import Any

from compliance.queries.chains import audited_kinds, is_key
from compliance.records import RECORDS
from compliance.records.screen import HISTORY_VIEW, Screen
from compliance.records.trail import subject_url


def locate(text: str, reader: Any) -> str:
    """The address of the record that this person may see, "" when there is none. At most one read a kind that fits.

    A subject that is audited but is no record leads to its own records in the audit trail, whether it exists or not.
    """
    for screen, key in _meant(text.strip()):
        if screen.is_for(reader) and is_key(key) and (item := screen.found(key, reader)) is not None:
            return screen.url(screen.key(item))
    if text.partition("#")[0] in audited_kinds() and "#" in text and reader.has_perm(HISTORY_VIEW):
        return subject_url(text)
    return ""


def _meant(text: str) -> Iterator[tuple[Screen[Any], str]]:
    """What may be meant: by the audit subject, by how the key begins, by how a kind reads what was typed."""
    kind, _, key = text.partition("#")
    for screen in RECORDS:
        if key and kind in screen.kinds:
            yield screen, screen.kinds[kind](key)
        elif any(text.startswith(prefix) for prefix in screen.prefixes):
            yield screen, text
        elif typed := screen.typed(text):
            yield screen, typed
