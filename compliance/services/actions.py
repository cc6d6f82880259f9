"""Corrective actions: open, edit, move on. Each change with its audit record in one transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts.ledger import Actor
from accounts.models import User
from accounts.queries.people import user
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.roles import allows
from compliance.controls import CONTROLS, needed_for
from compliance.models import PRIORITIES, CorrectiveAction
from compliance.queries import actions as queries
from compliance.queries import standing
from compliance.services.saving import save_audited
from compliance.steps import OWN_STEPS, NotAllowed, Status, take
from monitoring.queries.alerts import get_alert

WORK, ANSWER = "compliance.work_action", "compliance.answer_action"
LONGEST = timedelta(days=366)


class Overtaken(NotAllowed):
    """Somebody else changed the action since the person read it: nothing was written."""


@dataclass(frozen=True)
class Content:
    """What a person writes about an action."""

    title: str
    root_cause: str
    plan: str
    priority: int
    owner_id: str
    due_on: date


def open_action(
    *, content: Content, control_code: str, key: str, actor: Actor, now: datetime, alert_id: str = ""
) -> CorrectiveAction:
    """Open an action, from a control, an alert or by hand ("", ""). Its id derives from the form's key: sent twice, it
    opens one. Raises NotAllowed naming the field.
    """
    _may_work(actor)
    secret = needed_for(control_code)
    if (control_code and control_code not in CONTROLS) or (secret and not allows(actor.role, secret)):
        raise NotAllowed("There is no such control.", "control_code")
    if alert_id and get_alert(alert_id) is None:
        raise NotAllowed("There is no such alert.", "alert_id")
    owner = _checked(content, now, secret)
    opener = user(actor.user_id)
    action_id = derived_id("act", actor.user_id, key)
    item = CorrectiveAction(
        transaction_id=action_id,
        control_code=control_code,
        alert_id=alert_id,
        secret=secret,
        opened_at=iso(now),
        opened_by=actor.user_id,
        opened_by_name=opener.name if opener else actor.user_id,
        **_fields(content, owner),
    )
    item.file()
    after = {"control_code": control_code, "alert_id": alert_id} | _fields(content, owner)
    entry = audit.record(item, "open_action", actor=actor, now=now, after=after)
    try:
        save_audited(item, entry)
    except store.ConditionFailed:
        there = queries.action(action_id)
        if there is None:
            raise
        if (there.title, there.root_cause, there.plan) != (item.title, item.root_cause, item.plan):
            raise NotAllowed("This form was sent before with other words. Open the form again.") from None
        return there
    standing.forget()
    return item


def edit_action(*, action_id: str, content: Content, version: int, actor: Actor, now: datetime) -> CorrectiveAction:
    """Change what is planned, who answers and until when; `version` is what the person saw. Raises NotAllowed."""
    _may_work(actor)
    item = existing(action_id, version, actor)
    if item.is_closed:
        raise NotAllowed("The action is closed. Reopen it to change it.")
    after = _fields(content, _checked(content, now, item.secret, earlier_due=item.due_on))
    before = {name: getattr(item, name) for name in after}
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        return item
    for name, value in changed.items():
        setattr(item, name, value)
    if "due_on" in changed or "owner_id" in changed:
        item.escalated = 0
    return save_action(item, "edit_action", {name: before[name] for name in changed}, changed, "", actor, now)


def move_action(*, action_id: str, step: str, note: str, version: int, actor: Actor, now: datetime) -> CorrectiveAction:
    """Take one step of compliance.steps; `version` is what the person saw. Raises NotAllowed."""
    item = existing(action_id, version, actor)
    if step not in OWN_STEPS or not answers_for(item, actor):
        _may_work(actor)
    taken = take(step, status=item.status, by=actor.user_id, ready_by=item.ready_by, note=note, owner=item.owner_id)
    before = {"status": str(item.status)}
    item.status = str(taken.target)
    if taken.target is Status.READY:
        item.ready_by, item.ready_at = actor.user_id, iso(now)
    elif taken.target is Status.CLOSED:
        item.closed_by, item.closed_at = actor.user_id, iso(now)
    elif taken.target is Status.REOPENED:
        mark_reopened(item)
    return save_action(item, f"{taken.code}_action", before, {"status": item.status}, note.strip(), actor, now)


def mark_reopened(item: CorrectiveAction) -> None:
    """Back to work: nobody has marked it ready or closed it any more."""
    item.status = str(Status.REOPENED)
    item.ready_by = item.ready_at = item.closed_by = item.closed_at = ""
    item.reopened += 1
    item.escalated = 0


def answers_for(item: CorrectiveAction, actor: Actor) -> bool:
    """Whether it is this person's action, and their role still lets them answer for one."""
    return item.owner_id == actor.user_id and allows(actor.role, ANSWER)


def save_action(
    item: CorrectiveAction,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    actor: Actor,
    now: datetime,
) -> CorrectiveAction:
    """Store a change with its audit record. Raises Overtaken."""
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=reason)
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise _overtaken(item.transaction_id) from error
    standing.forget()
    return item


def existing(action_id: str, version: int | None, actor: Actor) -> CorrectiveAction:
    """The action, as this version; None: whichever it is. One that is secret is there for who may know of it.

    Raises NotAllowed.
    """
    item = queries.action(action_id)
    if item is None or (item.secret and not allows(actor.role, item.secret)):
        raise NotAllowed("There is no such action.")
    if version is not None and item.version != version:
        raise _overtaken(action_id)
    return item


def _overtaken(action_id: str) -> Overtaken:
    """Says who was faster."""
    item = queries.action(action_id)
    newest = queries.records(item)[:1] if item else []
    person = user(newest[0].actor_id) if newest else None
    who = person.name if person else "Somebody"
    return Overtaken(f"{who} changed this action while you were looking at it. Nothing of yours was saved: look again.")


def _may_work(actor: Actor) -> None:
    if not allows(actor.role, WORK):
        raise NotAllowed("Your role may look at corrective actions, but not change them.")


def _checked(content: Content, now: datetime, secret: str, earlier_due: str = "") -> User:
    """The owner, when all of the content makes sense."""
    today = bank_calendar().local(now).date()
    if content.due_on < today and content.due_on.isoformat() != earlier_due:
        raise NotAllowed("The due date has passed already.", "due_on")
    if content.due_on > today + LONGEST:
        raise NotAllowed("Choose a due date within a year.", "due_on")
    if content.priority not in PRIORITIES:
        raise NotAllowed("Choose a priority.", "priority")
    owner = user(content.owner_id)
    if owner is None or owner.disabled or not queries.can_answer(owner.role, secret):
        raise NotAllowed("This person cannot answer for an action.", "owner_id")
    return owner


def _fields(content: Content, owner: User) -> dict[str, Any]:
    return {
        "title": content.title,
        "root_cause": content.root_cause,
        "plan": content.plan,
        "priority": content.priority,
        "owner_id": owner.user_id,
        "owner_name": owner.name,
        "due_on": content.due_on.isoformat(),
    }
