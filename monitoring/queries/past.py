"""Reads of what stood on the lists, and which rules were snoozed, at any earlier moment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.tables import AccountsItem, TransactionsItem
from monitoring.list_items import ENDED_BOOK, ListEntry
from monitoring.models import WORKLIST_SNOOZED, WORKLIST_UNSNOOZED, Snooze
from monitoring.past import FOR_EVER, PastBook, PastSnoozes, Quiet, Stood
from monitoring.queries import lists


def past_book() -> PastBook:
    """Every entry that stands on a list or was taken off one, with its times."""
    ids = [one.entry_id for one in lists.fresh_book()]
    ids += [key for _, key in store.index_keys(AccountsItem, "by_book", ENDED_BOOK)]
    items = store.load(AccountsItem, ids).values()
    return PastBook(one for item in items if isinstance(item, ListEntry) for one in _stood(item))


def _stood(item: ListEntry) -> Iterator[Stood]:
    """Its times, from its records; an entry that nobody touched since has one that needs no look."""
    if item.audit_sequence <= 1:
        yield Stood(item.listed(), item.added_at)
        return
    trail = _trail(item)
    for record, ends in zip(trail, [*(one.at for one in trail[1:]), FOR_EVER], strict=True):
        if record.action != "end_list_entry":
            yield Stood(replace(item.listed(), expires_on=record.after.get("expires_on", "")), record.at, ends)


def past_snoozes() -> PastSnoozes:
    """Every snooze that runs, ran out or was lifted, with its times."""
    groups = (WORKLIST_SNOOZED, WORKLIST_UNSNOOZED)
    keys = [key for group in groups for _, key in store.index_keys(TransactionsItem, "worklist", group)]
    items = store.load(TransactionsItem, keys).values()
    return PastSnoozes(one for item in items if isinstance(item, Snooze) for one in _quiet(item))


def _quiet(item: Snooze) -> Iterator[Quiet]:
    if item.audit_sequence <= 1:
        yield Quiet(item.customer_id, item.number, _ordinal(item.until), item.since)
        return
    trail = _trail(item)
    for record, ends in zip(trail, [*(one.at for one in trail[1:]), FOR_EVER], strict=True):
        if record.action == "snooze":
            yield Quiet(item.customer_id, item.number, _ordinal(record.after["until"]), record.at, ends)


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _trail(item: Any) -> list[AuditRecord]:
    """What was done with an item, oldest first."""
    return [one for one in AuditRecord.by_subject.query(subject_of(item)) if isinstance(one, AuditRecord)]
