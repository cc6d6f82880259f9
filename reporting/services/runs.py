"""Runs: a report is asked for, built by whoever takes it up, and goes on when the tab that asked is closed.

The run's item is its lease: taking it up counts `attempt`, each step moves `until`. Who cancels, retries or takes
over changes the item, so the worker before finds its condition failed at its next step and stops; the archive's
transaction checks the same, so a run that was cancelled archives nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings

from accounts.ledger import Actor
from accounts.queries.month_ends import Torn
from cloudbank import audit, documents, jobs, store
from cloudbank.clock import iso, utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.fonts import FontMissing
from cloudbank.ids import derived_id
from cloudbank.stretches import parse_stretch
from reporting.models import CANCELLED, DONE, FAILED, LEASE, QUEUED, RUNNING, UNDER_WAY, Report, ReportRun
from reporting.orders import Order, order_from
from reporting.periods import FootingError
from reporting.queries import NothingToReport
from reporting.run_queries import existing_run
from reporting.services import ATTEMPTS, Busy, Progress, build_report
from reporting.services.asked import Refused, settle, take_place, was_refused
from reporting.services.delivery import messages_to
from reporting.writers import WRITERS, Writer

Clock = Callable[[], datetime]
CAUSE_PAGE, CAUSE_COMMAND, CAUSE_SCHEDULE = "page", "command", "schedule"
KNOWN = (
    Refused, NothingToReport, FootingError, Torn, FontMissing, documents.NotStored, documents.Damaged, Busy,
    store.StoreError,
)  # fmt: skip
"""What can keep a report from being built; each says why in one sentence."""


class Cancelled(Exception):
    """The run was cancelled, or another worker has taken it over: stop, and archive nothing."""


class NotNow(Exception):
    """The run cannot be cancelled or retried in its state; the message says why."""


def ask_run(
    *,
    order: Order,
    formats: Sequence[Writer],
    key: str,
    actor: Actor,
    now: datetime,
    cause: str = CAUSE_PAGE,
    recipients: Sequence[str] = (),
) -> ReportRun:
    """A new run, waiting to be taken up. The same key of the same person again gives the run that is there.

    One that was refused before there was an order makes room for the new one.
    """
    run_id = derived_id("run", actor.user_id, key)
    there = store.get(ReportRun, run_id)
    if there and not was_refused(there):
        return there
    run = _new(run_id, order, formats, actor, now, cause, recipients)
    if there:
        take_place(run, there)
    try:
        store.save([store.changed(run) if there else store.new(run), _asked(run, actor, now)])
    except store.ConditionFailed:
        return existing_run(run_id)  # the same form, sent twice at once
    return run


def ask_again(
    *, order: Order, formats: Sequence[Writer], key: str, actor: Actor, now: datetime, recipients: Sequence[str]
) -> ReportRun:
    """The command's run for this order, made anew each time it is asked for. Raises jobs.Held while it is under way."""
    run_id = derived_id("run", actor.user_id, key)
    there = store.get(ReportRun, run_id)
    run = _new(run_id, order, formats, actor, now, CAUSE_COMMAND, recipients)
    if there:
        if there.state in UNDER_WAY and not there.is_silent(now):
            raise jobs.Held(f"This report is running already, since {there.started_at or there.asked_at}.")
        take_place(run, there)
    try:
        store.save([store.changed(run) if there else store.new(run), _asked(run, actor, now)])
    except (store.ConditionFailed, store.Conflict) as error:
        raise jobs.Held("This report has just been asked for elsewhere.") from error
    return run


def _asked(run: ReportRun, actor: Actor, now: datetime) -> store.Put:
    after = {"order": run.order, "formats": run.formats, "cause": run.cause, "recipients": run.recipients}
    return audit.record(run, "start_report", actor=actor, now=now, after=after)


def _new(
    run_id: str,
    order: Order,
    formats: Sequence[Writer],
    actor: Actor,
    now: datetime,
    cause: str,
    recipients: Sequence[str],
) -> ReportRun:
    run = ReportRun(
        transaction_id=run_id,
        version=1,
        title=order.title[:200],
        period=order.stretch.label,
        order=order.as_data(),
        formats=[writer.code for writer in formats],
        cause=cause,
        keyed=cause == CAUSE_PAGE,
        recipients=list(recipients),
        asked_by=actor.user_id,
        asked_role=actor.role,
        asked_from=actor.source,
        asked_at=iso(now),
        until=iso(now + LEASE),
        subject=f"report_run#{run_id}",
        subject_order=iso(now),
    )
    run.file_under(now)
    return run


def cancel_run(*, run_id: str, actor: Actor, now: datetime) -> ReportRun:
    """Stop a run that waits or is worked on. Raises NotNow, LookupError."""

    def change(run: ReportRun) -> None:
        if run.state not in UNDER_WAY:
            raise NotNow("It has ended already.")
        run.state, run.ended_at = CANCELLED, iso(now)

    return _changed(run_id, "cancel_report", change, actor, now)


def retry_run(*, run_id: str, actor: Actor, now: datetime) -> ReportRun:
    """Have a run that failed, was cancelled or fell silent taken up again. Raises NotNow, LookupError."""

    def change(run: ReportRun) -> None:
        if run.state_at(now) not in (FAILED, CANCELLED):
            raise NotNow("It is under way, or done; there is nothing to repeat.")
        run.state, run.error, run.ended_at, run.done = QUEUED, "", "", 0
        run.until = iso(now + LEASE)

    return _changed(run_id, "retry_report", change, actor, now)


def _changed(
    run_id: str, action: str, change: Callable[[ReportRun], None], actor: Actor, now: datetime
) -> ReportRun:  # fmt: skip
    for attempt in range(ATTEMPTS):
        run = existing_run(run_id)
        before = {"state": run.state, "error": run.error}
        change(run)
        entry = audit.record(run, action, actor=actor, now=now, before=before, after={"state": run.state})
        try:
            store.save([store.changed(run), entry])
            return run
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)  # it made a step meanwhile
    raise Busy("The run is being changed just now. Try again.")


def order_of(run: ReportRun, now: datetime) -> Order:
    """What the run builds."""
    start = settings.FISCAL_YEAR_START_MONTH
    return order_from(run.order, parse_stretch(run.period, business_date(now), bank_calendar(), start))


class Work:
    """A run that was taken up: build, and say how far it is. Raises Cancelled from any step once it is not ours."""

    def __init__(self, run: ReportRun, now: Clock, watch: Progress) -> None:
        self.run, self._now, self._watch = run, now, watch
        self.report: Report | None = None

    def progress(self, done: int, total: int) -> None:
        """How far it is; renews the lease."""
        self.run.done, self.run.total = done, total
        self.run.until = iso(self._now() + LEASE)
        self.save([])
        self._watch(done, total)

    def save(self, also: list[store.Write]) -> None:
        """Write the run on condition that it is still ours."""
        for attempt in range(ATTEMPTS):
            try:
                store.save([store.changed(self.run), *also])
                return
            except store.ConditionFailed as lost:
                raise Cancelled(_why_lost(self.run)) from lost
            except store.Conflict:
                self.run = existing_run(self.run.transaction_id)
                store.pause(attempt)
        raise Busy("The run is being changed just now. Try again.")

    def build(self) -> Report:
        """The report, archived; found when this run archived it before."""
        now = self._now()
        if settle(self.run, now):
            self.save([])
        run = self.run
        self.report = build_report(
            order=order_of(run, now),
            formats=[WRITERS[code] for code in run.formats],
            actor=Actor(run.asked_by, run.asked_role, run.asked_from),
            now=now,
            key=run.transaction_id if run.keyed else "",
            progress=self.progress,
            also=self._only_while_ours,
        )
        return self.report

    def _only_while_ours(self) -> list[store.Write]:
        there = existing_run(self.run.transaction_id)
        if (there.state, there.attempt) != (RUNNING, self.run.attempt):
            raise Cancelled(_why_lost(self.run))
        ours = (ReportRun.state == RUNNING) & (ReportRun.attempt == self.run.attempt)
        return [store.Check(ReportRun, self.run.transaction_id, ours)]


def _why_lost(run: ReportRun) -> str:
    there = existing_run(run.transaction_id)
    return "The run was cancelled." if there.state == CANCELLED else "Another worker has taken the run over."


@contextmanager
def performing(*, run_id: str, now: Clock = utcnow, watch: Progress = lambda done, total: None) -> Iterator[Work]:
    """Take the run up; at the end it is done (and mailed), or failed with the reason.

    Raises jobs.Held when somebody works on it, Cancelled, LookupError, and what the body raises.
    """
    work = Work(_taken_up(run_id, now()), now, watch)
    try:
        yield work
        _finish(work, now())
    except Cancelled:
        raise
    except BaseException as error:
        why = str(error) if isinstance(error, KNOWN) else f"{type(error).__name__}: {error}"
        _fail(work, why[:500], now())
        raise


def _taken_up(run_id: str, now: datetime) -> ReportRun:
    run = existing_run(run_id)
    if run.state == CANCELLED:
        raise Cancelled("The run was cancelled.")
    if run.state == RUNNING and not run.is_silent(now):
        raise jobs.Held(f"This report is being built already, since {run.started_at}.")
    run.state, run.attempt, run.error = RUNNING, run.attempt + 1, ""
    run.started_at, run.ended_at, run.until = iso(now), "", iso(now + LEASE)
    run.done, run.total = 0, len(run.formats) + 2
    try:
        store.save([store.changed(run)])
    except (store.ConditionFailed, store.Conflict) as error:
        raise jobs.Held("This report has just been taken up elsewhere.") from error
    return run


def _finish(work: Work, now: datetime) -> None:
    run = work.run
    run.state, run.ended_at, run.until = DONE, iso(now), ""
    run.report_id = work.report.transaction_id if work.report else ""
    work.save(messages_to(run, now) if work.report else [])


def not_mailed(*, run_id: str, why: str, now: datetime) -> ReportRun:
    """The report is archived, and somebody did not get it: the run has failed and can be retried."""
    for attempt in range(ATTEMPTS):
        run = existing_run(run_id)
        run.state, run.error = FAILED, f"The report is built, but could not be mailed: {why}"[:500]
        try:
            store.save([store.changed(run)])
            return run
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy("The run is being changed just now. Try again.")


def _fail(work: Work, why: str, now: datetime) -> None:
    """Say why on the run; when not even that can be written, its lease runs out and says it."""
    run = work.run
    run.state, run.error, run.ended_at, run.until = FAILED, why, iso(now), ""
    run.report_id = work.report.transaction_id if work.report else ""
    try:
        work.save([])
    except (Cancelled, Busy, store.StoreError):
        return
