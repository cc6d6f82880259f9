"""Outgoing wires whose fee was never posted: the process ended between the two movements."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from accounts.fee_schedule import WIRE_FEE, wire_fee_key
from accounts.ledger import FEE, WIRE_OUT, Line, movement_id_of, posting_id
from accounts.models import DayShard
from accounts.queries.lines import shard_lines
from accounts.queries.totals import books, file_of, live_shards, raw_numbers
from cloudbank import store
from cloudbank.tables import TransactionsItem


def wires_without_fee(days: Iterable[date], currency: str) -> list[Line]:
    """The wires that this bank sent on these business dates and took no fee for, the oldest first.

    A fee that staff charged by hand on one of these days pays the oldest of its account. Shards without a wire are
    not read; history that was brought in has no fees of ours.
    """
    days = list(days)
    wires = [line for day in days for line in _of_day(day, currency, WIRE_OUT) if not line.observed]
    fees = {_fee_of(line): line for line in wires}
    there = store.load(TransactionsItem, fees)
    left = sorted((line for key, line in fees.items() if key not in there), key=lambda one: one.posted_at)
    by_hand = _by_hand(days, currency, fees.keys()) if left else Counter[str]()
    unpaid = []
    for line in left:
        if by_hand[line.account_id]:
            by_hand[line.account_id] -= 1
        else:
            unpaid.append(line)
    return unpaid


def _fee_of(wire: Line) -> str:
    """The posting of its fee."""
    return posting_id(movement_id_of(wire.actor_id, wire_fee_key(wire.movement_id)), "debit")


def _of_day(day: date, currency: str, kind: str, **having: str) -> list[Line]:
    """The postings of one type of a business date, of the live shards that have any."""
    keys = {DayShard.key(currency, day.isoformat(), shard): shard for shard in live_shards(books(currency))}
    numbers = raw_numbers(list(keys), consistent=True)
    files = dict.fromkeys(file_of(shard) for key, shard in keys.items() if numbers.get(key, {}).get(f"n_{kind}"))
    wanted = {"type": kind, **having}
    return [stored.line for file in files for stored in shard_lines(day, currency, file, wanted)]


def _by_hand(days: Iterable[date], currency: str, ours: Iterable[str]) -> Counter[str]:
    """How often staff charged the fee of a wire themselves, by account."""
    known = set(ours)
    found = [line for day in days for line in _of_day(day, currency, FEE, link=WIRE_FEE)]
    return Counter(line.account_id for line in found if line.posting_id not in known)
