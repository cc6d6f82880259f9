"""Cases: how they change (each change and its audit record are one transaction), and how alerts get into them.

What is done with a case: see case_work. How it ends: see case_closing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.ledger import Actor, Refused
from accounts.models import CustomerActivity
from accounts.services.posting import Busy
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.ids import derived_id
from cloudbank.store import Write
from monitoring import packing
from monitoring.activity import ALERT_ID
from monitoring.casework import (
    CUSTOMER,
    INVESTIGATING,
    MOST_ALERTS,
    MOST_SUBJECTS,
    OPEN,
    PENDING,
    CaseFile,
    CaseLink,
)
from monitoring.models import ESCALATED, WORKLIST_ESCALATED, Alert
from monitoring.queries import size
from monitoring.rulebook import RANK
from monitoring.services.changing import (
    TakenOver,
    clock,
    loaded,
    name_of,
    only_open,
    refuse_changed,
    refuse_held,
    signed,
)
from monitoring.services.closing import back_to_queue, remembered

ATTEMPTS = 8
TITLE_LIMIT, NOTE_LIMIT = 120, 4000
WORK = "monitoring.work_case"
Seen = tuple[str, int]
"""An alert and the revision of it that the person saw."""


@dataclass
class Change:
    """What one change of a case writes: its audit record's words, and other items."""

    action: str
    words: str = ""
    """What was done, in words that follow a name; "" for what gets in nobody's way (notes, papers)."""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    writes: Sequence[Write] = ()


def change_case(
    case_id: str,
    revision: int | None,
    change: Callable[[CaseFile], Change],
    *,
    actor: Actor,
    now: datetime,
) -> CaseFile:
    """Load, check, change and save a case with its audit record, until nobody was faster.

    `revision`: what the person saw; None for what gets in nobody's way. Raises Refused, TakenOver, Busy.
    """
    ours = ""
    for attempt in range(ATTEMPTS):
        case = loaded_case(case_id)
        if ours and case.audit_head == ours:
            return case
        refuse_changed_case(case, revision)
        writes = case_writes(case, change(case), actor=actor, now=now)
        try:
            store.save(writes)
        except store.OutcomeUnknown:
            ours = case.audit_head
        except (store.ConditionFailed, store.Conflict):
            pass
        else:
            size.changed()
            return case
        store.pause(attempt)
    raise Busy("Somebody else is changing this case just now. Try again.")


def case_writes(case: CaseFile, done: Change, *, actor: Actor, now: datetime) -> list[Write]:
    """The case with its audit record, and what goes with them."""
    if done.words:
        case.revision += 1
        case.changed_by, case.change, case.changed_at = actor.user_id, done.words, iso(now)
    entry = audit.record(
        case, done.action, actor=actor, now=now, before=done.before, after=done.after, reason=done.reason
    )
    case.file()
    return [store.stored(case), entry, *done.writes]


def loaded_case(case_id: str) -> CaseFile:
    """The case, read strongly. Raises Refused."""
    case = store.get(CaseFile, case_id)
    if case is None:
        raise Refused("unknown_case", "There is no such case.")
    return case


def refuse_changed_case(case: CaseFile, revision: int | None) -> None:
    """Raise TakenOver when a colleague changed it since; who, what, when."""
    if revision is not None and case.revision != revision:
        when = clock(case.changed_at)
        told = f"{name_of(case.changed_by)} {case.change} at {when}, after you opened this page."
        raise TakenOver("taken_over", f"{told} Nothing of yours was changed.")


def refuse_settled(case: CaseFile, now: datetime) -> None:
    """Refuse a change of what is closed, or waits for a second person."""
    state = case.state_at(iso(now))
    if state == PENDING:
        raise Refused("pending", "A second person decides on this case just now; take the request back first.")
    if state not in (OPEN, INVESTIGATING):
        raise Refused("closed", "This case is closed; open it again first.")


# --- escalation ---------------------------------------------------------------------------------


def escalate(
    *, alerts: Sequence[Seen], title: str, reason: str, key: str, actor: Actor, now: datetime, case_id: str = ""
) -> CaseFile:
    """Put open alerts into a case: a new one with this title, or one that is open.

    The alerts leave the queue; what is found next on the customers opens new alerts, which may join the case.
    The id of a new case derives from actor and key: a form that is sent twice opens one. Raises Refused,
    TakenOver, Busy.
    """
    if not alerts:
        raise Refused("alerts", "Choose at least one alert.")
    if not reason.strip():
        raise Refused("reason", "Say why it is a case; whoever investigates reads it first.", "reason")
    if not case_id and not title.strip():
        raise Refused("title", "Give the case a title.", "title")
    fresh = derived_id("cas", actor.user_id, key)

    def change(case: CaseFile) -> Change:
        refuse_settled(case, now)
        is_new = not case.version
        found = [_escalated(one, case, actor, now) for one in alerts]
        _take_in(case, [alert for alert, _ in found])
        links = add_subjects(case, [(CUSTOMER, alert.customer_id) for alert, _ in found])
        ids = [alert.alert_id for alert, _ in found]
        writes = [write for alert, entry in found for write in (store.changed(alert), entry)]
        writes += [*_all_forgotten([alert for alert, _ in found]), *links]
        said = "opened this case" if is_new else f"added {len(ids)} alert{'s' if len(ids) > 1 else ''}"
        after = {"alerts": ids, "severity": case.severity, "title": case.title}
        return Change("open" if is_new else "add_alerts", said, after=after, reason=reason.strip(), writes=writes)

    if case_id:
        return change_case(case_id, None, change, actor=actor, now=now)
    return _opened(fresh, title.strip()[:TITLE_LIMIT], change, actor, now)


def _opened(case_id: str, title: str, change: Callable[[CaseFile], Change], actor: Actor, now: datetime) -> CaseFile:
    for attempt in range(ATTEMPTS):
        there = store.get(CaseFile, case_id)
        if there:
            return there  # this form was sent before
        case = CaseFile(
            transaction_id=case_id,
            title=title,
            severity="low",
            opened_by=actor.user_id,
            owner_id=actor.user_id,
            opened_at=iso(now),
            opened_on=business_date(now).isoformat(),
        )
        try:
            store.save(case_writes(case, change(case), actor=actor, now=now))
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
        else:
            size.changed()
            return case
    raise Busy("Many movements touch these alerts just now. Try again.")


def _escalated(seen: Seen, case: CaseFile, actor: Actor, now: datetime) -> tuple[Alert, Write]:
    alert = loaded(seen[0])
    refuse_changed(alert, seen[1])
    only_open(alert)
    refuse_held(alert, actor, now)
    before = {"status": alert.status}
    alert.status, alert.case_id, alert.worklist_group = ESCALATED, case.case_id, WORKLIST_ESCALATED
    alert.let_go()
    signed(alert, actor, "escalated this alert into a case", now)
    after = {"status": ESCALATED, "case_id": case.case_id}
    return alert, audit.record(alert, "escalate", actor=actor, now=now, before=before, after=after)


def _take_in(case: CaseFile, alerts: Sequence[Alert]) -> None:
    case.alert_ids = [*case.alert_ids, *(one.alert_id for one in alerts)]
    if len(case.alert_ids) > MOST_ALERTS:
        raise Refused("alerts", f"A case holds at most {MOST_ALERTS} alerts; open another one.")
    worst = [one.severity for one in alerts] + ([case.severity] if case.version else [])
    case.severity = min(worst, key=lambda severity: RANK[severity])


def add_subjects(case: CaseFile, subjects: Sequence[tuple[str, str]]) -> list[Write]:
    """Say that the case is about these as well: the links to be written with it."""
    known = {(kind, key) for kind, key in case.subjects}
    fresh = [one for one in dict.fromkeys(subjects) if one not in known]
    case.subjects = [*case.subjects, *(list(one) for one in fresh)]
    if len(case.subjects) > MOST_SUBJECTS:
        raise Refused("subject", f"A case is about at most {MOST_SUBJECTS} customers and accounts; open another one.")
    return [store.new(CaseLink.of(case, kind, key)) for kind, key in fresh]


def _all_forgotten(alerts: Sequence[Alert]) -> list[Write]:
    """The customers' activities without these alerts: each activity once, however many of its alerts go."""
    writes: list[Write] = []
    for customer_id in dict.fromkeys(alert.customer_id for alert in alerts):
        activity = store.get(CustomerActivity, CustomerActivity.key(customer_id))
        state = packing.load(activity.state if activity else None)
        mine = {one.alert_id for one in alerts if one.customer_id == customer_id}
        gone = [family for family, entry in state.open_alerts.items() if entry[ALERT_ID] in mine]
        for family in gone:
            del state.open_alerts[family]
        if activity and gone:
            activity.state = packing.dump(state)
            writes.append(store.changed(activity))
    return writes


def detach_alert(*, case_id: str, alert_id: str, reason: str, revision: int, actor: Actor, now: datetime) -> CaseFile:
    """Put an alert that does not belong here back into the queue. The last one stays: then refute the case."""

    def change(case: CaseFile) -> Change:
        refuse_settled(case, now)
        if alert_id not in case.alert_ids or len(case.alert_ids) == 1:
            raise Refused("alert", "This alert cannot leave the case.")
        alert = loaded(alert_id)
        alert.status, alert.case_id, alert.assignee_id = "new", "", ""
        back_to_queue(alert, now)
        signed(alert, actor, "took this alert out of its case", now)
        entry = audit.record(
            alert, "detach", actor=actor, now=now, before={"case_id": case_id}, after={"status": "new"}, reason=reason
        )
        case.alert_ids = [one for one in case.alert_ids if one != alert_id]
        writes = [store.changed(alert), entry, *remembered(alert, now)]
        return Change("detach", "took an alert out", after={"alert": alert_id}, reason=reason, writes=writes)

    return change_case(case_id, revision, change, actor=actor, now=now)
