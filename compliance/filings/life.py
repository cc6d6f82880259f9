"""The way of a filing, the same for all forms: reviewed by one person, approved by another, filed, amended.

Each change with its audit record in one transaction. `version` is what the person saw.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor
from accounts.queries.people import user
from cloudbank import approvals, audit, parameters, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.money import format_amount
from cloudbank.parameters import Parameter, declare
from cloudbank.roles import allows
from cloudbank.store import Write
from cloudbank.tables import TransactionsItem
from cloudbank.wording import day_of
from compliance.filings.models import Filing
from compliance.filings.terms import (
    CTR,
    DECISIONS,
    DISMISS,
    FORM_NUMBERS,
    FORMS,
    OFAC,
    SAR,
    Overtaken,
    Refused,
    Status,
    wrong_number,
)
from compliance.queries import standing
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed

VIEW = dict.fromkeys((CTR, OFAC), "compliance.view_filing") | {SAR: "compliance.view_sar"}
WORK = dict.fromkeys((CTR, OFAC), "compliance.work_filing") | {SAR: "compliance.work_sar"}
APPROVE = dict.fromkeys((CTR, OFAC), "compliance.approve_filing") | {SAR: "compliance.approve_sar"}
CODES = {CTR: "file_ctr", SAR: "file_sar", OFAC: "file_ofac"}
AMENDMENT_DAYS = declare(
    Parameter(
        "filing.amendment_days",
        "Days in which a report that was found to be wrong is corrected",
        "days",
        30,
        "Policy of the bank; FinCEN asks for corrections as soon as they are discovered",
        minimum=1,
        maximum=120,
    )
)


def filing(filing_id: str) -> Filing | None:
    """The filing of either form, read strongly, or None."""
    found = store.get(TransactionsItem, filing_id)
    return found if isinstance(found, Filing) else None


def title_of(item: Filing) -> str:
    """ "Currency transaction report on Carla Customer, 20 Nov 2026"."""
    name = item.main.get("name") or item.main.get("person_id") or "an unknown person"
    day = getattr(item, "day", "") or getattr(item, "last_on", "")
    return f"{FORMS[item.FORM]} on {name}{', ' + day_of(day) if day else ''}"


def ask_approval(
    *, filing_id: str, decision: str, note: str, version: int, actor: Actor, name: str, now: datetime
) -> Approval:
    """A reviewer vouches for the report and asks a second person. Raises Refused or approvals.NotAllowed."""
    item = _existing(filing_id, version, actor)
    _checked_review(item, decision, note)

    def marked(request: Approval) -> Sequence[Write]:
        """The filing that waits, in the transaction of the request."""
        item = _existing(filing_id, version, actor)
        _checked_review(item, decision, note)
        item.status, item.decision, item.pending_approval = Status.REVIEWED, decision, request.approval_id
        item.reviewed_by, item.reviewed_at = actor.user_id, iso(now)
        after = {"status": item.status, "decision": decision}
        return _writes(item, "review_filing", {"status": Status.DRAFT}, after, note.strip(), actor, now)

    return approvals.ask(
        code=CODES[item.FORM],
        content={"filing_id": filing_id, "decision": decision, "hash": item.content_hash},
        about=subject_of(item),
        key=f"{filing_id}#{version}",
        reason=note,
        actor=actor,
        name=name,
        now=now,
        also=marked,
    )


def _checked_review(item: Filing, decision: str, note: str) -> None:
    if item.status != Status.DRAFT:
        raise Refused("Only a draft is reviewed.")
    if decision not in DECISIONS:
        raise Refused("Choose what is to be approved.", "decision")
    if not note.strip():
        raise Refused("Say what you checked; the person who approves reads it.", "note")
    for check in _checks:
        if decision != DISMISS and (why := check(item)):
            raise Refused(why, "decision")


_checks: list[Callable[[Filing], str]] = []


def before_review(check: Callable[[Filing], str]) -> Callable[[Filing], str]:
    """Declares what keeps a draft from being reviewed: why not, or ""."""
    _checks.append(check)
    return check


class FileReport(approvals.Effect):
    """A report as it was reviewed, released to be filed; or the decision that none is due."""

    refusals = (Refused, NotAllowed)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Which report, on whom, how much, until when."""
        item = _known(content["filing_id"])
        amount = f"{format_amount(item.total, item.currency)} {item.currency}" if item.total else "unknown"
        facts = [
            ("Report", FORMS[item.FORM], FORM_NUMBERS[item.FORM]),
            ("Person", item.main.get("name", "unknown"), item.main.get("person_id", "")),
            ("Amount", amount, ""),
            ("Due", day_of(item.due_on), ""),
        ]
        if item.prior_number:
            facts.append(("Prior report", item.prior_number, item.why))
        how = "No report is due" if content["decision"] == DISMISS else "File"
        return Shown(f"{how}: {title_of(item)}", facts)

    def check(self, request: Approval, now: datetime) -> None:
        """Only the very report that was reviewed."""
        _waiting(request)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Approved, in the transaction of the decision."""
        item = _waiting(request)
        dismissed = request.content["decision"] == DISMISS
        item.status = Status.DISMISSED if dismissed else Status.APPROVED
        item.approved_by, item.approved_at, item.pending_approval = actor.user_id, iso(now), ""
        if dismissed:
            item.filed_on = bank_calendar().local(now).date().isoformat()
        after = {"status": item.status, "asked_by": request.maker_id}
        writes = _writes(item, "approve_filing", {"status": Status.REVIEWED}, after, request.note, actor, now)
        said = "No report is due." if dismissed else "The report is approved and can be filed."
        return Outcome(said, self.link(request.content)[1], writes)

    def turn_down(self, request: Approval, *, state: str, actor: Any, now: datetime) -> Sequence[Write]:
        """A draft again."""
        item = filing(request.content["filing_id"])
        if item is None or item.pending_approval != request.approval_id:
            return []
        item.status, item.pending_approval, item.decision = Status.DRAFT, "", ""
        before, after = {"status": Status.REVIEWED}, {"status": Status.DRAFT, "request": state}
        return _writes(item, "return_filing", before, after, request.note, actor, now)

    def run_out(self, request: Approval, *, actor: Any, now: datetime) -> Sequence[Write]:
        """A draft again: it has to be reviewed anew."""
        return self.turn_down(request, state=approvals.EXPIRED, actor=actor, now=now)

    def afterwards(self, request: Approval) -> None:
        """The controls show it at once."""
        standing.forget()

    def link(self, content: Any) -> tuple[str, str]:
        """The filing's page."""
        return "Open the filing", reverse("filing", args=[content["filing_id"]])


@approvals.effect(
    CODES[CTR], label="File a currency transaction report", icon="send", asks=WORK[CTR], permission=APPROVE[CTR]
)
class FileCashReport(FileReport):
    """Of Form 112."""


def _waiting(request: Approval) -> Filing:
    item = _known(request.content["filing_id"])
    if item.pending_approval != request.approval_id or item.content_hash != request.content["hash"]:
        raise Refused("This report was changed since it was reviewed. It has to be reviewed again.")
    return item


def record_filed(
    *, filing_id: str, acknowledgement: str, filed_on: date, version: int, actor: Actor, now: datetime
) -> Filing:
    """It was sent and acknowledged under this number. Raises Refused naming the field."""
    item = _existing(filing_id, version, actor)
    if item.status != Status.APPROVED:
        raise Refused("Only an approved report is filed.")
    if item.batch_id:
        raise Refused("It is sent in a file with others; their acknowledgement is taken in there.")
    if problem := wrong_number(item.FORM, acknowledgement):
        raise Refused(problem, "acknowledgement")
    calendar = bank_calendar()
    approved = calendar.local(datetime.fromisoformat(item.approved_at)).date()
    if not approved <= filed_on <= calendar.local(now).date():
        raise Refused(f"Between {day_of(approved.isoformat())}, when it was approved, and today.", "filed_on")
    item.status, item.filed_on, item.filed_by = Status.FILED, filed_on.isoformat(), actor.user_id
    item.acknowledgement = acknowledgement
    after = {"status": item.status, "acknowledgement": acknowledgement, "filed_on": item.filed_on}
    return save(item, "file_report", {"status": Status.APPROVED}, after, "", actor, now)


def amendment_due(now: datetime) -> str:
    """Until when (ISO) a report that is found wrong today is corrected."""
    days = parameters.snapshot(now).number(AMENDMENT_DAYS.code)
    return (bank_calendar().local(now).date() + timedelta(days=days)).isoformat()


def store_amendment(old: Filing, new: Filing, *, why: str, actor: Actor, now: datetime) -> Filing:
    """The draft of the next edition, bound to the report it corrects. Raises Refused."""
    if old.status != Status.FILED or old.amended_by:
        raise Refused("Only a filed report that nobody amends already can be amended.")
    if not why.strip():
        raise Refused("Say what was wrong; the next reviewer reads it.", "reason")
    new.edition, new.amends, new.prior_number = old.edition + 1, old.filing_id, old.acknowledgement
    new.why, new.due_on = why.strip(), amendment_due(now)
    new.drafted_at, new.drafted_by = iso(now), actor.user_id
    new.file()
    old.amended_by = new.filing_id
    after = {"status": Status.DRAFT, "amends": old.filing_id, "prior_number": new.prior_number}
    writes = _writes(old, "amend_filing", {}, {"amended_by": new.filing_id}, new.why, actor, now)
    entry = audit.record(new, "draft_filing", actor=actor, now=now, after=after, reason=new.why)
    try:
        save_audited(new, entry, *writes)
    except store.ConditionFailed as error:
        raise overtaken(old) from error
    standing.forget()
    return new


def save(item: Filing, action: str, before: Any, after: Any, reason: str, actor: Actor, now: datetime) -> Filing:
    """A change with its audit record. Raises Overtaken when somebody was faster."""
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=reason)
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise overtaken(item) from error
    standing.forget()
    return item


def _writes(item: Filing, action: str, before: Any, after: Any, reason: str, actor: Any, now: datetime) -> list[Write]:
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=reason)
    return [store.changed(item), entry]


def _known(filing_id: str) -> Filing:
    item = filing(filing_id)
    if item is None:
        raise Refused("There is no such filing.")
    return item


def _existing(filing_id: str, version: int, actor: Actor) -> Filing:
    item = _known(filing_id)
    if not allows(actor.role, WORK[item.FORM]):
        raise Refused("Your role may look at filings, but not change them.")
    if item.version != version:
        raise overtaken(item)
    return item


def editable(filing_id: str, version: int, actor: Actor) -> Filing:
    """The draft, for who may work on it and saw it as it is. Raises Refused."""
    item = _existing(filing_id, version, actor)
    if item.status != Status.DRAFT:
        raise Refused("Only a draft can be changed.")
    return item


def overtaken(item: Filing) -> Overtaken:
    """Says who was faster."""
    found = audit.AuditRecord.by_subject.query(subject_of(item), scan_index_forward=False, limit=1)
    newest = next(iter(found), None)
    person = user(newest.actor_id) if newest else None
    who = person.name if person else "Somebody"
    return Overtaken(f"{who} changed this filing while you were looking at it. Nothing of yours was saved: look again.")
