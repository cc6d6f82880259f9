"""Ask for something: once for each form, and one request at a time for the same thing."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from cloudbank import audit, store
from cloudbank.approvals.changing import ATTEMPTS, busy, known
from cloudbank.approvals.effects import NotAllowed, objection_to
from cloudbank.approvals.request import NAME_LENGTH, PENDING, Approval, LatestRequest, same_person
from cloudbank.approvals.waiting import concerning
from cloudbank.audit import Actor
from cloudbank.clock import iso
from cloudbank.ids import derived_id
from cloudbank.roles import allows
from cloudbank.store import Write


class AlreadyAsked(NotAllowed):
    """The same is asked for already and not settled: `request` is that one."""

    def __init__(self, request: Approval, asker_id: str) -> None:
        who = "You" if same_person(request.maker_id, asker_id) else request.maker_name or request.maker_id
        how = "It is being carried out" if request.is_unfinished else "It waits for a decision"
        super().__init__("already_asked", f'{who} asked already: "{request.title}". {how}; see Approvals.')
        self.request = request


Also = Callable[[Approval], Sequence[Write]]
"""More writes of the transaction that stores a request: asked for anew at each try, may raise a refusal."""


def ask(
    *,
    code: str,
    content: dict[str, Any],
    about: str,
    key: str,
    reason: str,
    actor: Actor,
    name: str,
    now: datetime,
    also: Also = lambda request: (),
) -> Approval:
    """Ask for something. The id derives from the asking person and the form's key: sent twice, it asks once.

    `content` is what JSON carries unchanged (text, whole numbers, lists). While a request of this kind about the
    same thing waits, AlreadyAsked is raised with it. `also`: what else is written with it (the thing that waits now).
    Raises NotAllowed.
    """
    effect = known(code)
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
    return _stored_once(item, entry, now, also)


def approval_id_for(code: str, maker_id: str, key: str) -> str:
    """The id that a request of this person under this key has."""
    return derived_id("apr", code, maker_id, key)


def _stored_once(item: Approval, entry: store.Put, now: datetime, also: Also) -> Approval:
    """Store a new request; who sends a form twice at once gets the first one, who asks the same at once is refused."""
    content, reason = item.content, item.reason
    writes: list[Write] = [store.stored(item), entry]
    for attempt in range(ATTEMPTS):
        latest = _latest_before(item, now)
        latest.approval_id = item.approval_id
        try:
            store.save([*writes, store.stored(latest), *also(item)])
            return item
        except store.ConditionFailed:
            there = store.get(Approval, item.approval_id)
            if there:
                return _same(there, content, reason)
        except store.OutcomeUnknown:
            if there := store.get(Approval, item.approval_id):
                return _same(there, content, reason)
            store.pause(attempt)
        except store.Conflict:
            store.pause(attempt)
    raise busy()


def _latest_before(item: Approval, now: datetime) -> LatestRequest:
    """Which request stands for this thing, to be replaced by the new one. Raises AlreadyAsked while it is open.

    It is saved on condition that nobody replaced it since: of two who ask at once, one is refused.
    """
    key = LatestRequest.key(item.code, item.about)
    latest = store.get(LatestRequest, key) or LatestRequest(transaction_id=key)
    there = store.get(Approval, latest.approval_id) if latest.approval_id not in ("", item.approval_id) else None
    if there and _stands(there, now):
        raise AlreadyAsked(there, item.maker_id)
    return latest


def standing_one(about: str, now: datetime) -> Approval | None:
    """The request about something that keeps others from asking the same: what is outdated does not. Or None."""
    return next((one for one in concerning(about) if _stands(one, now)), None)


def _stands(there: Approval, now: datetime) -> bool:
    return there.is_unfinished or _can_be_approved(there, now)


def _can_be_approved(there: Approval, now: datetime) -> bool:
    """Whether it waits, and would not be refused as things are: what is outdated keeps nobody from asking."""
    if there.state_at(now) != PENDING:
        return False
    effect = known(there.code)
    if objection_to(there, effect):
        return False
    try:
        with effect.refusing():
            effect.check(there, now)
    except NotAllowed:
        return False
    return True


def _same(there: Approval, content: dict[str, Any], reason: str) -> Approval:
    if there.content != content or there.reason != reason.strip():
        raise NotAllowed("key_reused", "This form was sent before and meant something else. Open it again.")
    return there
