"""How an alert ends: a reason code and a note; and how it is opened again. See refuting for the second person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.ledger import Actor, Refused
from accounts.models import CustomerActivity
from cloudbank import audit, parameters, store
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.store import Write
from monitoring import packing
from monitoring.activity import ALERT_ID
from monitoring.models import (
    CLOSED,
    CONFIRMED,
    DUPLICATE,
    NEW,
    OUTCOME_OF,
    OUTCOMES,
    REASON_WORDS,
    WORKLIST,
    WORKLIST_CLOSED,
    Alert,
    worklist_order,
)
from monitoring.parameters import decide_by
from monitoring.rulebook import CRITICAL, RANK
from monitoring.services.changing import change_alert, only_open, signed

NOTE_LIMIT = 2000


@dataclass(frozen=True)
class Ending:
    """How an alert is decided. `duplicate_of`: the alert with the same facts, for that reason only."""

    reason_code: str
    note: str
    duplicate_of: str = ""

    @property
    def outcome(self) -> str:
        """False positive, confirmed or duplicate, as the reason says."""
        return OUTCOME_OF[self.reason_code]

    @property
    def words(self) -> str:
        """ "false positive (mistaken entry or wrong data)"."""
        return f"{OUTCOMES[self.outcome].lower()} ({REASON_WORDS[self.reason_code].lower()})"


def needs_second_person(alert: Alert, ending: Ending) -> bool:
    """Whoever says that a critical alert was none must convince somebody else."""
    return alert.severity == CRITICAL and ending.outcome != CONFIRMED


def checked(reason_code: str, note: str, duplicate_of: str = "") -> Ending:
    """A complete decision. Raises Refused naming the field."""
    if reason_code not in OUTCOME_OF:
        raise Refused("reason_code", "Choose how the alert ends.", "reason_code")
    if not note.strip():
        raise Refused("note", "Write down what you found; it is kept with the alert.", "note")
    if len(note) > NOTE_LIMIT:
        raise Refused("note", f"The note must not exceed {NOTE_LIMIT:,} characters.", "note")
    is_duplicate = OUTCOME_OF[reason_code] == DUPLICATE
    if is_duplicate and not duplicate_of:
        raise Refused("duplicate_of", "Choose the alert that has the same facts.", "duplicate_of")
    return Ending(reason_code, note.strip(), duplicate_of if is_duplicate else "")


def close_alert(
    *,
    alert_id: str,
    reason_code: str,
    note: str,
    revision: int,
    actor: Actor,
    now: datetime,
    duplicate_of: str = "",
) -> Alert:
    """Close an alert. The customer's activity forgets it in the same transaction, so that the next finding
    opens a new one. Raises Refused (also when it needs a second person: see refuting), TakenOver, Busy.
    """
    ending = checked(reason_code, note, duplicate_of)

    def change(alert: Alert) -> Sequence[Write]:
        only_open(alert)
        refuse_other_customer(alert, ending)
        if needs_second_person(alert, ending):
            raise Refused("second_person", "Refuting a critical alert needs a second person; open it and ask for one.")
        return closing_writes(alert, ending, actor=actor, now=now)

    return change_alert(alert_id, revision, change, actor=actor, now=now)


def closing_writes(
    alert: Alert, ending: Ending, *, actor: Actor, now: datetime, approved: dict[str, str] | None = None
) -> list[Write]:
    """Close a loaded alert (put it into the same transaction): its audit record, and the activity without it.

    `approved` names the request (`approval`), who asked (`asked_by`) when a second person agreed.
    """
    before = {"status": alert.status, "outcome": alert.outcome}
    alert.status, alert.outcome, alert.reason_code = CLOSED, ending.outcome, ending.reason_code
    alert.note, alert.duplicate_of = ending.note, ending.duplicate_of
    alert.closed_by, alert.closed_at, alert.closed_on = actor.user_id, iso(now), business_date(now).isoformat()
    if approved:
        alert.closed_by, alert.approved_by = approved["asked_by"], actor.user_id
    alert.worklist_group, alert.worklist_order = WORKLIST_CLOSED, f"{iso(now)}#{alert.alert_id}"
    alert.let_go()
    alert.file_hit()
    signed(alert, actor, f"closed this alert as {OUTCOMES[ending.outcome].lower()}", now)
    after = {"status": CLOSED, "outcome": ending.outcome, "reason_code": ending.reason_code} | (approved or {})
    if ending.duplicate_of:
        after["duplicate_of"] = ending.duplicate_of
    entry = audit.record(alert, "close", actor=actor, now=now, before=before, after=after, reason=ending.note)
    return [entry, *forgotten(alert)]


def refuse_other_customer(alert: Alert, ending: Ending) -> None:
    """Raise Refused when the alert with the same facts is none of this customer's."""
    if not ending.duplicate_of:
        return
    other = store.get(Alert, ending.duplicate_of)
    if other is None or other.customer_id != alert.customer_id or other.alert_id == alert.alert_id:
        raise Refused("duplicate_of", "Choose another alert of this customer.", "duplicate_of")


def forgotten(alert: Alert) -> list[Write]:
    """The customer's activity without this alert, when it is the open one of its family."""
    activity = store.get(CustomerActivity, CustomerActivity.key(alert.customer_id))
    if activity is None:
        return []
    state = packing.load(activity.state)
    if state.open_alerts.get(alert.family, [""])[ALERT_ID] != alert.alert_id:
        return []
    del state.open_alerts[alert.family]
    activity.state = packing.dump(state)
    return [store.changed(activity)]


def reopen_alert(*, alert_id: str, reason: str, revision: int, actor: Actor, now: datetime) -> Alert:
    """Take a decision back: the alert is in the queue again, its time runs anew, and findings join it again.

    Refused while a newer alert of its kind is open on the customer: there is one open alert of a kind and customer.
    """
    if not reason.strip():
        raise Refused("reason", "Say why it is opened again.", "reason")

    def change(alert: Alert) -> Sequence[Write]:
        if alert.status != CLOSED:
            raise Refused("not_closed", "Only a closed alert can be opened again.")
        if alert.case_id:
            raise Refused("case", "This alert was decided with its case; open the case again.")
        before = {"status": CLOSED, "outcome": alert.outcome, "reason_code": alert.reason_code}
        alert.status, alert.outcome, alert.reason_code, alert.note, alert.duplicate_of = NEW, "", "", "", ""
        alert.closed_by = alert.closed_at = alert.closed_on = alert.approved_by = alert.assignee_id = ""
        back_to_queue(alert, now)
        alert.reopened += 1
        signed(alert, actor, f"opened this alert again ({reason.strip()})", now)
        entry = audit.record(
            alert, "reopen", actor=actor, now=now, before=before, after={"status": NEW}, reason=reason.strip()
        )
        return [entry, *remembered(alert, now)]

    return change_alert(alert_id, revision, change, actor=actor, now=now)


def back_to_queue(alert: Alert, now: datetime) -> None:
    """File it under what is open, with a new deadline unless it was found in imported history."""
    alert.file_hit()
    snapshot = parameters.snapshot(now)
    alert.due_at = "" if alert.observed else iso(decide_by(now, alert.severity, snapshot))
    alert.worklist_group = WORKLIST
    alert.worklist_order = worklist_order(RANK[alert.severity], alert.due_at, int(now.timestamp()), alert.alert_id)


def remembered(alert: Alert, now: datetime) -> list[Write]:
    """The customer's activity with this alert as the open one of its family. Raises Refused when there is one."""
    activity = store.get(CustomerActivity, CustomerActivity.key(alert.customer_id))
    if activity is None:
        return []
    state = packing.load(activity.state)
    if alert.family in state.open_alerts:
        newer = state.open_alerts[alert.family][ALERT_ID]
        raise Refused("newer", f"A newer alert of this kind is open for this customer ({newer}); go on there.")
    state.open_alerts[alert.family] = [
        alert.alert_id,
        RANK[alert.severity],
        int(now.timestamp()),
        alert.finding_count,
        alert.score,
        alert.amount,
    ]
    activity.state = packing.dump(state)
    return [store.changed(activity)]
