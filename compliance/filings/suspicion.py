"""Suspicious activity reports: from a case, with its facts filled in; the clock runs from the determination.

31 CFR 1020.320(b): filed within 30 days after the bank knew or had reason to suspect, 60 when nobody is suspected. A
flag of the system is no determination: an officer says when it was made. Continuing activity: 120 days after the report
before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts.ledger import Actor
from cloudbank import approvals, audit, parameters, store
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.parameters import Parameter, declare
from cloudbank.roles import allows
from cloudbank.wording import day_of
from compliance.filings import narrative
from compliance.filings.case_facts import drafted_from
from compliance.filings.life import (
    APPROVE,
    CODES,
    VIEW,
    WORK,
    FileReport,
    before_review,
    editable,
    filing,
    overtaken,
    save,
    store_amendment,
)
from compliance.filings.models import ActivityReport, Filing
from compliance.filings.terms import SAR, Refused, Status
from compliance.queries import standing
from compliance.services.saving import save_audited
from monitoring.casework import CaseFile
from monitoring.queries.casework import get_case


def _days(code: str, label: str, default: int, source: str) -> Parameter:
    return declare(Parameter(f"filing.{code}", label, "days", default, source, minimum=1, maximum=365))


SAR_DAYS = _days("sar_days", "Days in which a suspicious activity report is filed", 30, "31 CFR 1020.320(b)(3)")
NO_SUSPECT_DAYS = _days("sar_days_no_suspect", "The same when nobody is suspected", 60, "31 CFR 1020.320(b)(3)")
CONTINUING_DAYS = _days(
    "sar_days_continuing", "Days after a report in which its continuing activity is reported", 120,
    "FinCEN FAQ of 2025-10-09: 90 days of review and 30 to file",
)  # fmt: skip


@approvals.effect(
    CODES[SAR],
    label="File a suspicious activity report",
    icon="send",
    asks=WORK[SAR],
    permission=APPROVE[SAR],
    secret=VIEW[SAR],
)
class FileActivityReport(FileReport):
    """Of Form 111."""


@dataclass(frozen=True)
class Content:
    """What an officer writes. Amounts in minor units."""

    determined_on: date
    has_suspect: bool
    first_on: date
    last_on: date
    total: int
    kinds: Sequence[str]
    answers: dict[str, str]


def reports_of_case(case_id: str) -> list[ActivityReport]:
    """The reports that came from a case, newest first: the first one, its amendments, what continues it."""
    found: list[ActivityReport] = []
    number = 1
    while isinstance(item := filing(first_id(case_id, number)), ActivityReport):
        found.append(item)
        number += 1
    return found[::-1]


def first_id(case_id: str, number: int = 1) -> str:
    """The id of a case's report: the first, or the nth in the line of amendments and continuing ones."""
    return derived_id("sar", case_id, str(number))


def start_report(
    *, case_id: str, determined_on: date, has_suspect: bool, actor: Actor, now: datetime
) -> ActivityReport:
    """The draft of a case's first report, with the facts of the case. Asked twice, it is there once. Raises Refused."""
    _may(actor)
    case = _case(case_id)
    _checked_determination(determined_on, case, now)
    there = filing(first_id(case_id))
    if isinstance(there, ActivityReport):
        return there
    item = drafted_from(case, first_id(case_id), determined_on, has_suspect, actor, now)
    item.due_on = due_from(determined_on, has_suspect, now)
    return _stored(item, "draft_filing", actor, now)


def due_from(determined_on: date, has_suspect: bool, now: datetime) -> str:
    """The last day (ISO) of filing in time."""
    code = SAR_DAYS.code if has_suspect else NO_SUSPECT_DAYS.code
    return (determined_on + timedelta(days=parameters.snapshot(now).number(code))).isoformat()


def edit_report(*, filing_id: str, content: Content, version: int, actor: Actor, now: datetime) -> ActivityReport:
    """Change a draft. Raises Refused naming the field."""
    item = editable(filing_id, version, actor)
    if not isinstance(item, ActivityReport):
        raise Refused("There is no such filing.")
    _checked(content, item, now)
    after: dict[str, Any] = {
        "determined_on": content.determined_on.isoformat(),
        "has_suspect": content.has_suspect,
        "first_on": content.first_on.isoformat(),
        "last_on": content.last_on.isoformat(),
        "total": content.total,
        "kinds": list(content.kinds),
        "answers": content.answers,
    }
    if not item.continues and not item.amends:
        after["due_on"] = due_from(content.determined_on, content.has_suspect, now)
    before = {name: getattr(item, name) for name in after}
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        return item
    for name, value in changed.items():
        setattr(item, name, value)
    save(item, "edit_filing", {name: before[name] for name in changed}, changed, "", actor, now)
    return item


def _checked(content: Content, item: ActivityReport, now: datetime) -> None:
    today = bank_calendar().local(now).date()
    if not item.continues and not item.amends:
        _checked_determination(content.determined_on, _case(item.case_id), now)
    if content.last_on > today:
        raise Refused("The activity cannot end in the future.", "last_on")
    if content.first_on > content.last_on:
        raise Refused("The activity begins after it ends.", "first_on")
    if unknown := [code for code in content.kinds if code not in narrative.KINDS]:
        raise Refused(f"There is no such kind: {unknown[0][:20]}.", "kinds")
    try:
        narrative.blocks(narrative.told(content.answers))
    except narrative.TooLong as error:
        raise Refused(str(error), "why") from error


def _checked_determination(day: date, case: CaseFile, now: datetime) -> None:
    calendar = bank_calendar()
    if day > calendar.local(now).date():
        raise Refused("This day is still to come.", "determined_on")
    opened = calendar.local(datetime.fromisoformat(case.opened_at)).date()
    if day < opened:
        raise Refused(
            f"The case was opened on {day_of(opened.isoformat())}; the determination is made in its course.",
            "determined_on",
        )


@before_review
def incomplete(item: Filing) -> str:
    """What a report still lacks, "" when it can be reviewed."""
    if not isinstance(item, ActivityReport):
        return ""
    missing = [code for code in narrative.QUESTIONS if not item.answers.get(code, "").strip()]
    if missing:
        return f"The narrative does not say yet: {', '.join(missing)}."
    return "" if item.kinds else "Say what kind of activity it is."


def amend_report(*, filing_id: str, why: str, version: int, actor: Actor, now: datetime) -> ActivityReport:
    """A new draft with what the filed report says, to be corrected. Raises Refused."""
    old = _filed(filing_id, version, actor)
    new = _copy(old, now)
    new.answers, new.kinds, new.persons = dict(old.answers), list(old.kinds), list(old.persons)
    new.continued_by = old.continued_by
    store_amendment(old, new, why=why, actor=actor, now=now)
    return new


def continue_report(*, filing_id: str, version: int, actor: Actor, now: datetime) -> ActivityReport:
    """The draft of the report on what went on after the last one. Raises Refused."""
    old = _filed(filing_id, version, actor)
    if old.status != Status.FILED or old.continued_by or old.amended_by:
        raise Refused("Only the latest filed report of a case is continued, once.")
    case, sent = _case(old.case_id), date.fromisoformat(old.filed_on)
    new = drafted_from(case, next_id(old.case_id), sent, old.has_suspect, actor, now)
    new.first_on = (date.fromisoformat(old.last_on) + timedelta(days=1)).isoformat()
    new.last_on = max(new.first_on, new.last_on)
    new.kinds, new.continues, new.prior_number = list(old.kinds), old.filing_id, old.acknowledgement
    new.due_on = (sent + timedelta(days=parameters.snapshot(now).number(CONTINUING_DAYS.code))).isoformat()
    new.file()
    old.continued_by = new.filing_id
    old.file()
    entry = audit.record(old, "continue_filing", actor=actor, now=now, after={"continued_by": new.filing_id})
    return _stored(new, "draft_filing", actor, now, store.changed(old), entry)


def next_id(case_id: str) -> str:
    """The id of the next report of a case."""
    return first_id(case_id, len(reports_of_case(case_id)) + 1)


def _filed(filing_id: str, version: int, actor: Actor) -> ActivityReport:
    _may(actor)
    old = filing(filing_id)
    if not isinstance(old, ActivityReport):
        raise Refused("There is no such filing.")
    if old.version != version:
        raise overtaken(old)
    return old


def _copy(old: ActivityReport, now: datetime) -> ActivityReport:
    names = ("case_id", "determined_on", "has_suspect", "first_on", "last_on", "total", "currency", "continues")
    return ActivityReport(transaction_id=next_id(old.case_id), **{name: getattr(old, name) for name in names})


def _stored(item: ActivityReport, action: str, actor: Actor, now: datetime, *also: Any) -> ActivityReport:
    item.file()
    after = {"status": Status.DRAFT, "case_id": item.case_id, "due_on": item.due_on}
    entry = audit.record(item, action, actor=actor, now=now, after=after)
    try:
        save_audited(item, entry, *also)
    except store.ConditionFailed as error:
        there = filing(item.filing_id)
        if isinstance(there, ActivityReport) and not also:
            return there
        raise overtaken(item) from error
    standing.forget()
    return item


def _may(actor: Actor) -> None:
    if not allows(actor.role, WORK[SAR]):
        raise Refused("There is no such filing.")


def _case(case_id: str) -> CaseFile:
    case = get_case(case_id)
    if case is None:
        raise Refused("There is no such case.", "case_id")
    return case
