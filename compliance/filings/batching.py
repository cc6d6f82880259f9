"""Several approved cash reports in one file: made, sent, acknowledged. All of a file happens in one transaction."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from accounts.ledger import Actor
from cloudbank import audit, documents, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.documents import StoredDocument
from cloudbank.ids import derived_id
from cloudbank.roles import allows
from cloudbank.store import Write
from cloudbank.tables import TransactionsItem
from cloudbank.wording import day_of
from compliance.filings.acknowledgement import read_acknowledgement
from compliance.filings.bank_facts import bank_facts
from compliance.filings.bsa_xml import cash_batch_xml
from compliance.filings.life import WORK
from compliance.filings.models import CashReport, FilingBatch
from compliance.filings.terms import CTR, FILE, Refused, Status
from compliance.queries import standing
from compliance.services.saving import save_audited

MOST = 45
"""Reports in a file: two writes each, and DynamoDB takes a hundred in a transaction."""
MADE, ACKNOWLEDGED, REJECTED, DISSOLVED = "made", "acknowledged", "rejected", "dissolved"
STATES = {
    MADE: "Made, to be acknowledged",
    ACKNOWLEDGED: "Acknowledged",
    REJECTED: "Rejected by the system",
    DISSOLVED: "Taken apart",
}


def batch(batch_id: str) -> FilingBatch | None:
    """The file, read strongly, or None."""
    return store.get(FilingBatch, batch_id)


def reports_in(item: FilingBatch) -> list[CashReport]:
    """Its reports, in the order of the file."""
    found = store.load(TransactionsItem, item.filing_ids)
    return [one for key in item.filing_ids if isinstance(one := found.get(key), CashReport)]


def why_not(item: Any) -> str:
    """Why a filing cannot go into a file with others; "" when it can."""
    if not isinstance(item, CashReport):
        return "There is no such cash report."
    if item.status != Status.APPROVED or item.decision != FILE:
        return "Only an approved report leaves for the E-Filing System."
    if item.batch_id:
        return "It stands in another file already."
    if item.currency != "USD":
        return "The form takes US dollars; file it by hand."
    return ""


def make_batch(*, filing_ids: Sequence[str], actor: Actor, now: datetime) -> FilingBatch:
    """One file of these reports, the first due on top. Raises Refused; nothing is made unless all can go."""
    _may(actor)
    wanted = list(dict.fromkeys(filing_ids))
    if not 1 <= len(wanted) <= MOST:
        raise Refused(f"A file holds 1 to {MOST} reports.")
    found = store.load(TransactionsItem, wanted)
    if problem := next((why for key in wanted if (why := why_not(found.get(key)))), ""):
        raise Refused(problem)
    reports = sorted((one for one in found.values() if isinstance(one, CashReport)), key=_order)
    content = cash_batch_xml(reports, bank_facts(now), bank_calendar().local(now).date().isoformat())
    key = derived_id("fbt", *(f"{one.filing_id}@{one.version}" for one in reports))
    kept = documents.store_bytes(f"filings/{key.replace('_', '-')}.xml", content)
    item = FilingBatch(
        transaction_id=key,
        filing_ids=[one.filing_id for one in reports],
        total=sum(one.total for one in reports),
        made_at=iso(now),
        made_by=actor.user_id,
        stored=[kept.name, kept.size, kept.sha256],
    )
    item.file()
    after = {"reports": len(reports), "sha256": kept.sha256}
    writes: list[Write] = [audit.record(item, "make_batch", actor=actor, now=now, after=after)]
    for one in reports:
        one.batch_id = key
        writes += _changed(one, "put_in_batch", {}, {"batch": key}, actor, now)
    return _saved(item, writes)


def _order(item: CashReport) -> tuple[str, str]:
    return item.due_on, item.filing_id


def file_of(item: FilingBatch) -> bytes:
    """The file's bytes, proven to be what was made. Raises documents.Damaged."""
    return documents.read_document(StoredDocument(*item.stored))


def acknowledge(
    *, batch_id: str, content: bytes, filed_on: date, version: int, actor: Actor, now: datetime
) -> FilingBatch:
    """Take in the system's answer: every report gets its BSA identifier and is filed, or the file was rejected and its
    reports can go into another one. Raises Refused naming the field.
    """
    item = _open(batch_id, version, actor)
    answer, reports = read_acknowledgement(content), reports_in(item)
    if answer.accepted and len(answer.numbers) != len(reports):
        raise Refused(
            f"It answers {len(answer.numbers)} reports, the file has {len(reports)}: it belongs to another file.",
            "file",
        )
    kept = documents.store_bytes(
        f"filings/{batch_id.replace('_', '-')}-{documents.sha256_of(content)[:16]}.xml", content
    )
    item.answer, item.answered_at = [kept.name, kept.size, kept.sha256], iso(now)
    item.remarks, item.numbers = [list(one) for one in answer.remarks], list(answer.numbers)
    item.status = ACKNOWLEDGED if answer.accepted else REJECTED
    after = {"status": item.status, "sha256": kept.sha256}
    entry = audit.record(item, "acknowledge_batch", actor=actor, now=now, before={"status": MADE}, after=after)
    writes: list[Write] = [entry]
    if not answer.accepted:
        return _saved(item, writes + _released(reports, actor, now))
    for one, number in zip(reports, answer.numbers, strict=True):
        _check_day(one, filed_on, now)
        one.status, one.filed_on, one.filed_by = Status.FILED, filed_on.isoformat(), actor.user_id
        one.acknowledgement = number
        told = {"status": Status.FILED, "acknowledgement": number, "filed_on": one.filed_on}
        writes += _changed(one, "file_report", {"status": Status.APPROVED}, told, actor, now)
    return _saved(item, writes)


def dissolve(*, batch_id: str, version: int, actor: Actor, now: datetime) -> FilingBatch:
    """It was not sent: its reports can be filed alone or in another file. Raises Refused."""
    item = _open(batch_id, version, actor)
    item.status = DISSOLVED
    entry = audit.record(item, "dissolve_batch", actor=actor, now=now, before={"status": MADE}, after={})
    return _saved(item, [entry, *_released(reports_in(item), actor, now)])


def _released(reports: Sequence[CashReport], actor: Actor, now: datetime) -> list[Write]:
    writes: list[Write] = []
    for one in reports:
        before, one.batch_id = {"batch": one.batch_id}, ""
        writes += _changed(one, "take_out_of_batch", before, {}, actor, now)
    return writes


def _check_day(item: CashReport, filed_on: date, now: datetime) -> None:
    calendar = bank_calendar()
    approved = calendar.local(datetime.fromisoformat(item.approved_at)).date()
    if not approved <= filed_on <= calendar.local(now).date():
        raise Refused(f"Between {day_of(approved.isoformat())}, when the last was approved, and today.", "filed_on")


def _changed(item: CashReport, action: str, before: Any, after: Any, actor: Actor, now: datetime) -> list[Write]:
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after)
    return [store.changed(item), entry]


def _saved(item: FilingBatch, writes: Sequence[Write]) -> FilingBatch:
    item.file()
    try:
        save_audited(item, *writes)
    except store.ConditionFailed as error:
        raise Refused("Somebody changed one of these reports at this moment. Nothing was done: look again.") from error
    standing.forget()
    return item


def _open(batch_id: str, version: int, actor: Actor) -> FilingBatch:
    _may(actor)
    item = batch(batch_id)
    if item is None:
        raise Refused("There is no such file.")
    if item.status != MADE or item.version != version:
        raise Refused("Somebody else has changed this file meanwhile. Look at it again.")
    return item


def _may(actor: Actor) -> None:
    if not allows(actor.role, WORK[CTR]):
        raise Refused("Your role may look at filings, but not change them.")
