"""Reads of holds and reversals."""

from collections.abc import Iterable, Iterator
from datetime import date

from accounts.models import Hold, Reversed
from accounts.models.holds import WORKLIST
from cloudbank import store
from cloudbank.tables import TransactionsItem


def hold(hold_id: str) -> Hold | None:
    """The hold, read strongly, or None."""
    return store.get(Hold, hold_id)


def holds_on(account_id: str) -> list[Hold]:
    """All holds of an account, newest first."""
    found = Hold.by_subject.query(Hold.subject_of(account_id), scan_index_forward=False)
    return [one for one in found if isinstance(one, Hold)]


def due_holds(day: date) -> Iterator[Hold]:
    """The open holds that no longer count on a business date, oldest first, read strongly."""
    keys = [key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST, upto=day.isoformat())]
    yield from (one for one in store.load(TransactionsItem, keys).values() if isinstance(one, Hold))


def reversal_of(movement_id: str) -> Reversed | None:
    """The mark that the movement is reversed, or None."""
    return store.get(Reversed, Reversed.key(movement_id))


def reversed_among(movement_ids: Iterable[str]) -> set[str]:
    """Which of these movements are reversed."""
    wanted = {Reversed.key(one): one for one in movement_ids}
    return {wanted[key] for key in store.load(TransactionsItem, wanted, consistent=False)} if wanted else set()
