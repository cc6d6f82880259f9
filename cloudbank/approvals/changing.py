"""A change of a request: loaded, changed, saved with its audit record, until nobody was faster."""

from collections.abc import Callable
from datetime import datetime

from cloudbank import audit, store
from cloudbank.approvals.effects import Effect, NotAllowed, find_effect
from cloudbank.approvals.request import Approval
from cloudbank.audit import Actor
from cloudbank.store import Write

ATTEMPTS = 10


def change_request(
    approval_id: str,
    change: Callable[[Approval], list[Write]],
    action: str,
    actor: Actor,
    now: datetime,
    note: str = "",
) -> Approval:
    """Load, change, save with the audit record, until nobody was faster. A lost answer is found by reading."""
    ours: set[str] = set()
    for attempt in range(ATTEMPTS):
        item = existing(approval_id)
        if item.audit_head in ours:
            return item
        before = {"state": item.state}
        writes = change(item)
        item.file()
        after = {"state": item.state, "content_hash": item.content_hash, "outcome": item.outcome}
        entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=note.strip())
        ours.add(item.audit_head)
        try:
            store.save([store.changed(item), entry, *writes])
            return item
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise busy()


def known(code: str) -> Effect:
    """The kind with this code. Raises NotAllowed."""
    effect = find_effect(code)
    if effect is None:
        raise NotAllowed("unknown", f"Nothing here knows how to do '{code}'.")
    return effect


def existing(approval_id: str) -> Approval:
    """The request, read strongly. Raises NotAllowed."""
    item = store.get(Approval, approval_id)
    if item is None:
        raise NotAllowed("gone", "There is no such request.")
    return item


def busy() -> NotAllowed:
    """Too many others were faster."""
    return NotAllowed("busy", "The bank's books are busy just now. Look at the request again before you retry.")
