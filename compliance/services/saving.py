"""Saving an audited item so that a lost answer or a busy engine never leaves the person in doubt."""

from typing import Any

from cloudbank import store
from cloudbank.store import Write
from compliance.steps import NotAllowed

ATTEMPTS = 5


class Busy(NotAllowed):
    """The bank's books did not answer: nothing is known to be written, and trying again is safe."""


def save_audited(item: Any, *also: Write) -> None:
    """Put a new or changed audited item with its record (`also`) in one transaction.

    Raises store.ConditionFailed when somebody was faster, Busy when the engine keeps failing. The
    head of the item's audit chain tells whether a write whose answer was lost was made.
    """
    writes = [store.stored(item), *also]
    for attempt in range(ATTEMPTS):
        try:
            store.save(writes)
            return
        except store.ConditionFailed:
            if _is_there(item):
                return
            raise
        except (store.Conflict, store.OutcomeUnknown):
            if _is_there(item):
                return
            store.pause(attempt)
    raise Busy("The bank's books did not answer. Try again in a moment.")


def _is_there(item: Any) -> bool:
    """Whether the item stands as we wrote it: every change has its own head."""
    found = store.get(type(item), item.hash_key)
    return found is not None and found.audit_head == item.audit_head
