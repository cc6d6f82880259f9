"""The record of a bulk run: begun before its first posting, checked on resuming, ended after its last item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts.ledger import Actor
from accounts.models import Books, ImportRun
from accounts.models.imports import DONE
from accounts.queries import totals as queries
from accounts.queries.imports import import_run
from cloudbank import audit, parameters, store
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.store import Write

ATTEMPTS = 5


class CannotImport(Exception):
    """The run cannot begin or go on; the message says why and what to do."""


@dataclass(frozen=True)
class Identity:
    """What a run is: its name, what decides its content, the business days it writes to by currency."""

    import_id: str
    made_of: Mapping[str, Any]
    days: Mapping[str, tuple[date, date]]

    @property
    def days_as_text(self) -> dict[str, list[str]]:
        """The days as they are stored."""
        return {currency: [day.isoformat() for day in days] for currency, days in sorted(self.days.items())}


def check(identity: Identity) -> None:
    """Raise CannotImport when the days are closed already."""
    for currency, (first, _) in identity.days.items():
        _refuse_closed(queries.books(currency), currency, first)


def _refuse_closed(books: Books, currency: str, first: date) -> None:
    if books.last_closed and books.last_closed >= first.isoformat():
        after = bank_calendar().after(date.fromisoformat(books.last_closed))
        raise CannotImport(
            f"the {currency} days through {books.last_closed} are closed, and the first movement is of {first}; "
            f"choose --start-date {after} or later, or import before closing"
        )


def begin(identity: Identity, *, actor: Actor, now: datetime) -> ImportRun:
    """Register the run and its days, or take up the one that was interrupted.

    Whoever begins last goes on: another process at the same run stops at its next checkpoint.
    Raises CannotImport.
    """
    for attempt in range(ATTEMPTS):
        run = import_run(identity.import_id)
        try:
            return _resume(run, identity) if run else _register(identity, actor, now)
        except (store.Conflict, store.ConditionFailed, store.OutcomeUnknown):
            store.pause(attempt, base=0.05)
    raise CannotImport("the books change too often just now; run the command again")


def _register(identity: Identity, actor: Actor, now: datetime) -> ImportRun:
    run = ImportRun(
        account_id=ImportRun.key(identity.import_id),
        made_of=dict(identity.made_of),
        days=identity.days_as_text,
        rules_version=parameters.snapshot(now).version,
        started_at=iso(now),
    )
    after = {"made_of": run.made_of, "days": run.days}
    writes: list[Write] = [audit.record(run, "begin_import", actor=actor, now=now, after=after)]
    for currency, (first, last) in sorted(identity.days.items()):
        books = queries.books(currency)
        _refuse_closed(books, currency, first)
        before = {"imports": books.imports, "first_day": books.first_day}
        books.imports = books.imports | {identity.import_id: [first.isoformat(), last.isoformat()]}
        books.first_day = min(books.first_day or first.isoformat(), first.isoformat())
        books.shards = max(books.shards, settings.LEDGER_SHARDS)
        changes = {"imports": books.imports, "first_day": books.first_day}
        writes.append(audit.record(books, "register_import", actor=actor, now=now, before=before, after=changes))
        writes.append(store.stored(books))
    store.save([store.stored(run), *writes])
    return run


def _resume(run: ImportRun, identity: Identity) -> ImportRun:
    _refuse_different(run, identity)
    if run.state != DONE:
        _refuse_other_rules(run)
        store.save([store.changed(run)])
    return run


def _refuse_different(run: ImportRun, identity: Identity) -> None:
    asked = dict(identity.made_of) | {"days": identity.days_as_text}
    known = dict(run.made_of) | {"days": run.days}
    for name in sorted(asked.keys() | known.keys()):
        if asked.get(name) != known.get(name):
            raise CannotImport(
                f"{identity.import_id} was begun with {name} = {known.get(name)}, not {asked.get(name)}; "
                "give the same again, or choose another --import-id"
            )


def _refuse_other_rules(run: ImportRun) -> None:
    if parameters.snapshot(from_iso(run.started_at)).version != run.rules_version:
        raise CannotImport(
            "a rule's parameter was changed since this run began, so it cannot end as it began; "
            "set the parameter back, finish the run, then change it"
        )


def checkpoint(run: ImportRun, stored: int) -> None:
    """Note that the postings of so many events are stored. Raises CannotImport when the run was taken over."""
    _refuse_other_rules(run)
    run.stored = stored
    _save_own(run, [])


def end(run: ImportRun, counts: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Note that all is stored: from now on its days can be closed."""
    run.state, run.ended_at, run.counts = DONE, iso(now), dict(counts)
    _save_own(run, [audit.record(run, "end_import", actor=actor, now=now, after=run.counts)])


def _save_own(run: ImportRun, more: list[Write]) -> None:
    writes = [store.changed(run), *more]
    for attempt in range(ATTEMPTS):
        try:
            store.save(writes)
            return
        except store.ConditionFailed as error:
            known = import_run(run.import_id)
            if attempt and known and known.version == run.version:
                return  # an earlier attempt had got through, only its answer was lost
            raise CannotImport("another process has taken this run over; this one stops") from error
        except (store.Conflict, store.OutcomeUnknown):
            store.pause(attempt, base=0.05)
    raise store.Unavailable("the run's record cannot be saved; run the command again, it resumes")
