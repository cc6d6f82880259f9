"""Reads of movements that screening stopped."""

from collections.abc import Iterable, Iterator
from datetime import date

from accounts.ledger import posting_id
from accounts.models import HeldMovement, Posting, User
from accounts.models.held import WORKLIST
from accounts.queries.visible import sees_all
from cloudbank import store
from cloudbank.tables import TransactionsItem


def held_movement(movement_id: str) -> HeldMovement | None:
    """The stopped movement, read strongly, or None."""
    return store.get(HeldMovement, HeldMovement.key(movement_id))


def answer_of(movement_id: str) -> tuple[list[Posting], HeldMovement | None]:
    """What the books say of a movement: its postings (debit first), and whether it was stopped. As of one moment."""
    ids = [posting_id(movement_id, side) for side in ("debit", "credit")]
    key = HeldMovement.key(movement_id)
    items = store.load_together(TransactionsItem, [*ids, key])
    stopped = items.get(key)
    lines = [item for one in ids if isinstance(item := items.get(one), Posting)]
    return lines, stopped if isinstance(stopped, HeldMovement) else None


def held_among(movement_ids: Iterable[str]) -> list[HeldMovement]:
    """Those of these movements that were stopped, newest first."""
    found = store.load(TransactionsItem, [HeldMovement.key(one) for one in movement_ids])
    held = [item for item in found.values() if isinstance(item, HeldMovement)]
    return sorted(held, key=lambda one: one.asked_at, reverse=True)


def held_on(account_id: str, limit: int) -> list[HeldMovement]:
    """What was stopped on an account, newest first."""
    found = HeldMovement.by_subject.query(HeldMovement.subject_on(account_id), scan_index_forward=False, limit=limit)
    return [one for one in found if isinstance(one, HeldMovement)]


def waiting(*, after: str = "", upto: str = "", limit: int = 0) -> Iterator[tuple[str, HeldMovement]]:
    """(order, item) of what waits for a decision, what runs out first before; read strongly. 0: all."""
    keys = list(store.index_keys(TransactionsItem, "worklist", WORKLIST, after=after, upto=upto, limit=limit))
    items = store.load(TransactionsItem, [key for _, key in keys])
    for order, key in keys:
        if isinstance(item := items.get(key), HeldMovement) and item.is_waiting:
            yield order, item


def overdue(day: date) -> list[HeldMovement]:
    """What waits and no longer may on a business date."""
    return [item for _, item in waiting(upto=day.isoformat())]


def stopped_on(day: date, *, before: str = "", limit: int) -> list[HeldMovement]:
    """What was stopped on a date (UTC), newest first."""
    condition = HeldMovement.day_order < before if before else None
    group = HeldMovement.group_of(day.isoformat())
    found = HeldMovement.by_day.query(group, condition, scan_index_forward=False, limit=limit)
    return [one for one in found if isinstance(one, HeldMovement)]


def visible_stop(movement_id: str, viewer: User) -> HeldMovement | None:
    """The stopped movement, when it is this person's own money or they may look into every account."""
    found = held_movement(movement_id)
    return found if found and (found.owner_id == viewer.user_id or sees_all(viewer)) else None
