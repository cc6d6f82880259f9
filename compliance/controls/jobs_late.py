"""The bank's regular jobs: late, or ended in a failure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

from cloudbank import jobs
from cloudbank.clock import from_iso
from cloudbank.jobs import JobRun
from cloudbank.lists import Column
from cloudbank.roles import Role
from cloudbank.timetable import TIMETABLE
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.queries.audit import VERIFY_JOB, latest_of_parts, parts_unread, verifications
from compliance.queries.selections import Counted, Listed

SCHEDULE = {planned.job: planned.late_after for planned in TIMETABLE if planned.controlled and planned.late_after}
"""Job -> how old its last run may be. Of closing the day and verifying the ledger, controls of their own tell."""


@dataclass(frozen=True)
class LateJob:
    """A job whose last run is too old or failed."""

    job: str
    run: JobRun
    why: str

    @property
    def url(self) -> str:
        """The record of that run."""
        return reverse("record", args=["jobs", self.run.transaction_id])


def why_late(run: JobRun, scope: Scope, most: timedelta) -> str:
    """ "failed: ...", "last begun too long ago", or "" when it is in order."""
    if run.state == "failed":
        return f"failed: {run.error}" if run.error else "failed"
    return "last begun too long ago" if scope.now - from_iso(run.started_at) > most else ""


def why_unverified(runs: Sequence[JobRun], scope: Scope) -> Iterator[LateJob]:
    """Of verifications, newest first: those parts of the audit trail whose newest run broke off, found damage
    or is too old; each run once.

    What last night's part found stays here until that part is read again and whole, whatever tonight's part says.
    """
    found = latest_of_parts(runs)
    of = max((int(run.counts.get("parts", 1)) for run in found.values()), default=1)
    most = SCHEDULE[VERIFY_JOB] + timedelta(days=of - 1)
    told: set[str] = set()
    for number, run in found.items():
        name, why = f"part {number} of {of}: " if of > 1 else "", why_late(run, scope, most)
        if int(run.counts.get("broken", 0)):
            why = "damage in the audit trail"
        if why and run.transaction_id not in told:
            told.add(run.transaction_id)
            yield LateJob(VERIFY_JOB, run, name + why)
    if runs and scope.now - from_iso(runs[-1].started_at) > most:
        for number in parts_unread(found):
            yield LateJob(VERIFY_JOB, runs[-1], f"part {number} of {of}: not read since this run or longer")


@control("jobs-late")
class JobsLate(Control):
    """What runs by itself does run."""

    title = "Jobs late or failed"
    framework = Framework.LEDGER
    obligation = "Automated controls run as planned; a job that fails or stays away is noticed and run again."
    source = (
        "12 CFR 30 app. A II.A-B (internal controls and audit); FFIEC IT Handbook, Architecture and Operations VI.C"
    )
    counts = ("job", "jobs")
    gauge_label = "Jobs late or failed"
    unit = ("job", "jobs")
    formula = (
        "Jobs of the crontab (README) whose last run failed or began longer ago than their rhythm and an hour or two "
        "allow. A job that never ran here is not planned here and is left out. Of the audit trail's verification also "
        "each part whose newest run found damage, broke off or is older than a round of all parts."
    )
    warn = 0
    breach = 2
    weight = 2
    owner = Role.ADMIN
    columns = (
        Column("job", "Job", main=True, note="why", link=lambda row: row.url),
        Column("started", "Last begun", "time", value=lambda row: from_iso(row.run.started_at)),
        Column("state", "Ended", "badge", value=lambda row: row.run.state),
    )
    empty_text = "Every job that is planned ran in time."

    def _runs(self, scope: Scope) -> dict[str, JobRun]:
        """The newest run of each planned job; one small query each, once a moment."""
        found = {job: jobs.last_run(job) for job in SCHEDULE}
        return {job: run for job, run in found.items() if run is not None}

    def offenders(self, scope: Scope) -> Listed:
        """By name."""
        runs = scope.once("job_runs", lambda: self._runs(scope))
        late = ((job, run, why_late(run, scope, SCHEDULE[job])) for job, run in sorted(runs.items()))
        found = [LateJob(job, run, why) for job, run, why in late if why]
        told = {one.run.transaction_id for one in found}
        trail = scope.once("verifications", lambda: verifications() if VERIFY_JOB in runs else [])
        return Listed(found + [one for one in why_unverified(trail, scope) if one.run.transaction_id not in told])

    def measure(self, scope: Scope) -> Measure:
        """How many, of those that ever ran here."""
        late = self.offenders(scope).rows
        planned = scope.once("job_runs", lambda: self._runs(scope))
        if not planned:
            return Measure(Counted(0), None, "No planned job has run yet: put them into the crontab (README).")
        says = ", ".join(one.job for one in late) if late else "all ran in time"
        return Measure(Counted(len(late)), len(late), says, of=Counted(len(planned)), of_label="planned jobs")
