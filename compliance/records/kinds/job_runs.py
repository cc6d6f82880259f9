"""Job runs: when a job ran, for how long, how it ended, what it counted."""

from typing import Any

from django.urls import reverse

from accounts.names import plain
from cloudbank.jobs import JobRun
from cloudbank.lists import Page
from cloudbank.templatetags.bank import badge
from cloudbank.timetable import TIMETABLE
from compliance.queries.job_runs import job_run, job_title, runs_of
from compliance.records import record
from compliance.records.screen import VIEW, Facts, Group, Screen, Tab
from compliance.records.shown import DASH, code, moment
from compliance.views.jobs import COLUMNS, counts_all, counts_of, error_of, rows_of, took_of


def _facts(item: JobRun, reader: Any) -> Facts:
    counted = [(plain(name).replace("_", " "), value, "") for name, value in counts_of(item, reader)]
    planned = [("Planned", one.about[:1].upper() + one.about[1:], one.when) for one in TIMETABLE if one.job == item.job]
    return [
        ("Job", job_title(item.job), item.job),
        *planned,
        ("For", item.run_key, ""),
        ("Began", moment(item.started_at), f"on {item.holder}"),
        ("Ended", moment(item.ended_at), f"after {took_of(item)}" if item.ended_at else ""),
        ("Progress", _progress(item, reader), ""),
        ("Error", error_of(item, reader) or DASH, ""),
        *counted,
        ("Fencing token", code(str(item.token)), "one more with each run"),
    ]


def _progress(item: JobRun, reader: Any) -> str:
    told = item.total and not counts_all(item, reader)
    return f"{item.done:,} of {item.total:,}" if told else DASH


def _others(item: JobRun, reader: Any, cursor: Any, limit: int) -> Page:
    page = runs_of([item.job], cursor, limit)
    return Page(rows_of(page.rows, reader), page.next_cursor)


JOBS = record(
    Screen[JobRun](
        code="jobs",
        title="Job runs",
        one="Job run",
        icon="arrow-repeat",
        intro="What ran by itself, when, for how long, and how it ended.",
        group=Group.BANK,
        permission=VIEW,
        list_url=lambda: reverse("job_runs"),
        find=job_run,
        key=lambda item: item.transaction_id,
        name=lambda item: f"{job_title(item.job)}, run {item.token:,}",
        badge=lambda item: badge(item.state),
        facts=_facts,
        tabs=(Tab("runs", "All runs of this job", COLUMNS, _others),),
        prefixes=("job#",),
    )
)
