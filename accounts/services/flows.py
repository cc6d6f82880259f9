"""What a change adds to its business day without a posting: counts of customers and accounts, capitalised interest."""

import zlib
from datetime import date

from django.conf import settings

from accounts.ledger import Actor
from accounts.models import Books, DayShard
from accounts.queries.totals import LIVE_GROUP, books, last_closed_day, shards_told
from accounts.totals import CAPITALISED_UNPOSTED
from cloudbank import audit, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar

RAISER = Actor("system:shards", "system", "posting")
ATTEMPTS = 5
NOT_TOLD = (0, "")
FIRST_SHARD = "0"


def shard_of(text: str) -> str:
    """Which live shard of a day takes what this id names."""
    return str(zlib.crc32(text.encode()) % settings.LEDGER_SHARDS)


def live_shard(currency: str, day: str, text: str) -> str:
    """The same, for who is about to write there on a business day: the books name at least so many from now on.

    A host that closes the day may not have the new number yet, or not have it any more (a release that was rolled
    back); it asks the books. One read a process, one write for each number that is higher than all before.
    Days that were sealed before that have no gate at a new shard: who is late for one is sent to the first, which
    every number has, and is refused there.
    """
    if shards_told.get(currency, NOT_TOLD)[0] < settings.LEDGER_SHARDS:
        _tell_shards(currency, settings.LEDGER_SHARDS)
    _, sealed = shards_told.get(currency, NOT_TOLD)
    return shard_of(text) if day > sealed else FIRST_SHARD


def _tell_shards(currency: str, number: int) -> None:
    """Raise store.Conflict when the books change too often just now. Books that have not begun are told as they do."""
    for attempt in range(ATTEMPTS):
        known = books(currency, consistent=attempt > 0)
        if not known.first_day:
            return
        if known.shards >= number:
            shards_told[currency] = (number, known.last_closed or "")
            return
        try:
            _name_shards(books(currency), number)
        except (store.Conflict, store.ConditionFailed, store.OutcomeUnknown):
            store.pause(attempt, base=0.02)
    raise store.Conflict("the books change too often to be told of more shards")


def _name_shards(known: Books, number: int) -> None:
    if known.shards < number:
        before, known.shards = {"shards": known.shards}, number
        after = {"shards": number}
        entry = audit.record(known, "raise_shards", actor=RAISER, now=utcnow(), before=before, after=after)
        store.save([store.changed(known), entry])


SHARDS_A_PART = 8
"""A day with more shards than these has its cube cells in parts as well: one for each so many (decision 69)."""


def cell_writer(shard: str) -> str:
    """Who wrote a cube cell, in its key: the first part of a day's live cells, or one of the others ("live.3").

    Movements of one shard share a part, so that those who meet at a cell mostly meet at the shard already. Readers
    find all parts in the index, whatever the setting is or was.
    """
    part = int(shard) % max(1, settings.LEDGER_SHARDS // SHARDS_A_PART)
    return f"{LIVE_GROUP}.{part}" if part else LIVE_GROUP


def customer_flow(day: date, currency: str, customer_id: str, counts: dict[str, int]) -> store.Add:
    """Add counts (customers_activated, customers_exited, accounts_opened, accounts_closed) to a business day.

    Its condition fails once the day is closed: take the next business day then.
    """
    key = DayShard.key(currency, day.isoformat(), live_shard(currency, day.isoformat(), customer_id))
    return store.Add(DayShard, key, counts, unless="closed")


def capitalised_flow(day: date, currency: str, loan_id: str, amount: int) -> store.Add:
    """Tell a business day that interest on a loan's books became principal; condition as of `customer_flow`."""
    return customer_flow(day, currency, loan_id, {CAPITALISED_UNPOSTED: amount})


def decision_flow(day: date, currency: str, loan_id: str, name: str) -> store.Add:
    """Tell a business day that an application was decided (totals.LOANS_APPROVED, LOANS_DECLINED).

    Of a day that is closed already (a decision that was dated back) the first open one is told.
    """
    last = last_closed_day(currency)
    on = day if last is None or day > last else bank_calendar().after(last)
    return customer_flow(on, currency, loan_id, {name: 1})
