"""Who works on an alert: claim, assign, release; and the account that is protected at once. Each change is audited.

Opening an alert to work claims it for some minutes; the open page renews the claim. It lapses by the clock
alone. Taking an alert from a colleague needs a reason, which the colleague is told.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.ledger import Actor, Refused
from accounts.models import DepositAccount, User
from accounts.queries.people import user
from accounts.services.deposits import change_state
from accounts.services.posting import Busy
from accounts.states import FREEZE, Transition
from cloudbank import audit, parameters, store
from cloudbank.clock import iso
from cloudbank.roles import allows
from cloudbank.store import Write
from monitoring.models import ASSIGNED, NEW, Alert
from monitoring.parameters import LEASE
from monitoring.services.changing import (
    ATTEMPTS,
    NOTED,
    PROTECTED,
    TakenOver,
    change_alert,
    clock,
    loaded,
    name_of,
    only_open,
    refuse_changed,
    refuse_held,
    signed,
)

REASON_LIMIT = 200


def lease_from(now: datetime) -> datetime:
    """Until when an alert is held that somebody was seen on at this instant."""
    return now + timedelta(minutes=parameters.snapshot(now).number(LEASE))


def claim_alert(*, alert_id: str, revision: int, actor: Actor, now: datetime) -> Alert:
    """Hold an open alert that nobody else works on, or hold it longer.

    `revision` is what the person sees; it stays. Raises Refused, TakenOver (who, what, when), Busy.
    """
    for attempt in range(ATTEMPTS):
        alert = loaded(alert_id)
        refuse_changed(alert, revision)
        only_open(alert)
        refuse_held(alert, actor, now)
        _refuse_given(alert, actor)
        try:
            _hold(alert, actor, now)
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
        else:
            return alert
    raise Busy("Many movements touch this alert just now. Try again.")


def _refuse_given(alert: Alert, actor: Actor) -> None:
    if alert.assignee_id not in ("", actor.user_id):
        raise TakenOver("given", f"{name_of(alert.assignee_id)} has this alert since {clock(alert.assigned_at)}.")


def _hold(alert: Alert, actor: Actor, now: datetime) -> None:
    """A claim is audited when it begins; while it goes on only its end moves."""
    goes_on = alert.lease_by == actor.user_id and alert.lease_until > iso(now)
    alert.lease_by, alert.lease_until = actor.user_id, iso(lease_from(now))
    if goes_on:
        still_ours = (Alert.lease_by == actor.user_id) & (Alert.revision == alert.revision)
        store.save(
            [store.Update(Alert, alert.alert_id, [Alert.lease_until.set(alert.lease_until)], condition=still_ours)]
        )
        return
    alert.lease_since = iso(now)
    entry = audit.record(alert, "claim", actor=actor, now=now, after={"lease_by": actor.user_id})
    store.save([store.changed(alert), entry])


def assign_alert(
    *, alert_id: str, assignee_id: str, revision: int, actor: Actor, now: datetime, reason: str = ""
) -> Alert:
    """Give an open alert to a person who may work on alerts; taken from a colleague, the reason is kept and told.

    Raises Refused, TakenOver, Busy.
    """
    assignee, reason = _worker(assignee_id), reason.strip()[:REASON_LIMIT]

    def change(alert: Alert) -> Sequence[Write]:
        only_open(alert)
        holder = alert.holder_at(iso(now))
        is_taken = holder not in ("", actor.user_id)
        if is_taken and not reason:
            raise Refused("reason", f"{name_of(holder)} works on this alert. Say why it is taken over.", "reason")
        before = {"status": alert.status, "assignee_id": alert.assignee_id, "holder": holder}
        alert.status, alert.assignee_id, alert.assigned_at = ASSIGNED, assignee.user_id, iso(now)
        alert.let_go()
        if assignee.user_id == actor.user_id:
            alert.lease_by, alert.lease_since, alert.lease_until = actor.user_id, iso(now), iso(lease_from(now))
        signed(alert, actor, _words(assignee, actor, reason if is_taken else ""), now)
        after = {"status": ASSIGNED, "assignee_id": assignee.user_id}
        action = "take_over" if is_taken else "assign"
        return [audit.record(alert, action, actor=actor, now=now, before=before, after=after, reason=reason)]

    return change_alert(alert_id, revision, change, actor=actor, now=now, over_lease=True)


def _words(assignee: User, actor: Actor, reason: str) -> str:
    if assignee.user_id != actor.user_id:
        said = f"gave this alert to {assignee.name}"
    else:
        said = "took this alert over" if reason else "took this alert"
    return f"{said} ({reason})" if reason else said


def release_alert(*, alert_id: str, revision: int, actor: Actor, now: datetime) -> Alert:
    """Put an alert that one works on back into the queue."""

    def change(alert: Alert) -> Sequence[Write]:
        only_open(alert)
        holder = alert.holder_at(iso(now))
        if not holder:
            raise Refused("not_assigned", "Nobody works on this alert.")
        if holder != actor.user_id:
            raise Refused("not_yours", f"{name_of(holder)} works on this alert; take it over first.")
        before = {"status": alert.status, "assignee_id": alert.assignee_id}
        alert.status, alert.assignee_id, alert.assigned_at = NEW, "", ""
        alert.let_go()
        signed(alert, actor, "put this alert back into the queue", now)
        after = {"status": NEW, "assignee_id": ""}
        return [audit.record(alert, "release", actor=actor, now=now, before=before, after=after)]

    return change_alert(alert_id, revision, change, actor=actor, now=now)


def _worker(user_id: str) -> User:
    found = user(user_id)
    if found is None or found.disabled or not allows(found.role, "monitoring.work_alert"):
        raise Refused("assignee", "Choose a colleague who works on alerts.", "assignee")
    return found


def protect_from_alert(
    *,
    alert_id: str,
    account_id: str,
    reason: str,
    revision: int,
    actor: Actor,
    now: datetime,
    transition: Transition = FREEZE,
) -> DepositAccount:
    """Freeze one of the customer's accounts at once, or block its debits; noted on the alert, in one transaction.

    Protection does not wait for who holds the alert; they are told.
    """
    for _ in range(3):
        alert = loaded(alert_id)
        refuse_changed(alert, revision)
        signed(alert, actor, f"{PROTECTED[transition.code]} of this customer", now)
        after = {"account": f"...{account_id[-4:]}"}
        entry = audit.record(alert, NOTED[transition.code], actor=actor, now=now, after=after, reason=reason)
        try:
            return change_state(
                transition=transition,
                account_id=_account_of(alert, account_id),
                reason=reason,
                actor=actor,
                now=now,
                also=[store.changed(alert), entry],
            )
        except Busy:
            continue  # findings kept joining the alert: load it again
    raise Busy("Many movements touch this account just now. Try again.")


def _account_of(alert: Alert, account_id: str) -> str:
    held = store.get(DepositAccount, account_id)
    if held is None or held.owner_id != alert.customer_id:
        raise Refused("unknown_account", "This account does not belong to the customer of the alert.", "account")
    return account_id
