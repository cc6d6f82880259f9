"""Reads of messages for a page, and sending one again."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from cloudbank import audit, store
from cloudbank.audit import Actor
from cloudbank.outbox.item import DELIVERED, GIVEN_UP, WORKLIST, WORKLIST_GIVEN_UP, Message, day_group
from cloudbank.tables import TransactionsItem


@dataclass(frozen=True)
class Some:
    """Some messages, and the order after which the next ones begin ("" at the end)."""

    rows: list[Message]
    cursor: str


def find(message_id: str) -> Message | None:
    """The message, read strongly, or None."""
    return store.get(Message, message_id)


def waiting(cursor: str = "", limit: int = 50) -> Some:
    """What is not delivered yet, the next to be tried first."""
    return _listed(WORKLIST, cursor, limit)


def given_up(cursor: str = "", limit: int = 50) -> Some:
    """What nobody tries any more, the longest first."""
    return _listed(WORKLIST_GIVEN_UP, cursor, limit)


def _listed(group: str, cursor: str, limit: int) -> Some:
    keys = list(store.index_keys(Message, "worklist", group, after=cursor, limit=limit + 1))
    found = store.load(TransactionsItem, [key for _, key in keys[:limit]])
    rows = [item for _, key in keys[:limit] if isinstance(item := found.get(key), Message)]
    return Some(rows, keys[limit - 1][0] if len(keys) > limit else "")


def of_day(day: str, cursor: str = "", limit: int = 50) -> Some:
    """All messages of a UTC date, the newest first."""
    condition: Any = Message.day_order < cursor if cursor else None
    found = Message.by_day.query(day_group(day), condition, scan_index_forward=False, page_size=limit + 1)
    rows = list(islice((one for one in found if isinstance(one, Message)), limit + 1))
    return Some(rows[:limit], (rows[limit - 1].day_order or "") if len(rows) > limit else "")


def send_again(*, message_id: str, reason: str, actor: Actor, now: datetime) -> Message:
    """Try a message again, at once: at every address that has not taken it; one that all have taken, at all of them.

    Raises LookupError, and store.ConditionFailed when it is being tried right now.
    """
    item = store.get(Message, message_id)
    if item is None or item.is_secret:
        raise LookupError("There is no such message any more.")
    before = {"state": item.state, "attempts": item.attempts}
    if item.state == GIVEN_UP:
        item.pending = list(item.errors)
    elif item.state == DELIVERED:
        item.pending = [address for address, _ in item.taken]
    item.errors, item.expires_at = {}, None
    item.begin(now)
    entry = audit.record(item, "send_again", actor=actor, now=now, before=before, reason=reason)
    store.save([store.changed(item), entry])
    return item
