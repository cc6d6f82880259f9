"""Retention: the files of reports that outlived their class are deleted; who, when, what and their hashes stay."""

from collections.abc import Iterator
from datetime import datetime

from accounts.ledger import Actor
from cloudbank import audit, documents, store
from cloudbank.clock import iso
from reporting import queries
from reporting.models import Report
from reporting.retention import class_of, keep_until
from reporting.services import ATTEMPTS, Busy

PAGE = 100


def outlived(now: datetime) -> Iterator[Report]:
    """The reports whose files may go, newest first. Raises store.StoreError."""
    cursor: list[str] | None = None
    while True:
        page = queries.archive(now, cursor, PAGE)
        for one in page.rows:
            if is_outlived(one, now):
                yield one
        cursor = page.cursor
        if cursor is None:
            return


def is_outlived(report: Report, now: datetime) -> bool:
    """Whether its files are there and need not be kept any more."""
    return not report.deleted_at and keep_until(report.built, report.provisional) <= now


def size_of(report: Report) -> int:
    """Bytes of its files and of its stored figures."""
    return sum(int(size) for _, size, _ in [*report.files.values(), report.content])


def delete_outlived(*, report_id: str, actor: Actor, now: datetime) -> int:
    """Delete the files of a report that need not be kept; bytes freed, 0 when it must stay or is deleted already.

    The files go first: who is interrupted finds the report here again and ends it.
    Raises documents.NotDeleted, Busy, store.StoreError.
    """
    for attempt in range(ATTEMPTS):
        report = queries.report(report_id)
        if report is None or not is_outlived(report, now):
            return 0
        for name, _, _ in [*report.files.values(), report.content]:
            documents.delete_document(name)
        report.deleted_at = iso(now)
        kept = class_of(report.provisional)
        entry = audit.record(
            report, "delete_report", actor=actor, now=now,
            before={"files": report.files}, after={"deleted_at": report.deleted_at}, reason=kept.about,
        )  # fmt: skip
        try:
            store.save([store.changed(report), entry])
            return size_of(report)
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy("Somebody uses this report just now. Try again.")
