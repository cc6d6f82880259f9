"""What people do to alerts. Each change and its audit record are one transaction.

A person decides on what they saw: the form carries the alert's `revision`, which only people move.
Whoever comes second is told who did what. New findings that join meanwhile do not get in the way.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from accounts.ledger import Actor, Refused
from accounts.models import CustomerActivity, DepositAccount, User
from accounts.queries.people import user
from accounts.services.deposits import freeze_account
from accounts.services.posting import Busy
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.roles import allows
from cloudbank.store import Write
from monitoring import packing
from monitoring.activity import ALERT_ID
from monitoring.models import ASSIGNED, CLOSED, NEW, OUTCOMES, WORKLIST_CLOSED, Alert

ATTEMPTS = 8
NOTE_LIMIT = 2000


class TakenOver(Refused):
    """Somebody else changed the alert after this person had loaded it; the message says who and what."""


def _persistently(alert_id: str, revision: int, change: Callable[[Alert], Sequence[Write]]) -> Alert:
    """Load the alert, check that no person changed it since `revision`, change and save it, until nobody was faster."""
    doubtful = ""
    for attempt in range(ATTEMPTS):
        alert = _loaded(alert_id)
        if doubtful and alert.audit_head == doubtful:
            return alert  # the answer to our save was lost, but it was saved
        if alert.revision != revision:
            raise TakenOver("taken_over", _who_and_what(alert))
        writes = change(alert)
        alert.revision += 1
        try:
            store.save([store.changed(alert), *writes])
        except store.OutcomeUnknown:
            doubtful = alert.audit_head
        except (store.ConditionFailed, store.Conflict):
            pass  # a finding joined, or a colleague was faster: the next load tells
        else:
            return alert
        store.pause(attempt)
    raise Busy("Many movements touch this alert just now. Try again.")


def _loaded(alert_id: str) -> Alert:
    alert = store.get(Alert, alert_id)
    if alert is None:
        raise Refused("unknown_alert", "There is no such alert.")
    return alert


def _who_and_what(alert: Alert) -> str:
    colleague = user(alert.changed_by) if alert.changed_by else None
    name = colleague.name if colleague else "Somebody else"
    return f"{name} {alert.change or 'changed this alert'} after you opened this page. Nothing of yours was changed."


def _signed(alert: Alert, actor: Actor, what: str) -> None:
    alert.changed_by, alert.change = actor.user_id, what


def assign_alert(*, alert_id: str, assignee_id: str, revision: int, actor: Actor, now: datetime) -> Alert:
    """Give an open alert to a person who may work on alerts. Raises Refused, TakenOver, Busy."""
    assignee = _worker(assignee_id)

    def change(alert: Alert) -> Sequence[Write]:
        _only_open(alert)
        before = {"status": alert.status, "assignee_id": alert.assignee_id}
        alert.status, alert.assignee_id, alert.assigned_at = ASSIGNED, assignee.user_id, iso(now)
        _signed(
            alert, actor, "took this alert" if actor.user_id == assignee_id else f"gave this alert to {assignee.name}"
        )
        after = {"status": ASSIGNED, "assignee_id": assignee.user_id}
        return [audit.record(alert, "assign", actor=actor, now=now, before=before, after=after)]

    return _persistently(alert_id, revision, change)


def release_alert(*, alert_id: str, revision: int, actor: Actor, now: datetime) -> Alert:
    """Put an assigned alert back into the queue."""

    def change(alert: Alert) -> Sequence[Write]:
        _only_open(alert)
        if not alert.assignee_id:
            raise Refused("not_assigned", "Nobody works on this alert.")
        before = {"status": alert.status, "assignee_id": alert.assignee_id}
        alert.status, alert.assignee_id, alert.assigned_at = NEW, "", ""
        _signed(alert, actor, "put this alert back into the queue")
        after = {"status": NEW, "assignee_id": ""}
        return [audit.record(alert, "release", actor=actor, now=now, before=before, after=after)]

    return _persistently(alert_id, revision, change)


def _worker(user_id: str) -> User:
    found = user(user_id)
    if found is None or found.disabled or not allows(found.role, "monitoring.work_alert"):
        raise Refused("assignee", "Choose a colleague who works on alerts.", "assignee")
    return found


def _only_open(alert: Alert) -> None:
    if not alert.is_open:
        raise Refused("closed", "This alert is closed already.")


def close_alert(*, alert_id: str, outcome: str, note: str, revision: int, actor: Actor, now: datetime) -> Alert:
    """Close an alert with a reason code and a note.

    The customer's activity forgets the alert in the same transaction, so that the next finding
    opens a new one. Raises Refused, TakenOver, Busy.
    """
    if outcome not in OUTCOMES:
        raise Refused("outcome", "Choose how the alert ends.", "outcome")
    if not note.strip():
        raise Refused("note", "Write down what you found; it is kept with the alert.", "note")
    if len(note) > NOTE_LIMIT:
        raise Refused("note", f"The note must not exceed {NOTE_LIMIT:,} characters.", "note")

    def change(alert: Alert) -> Sequence[Write]:
        _only_open(alert)
        before = {"status": alert.status, "outcome": alert.outcome}
        alert.status, alert.outcome, alert.note = CLOSED, outcome, note.strip()
        alert.closed_by, alert.closed_at, alert.closed_on = actor.user_id, iso(now), business_date(now).isoformat()
        alert.worklist_group, alert.worklist_order = WORKLIST_CLOSED, f"{iso(now)}#{alert.alert_id}"
        _signed(alert, actor, f"closed this alert as {OUTCOMES[outcome].lower()}")
        after = {"status": CLOSED, "outcome": outcome}
        entry = audit.record(alert, "close", actor=actor, now=now, before=before, after=after, reason=note.strip())
        return [entry, *_forgotten(alert)]

    return _persistently(alert_id, revision, change)


def _forgotten(alert: Alert) -> Sequence[Write]:
    """The customer's activity without this alert."""
    activity = store.get(CustomerActivity, CustomerActivity.key(alert.customer_id))
    if activity is None:
        return []
    state = packing.load(activity.state)
    if state.open_alerts.get(alert.family, [""])[ALERT_ID] != alert.alert_id:
        return []
    del state.open_alerts[alert.family]
    activity.state = packing.dump(state)
    return [store.changed(activity)]


def freeze_from_alert(
    *, alert_id: str, account_id: str, reason: str, revision: int, actor: Actor, now: datetime
) -> DepositAccount:
    """Freeze one of the customer's accounts at once, and note it on the alert, in one transaction."""
    for _ in range(3):
        alert = _loaded(alert_id)
        if alert.revision != revision:
            raise TakenOver("taken_over", _who_and_what(alert))
        _signed(alert, actor, "froze an account of this customer")
        alert.revision += 1
        after = {"account": f"...{account_id[-4:]}"}
        entry = audit.record(alert, "freeze_account", actor=actor, now=now, after=after, reason=reason)
        try:
            return _frozen(alert, account_id, reason, actor, now, [store.changed(alert), entry])
        except Busy:
            continue  # findings kept joining the alert: load it again
    raise Busy("Many movements touch this account just now. Try again.")


def _frozen(
    alert: Alert, account_id: str, reason: str, actor: Actor, now: datetime, also: Sequence[Write]
) -> DepositAccount:
    held = store.get(DepositAccount, account_id)
    if held is None or held.owner_id != alert.customer_id:
        raise Refused("unknown_account", "This account does not belong to the customer of the alert.", "account")
    return freeze_account(account_id=account_id, reason=reason, actor=actor, now=now, also=also)
