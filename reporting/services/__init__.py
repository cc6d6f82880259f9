"""Writes of reporting: build and archive a report, hand out its files, take a statement, verify."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.ledger import Actor
from cloudbank import audit, documents, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar, business_date
from cloudbank.documents import StoredDocument
from cloudbank.ids import derived_id, new_id
from cloudbank.stretches import parse_stretch
from reporting import queries
from reporting.models import Report, ReportFile, StatementTaken
from reporting.orders import Order, order_from
from reporting.pack import Pack
from reporting.writers import Writer, file_stem

ATTEMPTS = 6
Reference = list[str | int]
Progress = Callable[[int, int], None]


class Busy(Exception):
    """Too many others touch this report just now: try again."""


def build_report(
    *,
    order: Order,
    formats: Sequence[Writer],
    actor: Actor,
    now: datetime,
    key: str = "",
    progress: Progress = lambda done, total: None,
    also: Callable[[], list[store.Write]] = list,
) -> Report:
    """Build a report in these formats and archive it with its audit record.

    With `key` (a run's) building it twice gives the same report; without, the content's hash is the key,
    so that a cron job that runs twice finds what it built. `also` is written in the archive's transaction.
    Raises queries.NothingToReport, periods.FootingError, documents.NotStored, what `also` raises.
    """
    started, steps = time.perf_counter(), len(formats) + 2
    keyed = derived_id("rep", actor.user_id, key, json.dumps(order.as_data(), sort_keys=True)) if key else ""
    there = queries.report(keyed) if keyed else None
    if there and not there.deleted_at:
        return there
    pack = queries.pack_of(order, now)
    progress(1, steps)
    report_id = keyed or derived_id("rep", pack.sha256)
    files = _store_files(report_id, pack, formats, lambda done: progress(done + 1, steps))
    report = _described(report_id, pack, order, actor, now)
    report.content = _stored(f"reports/{report_id}/{pack.sha256[:16]}.json", pack.canonical().encode("ascii"))
    report.files, report.duration_ms = files, round((time.perf_counter() - started) * 1000)
    saved = _archived(report, actor, now, also)
    progress(steps, steps)
    return saved


def _store_files(
    report_id: str, pack: Pack, formats: Sequence[Writer], progress: Callable[[int], None]
) -> dict[str, Reference]:
    files: dict[str, Reference] = {}
    for done, writer in enumerate(formats, 1):
        content = writer.write(pack)
        name = f"reports/{report_id}/{documents.sha256_of(content)[:16]}.{writer.code}"
        files[writer.code] = _stored(name, content)
        progress(done)
    return files


def _stored(name: str, content: bytes) -> Reference:
    stored = documents.store_bytes(name, content)
    return [stored.name, stored.size, stored.sha256]


def _described(report_id: str, pack: Pack, order: Order, actor: Actor, now: datetime) -> Report:
    report = Report(
        transaction_id=report_id,
        version=1,
        title=pack.title,
        period=pack.period,
        currency=pack.currency,
        parameters=dict(pack.parameters),
        order=order.as_data(),
        as_of=pack.as_of,
        cutoff=pack.cutoff,
        sha256=pack.sha256,
        provisional=pack.provisional,
        built_at=iso(now),
        built_by=actor.user_id,
        built_by_role=actor.role,
        stem=file_stem(pack, order.special),
    )
    report.file_under(now)
    return report


def _archived(report: Report, actor: Actor, now: datetime, also: Callable[[], list[store.Write]]) -> Report:
    """Save a new report, or add the formats that an earlier one of the same content lacks."""
    for attempt in range(ATTEMPTS):
        there = queries.report(report.transaction_id)
        if there and not there.deleted_at and report.files.items() <= there.files.items():
            return there
        try:
            return _save(report, there, actor, now, also())
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)  # whatever happened is found by reading
    raise Busy("Somebody else is building this report just now. Try again.")


def _save(report: Report, there: Report | None, actor: Actor, now: datetime, also: list[store.Write]) -> Report:
    kept = there or report
    if not there:
        report.audit_sequence, report.audit_head = 0, audit.GENESIS  # an attempt before may have moved them
    before = {"files": there.files} if there else {}
    earlier = there.files if there and not there.deleted_at else {}
    kept.files = earlier | report.files
    if kept.deleted_at:
        _built_anew(kept, report, now)
    after = {"sha256": kept.sha256, "cutoff": kept.cutoff, "files": kept.files}
    entry = audit.record(kept, "build_report", actor=actor, now=now, before=before, after=after)
    store.save([store.changed(kept) if there else store.new(kept), entry, *_found_by(report), *also])
    return kept


def _built_anew(kept: Report, report: Report, now: datetime) -> None:
    """Its files were deleted under retention, and somebody needs them again: it is kept as if it were new."""
    for name in ("content", "order", "built_at", "built_by", "built_by_role", "duration_ms", "stem"):
        setattr(kept, name, getattr(report, name))
    kept.deleted_at = ""
    kept.file_under(now)


def _found_by(report: Report) -> list[store.Write]:
    """What leads from each file's own hash to its report. Two reports of the same bytes: either is right."""
    return [
        store.Put(ReportFile(transaction_id=ReportFile.key(sha256), report_id=report.transaction_id, format=code))
        for code, (_, _, sha256) in report.files.items()
    ]


def hand_out(*, report_id: str, code: str, actor: Actor, now: datetime) -> bytes:
    """A report's file, proven to be the one that was built, with an audit record of who took it.

    Raises KeyError when there is no such report or format, documents.Damaged, Busy.
    """
    for attempt in range(ATTEMPTS):
        report = queries.report(report_id)
        document = report.document(code) if report else None
        if report is None or document is None:
            raise KeyError(report_id)
        content = documents.read_document(document)
        after = {"format": code, "sha256": document.sha256}
        entry = audit.record(report, "download_report", actor=actor, now=now, after=after)
        try:
            store.save([store.changed(report), entry])
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
            continue
        return content
    raise Busy("Many people take this report just now. Try again.")


def problems_of(report: Report, now: datetime) -> list[str]:
    """What is wrong with a report: files that changed, figures that cannot be reproduced; empty when all is well."""
    found: list[str] = []
    if report.deleted_at:
        return found
    for code in sorted(report.files):
        document = report.document(code)
        if document is None or not documents.is_intact(document):
            found.append(f"{code.upper()}: the stored file is missing or was changed")
    return found + ([] if report.provisional else _not_reproduced(report, now))


def _not_reproduced(report: Report, now: datetime) -> list[str]:
    """A final report's figures are computed again from the sealed days and compared one by one."""
    try:
        stored = json.loads(documents.read_document(StoredDocument(*report.content)))
    except documents.Damaged:
        return ["Content: the stored figures are missing or were changed"]
    start = int(report.parameters["Fiscal year starts in month"])
    order = order_from(report.order, parse_stretch(report.period, business_date(now), bank_calendar(), start))
    again = json.loads(queries.pack_of(order, now).canonical())
    before, after = _values(stored), _values(again)
    return [
        f"{' '.join(names)}: computed again from the sealed days it differs"
        for names in before
        if names in after and before[names] != after[names]
    ]


def _values(pack: dict[str, Any]) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Figures by name. Words may change from one version of the program to the next, figures never."""
    figures = [figure for section in pack["sections"] for figure in section["figures"]]
    names = ("section", "metric", "dimension", "period")
    values = ("value", "unit", "previous", "year_ago")
    return {tuple(one[n] for n in names): tuple(one[v] for v in values) for one in figures}


@dataclass(frozen=True)
class Taken:
    """A file to send."""

    content: bytes
    stem: str


def take_statement(*, pack: Pack, account_id: str, owner_id: str, writer: Writer, actor: Actor, now: datetime) -> Taken:
    """Write a statement's file and record who took it, of which account, with which hash."""
    taken = _taken(pack, account_id, f"customer#{owner_id}", writer, actor, now)
    return Taken(taken, file_stem(pack, [account_id[-4:]]))


def take_house_statement(*, pack: Pack, code: str, writer: Writer, actor: Actor, now: datetime) -> Taken:
    """The same of a house account."""
    taken = _taken(pack, code, code, writer, actor, now)
    return Taken(taken, file_stem(pack, [code.removeprefix("house:").replace("_", " ")]))


def _taken(pack: Pack, account_id: str, subject: str, writer: Writer, actor: Actor, now: datetime) -> bytes:
    content = writer.write(pack)
    item = StatementTaken(
        transaction_id=new_id("stm"),
        version=1,
        subject=subject,
        subject_order=iso(now),
        of_account=account_id,
        period=pack.period,
        format=writer.code,
        sha256=pack.sha256,
        file_sha256=documents.sha256_of(content),
    )
    after = {"account": account_id, "period": pack.period, "format": writer.code, "sha256": pack.sha256}
    store.save([store.new(item), audit.record(item, "take_statement", actor=actor, now=now, after=after)])
    return content
