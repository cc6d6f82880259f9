"""`/compliance/records/jobs`: what ran by itself, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse

from cloudbank.clock import from_iso, utcnow
from cloudbank.jobs import JobRun
from cloudbank.lists import Column, ListQuery, ListView, Page
from compliance.queries.audit import VERIFY_JOB
from compliance.queries.chains import hidden_kinds
from compliance.queries.job_runs import JOBS, job_title, runs_of

STATES = {"running": "Running", "done": "Done", "failed": "Failed"}
SHOWN, UNSAID = 3, "not shown to you"
PLACE = "at "
"""Counts that begin so are places to go on from, which say nothing to people."""
WHOLE = frozenset({"items", "records"})
"""Counts of a verification over all that there is."""


def took_of(run: JobRun, now: datetime | None = None) -> str:
    """ "4.2 s" or "12 min 5 s"; of one that runs, until now."""
    end = from_iso(run.ended_at) if run.ended_at else now or utcnow()
    took: timedelta = max(end - from_iso(run.started_at), timedelta())
    seconds = took.total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60):,} min {int(seconds % 60)} s"


def _clear(text: str, reader: Any) -> str:
    """The text, unless it names a record of a kind that this person must not know of (31 CFR 1020.320(e))."""
    hidden = hidden_kinds(reader.has_perm)
    return UNSAID if any(f"{kind}#" in text or f"{kind}_" in text for kind in hidden) else text


def counts_all(run: JobRun, reader: Any) -> bool:
    """Whether its numbers hold what this person must not know of, so that the rest of them would tell how much."""
    return run.job == VERIFY_JOB and bool(hidden_kinds(reader.has_perm))


def counts_of(run: JobRun, reader: Any) -> list[tuple[str, str]]:
    """(what, how many) that a run counted, as this person may read it."""
    left_out = WHOLE if counts_all(run, reader) else frozenset()
    told = {name: value for name, value in run.counts.items() if not name.startswith(PLACE) and name not in left_out}
    return [
        (_clear(name, reader), f"{value:,}" if isinstance(value, int) else _clear(str(value), reader))
        for name, value in told.items()
    ]


def error_of(run: JobRun, reader: Any) -> str:
    """Why it failed, as this person may read it."""
    return _clear(str(run.error), reader)


@dataclass(frozen=True)
class Row:
    """A run in the list."""

    run: JobRun
    took: str
    counts: str
    error: str

    @property
    def title(self) -> str:
        """The job."""
        return job_title(self.run.job)

    @property
    def url(self) -> str:
        """Its record."""
        return reverse("record", args=["jobs", self.run.transaction_id])


def rows_of(runs: Sequence[JobRun], reader: Any) -> list[Row]:
    """Runs as the list shows them."""
    now = utcnow()
    return [Row(one, took_of(one, now), _said(counts_of(one, reader)), error_of(one, reader)) for one in runs]


def _said(counts: list[tuple[str, str]]) -> str:
    shown = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in counts[:SHOWN])
    return f"{shown} and {len(counts) - SHOWN} more" if len(counts) > SHOWN else shown


COLUMNS = (
    Column("job", "Job", main=True, value="title", link=lambda row: row.url, note=lambda row: row.run.run_key),
    Column("started", "Began", "time", value=lambda row: from_iso(row.run.started_at)),
    Column("state", "State", "badge", value=lambda row: row.run.state, note="error"),
    Column("took", "Took"),
    Column("counts", "Counted"),
    Column("holder", "On", value=lambda row: row.run.holder),
)


class JobFilter(forms.Form):
    """Which job, and how it ended."""

    job = forms.ChoiceField(required=False, choices=[("", "Every job"), *sorted(JOBS.items(), key=lambda one: one[1])])
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *STATES.items()])


class JobRuns(ListView):
    """The runs of all jobs as one list, or of one of them."""

    name, title, icon = "job-runs", "Job runs", "arrow-repeat"
    intro = "What runs by itself: when it began, how long it took, how it ended, what it counted. The newest first."
    saved_views = True
    permission_required = "compliance.view_control"
    form_class = JobFilter
    template_name = "compliance/records/list.html"
    empty_title = "No job has run yet"
    empty_text = "Put them into the crontab (README); each run stands here from its beginning."
    columns = COLUMNS

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One query a job; of one state a page may be short, and says that there is more."""
        job = query.filters.get("job")
        page = runs_of([job] if job else sorted(JOBS), cursor, limit, query.filters.get("state", ""))
        return Page(rows_of(page.rows, query.user), page.next_cursor)

    def extra_context(self) -> dict[str, Any]:
        """The tab."""
        return {"tab": "records"}
