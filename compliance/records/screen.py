"""What a kind of record declares; the index, the page and the find box know nothing else of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.urls import reverse

from cloudbank.lists import Column, Page
from compliance.records.trail import PAST, history

I = TypeVar("I")  # noqa: E741
Facts = Sequence[tuple[str, Any, str]]
"""(label, value, note) of each fact."""
OVERVIEW, HISTORY = "overview", "history"
VIEW, HISTORY_VIEW = "compliance.view_control", "compliance.view_audit"
"""Who sees record screens at all (beside each kind's own permission); who sees what was done to a record."""


class Group(StrEnum):
    """How the index is laid out."""

    WHO = "People and accounts"
    WORK = "Work"
    RULES = "Rules and lists"
    BANK = "The bank itself"


@dataclass(frozen=True)
class Tab(Generic[I]):
    """A list inside a record: `rows(item, reader, cursor, limit)` answers one page, by a key or an index.

    A tab is not there for who lacks its permission, nor for an item that `has` says has none.
    """

    code: str
    title: str
    columns: Sequence[Column]
    rows: Callable[[I, Any, Any, int], Page]
    permission: str = ""
    empty: str = "Nothing here."
    has: Callable[[I], bool] = lambda item: True
    note: Callable[[I], str] = lambda item: ""
    """What the page says above the rows: which of them these are, when they are not all."""

    def is_for(self, item: I, reader: Any) -> bool:
        """Whether this person sees it on this item."""
        return (not self.permission or bool(reader.has_perm(self.permission))) and self.has(item)

    @property
    def shown(self) -> list[Column]:
        """The columns, in the order that the index gives: a tab does not sort."""
        return [replace(one, sort="") for one in self.columns]


@dataclass(frozen=True)
class Link(Generic[I]):
    """A way from the index or a record to a form: shown to who has the permission."""

    label: str
    permission: str
    url: Callable[[I], str]
    icon: str = "pencil"

    def is_for(self, reader: Any) -> bool:
        """Whether this person may follow it."""
        return bool(reader.has_perm(self.permission))


@dataclass(frozen=True)
class Screen(Generic[I]):
    """One kind of record.

    `find(key)` reads the item strongly, or None; `may(item, reader)`: what the permission alone cannot say, and
    whoever may not is answered as if it was not there. `subjects(item)`: whose audit records are its history.
    `kinds`: the audit subjects that are records of this kind, each with what makes the key of the record from the
    key of the subject. `prefixes`: how its keys begin, for the find box; `typed` reads what was typed where they
    begin in no way of their own.
    """

    code: str
    title: str
    one: str
    icon: str
    intro: str
    group: Group
    permission: str
    list_url: Callable[[], str]
    find: Callable[[str], I | None]
    key: Callable[[I], str]
    name: Callable[[I], str]
    facts: Callable[[I, Any], Facts]
    badge: Callable[[I], Any] = lambda item: ""
    subjects: Callable[[I], Sequence[str]] = lambda item: ()
    work_url: Callable[[I], str] = lambda item: ""
    work_label: str = "Open its page"
    may: Callable[[I, Any], bool] = lambda item, reader: True
    tabs: Sequence[Tab[I]] = ()
    add: Link[None] | None = None
    change: Link[I] | None = None
    kinds: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    prefixes: Sequence[str] = ()
    typed: Callable[[str], str] = lambda text: ""

    def is_for(self, reader: Any) -> bool:
        """Whether this person sees records of this kind."""
        return bool(reader.has_perm(VIEW) and reader.has_perm(self.permission))

    def found(self, key: str, reader: Any) -> I | None:
        """The record, when there is one and this person may see it."""
        item = self.find(key)
        return item if item is not None and self.may(item, reader) else None

    def url(self, key: str, tab: str = "") -> str:
        """The page of a record, or one of its tabs."""
        return reverse("record_tab", args=[self.code, key, tab]) if tab else reverse("record", args=[self.code, key])

    def tabs_of(self, item: I, reader: Any) -> list[Tab[I]]:
        """The tabs that this person sees; the history is the last one of all that have one."""
        past = Tab[I](
            HISTORY,
            "History",
            PAST,
            lambda item, reader, cursor, limit: history(self.subjects(item), reader, cursor, limit),
            HISTORY_VIEW,
            "Nothing was ever recorded of it.",
            lambda item: bool(self.subjects(item)),
        )
        return [tab for tab in (*self.tabs, past) if tab.is_for(item, reader)]
