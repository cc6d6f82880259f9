"""An entry of the block or the watch list as the list shows, sorts and narrows it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from monitoring.list_items import ACTIVE, ListEntry
from monitoring.listing import KIND_WORDS, LISTS, Listed
from monitoring.names import tokens


def state_of(item: ListEntry, today: date) -> str:
    """In force, over, or taken off."""
    if item.state != ACTIVE:
        return "Ended"
    return "In force" if item.listed().counts_on(today.isoformat()) else "Expired"


class Row:
    """An entry in the list."""

    def __init__(self, item: ListEntry, today: date) -> None:
        self.item, self.state = item, state_of(item, today)
        self.kind, self.which = KIND_WORDS[item.entry_kind], LISTS[item.list]
        self.until = date.fromisoformat(item.expires_on) if item.expires_on else None
        self.url = reverse("list_entry", args=[item.entry_id])


SORTS: dict[str, Callable[[Row], Any]] = {
    "entry": lambda row: (row.item.shown.casefold(), row.item.entry_id),
    "list": lambda row: (row.which, row.item.shown.casefold(), row.item.entry_id),
    "since": lambda row: (row.item.added_at, row.item.entry_id),
    "until": lambda row: (row.until or date.max, row.item.entry_id),
}


def fits(one: Listed, wanted: Mapping[str, Any], today: str) -> bool:
    """Whether an entry is asked for."""
    if wanted.get("which") not in (None, "", one.list) or wanted.get("kind") not in (None, "", one.kind):
        return False
    if wanted.get("over") and one.counts_on(today):
        return False
    text = (wanted.get("q") or "").strip()
    value = one.value.casefold()
    return not text or "".join(text.casefold().split()) in value or all(word in value for word in tokens(text))
