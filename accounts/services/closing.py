"""Closing business days in order. Restartable anywhere: each step finds what is done already."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from django.conf import settings

from accounts import closing
from accounts.closing import DayProof, NotProven
from accounts.ledger import GENESIS, Actor
from accounts.models import Books, ClosedDay, ClosedMonth, DayShard, MonthEnd
from accounts.queries import totals as queries
from accounts.queries.imports import unfinished_on
from accounts.queries.lines import shard_lines, side_by_side
from accounts.queries.loan_book import imported_snapshot, snapshot
from accounts.services.closed_months import month_with
from accounts.services.end_of_day import Evening, run_steps
from accounts.services.month_ends import sheets_of
from accounts.totals import DayTotals
from cloudbank import audit, store
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar

PROOFS = 5
GATE_ATTEMPTS = 12
GATES_AT_ONCE = 100
COMMAND = Actor("command:close_day", "system", "command")


class CannotClose(Exception):
    """The day cannot be closed; the message says why and what to do."""


@dataclass
class Closed:
    """What a run did: the days (ISO dates), postings sealed, and what the end-of-day steps counted."""

    days: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def close_through(
    last: date,
    currency: str,
    *,
    now: datetime,
    actor: Actor = COMMAND,
    dry_run: bool = False,
    history: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Closed:
    """Close every open business day up to `last`, in order.

    A day is closed only after its end: `last` must lie before the business date of `now`. `history`: what
    happened on these days was brought in whole, so the end-of-day steps are left out.
    """
    if last >= bank_calendar().business_date(now):
        raise CannotClose(f"{last} is not over yet; a business day is closed after its cut-off.")
    first = queries.first_day(currency)
    if first is None:
        return Closed()
    books = queries.books(currency)
    done = date.fromisoformat(books.last_closed) if books.last_closed else None
    days = closing.missing_days(first, done, last, bank_calendar().days(first, last))
    closed = Closed()
    for number, day in enumerate(days, 1):
        if not dry_run:
            evening = Evening(day, currency, now, actor, beat=partial(progress, number - 1, len(days)))
            closed.counts.update(Counter() if history else run_steps(evening))
            sealed = close_day(day, currency, now=now, actor=actor, history=history)
            closed.counts["postings"] += sealed.numbers.get("postings", 0)
        closed.days.append(day.isoformat())
        progress(number, len(days))
    return closed


def close_day(day: date, currency: str, *, now: datetime, actor: Actor = COMMAND, history: bool = False) -> ClosedDay:
    """Close the gates, fold, prove against the postings, seal. The days before must be closed."""
    there = store.get(ClosedDay, ClosedDay.key(currency, day.isoformat()))
    if there:
        return there
    books = queries.books(currency)
    before = _day_before(day, books, currency)
    _refuse_unfinished(day, books)
    _close_gates(day, books, now)
    totals, proof = _proven(day, books)
    end = closing.carry(before.end if before else {}, totals.numbers)
    told_by = _told_by(day, books) if history else None
    end |= _loan_book(day, books, end["book_loan"], told_by)
    last_seen = closing.carry_seen(before.last_seen if before else {}, proof.seen, day)
    end |= {"active_90": sum(last_seen.values())}
    sheets = sheets_of(day, currency, end, told_by)
    sealed = _sealed_day(day, currency, totals, proof, before, end, last_seen, sheets, now)
    month = month_with(sealed)
    _save(sealed, [*sheets, *([month] if month else [])], books, actor, now)
    return sealed


def _refuse_unfinished(day: date, books: Books) -> None:
    """An import that registers after this has changed the books, so that saving the closed day fails."""
    for import_id in unfinished_on(day, books):
        raise CannotClose(f"{day}: the import {import_id} has not ended; run its command again, it resumes.")


def _day_before(day: date, books: Books, currency: str) -> ClosedDay | None:
    """The closed day this one carries on from; None for the first. A gap would lose what lies in it for ever."""
    start = books.last_closed or books.first_day or day.isoformat()
    days = bank_calendar().days(date.fromisoformat(start), day)
    expected = next((one for one in days if one.isoformat() > (books.last_closed or "")), day)
    if expected != day:
        raise CannotClose(f"{day}: close {expected} first; days are closed in order.")
    if not books.last_closed:
        return None
    before = store.get(ClosedDay, ClosedDay.key(currency, books.last_closed))
    if before is None or before.seal != books.seal:
        raise CannotClose(
            f"{day}: the closed day {books.last_closed} is not the one the books name. Run verify_ledger."
        )
    return before


def _close_gates(day: date, books: Books, now: datetime) -> None:
    """After this no posting can enter the day: each writes its shard on condition that the gate is open."""
    actions = [DayShard.closed.set(DayShard.closed | iso(now)), DayShard.kind.set(DayShard)]
    shards = queries.all_shards(day, books)
    gates = [store.Update(DayShard, DayShard.key(books.currency, day.isoformat(), shard), actions) for shard in shards]
    for first in range(0, len(gates), GATES_AT_ONCE):
        some = gates[first : first + GATES_AT_ONCE]
        try:
            store.save(some)  # one request for a day that is quiet, as days that are over mostly are
        except (store.Conflict, store.OutcomeUnknown):
            for gate in some:
                _close_gate(gate)


def _close_gate(write: store.Update) -> None:
    """A posting may be at the shard just now; closing a closed gate changes nothing, so trying again is safe."""
    for attempt in range(GATE_ATTEMPTS):
        try:
            return store.save([write])
        except (store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise CannotClose(f"{write.key}: the gate cannot be closed just now. Run the command again.")


def _proven(day: date, books: Books) -> tuple[DayTotals, DayProof]:
    """Totals and postings of the day, once they agree: the index of postings may lag a moment."""
    for attempt in range(PROOFS):
        found = queries.open_totals([day], books.currency, with_cells=True, consistent=True, known=books)
        totals, proof = found.get(day) or DayTotals(day.isoformat(), False), DayProof()
        try:
            _fold_postings(day, books, proof)
            closing.prove(totals.numbers, totals.cells, proof)
        except NotProven as error:
            if attempt == PROOFS - 1:
                raise CannotClose(f"{day}: {error}. Run verify_ledger; the day stays open.") from error
            store.pause(attempt, base=0.2, ceiling=3.0)
        else:
            return totals, proof
    raise AssertionError("unreachable")


def _fold_postings(day: date, books: Books, proof: DayProof) -> None:
    """A day's postings into the proof; its files are read side by side."""
    files = queries.all_files(day, books)
    for lines in side_by_side(lambda file: list(shard_lines(day, books.currency, file)), files):
        for line, owner_seen_on, _ in lines:
            proof.add(line, hour_of(line.posted_at), owner_seen_on)


def hour_of(posted_at: str) -> int:
    """The hour on the bank's clock; -1 for a time that is none: a damaged posting is found, not tripped over."""
    try:
        return bank_calendar().local(from_iso(posted_at)).hour
    except (ValueError, TypeError):
        return -1


def _told_by(day: date, books: Books) -> list[str]:
    """The bulk runs that brought a day in: its loans and accounts are no longer what they were, so its runs tell."""
    return [name for name in queries.groups_of(day, books) if name != queries.LIVE_GROUP]


def _loan_book(day: date, books: Books, owed: int, told_by: list[str] | None) -> Counter[str]:
    """The loans at the end of the day."""
    if told_by is None:
        return snapshot(day, books.currency, owed)
    return imported_snapshot(day, books.currency, owed, told_by)


def _sealed_day(
    day: date,
    currency: str,
    totals: DayTotals,
    proof: DayProof,
    before: ClosedDay | None,
    end: Mapping[str, int],
    last_seen: Mapping[str, int],
    sheets: Sequence[MonthEnd],
    now: datetime,
) -> ClosedDay:
    sealed = ClosedDay(
        account_id=ClosedDay.key(currency, day.isoformat()),
        version=1,
        day=day.isoformat(),
        currency=currency,
        numbers={name: n for name, n in sorted(totals.numbers.items()) if n},
        end=dict(end),
        packed_cells=ClosedDay.pack(closing.cells_as_text(totals.cells)),
        last_seen=last_seen,
        postings_hash=proof.postings_hash,
        sheets={one.sheet: one.hash for one in sheets} or None,
        previous_seal=before.seal if before else GENESIS,
        closed_at=iso(now),
        seal="",
    )
    sealed.seal = seal_of(sealed)
    return sealed


def totals_hash_of(item: ClosedDay) -> str:
    """The hash of what a closed day says beside its postings."""
    content = {"numbers": item.numbers, "end": item.end, "cells": item.cells(), "last_seen": item.last_seen}
    return closing.totals_hash(content | ({"sheets": item.sheets} if item.sheets else {}))


def seal_of(item: ClosedDay) -> str:
    """The seal a closed day must carry."""
    return closing.seal(item.day, item.currency, item.postings_hash, totals_hash_of(item), item.previous_seal)


def _save(
    sealed: ClosedDay, beside: Sequence[MonthEnd | ClosedMonth], books: Books, actor: Actor, now: datetime
) -> None:
    before = {"last_closed": books.last_closed}
    books.last_closed, books.seal = sealed.day, sealed.seal
    books.shards = max(books.shards, settings.LEDGER_SHARDS)
    after = {"last_closed": sealed.day, "seal": sealed.seal}
    entry = audit.record(books, "close_day", actor=actor, now=now, before=before, after=after)
    try:
        store.save([store.new(sealed), *map(store.stored, beside), store.stored(books), entry])
    except store.ConditionFailed as error:
        raise CannotClose(f"{sealed.day}: another host closed days meanwhile. Run the command again.") from error
