"""Jobs: one run at a time over all hosts, with a record of each run.

A lease item with owner, expiry and a fencing token that only grows keeps two hosts apart; each
run leaves a record with its times, counts and end. A holder that was frozen past its lease finds
its token out of date at the next `progress` and stops.
"""

import os
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank import store, trace
from cloudbank.clock import iso, utcnow
from cloudbank.tables import AccountsItem, IntegerAttribute, TransactionsItem
from cloudbank.telling.speaker import speaker

LEASE = timedelta(seconds=120)
RENEW_SECONDS = 20.0
END_ATTEMPTS = 6


class Held(Exception):
    """Another host or process runs this job now."""


class Lost(Exception):
    """Our lease ran out and another run has begun: stop."""


class Lease(AccountsItem, discriminator="lease"):
    """Who runs a job, until when. `token` grows by one with each run."""

    holder = UnicodeAttribute(default="")
    until = UnicodeAttribute(default="")
    token = IntegerAttribute(default=0)

    @staticmethod
    def key(job: str) -> str:
        """The hash key."""
        return f"lease#{job}"


class JobRun(TransactionsItem, discriminator="job_run"):
    """One run of a job: running, done or failed."""

    job = UnicodeAttribute()
    run_key = UnicodeAttribute()
    state = UnicodeAttribute(default="running")
    holder = UnicodeAttribute()
    token = IntegerAttribute()
    started_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(default="")
    done = IntegerAttribute(default=0)
    total = IntegerAttribute(default=0)
    counts = JSONAttribute(default=dict)
    error = UnicodeAttribute(default="")

    @staticmethod
    def key(job: str, token: int) -> str:
        """The hash key of the run with this token."""
        return f"job#{job}#{token:08d}"


class Run:
    """A run in progress: report progress and counts on it."""

    def __init__(self, lease: Lease, record: JobRun) -> None:
        self._lease, self._record = lease, record
        self._renewed = time.monotonic()
        self.token: int = lease.token
        self.counts: dict[str, int | str] = {}

    def progress(self, done: int, total: int) -> None:
        """Say how far the run is; renews the lease now and then. Raises Lost when another took over."""
        self._record.done, self._record.total = done, total
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self._lease.until = iso(utcnow() + LEASE)
            try:
                self._save()
            except (store.Conflict, store.OutcomeUnknown):
                return  # a hiccup: the next progress tries again, the lease outlives several
            self._renewed = time.monotonic()
            speaker.speak_if_due(self._record.job, utcnow())

    def _end(self, state: str, error: str = "") -> None:
        self._record.state, self._record.error = state, error
        self._record.ended_at, self._record.counts = iso(utcnow()), dict(self.counts)
        self._lease.until = ""
        for attempt in range(END_ATTEMPTS):
            try:
                self._save()
            except (store.Conflict, store.OutcomeUnknown):
                store.pause(attempt, base=0.05)
            else:
                speaker.speak(self._record.job, utcnow(), run=self._record.transaction_id, end=state)
                return
        raise store.Unavailable(f"the end of {self._record.job} could not be recorded")

    def _save(self) -> None:
        """On condition that the lease is still ours; saving twice does no harm, so a lost answer needs no care."""
        try:
            store.save([store.Put(self._lease, Lease.token == self.token), store.Put(self._record)])
        except store.ConditionFailed as lost:
            raise Lost(f"another run of {self._record.job} has begun") from lost


@contextmanager
def run(job: str, *, key: str, now: datetime) -> Iterator[Run]:
    """Hold the job's lease and keep a record while the body runs. Raises Held.

    What the body writes carries the record's key, as what a request writes carries the request's id.
    An exception in the body marks the run failed with its text and goes on to the caller.
    """
    lease = store.get(Lease, Lease.key(job)) or Lease(account_id=Lease.key(job))
    if lease.until > iso(now):
        raise Held(f"{job} is running already ({lease.holder}, until {lease.until} at the latest)")
    lease.token += 1
    lease.holder, lease.until = f"{socket.gethostname()}:{os.getpid()}", iso(now + LEASE)
    record = JobRun(
        transaction_id=JobRun.key(job, lease.token),
        version=1,
        subject=f"job#{job}",
        subject_order=f"{lease.token:08d}",
        job=job,
        run_key=key,
        holder=lease.holder,
        token=lease.token,
        started_at=iso(now),
    )
    try:
        store.save([store.stored(lease), store.new(record)])
    except (store.ConditionFailed, store.Conflict) as error:
        raise Held(f"{job} has just been started elsewhere") from error
    running = Run(lease, record)
    try:
        with trace.within(record.transaction_id):
            yield running
    except BaseException as error:
        try:
            running._end("failed", f"{type(error).__name__}: {error}"[:500])
        except (Lost, store.StoreError) as unsaid:
            error.add_note(f"This end is not on record: {unsaid}")
        raise
    running._end("done")


def last_run(job: str) -> JobRun | None:
    """The newest run of a job, running or ended, or None."""
    found = JobRun.by_subject.query(f"job#{job}", scan_index_forward=False, limit=1)
    return next((item for item in found if isinstance(item, JobRun)), None)


@dataclass(frozen=True)
class Latest:
    """The newest two runs of a job, the newest first, and until when that holds its lease ("": ended)."""

    runs: list[JobRun]
    held_until: str


def latest(jobs: Iterable[str]) -> dict[str, Latest]:
    """The newest runs of those jobs that ever ran here, strongly read. Two requests for up to fifty jobs."""
    leases = store.load(AccountsItem, [Lease.key(job) for job in jobs])
    held = {job: lease for job in jobs if isinstance(lease := leases.get(Lease.key(job)), Lease)}
    keys = {job: [JobRun.key(job, lease.token - back) for back in range(2)] for job, lease in held.items()}
    runs = store.load(TransactionsItem, [key for some in keys.values() for key in some])
    return {
        job: Latest([run for key in some if isinstance(run := runs.get(key), JobRun)], held[job].until)
        for job, some in keys.items()
    }
