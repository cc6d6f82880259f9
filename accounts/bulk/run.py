"""A bulk run: begin, postings chunk by chunk with checkpoints, then the final states, then the end."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeVar

from django.conf import settings

from accounts.bulk import register
from accounts.bulk.bank import MemoryBank, Raw
from accounts.bulk.counts import Counts
from accounts.bulk.events import Event
from accounts.bulk.pipeline import Pipeline
from accounts.bulk.register import CannotImport, Identity
from accounts.ledger import Actor
from accounts.models import DepositAccount, ImportRun, User
from accounts.models.imports import DONE
from accounts.participants import participant
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.tables import Item, TransactionsItem

CHUNK = 2_000
"""Events between two checkpoints."""
FINAL = 100
"""Items of one transaction (DynamoDB's limit)."""
TAPES = 8
"""Tapes of one transaction: each may have DynamoDB's 400 KB, and a transaction takes 4 MB."""
ATTEMPTS = 10
T = TypeVar("T")
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Outcome:
    """What a run did. `already`: it was finished before, nothing was written now."""

    counts: Counts
    already: bool = False
    items: int = 0
    resumed_at: int = 0
    """The event it resumed at; 0 when it began anew."""


def run(
    identity: Identity,
    events: Iterable[Event],
    *,
    actor: Actor,
    now: datetime,
    audited: bool = False,
    dry_run: bool = False,
    chunk: int = CHUNK,
    progress: Progress = lambda events: None,
) -> Outcome:
    """Let the events happen and store what follows from them. `progress` is told how many have been taken in.

    The same identity must come with the same events: a run that was interrupted computes them again
    and writes what is missing. Raises CannotImport, and store.StoreError when the engine fails.
    """
    memory = MemoryBank(identity.import_id, participant(), actor, audited=audited)
    if dry_run:
        register.check(identity)
        for part in _parts(events, chunk):
            _enter(memory, part)
            memory.postings.clear()
            progress(len(part))
        _prove(memory)
        return Outcome(memory.counts)
    record = register.begin(identity, actor=actor, now=now)
    if record.state == DONE:
        return Outcome(Counts(), already=True)
    resumed_at = record.stored
    with Pipeline() as pipeline:
        items = _store_postings(record, memory, _parts(events, chunk), pipeline, progress)
        _prove(memory)
        items += _store_states(memory, pipeline)
    register.end(record, memory.counts.as_json(), actor=actor, now=utcnow())
    return Outcome(memory.counts, items=items, resumed_at=resumed_at)


def _parts(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def _enter(memory: MemoryBank, events: list[Event]) -> None:
    for event in events:
        memory.enter(event)


def _store_postings(
    record: ImportRun, memory: MemoryBank, parts: Iterator[list[Event]], pipeline: Pipeline, progress: Progress
) -> int:
    """Enter all events; write the postings of those behind the checkpoint."""
    stored_before, entered, written = record.stored, 0, 0
    for part in parts:
        _enter(memory, part)
        entered += len(part)
        progress(len(part))
        if entered <= stored_before:
            memory.postings.clear()
            continue
        written += _put_in_batches(memory, pipeline)
        # Nothing to do but to settle after all that was submitted before it: the checkpoint is reached.
        pipeline.submit(int, then=partial(register.checkpoint, record, entered))
    pipeline.drain()
    return written


def _put_in_batches(memory: MemoryBank, pipeline: Pipeline) -> int:
    """Take the postings that are finished; only the pipeline has them then, as long as it needs them."""
    postings, memory.postings = memory.postings, []
    for batch in _parts(postings, _batch_size()):
        pipeline.submit(_put, batch)
    return len(postings)


def _put(batch: list[Raw]) -> None:
    """Write items that follow from the events alone: writing them twice changes nothing."""
    for attempt in range(ATTEMPTS):
        try:
            if len(batch) > store.BATCH_WRITE:
                store.save([store.RawPut(TransactionsItem, raw) for raw in batch])
            else:
                store.flush(TransactionsItem, batch)
            return
        except (store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise store.Unavailable("DynamoDB keeps refusing postings; run the command again, it resumes")


def _batch_size() -> int:
    """What BatchWriteItem takes; an embedded engine commits to its file once a request and gets fewer, larger ones.

    At Amazon's a transaction costs twice, and nothing here needs one. Measured on the embedded one: 1.6 times faster.
    """
    return FINAL if settings.DYNAMODB_ENDPOINT_URL else store.BATCH_WRITE


def _prove(memory: MemoryBank) -> None:
    """I2: customers' and house balances sum to zero. A run that cannot show it must not end."""
    balances = memory.balances()
    for currency, house in memory.counts.house.items():
        if balances[currency] + house:
            raise AssertionError(f"{currency}: balances {balances[currency]} and house {house} do not sum to zero")


def _store_states(memory: MemoryBank, pipeline: Pipeline) -> int:
    """Totals, tapes, people, papers, and at last the accounts: until these exist, nobody can move money on them.

    The tapes first: a last one may be made of people and papers, which are let go as they are stored.
    """
    written = 0
    for batch in _parts(memory.totals(), _batch_size()):
        # Totals under the run's own names: nobody else writes them, and no day of theirs is closed before the end.
        pipeline.submit(_put, batch)
        written += len(batch)
    pipeline.drain()
    kinds = ((memory.tapes, TAPES), (memory.people, FINAL), (memory.papers, FINAL), (memory.deposits, FINAL))
    for kind, most in kinds:
        for items in _parts(kind(), most):
            pipeline.submit(_settle, items, memory.import_id)
            written += len(items)
        pipeline.drain()
    return written


def _settle(items: list[Item], import_id: str) -> None:
    """Store items that are not there yet; those of an earlier try may have moved on since and stay as they are."""
    missing = items
    for attempt in range(ATTEMPTS):
        try:
            store.save([store.new(item) for item in missing])
            return
        except store.ConditionFailed as error:
            there = {write.label for write in error.writes}
            _refuse_foreign([item for item in missing if item.hash_key in there], import_id)
            missing = [item for item in missing if item.hash_key not in there]
            if not missing:
                return
        except (store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise store.Unavailable("DynamoDB keeps refusing the final states; run the command again, it resumes")


def _refuse_foreign(items: list[Item], import_id: str) -> None:
    for item in items:
        if isinstance(item, User | DepositAccount):
            known = store.get(type(item), item.hash_key)
            if known is None or known.import_id != import_id:
                raise CannotImport(f"{item.hash_key} belongs to somebody else at this bank; choose another --import-id")
