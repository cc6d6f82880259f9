"""Whether the books are closed, proved and copied: sealed days, verifications, the last back-up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from cloudbank.clock import from_iso
from cloudbank.jobs import JobRun, Latest
from compliance.control import scope_of
from compliance.controls import CONTROLS
from compliance.controls.ledger_verified import finished_runs, found_fault
from compliance.operations.terms import BAD, NONE, OK, WARN, Reading, hours, judged, span
from compliance.queries.audit import part_of, telling_run, verifications
from compliance.queries.selections import Counted

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Books:
    """The readings, and their numbers for CloudWatch."""

    readings: list[Reading]
    numbers: dict[str, float]


def read(latest: Mapping[str, Latest], now: datetime) -> Books:
    """Three requests: the books' state, and the runs of both verifications."""
    proved = [one for one in finished_runs() if one.ended_at]
    ledger, damage = _newest(proved), _newest([one for one in proved if found_fault(one)])
    trail = telling_run(verifications())
    backup = _newest([one for one in (latest["backup"].runs if "backup" in latest else []) if one.state == "done"])
    days, unsealed = _sealed(now)
    readings = [
        days,
        _verified("Ledger verified", damage or ledger, "ledger-unverified", 26 * HOUR, 75 * HOUR, now),
        _verified("Audit trail verified", trail, "audit-unverified", 26 * HOUR, 50 * HOUR, now),
        _copied(backup, now),
    ]
    numbers = {"DaysUnsealed": float(unsealed)} | {
        name: hours(now - from_iso(run.ended_at))
        for name, run in (("LedgerVerifiedHours", ledger), ("AuditVerifiedHours", trail), ("BackupHours", backup))
        if run is not None
    }
    return Books(readings, numbers)


def _newest(runs: list[JobRun]) -> JobRun | None:
    return max(runs, key=lambda one: one.ended_at, default=None)


def _sealed(now: datetime) -> tuple[Reading, int]:
    control = CONTROLS["days-unsealed"]
    measure = control.measure(scope_of(now))
    count = measure.count.number if isinstance(measure.count, Counted) else 0
    state = NONE if measure.gauge is None else OK if not count else WARN if count == 1 else BAD
    waiting = f"; {count} business day{'s' * (count != 1)} over and not sealed" if count else ""
    url = reverse("control", args=[control.code])
    return Reading(
        "Closed days", f"{measure.says}{waiting}", state, "none waits overnight", "days-unsealed", url
    ), count


def _verified(label: str, run: JobRun | None, runbook: str, warn: timedelta, bad: timedelta, now: datetime) -> Reading:
    normal = f"every {'business ' if bad > 60 * HOUR else ''}day"
    if run is None:
        return Reading(label, "never", NONE, normal, runbook)
    url, age = reverse("record", args=["jobs", run.transaction_id]), now - from_iso(run.ended_at)
    if found_fault(run):
        why = "broke off" if run.state == "failed" else "FOUND A FAULT"
        return Reading(label, f"{why}, {span(age)} ago", BAD, normal, "ledger-broken", url, from_iso(run.ended_at))
    state = judged(age, warn if bad < 60 * HOUR else bad, bad)
    return Reading(label, f"{part_of(run)}intact, {span(age)} ago", state, normal, runbook, url, from_iso(run.ended_at))


def _copied(run: JobRun | None, now: datetime) -> Reading:
    normal = "once a week; the tables' own point-in-time copies run beside it"
    if run is None:
        return Reading("Back-up", "never by manage.py backup", NONE, normal, "backup-old")
    url, age = reverse("record", args=["jobs", run.transaction_id]), now - from_iso(run.ended_at)
    state = judged(age, 8 * DAY, 15 * DAY)
    return Reading("Back-up", f"{span(age)} ago", state, normal, "backup-old", url, from_iso(run.ended_at))
