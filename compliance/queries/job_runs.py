"""Reads of job runs: those of one job, or of all that the bank has, newest first."""

from collections.abc import Sequence
from typing import Any

from cloudbank import store
from cloudbank.jobs import JobRun
from cloudbank.lists import Page
from compliance.queries.merging import Entry, Stream, merged

LOOKS = 4
JOBS = {
    "apply_retention": "Retention",
    "backup": "Back-up of the tables",
    "close_day": "Close of the business day",
    "detect_patterns": "Patterns over several customers",
    "draft_filings": "Drafts of cash reports",
    "escalate_actions": "Overdue corrective actions",
    "export_postings": "Export of postings",
    "report_retention": "Retention of reports",
    "restore": "Restore into these tables",
    "run_payrolls": "Payrolls",
    "run_schedules": "Scheduled reports",
    "screen_customers": "Sanctions screening of customers",
    "seed_demo": "Demo bank",
    "send_digest": "Daily digest",
    "snapshot_controls": "Daily snapshot of the controls",
    "verify_audit": "Verification of the audit trail",
    "verify_ledger": "Verification of the ledger",
}
"""Every job that keeps a record of its runs (cloudbank.jobs), with its title; a test holds this against the code."""


def job_title(code: str) -> str:
    """What a job is called; one that is not declared by its own name."""
    return JOBS.get(code, code)


def job_run(key: str) -> JobRun | None:
    """One run, read strongly, or None."""
    return store.get(JobRun, key)


def _of(job: str) -> Stream:
    def read(place: Any, limit: int) -> list[Entry]:
        before = JobRun.subject_order < place if place else None
        found = JobRun.by_subject.query(f"job#{job}", before, scan_index_forward=False, limit=limit)
        return [Entry(one.started_at, one.subject_order, one) for one in found]

    return read


def runs_of(jobs: Sequence[str], cursor: Any, limit: int, state: str = "") -> Page:
    """The runs of these jobs together, newest first, one query a job.

    Of one `state` when it is named: then up to LOOKS times as many are looked through, and the page may be short.
    """
    streams, rows = {one: _of(one) for one in jobs}, list[JobRun]()
    for _ in range(LOOKS if state else 1):
        page = merged(streams, cursor, limit - len(rows))
        rows += [one for one in page.rows if state in ("", one.state)]
        cursor = page.next_cursor
        if cursor is None or len(rows) == limit:
            break
    return Page(rows, cursor)
