"""Reports to OFAC are written by an officer, released by a second person, filed; and blocked property is released."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor
from cloudbank import approvals, audit, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.conf import bank_calendar
from cloudbank.money import format_amount
from cloudbank.roles import allows
from cloudbank.store import Write
from cloudbank.wording import day_of
from compliance.filings.life import (
    APPROVE,
    CODES,
    WORK,
    FileReport,
    before_review,
    editable,
    filing,
    overtaken,
    save,
    title_of,
)
from compliance.filings.models import Filing, OfacReport
from compliance.filings.register import all_filings
from compliance.filings.terms import BLOCKED, DEEDS, OFAC, Refused, Status
from compliance.queries import standing
from compliance.steps import NotAllowed

RELEASE = "release_blocked"
YEARLY_AS_OF, YEARLY_DUE = (6, 30), (9, 30)
"""Blocked property as of June 30 is reported by September 30 (31 CFR 501.603(b)(2)): month and day."""


@approvals.effect(CODES[OFAC], label="File a report to OFAC", icon="send", asks=WORK[OFAC], permission=APPROVE[OFAC])
class FileOfacReport(FileReport):
    """Of blocked property or of a rejected transaction."""


def edit_ofac(
    *, filing_id: str, authority: str, description: str, version: int, actor: Actor, now: datetime
) -> OfacReport:
    """Write a draft: under which program and authority, and what it is about. Raises Refused."""
    item = editable(filing_id, version, actor)
    if not isinstance(item, OfacReport):
        raise Refused("There is no such report.")
    after = {"authority": authority.strip(), "description": description.strip()}
    before = {name: getattr(item, name) for name in after}
    changed = {name: value for name, value in after.items() if before[name] != value}
    for name, value in changed.items():
        setattr(item, name, value)
    if changed:
        save(item, "edit_filing", {name: before[name] for name in changed}, changed, "", actor, now)
    return item


@before_review
def incomplete(item: Filing) -> str:
    """What a report to OFAC still lacks, "" when it can be reviewed."""
    if not isinstance(item, OfacReport) or (item.authority and item.description):
        return ""
    return "Write first under which legal authority, and describe what was blocked or rejected."


def can_be_released(item: Filing) -> bool:
    """Whether it reports property that is still blocked, and nobody is asked about it."""
    if not isinstance(item, OfacReport) or item.deed != BLOCKED or item.pending_approval:
        return False
    return item.status == Status.FILED and not item.released_on


def blocked_on(day: date) -> list[OfacReport]:
    """The reports of property that was blocked on a day, the earliest first; true matches are few."""
    found = [one for one in all_filings(OFAC) if isinstance(one, OfacReport)]
    return sorted((one for one in found if was_blocked(one, day)), key=lambda one: (one.day, one.filing_id))


def was_blocked(item: OfacReport, day: date) -> bool:
    """Whether the property was blocked at the end of a day; a report that was not due tells of none."""
    if item.deed != BLOCKED or item.status == Status.DISMISSED:
        return False
    return item.day <= day.isoformat() and (not item.released_on or item.released_on > day.isoformat())


def ask_release(
    *, filing_id: str, released_on: date, reason: str, version: int, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask a second person to say that the property is not blocked any more. Raises Refused, approvals.NotAllowed."""
    if not reason.strip():
        raise Refused("Say why: the license, or the entry that left the list.", "reason")
    _releasable(filing_id, version, released_on, actor, now)

    def marked(request: Approval) -> Sequence[Write]:
        """The report that waits, in the transaction of the request."""
        item = _releasable(filing_id, version, released_on, actor, now)
        item.pending_approval = request.approval_id
        return _writes(item, "ask_release_blocked", {}, {"released_on": released_on.isoformat()}, reason, actor, now)

    return approvals.ask(
        code=RELEASE,
        content={"filing_id": filing_id, "released_on": released_on.isoformat()},
        about=subject_of(_known(filing_id)),
        key=f"{filing_id}#release#{version}",
        reason=reason,
        actor=actor,
        name=name,
        now=now,
        also=marked,
    )


def _known(filing_id: str) -> OfacReport:
    found = filing(filing_id)
    if not isinstance(found, OfacReport):
        raise Refused("There is no such report.")
    return found


def _releasable(filing_id: str, version: int, released_on: date, actor: Actor, now: datetime) -> OfacReport:
    item = _known(filing_id)
    if not allows(actor.role, WORK[OFAC]):
        raise Refused("Your role may look at filings, but not change them.")
    if item.version != version:
        raise overtaken(item)
    if not can_be_released(item):
        raise Refused("Only property that was reported and is still blocked is released.")
    if not date.fromisoformat(item.day) <= released_on <= bank_calendar().local(now).date():
        raise Refused(f"Between {day_of(item.day)}, when it was blocked, and today.", "released_on")
    return item


def _writes(
    item: OfacReport, action: str, before: Any, after: Any, reason: str, actor: Any, now: datetime
) -> list[Write]:
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=reason.strip())
    return [store.changed(item), entry]


@approvals.effect(
    RELEASE, label="Close a report of blocked property", icon="unlock", asks=WORK[OFAC], permission=APPROVE[OFAC]
)
class ReleaseProperty(approvals.Effect):
    """The property is not blocked any more: by a license, or because its owner left the list."""

    refusals = (Refused, NotAllowed)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Which property, since when, until when."""
        item = _known(content["filing_id"])
        facts = [
            ("Report", DEEDS[item.deed], item.acknowledgement),
            ("Person", item.main.get("name", "unknown"), item.main.get("person_id", "")),
            ("Amount", f"{format_amount(item.total, item.currency)} {item.currency}", ""),
            ("Blocked", day_of(item.day), ""),
            ("Released", day_of(content["released_on"]), ""),
        ]
        return Shown(f"No longer blocked: {title_of(item)}", facts)

    def check(self, request: Approval, now: datetime) -> None:
        """Only while it waits for this very request."""
        _waiting(request)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Released, in the transaction of the decision."""
        item = _waiting(request)
        item.released_on, item.released_why = request.content["released_on"], request.reason
        item.pending_approval = ""
        after = {"released_on": item.released_on, "asked_by": request.maker_id}
        writes = _writes(item, "release_blocked", {"released_on": ""}, after, request.note, actor, now)
        said = "The property is no longer blocked, and leaves the yearly list."
        return Outcome(said, self.link(request.content)[1], writes)

    def turn_down(self, request: Approval, *, state: str, actor: Any, now: datetime) -> Sequence[Write]:
        """Blocked as before."""
        item = filing(request.content["filing_id"])
        if not isinstance(item, OfacReport) or item.pending_approval != request.approval_id:
            return []
        item.pending_approval = ""
        return _writes(item, "keep_blocked", {}, {"request": state}, request.note, actor, now)

    def run_out(self, request: Approval, *, actor: Any, now: datetime) -> Sequence[Write]:
        """Blocked as before."""
        return self.turn_down(request, state=approvals.EXPIRED, actor=actor, now=now)

    def afterwards(self, request: Approval) -> None:
        """The controls show it at once."""
        standing.forget()

    def link(self, content: Any) -> tuple[str, str]:
        """The report's page."""
        return "Open the filing", reverse("filing", args=[content["filing_id"]])


def _waiting(request: Approval) -> OfacReport:
    item = _known(request.content["filing_id"])
    if item.pending_approval != request.approval_id or item.released_on:
        raise Refused("This report was changed since it was asked. Ask again.")
    return item
