"""Schedules: managers make them, `manage.py run_schedules` builds what is due, once a period, and mails it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.conf import settings

from accounts.ledger import Actor
from accounts.queries.totals import last_closed_day
from cloudbank import audit, jobs, store
from cloudbank.clock import iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.stretches import Stretch
from reporting.models import CANCELLED, DONE, FAILED, UNDER_WAY, ReportRun, ReportSchedule
from reporting.orders import Order
from reporting.packs import NoSuchPack
from reporting.run_queries import MOST, existing_schedule, schedules
from reporting.schedules import TOKENS, Rhythm
from reporting.services import Progress
from reporting.services.asked import Asked, record_refusal
from reporting.services.delivery import send_now
from reporting.services.packs import pack_named
from reporting.services.runs import CAUSE_SCHEDULE, KNOWN, Cancelled, Clock, ask_run, not_mailed, performing, retry_run
from reporting.writers import in_order as writers_in_order

COMMAND = Actor("command:run_schedules", "system", "command")
TRIES, ATTEMPTS = 5, 6
"""Times that a failed run is built again by itself."""


class ScheduleRefused(ValueError):
    """The schedule cannot be made or changed; the message says why."""


class NotMailed(Exception):
    """The report is archived; a mail server did not take it, and is tried again by the outbox."""


def make_schedule(
    *,
    title: str,
    pack: str,
    token: str,
    formats: Sequence[str],
    recipients: Sequence[str],
    days_after: int,
    at: time,
    key: str,
    actor: Actor,
    now: datetime,
) -> ReportSchedule:
    """A new schedule; the same form twice is one. Raises ScheduleRefused."""
    _check(pack, token, formats)
    if len(schedules()) >= MOST:
        raise ScheduleRefused(f"A bank has at most {MOST} schedules; delete one first.")
    item = ReportSchedule(
        account_id=derived_id("sch", actor.user_id, key),
        version=1,
        title=_tidy(title),
        pack=pack,
        token=token,
        formats=list(formats),
        recipients=list(recipients),
        currency=settings.BANK_CURRENCY,
        days_after=days_after,
        at=f"{at:%H:%M}",
        made_by=actor.user_id,
        made_at=iso(now),
    )
    item.file()
    entry = audit.record(item, "make_schedule", actor=actor, now=now, after=_said(item))
    with suppress(store.ConditionFailed):  # the same form, sent twice
        store.save([store.new(item), entry])
    return item


def _tidy(title: str) -> str:
    return " ".join(title.split())[:60]


def _check(pack: str, token: str, formats: Sequence[str]) -> None:
    try:
        pack_named(pack)
    except NoSuchPack as error:
        raise ScheduleRefused(str(error)) from error
    if token not in TOKENS or not formats:
        raise ScheduleRefused("A schedule has a rhythm and at least one format.")


def _said(item: ReportSchedule) -> dict[str, Any]:
    """What the audit trail says of it."""
    names = ("title", "pack", "token", "formats", "recipients", "days_after", "at")
    return {name: getattr(item, name) for name in names}


def edit_schedule(
    *,
    schedule_id: str,
    seen: int,
    title: str,
    pack: str,
    token: str,
    formats: Sequence[str],
    recipients: Sequence[str],
    days_after: int,
    at: time,
    actor: Actor,
    now: datetime,
) -> ReportSchedule:
    """Change a schedule; `seen` is the version that was looked at. What it built stays built.

    Another rhythm begins with the next period: what it would have built before is not caught up with.
    Raises LookupError, ScheduleRefused.
    """
    _check(pack, token, formats)
    item = existing_schedule(schedule_id)
    if item.version != seen:
        raise ScheduleRefused("Somebody changed this schedule meanwhile. Look at it again, then change it.")
    before = _said(item)
    if token != item.token:
        item.since = iso(now)
    item.title, item.pack, item.token, item.at = _tidy(title), pack, token, f"{at:%H:%M}"
    item.formats, item.recipients, item.days_after = list(formats), list(recipients), days_after
    entry = audit.record(item, "edit_schedule", actor=actor, now=now, before=before, after=_said(item))
    try:
        store.save([store.changed(item), entry])
    except (store.ConditionFailed, store.Conflict) as error:
        raise ScheduleRefused("Somebody else changes it just now. Look at it again, then change it.") from error
    return item


def change_schedule(*, schedule_id: str, action: str, actor: Actor, now: datetime) -> ReportSchedule:
    """`stop`, `start` or `delete` one. Raises LookupError, ScheduleRefused."""
    for attempt in range(ATTEMPTS):
        item = existing_schedule(schedule_id)
        before = {"active": item.active}
        item.active = action == "start"
        if action == "delete":
            item.book = item.book_order = None
        entry = audit.record(item, f"{action}_schedule", actor=actor, now=now, before=before, after={"state": action})
        try:
            store.save([store.changed(item), entry])
            return item
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise ScheduleRefused("Somebody else changes it just now. Try again.")


def rhythm_of(item: ReportSchedule) -> Rhythm:
    """When it is due."""
    return Rhythm(item.token, item.days_after, time.fromisoformat(item.at), settings.FISCAL_YEAR_START_MONTH)


def run_id_of(item: ReportSchedule, label: str) -> str:
    """The one run of a schedule for a period."""
    return derived_id("run", COMMAND.user_id, f"{item.schedule_id}#{label}")


@dataclass
class Ran:
    """What one call of run_schedules did."""

    built: int = 0
    there: int = 0
    """Due periods that were built before."""
    waiting: list[str] = field(default_factory=list)
    """Due, but the period's last business day is not closed yet."""
    failed: list[str] = field(default_factory=list)
    """One line each."""


def run_due(*, now: Clock = utcnow, watch: Progress = lambda done, total: None) -> Ran:
    """Build everything that is due and not built yet; a failure of one schedule does not keep the others."""
    ran, calendar = Ran(), bank_calendar()
    due = [
        (item, stretch)
        for item in schedules()
        if item.active
        for stretch in rhythm_of(item).due(item.begins, now(), calendar)
    ]
    for done, (item, stretch) in enumerate(due):
        watch(done, len(due))
        _one(item, stretch, now, ran)
    return ran


def _one(item: ReportSchedule, stretch: Stretch, now: Clock, ran: Ran) -> None:
    name = f"{item.title} {stretch.label}"
    if not is_closed(stretch, item.currency):
        ran.waiting.append(name)
        return
    try:
        run = _asked(item, stretch, now())
        if run is None:
            ran.there += 1
            return
        _build(run, now)
        ran.built += 1
    except NoSuchPack as error:
        asked = Asked(stretch.label, pack=item.pack, formats=",".join(item.formats), currency=item.currency)
        kept = {"run_id": run_id_of(item, stretch.label), "recipients": item.recipients}
        record_refusal(asked=asked, why=str(error), cause=CAUSE_SCHEDULE, actor=COMMAND, now=now(), **kept)
        ran.failed.append(f"{name}: {error}")
    except (*KNOWN, NotMailed, Cancelled, jobs.Held) as error:
        ran.failed.append(f"{name}: {error}")


def is_closed(stretch: Stretch, currency: str) -> bool:
    """Whether its last business day is sealed, so that its report is final."""
    last: date | None = last_closed_day(currency)
    return last is not None and last >= bank_calendar().on_or_before(stretch.last)


def _asked(item: ReportSchedule, stretch: Stretch, now: datetime) -> ReportRun | None:
    """The period's run, to be built; None when it is built, cancelled, under way, or failed too often."""
    pack = pack_named(item.pack)
    order = Order(stretch, pack.metrics, item.currency, pack.compare, pack.part, pack.code, pack.title)
    run = ask_run(
        order=order,
        formats=writers_in_order(tuple(item.formats)),
        key=f"{item.schedule_id}#{stretch.label}",
        actor=COMMAND,
        now=now,
        cause=CAUSE_SCHEDULE,
        recipients=item.recipients,
    )
    if run.state in (DONE, CANCELLED) or run.attempt >= TRIES:
        return None
    if run.state == FAILED:
        return None if run.report_id else retry_run(run_id=run.transaction_id, actor=COMMAND, now=now)
    return None if run.state in UNDER_WAY and run.attempt and not run.is_silent(now) else run


def _build(run: ReportRun, now: Clock) -> None:
    with performing(run_id=run.transaction_id, now=now) as work:
        work.build()
    refused = send_now(work.run, now()) if run.recipients else ""
    if refused:
        not_mailed(run_id=run.transaction_id, why=refused, now=now())
        raise NotMailed(f"built, but could not be mailed: {refused}")
