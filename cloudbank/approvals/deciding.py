"""Ask, approve, reject, withdraw, expire, resume: each change with its audit record in one transaction."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cloudbank import audit, store
from cloudbank.approvals.effects import Effect, NotAllowed, Outcome, Overtaken, find_effect
from cloudbank.approvals.request import (
    APPROVED,
    EXPIRED,
    FAILED,
    FIRST_DATE,
    NAME_LENGTH,
    PENDING,
    REJECTED,
    STATES,
    WAITING,
    WITHDRAWN,
    Approval,
    Unfinished,
    behind,
    same_person,
)
from cloudbank.audit import Actor
from cloudbank.clock import from_iso, iso
from cloudbank.ids import derived_id
from cloudbank.roles import allows
from cloudbank.store import Write

ATTEMPTS = 10
LEASE = timedelta(seconds=90)
"""Longer than a posting may take (20 s of patience and one request's time-outs)."""


def ask(
    *, code: str, content: dict[str, Any], about: str, key: str, reason: str, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask for something. The id derives from the asking person and the form's key: sent twice, it asks once.

    `content` is what JSON carries unchanged (text, whole numbers, lists). Raises NotAllowed.
    """
    effect = _known(code)
    if not allows(actor.role, effect.asks):
        raise NotAllowed("permission", "Your role cannot ask for this.")
    if not reason.strip():
        raise NotAllowed("reason", "Say why; the person who decides reads it.", "reason")
    if json.loads(json.dumps(content)) != content:
        raise ValueError(f"approvals: the content of '{code}' does not survive JSON")
    approval_id = approval_id_for(code, actor.user_id, key)
    there = store.get(Approval, approval_id)
    if there:
        return _same(there, content, reason)
    with effect.refusing():
        shown = effect.shown(content, now)
    item = Approval(
        transaction_id=approval_id,
        code=code,
        content=content,
        shown=shown.stored(),
        about=about,
        reason=reason.strip(),
        maker_id=actor.user_id,
        maker_role=actor.role,
        maker_name=name[:NAME_LENGTH],
        maker_source=actor.source,
        asked_at=iso(now),
        due_at=iso(now + effect.valid_for),
    )
    item.content_hash = item.computed_hash()
    item.file()
    after = {"code": code, "content": content, "content_hash": item.content_hash, "about": about}
    entry = audit.record(item, "ask", actor=actor, now=now, after=after, reason=item.reason)
    return _stored_once(item, entry)


def approval_id_for(code: str, maker_id: str, key: str) -> str:
    """The id that a request of this person under this key has."""
    return derived_id("apr", code, maker_id, key)


def _stored_once(item: Approval, entry: store.Put) -> Approval:
    """Store a new request; who sends a form twice at once gets the first one."""
    content, reason = item.content, item.reason
    writes: list[Write] = [store.stored(item), entry]
    for attempt in range(ATTEMPTS):
        try:
            store.save(writes)
            return item
        except store.ConditionFailed:
            return _same(_existing(item.approval_id), content, reason)
        except (store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise _busy()


def _same(there: Approval, content: dict[str, Any], reason: str) -> Approval:
    if there.content != content or there.reason != reason.strip():
        raise NotAllowed("key_reused", "This form was sent before and meant something else. Open it again.")
    return there


def approve(*, approval_id: str, content_hash: str, note: str = "", actor: Actor, name: str, now: datetime) -> Approval:
    """Decide for it, and do it. `content_hash` is what the deciding person saw.

    The effect's writes go into the decision's transaction. An effect with a transaction of its own runs
    after it; when that one's result stays unknown, Unfinished is raised and `resume` goes on later.
    Raises NotAllowed (nothing written; the request stays as it is) or Overtaken.
    """

    def change(item: Approval) -> list[Write]:
        effect = _may_decide(item, content_hash, actor, now)
        with effect.refusing():
            effect.check(item, now)
            outcome = None if effect.separately else effect.carry_out(item, actor=actor, now=now)
        item.decide(APPROVED, by=actor, name=name, note=note.strip(), now=now)
        if outcome is None:
            item.carrying_until = iso(now + LEASE)
            return []
        item.settle(outcome, now)
        return list(outcome.writes)

    item = _decided(approval_id, change, "approve", actor, now, note)
    effect = _known(item.code)
    if effect.separately:
        return _carry_out(item, effect, now)
    effect.afterwards(item)
    return item


def reject(*, approval_id: str, content_hash: str, note: str, actor: Actor, name: str, now: datetime) -> Approval:
    """Decide against it; the note is for who asked. Raises NotAllowed or Overtaken."""
    if not note.strip():
        raise NotAllowed("note", "Say why; the person who asked reads it.", "note")

    def change(item: Approval) -> list[Write]:
        effect = _may_decide(item, content_hash, actor, now)
        item.decide(REJECTED, by=actor, name=name, note=note.strip(), now=now)
        item.settle(Outcome("Not done."), now)
        return list(effect.turn_down(item, state=REJECTED, actor=actor, now=now))

    return _decided(approval_id, change, "reject", actor, now, note)


def withdraw(*, approval_id: str, note: str = "", actor: Actor, name: str, now: datetime) -> Approval:
    """Take one's own request back. Raises NotAllowed or Overtaken."""

    def change(item: Approval) -> list[Write]:
        if not same_person(item.maker_id, actor.user_id):
            raise NotAllowed("not_yours", "Only the person who asked can take it back.")
        _is_open(item, actor, now)
        item.decide(WITHDRAWN, by=actor, name=name, note=note.strip(), now=now)
        item.settle(Outcome("Taken back; not done."), now)
        effect = find_effect(item.code)
        return list(effect.turn_down(item, state=WITHDRAWN, actor=actor, now=now)) if effect else []

    return _decided(approval_id, change, "withdraw", actor, now, note)


def _may_decide(item: Approval, content_hash: str, actor: Actor, now: datetime) -> Effect:
    """The request's kind, when this person may decide on exactly what they saw."""
    effect = _known(item.code)
    if not allows(actor.role, effect.permission):
        raise NotAllowed("permission", "Your role cannot decide on this.")
    if same_person(item.maker_id, actor.user_id):
        raise NotAllowed("four_eyes", "You asked for this yourself; another person must decide.")
    _is_open(item, actor, now)
    if item.content_hash != content_hash:
        raise NotAllowed("content", "This is not what you were shown. Nothing was decided: read it again.")
    if item.content_hash != item.computed_hash():
        raise NotAllowed("seal", "The request does not match its seal; it was changed. Reject it and call security.")
    return effect


def _is_open(item: Approval, actor: Actor, now: datetime) -> None:
    state = item.state_at(now)
    if state == PENDING:
        return
    if state == EXPIRED:
        raise NotAllowed("expired", "This request has expired. It has to be asked for again.")
    done = f"this request is {STATES[state].lower()} already."
    if same_person(item.checker_id, actor.user_id):
        raise Overtaken("overtaken", f"You decided before: {done}")
    raise Overtaken("overtaken", f"{item.checker_name or item.checker_id} was faster: {done}")


def _known(code: str) -> Effect:
    effect = find_effect(code)
    if effect is None:
        raise NotAllowed("unknown", f"Nothing here knows how to do '{code}'.")
    return effect


def _existing(approval_id: str) -> Approval:
    item = store.get(Approval, approval_id)
    if item is None:
        raise NotAllowed("gone", "There is no such request.")
    return item


def _decided(
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
        item = _existing(approval_id)
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
    raise _busy()


def _busy() -> NotAllowed:
    return NotAllowed("busy", "The bank's books are busy just now. Look at the request again before you retry.")


# What is done in a transaction of its own.


def resume(*, approval_id: str, now: datetime) -> Approval:
    """Carry on what was approved and not finished, when nobody else is at it. Raises NotAllowed or Unfinished."""
    item = _existing(approval_id)
    if not item.is_unfinished:
        return item
    if item.carrying_until > iso(now):
        raise NotAllowed("carrying", "It is being carried out at this moment. Look again in a minute.")
    item.carrying_until = iso(now + LEASE)
    try:
        store.save([store.changed(item)])
    except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown) as error:
        raise NotAllowed("carrying", "Somebody else carries it on at this moment.") from error
    return _carry_out(item, _known(item.code), now)


def _carry_out(item: Approval, effect: Effect, now: datetime) -> Approval:
    """Do it and mark it. The effect does its work once, however often this is called."""
    try:
        outcome = effect.carry_out(item, actor=item.checker, now=now)
    except effect.refusals as refused:
        return _marked(item, FAILED, Outcome(str(refused)), now)
    except effect.uncertain as doubt:
        raise Unfinished(item) from doubt
    done = _marked(item, APPROVED, outcome, now)
    effect.afterwards(done)
    return done


def _marked(carried: Approval, state: str, outcome: Outcome, now: datetime) -> Approval:
    """Take down what became of it.

    A refusal counts only while nobody took over; what is in the books counts always.
    """

    def change(item: Approval) -> list[Write]:
        item.state = state
        item.settle(outcome, now)
        return []

    current = _existing(carried.approval_id)
    stale = state == FAILED and current.carrying_until != carried.carrying_until
    if stale or (current.done_at and current.state == state):
        return current
    action = "fail" if state == FAILED else "carry_out"
    try:
        return _decided(carried.approval_id, change, action, carried.checker, now)
    except (store.StoreError, NotAllowed) as error:
        raise Unfinished(carried) from error


# What the end of the day does.


def expire_due(*, actor: Actor, now: datetime) -> int:
    """Mark what nobody decided in time; how many. For close_day: running it twice changes nothing."""
    count = 0
    for _, key in list(store.index_keys(Approval, "worklist", WAITING, after=FIRST_DATE, upto=behind(now))):
        try:
            _decided(key, lambda item: _expiring(item, actor, now), "expire", actor, now)
        except NotAllowed:
            continue  # decided, or expired by another host, since the index was read
        count += 1
    return count


def _expiring(item: Approval, actor: Actor, now: datetime) -> list[Write]:
    if item.state != PENDING or item.state_at(now) != EXPIRED:
        raise NotAllowed("state", "It is not due.")
    item.decide(EXPIRED, by=actor, name="", note="", now=from_iso(item.due_at))
    item.settle(Outcome("Nobody decided in time; not done."), now)
    return []


def resume_due(*, now: datetime) -> tuple[int, int]:
    """Carry on all that was approved and not finished: (settled, still open). For close_day."""
    settled = left = 0
    for _, key in list(store.index_keys(Approval, "worklist", WAITING, upto=FIRST_DATE)):
        try:
            resume(approval_id=key, now=now)
            settled += 1
        except (NotAllowed, Unfinished):
            left += 1
    return settled, left
