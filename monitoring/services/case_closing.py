"""How a case ends: confirmed always by two people, refuted by two when it is critical; and how it is opened again.

The alerts of the case are decided with it, in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor, Refused
from accounts.services.posting import Busy
from cloudbank import approvals, audit, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.store import Write
from monitoring import models
from monitoring.casework import CLOSED, INVESTIGATING, OUTCOME_OF, OUTCOMES, PENDING, REFUTED, CaseFile
from monitoring.models import ESCALATED, REASON_WORDS, WORKLIST_CLOSED, WORKLIST_ESCALATED, Alert, worklist_order
from monitoring.rulebook import CRITICAL, RANK
from monitoring.services.cases import (
    NOTE_LIMIT,
    Change,
    case_writes,
    change_case,
    loaded_case,
    refuse_changed_case,
    refuse_settled,
)
from monitoring.services.changing import loaded, signed

CLOSE = "close_case"


def needs_second_person(case: CaseFile, reason_code: str) -> bool:
    """What is reported, and what was critical and is called nothing, is never one person's decision."""
    return OUTCOME_OF[reason_code] != REFUTED or case.severity == CRITICAL


def _checked(reason_code: str, note: str) -> str:
    if reason_code not in OUTCOME_OF:
        raise Refused("reason_code", "Choose how the case ends.", "reason_code")
    if not note.strip() or len(note) > NOTE_LIMIT:
        raise Refused("note", f"Write down what you found, at most {NOTE_LIMIT:,} characters.", "note")
    return note.strip()


def words_of(reason_code: str) -> str:
    """ "confirmed (structuring)"."""
    return f"{OUTCOMES[OUTCOME_OF[reason_code]].lower()} ({REASON_WORDS[reason_code].lower()})"


def close_case(*, case_id: str, reason_code: str, note: str, revision: int, actor: Actor, now: datetime) -> CaseFile:
    """Close a refuted case that is not critical. Raises Refused (see ask_to_close), TakenOver, Busy."""
    note = _checked(reason_code, note)

    def change(case: CaseFile) -> Change:
        refuse_settled(case, now)
        if needs_second_person(case, reason_code):
            raise Refused("second_person", "Closing this case needs a second person; ask for one.")
        return _closing(case, reason_code, note, actor=actor, now=now)

    return change_case(case_id, revision, change, actor=actor, now=now)


def _closing(
    case: CaseFile, reason_code: str, note: str, *, actor: Actor, now: datetime, approved: dict[str, str] | None = None
) -> Change:
    """Close a loaded case and its alerts. `approved`: the request, and who asked, when a second person agreed."""
    decided_by = approved["asked_by"] if approved else actor.user_id
    before, outcome = {"status": case.status}, OUTCOME_OF[reason_code]
    case.status, case.outcome, case.reason_code, case.note = CLOSED, outcome, reason_code, note
    case.closed_by, case.approved_by = decided_by, actor.user_id if approved else ""
    case.closed_at, case.pending_approval, case.pending_until = iso(now), "", ""
    writes = [write for alert_id in case.alert_ids for write in _decided(alert_id, case, actor, now)]
    after = {"status": CLOSED, "outcome": outcome, "reason_code": reason_code} | (approved or {})
    return Change("close", f"closed this case as {OUTCOMES[outcome].lower()}", before, after, note, writes)


def _decided(alert_id: str, case: CaseFile, actor: Actor, now: datetime) -> list[Write]:
    """An alert of the case, closed as the case is; one that left it meanwhile is left alone."""
    alert = loaded(alert_id)
    if alert.case_id != case.case_id or alert.status != ESCALATED:
        return []
    before = {"status": alert.status}
    alert.status, alert.reason_code, alert.note = models.CLOSED, case.reason_code, case.note
    alert.outcome = models.OUTCOME_OF[case.reason_code]
    alert.closed_by, alert.approved_by = case.closed_by, case.approved_by
    alert.closed_at, alert.closed_on = iso(now), business_date(now).isoformat()
    alert.worklist_group, alert.worklist_order = WORKLIST_CLOSED, f"{iso(now)}#{alert_id}"
    alert.file_hit()
    signed(alert, actor, f"closed the case of this alert as {OUTCOMES[case.outcome].lower()}", now)
    after = {
        "status": models.CLOSED,
        "outcome": alert.outcome,
        "reason_code": case.reason_code,
        "case_id": case.case_id,
    }
    entry = audit.record(alert, "close", actor=actor, now=now, before=before, after=after, reason=case.note)
    return [store.changed(alert), entry]


def ask_to_close(
    *, case_id: str, reason_code: str, note: str, revision: int, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask a second person to close it; it is pending until they decide. Raises Refused, TakenOver, NotAllowed."""
    note = _checked(reason_code, note)
    case = loaded_case(case_id)
    refuse_changed_case(case, revision)
    refuse_settled(case, now)

    def marked(request: Approval) -> Sequence[Write]:
        """The case that waits, in the transaction of the request."""
        case = loaded_case(case_id)
        refuse_changed_case(case, revision)
        refuse_settled(case, now)
        before = {"status": case.status}
        case.status, case.pending_approval, case.pending_until = PENDING, request.approval_id, request.due_at
        after = {"status": PENDING, "outcome": OUTCOME_OF[reason_code], "reason_code": reason_code}
        done = Change("ask_to_close", f"asked to close this case as {words_of(reason_code)}", before, after, note)
        return case_writes(case, done, actor=actor, now=now)

    return approvals.ask(
        code=CLOSE,
        content={"case_id": case_id, "reason_code": reason_code, "revision": revision + 1, "alerts": case.alert_ids},
        about=subject_of(case),
        key=f"{case_id}#{revision}",
        reason=note,
        actor=actor,
        name=name,
        now=now,
        also=marked,
    )


@approvals.effect(
    CLOSE,
    label="Close a case",
    icon="folder2-open",
    asks="monitoring.work_case",
    permission="monitoring.approve_closing",
)
class CloseCase(approvals.Effect):
    """The end of a case, as long as it is the case that was judged."""

    refusals = (Refused, Busy)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Which case, what is in it, how it would end."""
        case = loaded_case(content["case_id"])
        return Shown(
            f"Close the case {case.title!r} as {words_of(content['reason_code'])}",
            facts=[
                ("Case", case.title, case.case_id),
                ("Severity", case.severity.capitalize(), "the worst of its alerts"),
                ("Alerts", str(len(case.alert_ids)), "decided with it"),
                ("Files", str(len(case.papers)), ""),
            ],
            changes=[("Status", "Under investigation", f"Closed as {words_of(content['reason_code'])}")],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only while the case waits for this request."""
        _waiting(request)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Closed with its alerts, in the transaction of the decision."""
        case, approved = _waiting(request), {"approval": request.approval_id, "asked_by": request.maker_id}
        done = _closing(case, request.content["reason_code"], request.reason, actor=actor, now=now, approved=approved)
        writes = case_writes(case, done, actor=actor, now=now)
        return Outcome("The case is closed.", self.link(request.content)[1], writes)

    def turn_down(self, request: Approval, *, state: str, actor: Any, now: datetime) -> Sequence[Write]:
        """Under investigation again."""
        case = loaded_case(request.content["case_id"])
        if case.pending_approval != request.approval_id:
            return []
        case.status, case.pending_approval, case.pending_until = INVESTIGATING, "", ""
        done = Change("not_closed", f"did not close this case: the request is {state}", reason=request.note)
        done.after = {"status": INVESTIGATING, "request": state}
        return case_writes(case, done, actor=actor, now=now)

    def link(self, content: Any) -> tuple[str, str]:
        """The case's page."""
        return "Open the case", reverse("case", args=[content["case_id"]])


def _waiting(request: Approval) -> CaseFile:
    case = loaded_case(request.content["case_id"])
    if case.pending_approval != request.approval_id or case.revision != request.content["revision"]:
        raise Refused("changed", "Somebody worked on the case since this was asked. It has to be asked again.")
    return case


def reopen_case(*, case_id: str, reason: str, revision: int, actor: Actor, now: datetime) -> CaseFile:
    """Investigate a closed case again; its alerts wait for it again."""
    if not reason.strip():
        raise Refused("reason", "Say why it is opened again.", "reason")

    def change(case: CaseFile) -> Change:
        if case.is_open:
            raise Refused("not_closed", "Only a closed case can be opened again.")
        before = {"status": CLOSED, "outcome": case.outcome, "reason_code": case.reason_code}
        case.status, case.outcome, case.reason_code, case.note = INVESTIGATING, "", "", ""
        case.closed_by = case.approved_by = case.closed_at = ""
        case.reopened += 1
        writes = [write for alert_id in case.alert_ids for write in _undecided(loaded(alert_id), case, actor, now)]
        after = {"status": INVESTIGATING}
        return Change("reopen", "opened this case again", before, after, reason.strip(), writes)

    return change_case(case_id, revision, change, actor=actor, now=now)


def _undecided(alert: Alert, case: CaseFile, actor: Actor, now: datetime) -> list[Write]:
    """An alert that was closed with its case and waits for it again; one that was reopened by itself is left alone."""
    if alert.case_id != case.case_id or alert.status != models.CLOSED:
        return []
    before = {"status": models.CLOSED, "outcome": alert.outcome}
    alert.status, alert.outcome, alert.reason_code, alert.note = ESCALATED, "", "", ""
    alert.closed_by = alert.approved_by = alert.closed_at = alert.closed_on = ""
    alert.file_hit()
    alert.worklist_group = WORKLIST_ESCALATED
    alert.worklist_order = worklist_order(RANK[alert.severity], alert.due_at, int(now.timestamp()), alert.alert_id)
    signed(alert, actor, "opened the case of this alert again", now)
    entry = audit.record(alert, "reopen", actor=actor, now=now, before=before, after={"status": ESCALATED})
    return [store.changed(alert), entry]
