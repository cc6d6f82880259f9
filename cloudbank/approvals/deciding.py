"""Approve, reject, withdraw: each decision with its audit record in one transaction."""

from datetime import datetime

from cloudbank.approvals.carrying import LEASE, carry_out
from cloudbank.approvals.changing import change_request, existing, known
from cloudbank.approvals.effects import Effect, NotAllowed, Outcome, Overtaken, find_effect, objection_to
from cloudbank.approvals.request import (
    APPROVED,
    EXPIRED,
    PENDING,
    REJECTED,
    STATES,
    WITHDRAWN,
    Approval,
    same_person,
)
from cloudbank.audit import Actor
from cloudbank.clock import iso
from cloudbank.roles import allows
from cloudbank.store import Write


def approve(*, approval_id: str, content_hash: str, note: str = "", actor: Actor, name: str, now: datetime) -> Approval:
    """Decide for it, and do it. `content_hash` is what the deciding person saw.

    The effect's writes go into the decision's transaction. An effect with a transaction of its own runs
    after it; when that one's result stays unknown, Unfinished is raised and `resume` goes on later.
    Raises NotAllowed (nothing written; the request stays as it is) or Overtaken.
    """

    def change(item: Approval) -> list[Write]:
        effect = _may_decide(item, content_hash, actor, now)
        if why := objection_to(item, effect):
            raise NotAllowed("maker", f"{why} Reject it; somebody else may ask anew.")
        try:
            with effect.refusing():
                effect.check(item, now)
                outcome = None if effect.separately else effect.carry_out(item, actor=actor, now=now)
        except NotAllowed:
            _is_open(existing(approval_id), actor, now)  # somebody was faster: that is why it refuses
            raise
        item.decide(APPROVED, by=actor, name=name, note=note.strip(), now=now)
        if outcome is None:
            item.carrying_until = iso(now + LEASE)
            return []
        item.settle(outcome, now)
        return list(outcome.writes)

    item = change_request(approval_id, change, "approve", actor, now, note)
    effect = known(item.code)
    if effect.separately:
        return carry_out(item, effect, now)
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

    return change_request(approval_id, change, "reject", actor, now, note)


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

    return change_request(approval_id, change, "withdraw", actor, now, note)


def _may_decide(item: Approval, content_hash: str, actor: Actor, now: datetime) -> Effect:
    """The request's kind, when this person may decide on exactly what they saw."""
    effect = known(item.code)
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
