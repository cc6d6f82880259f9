"""The jobs of the timetable as they stand: the last run of each, its end, what runs now, what is late, what is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from cloudbank import jobs
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.jobs import JobRun, Latest
from cloudbank.telling.fleet import Heard
from cloudbank.timetable import TIMETABLE, Planned, due_after
from compliance.operations.terms import span
from compliance.queries.job_runs import JOBS, job_title

RECORDED = frozenset(JOBS)
"""Jobs that keep a record of their runs. Of the others the log and an alarm tell, or the service that stays."""
ENTRIES: dict[str, list[Planned]] = {}
for _one in TIMETABLE:
    if not _one.example:
        ENTRIES.setdefault(_one.job, []).append(_one)


@dataclass(frozen=True)
class Line:
    """A job of the timetable. `word` is its state as badges have it, `late` whether it rings."""

    job: str
    title: str
    about: str
    when: str
    status: str
    word: str
    says: str
    ended: datetime | None
    due: datetime
    late: bool
    runbook: str
    share: int | None = None
    """Of a run that says how far it is: per cent."""
    url: str = ""


def read() -> dict[str, Latest]:
    """The newest runs of all jobs of the timetable and of the back-up. Two requests."""
    return jobs.latest(sorted({*ENTRIES, "backup"} & {*RECORDED, "backup"}))


def lines(latest: Mapping[str, Latest], heard: Heard, now: datetime) -> list[Line]:
    """A line for each job of the timetable: what is late first, then in the timetable's order."""
    made = [_line(job, entries, latest.get(job), heard, now) for job, entries in ENTRIES.items()]
    return sorted(made, key=lambda one: not one.late)


def _line(job: str, entries: list[Planned], latest: Latest | None, heard: Heard, now: datetime) -> Line:
    rhythm = max((one.late_after for one in entries if one.late_after), default=None)
    runs = latest.runs if latest else []
    status, word, says, late = _state(runs, latest, rhythm, now) if runs else _without(job, entries, heard, now)
    newest = runs[0] if runs else None
    ended = next((from_iso(run.ended_at) for run in runs if run.ended_at), None)
    local = bank_calendar().local(now)
    return Line(
        job=job,
        title=job_title(job) if job in RECORDED else entries[0].name.replace("-", " ").capitalize(),
        about="; ".join(one.about for one in entries),
        when=", ".join(one.when for one in entries),
        status=status,
        word=word,
        says=says,
        ended=ended,
        due=min(due_after(one.when, local) for one in entries),
        late=late,
        runbook="job-failed" if newest and newest.state == "failed" else "job-late",
        share=_share(newest),
        url=reverse("record", args=["jobs", newest.transaction_id]) if newest else "",
    )


def _share(run: JobRun | None) -> int | None:
    return min(100, 100 * run.done // run.total) if run and run.state == "running" and run.total else None


def _state(
    runs: list[JobRun], latest: Latest | None, rhythm: timedelta | None, now: datetime
) -> tuple[str, str, str, bool]:
    """(status, word, in words, whether it is late) of a job that ran here."""
    newest, began = runs[0], from_iso(runs[0].started_at)
    age = now - began
    if newest.state == "running" and latest and latest.held_until > iso(now):
        return "running", "Running", f"since {span(age)}, on {newest.holder}", False
    if newest.state == "running":
        return "stopped", "Broke off", f"begun {span(age)} ago on {newest.holder}, and never ended", True
    if newest.state == "failed":
        return "failed", "Failed", f"{span(age)} ago: see its record", True
    if rhythm and age > rhythm:
        return "late", "Late", f"last begun {span(age)} ago; at the latest after {span(rhythm)}", True
    took = span(from_iso(newest.ended_at) - began) if newest.ended_at else "nothing"
    return "done", "Done", f"in {took}", False


def _without(job: str, entries: list[Planned], heard: Heard, now: datetime) -> tuple[str, str, str, bool]:
    """The same of a job that has no run on record."""
    staying = [one for one in heard.processes if one.what == job]
    if staying:
        newest = max(one.told for one in staying)
        return "done", "At work", f"a service: heard of {span(now - newest)} ago", False
    if any(one.stays for one in entries):
        return "pending", "Not heard", "a service that tells of itself once a minute; or cron runs it", False
    if job not in RECORDED:
        return "pending", "In the log", "keeps no record; its end is a line of the log", False
    return "pending", "Never ran", "no run of it is on record here", False


def late_jobs(made: list[Line]) -> list[str]:
    """The names of those that are late, failed or broke off."""
    return [one.job for one in made if one.late]
