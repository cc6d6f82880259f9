"""Reads of day totals: closed days as sealed, open days from their shards and cells."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from accounts import closing
from accounts.models import Books, ClosedDay, CubeCell, DayShard
from accounts.models.ledger import cell_group
from accounts.totals import DayTotals, cell_name
from cloudbank import store
from cloudbank.conf import bank_calendar
from cloudbank.tables import AccountsItem, TransactionsItem

IMPORT_SHARDS = 2
"""Part of stored keys: another number would hide the postings of every import made before."""
LIVE_GROUP = "live"
"""Who wrote what no import brought."""
MOST_FILES = 64
"""Part of stored keys: the postings of a day stand in at most so many groups of the index by_day (decision 69)."""
_BOOKS_SECONDS = 2.0
_books: dict[str, tuple[float, Books]] = {}
shards_told: dict[str, tuple[int, str]] = {}
"""Currency -> the number of shards that this process knows the books to name, and the last day that was closed when it
learned that: days closed later have a gate at each of them (services.flows)."""


def books(currency: str, *, consistent: bool = True) -> Books:
    """The state of the books of a currency; not consistent: at most two seconds old, and not to be changed."""
    cached = _books.get(currency)
    if not consistent and cached and time.monotonic() - cached[0] < _BOOKS_SECONDS:
        return cached[1]
    found = store.get(Books, Books.key(currency)) or Books(account_id=Books.key(currency))
    if consistent:
        # The caller may change it and fail to save: what others are given must never be that object.
        _books.pop(currency, None)
    else:
        _books[currency] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Drop what this process has cached."""
    _books.clear()
    shards_told.clear()


def live_shards(known: Books) -> list[str]:
    """The shards that live postings use, or used before somebody lowered the setting."""
    return [str(number) for number in range(max(settings.LEDGER_SHARDS, known.shards))]


def import_shards(import_id: str) -> list[str]:
    """The shards that one import uses: one writer needs few, and each is a query more when a day is closed."""
    return [f"{import_id}.{number}" for number in range(IMPORT_SHARDS)]


def groups_of(day: date, known: Books) -> dict[str, list[str]]:
    """Who wrote on a day: LIVE_GROUP and each import whose days include it, with their shards."""
    groups = {LIVE_GROUP: live_shards(known)}
    for import_id, (first, last) in known.imports.items():
        if first <= day.isoformat() <= last:
            groups[import_id] = import_shards(import_id)
    return groups


def all_shards(day: date, known: Books) -> list[str]:
    """All shards of a business date, as these books have them: where its totals stand."""
    return [shard for shards in groups_of(day, known).values() for shard in shards]


def file_of(shard: str) -> str:
    """Where the postings of a shard's movements are filed. Counters need many shards, for transactions that meet at
    one are refused; lines never meet, and each file is a query more for who reads a day.
    """
    return str(int(shard) % MOST_FILES) if shard.isdecimal() else shard


def all_files(day: date, known: Books) -> list[str]:
    """Where the postings of a business date are filed, as these books have them."""
    return list(dict.fromkeys(map(file_of, all_shards(day, known))))


def files_of(day: date, currency: str, *, consistent: bool = False) -> list[str]:
    """Where the postings of a business date are filed."""
    return all_files(day, books(currency, consistent=consistent))


def written_files(days: Iterable[date], currency: str) -> dict[date, list[str]]:
    """The files of these days that hold postings, by day in order: each movement counts in the totals of the shard
    whose file it is in, and a shard whose gate was closed over nothing has no totals. One batched read for each 100.
    """
    known = books(currency)
    named = {
        DayShard.key(currency, day.isoformat(), shard): (day, shard) for day in days for shard in all_shards(day, known)
    }
    found: dict[date, set[str]] = {}
    for key, numbers in raw_numbers(list(named), consistent=True).items():
        if numbers.get("postings"):
            day, shard = named[key]
            found.setdefault(day, set()).add(file_of(shard))
    return {day: sorted(found[day]) for day in sorted(found)}


def day_totals(first: date, last: date, currency: str, *, with_cells: bool = False) -> list[DayTotals]:
    """The totals of each business date in a range that has any, in order.

    Closed days come as sealed, with their cells; open ones from their shards, and with their
    cells only when asked: a page that needs no hours reads eight small items for today.
    """
    closed, opened = days_of(first, last, currency)
    found = {day: sealed_totals(item) for day, item in closed.items()}
    found.update(open_totals(opened, currency, with_cells=with_cells))
    return [found[day] for day in sorted(found)]


def day_numbers(first: date, last: date, currency: str) -> list[Mapping[str, int]]:
    """The numbers of the days of a range, for who needs neither cells nor what a day ended with: half of the work."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    keys = {ClosedDay.key(currency, day.isoformat()): day for day in days}
    raws = {raw["account_id"]["S"]: raw for raw in store.load_raw(AccountsItem, keys, consistent=False)}
    last_closed = books(currency, consistent=False).last_closed or ""
    opened = [day for key, day in keys.items() if key not in raws and day.isoformat() > last_closed]
    sealed: list[Mapping[str, int]] = [json.loads(raw["numbers"]["S"]) for raw in raws.values()]
    weekdays = [day for day in opened if day.weekday() < 5]
    return sealed + [totals.numbers for totals in open_totals(weekdays, currency, with_cells=False).values()]


def days_of(first: date, last: date, currency: str) -> tuple[dict[date, ClosedDay], list[date]]:
    """The sealed days of a range as they are stored, and its weekdays that are still open."""
    days = [(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    items = store.load(AccountsItem, [ClosedDay.key(currency, day.isoformat()) for day in days], consistent=False)
    closed = {date.fromisoformat(item.day): item for item in items.values() if isinstance(item, ClosedDay)}
    last_closed = books(currency, consistent=False).last_closed or ""
    opened = [day for day in days if day not in closed and day.isoformat() > last_closed and day.weekday() < 5]
    return closed, opened


def sealed_totals(item: ClosedDay) -> DayTotals:
    """A closed day as pure totals."""
    totals = DayTotals(item.day, True, Counter(item.numbers), {}, item.end)
    for text, numbers in item.cells().items():
        totals.add_cell(cell_name(text), numbers)
    return totals


def open_totals(
    days: Iterable[date], currency: str, *, with_cells: bool, consistent: bool = False, known: Books | None = None
) -> dict[date, DayTotals]:
    """Days that are still open and have postings. `known`: the books, when they were just read."""
    known = known or books(currency, consistent=consistent)
    keys = {DayShard.key(currency, day.isoformat(), shard): day for day in days for shard in all_shards(day, known)}
    found: dict[date, DayTotals] = {}
    for key, numbers in raw_numbers(list(keys), consistent=consistent).items():
        day = keys[key]
        totals = found.setdefault(day, DayTotals(day.isoformat(), False))
        totals.numbers.update(numbers)
    if with_cells:
        for day, totals in found.items():
            _add_cells(totals, day, currency, known, consistent)
    return found


def _add_cells(totals: DayTotals, day: date, currency: str, known: Books, consistent: bool) -> None:
    keys: list[str] = []
    for group in groups_of(day, known):
        found = store.index_keys(CubeCell, "cells_by_day", cell_group(currency, day.isoformat(), group))
        keys += [key for _, key in found]
    for key, numbers in raw_numbers(keys, consistent=consistent).items():
        totals.add_cell(cell_name(key.split("#", 4)[4]), numbers)


def raw_numbers(keys: list[str], *, consistent: bool) -> dict[str, dict[str, int]]:
    """The numbers of counter items (shards, cells) by key, whatever their names."""
    found: dict[str, dict[str, int]] = {}
    for raw in store.load_raw(TransactionsItem, keys, consistent=consistent):
        found[raw["transaction_id"]["S"]] = numbers_of(raw)
    return found


def numbers_of(raw: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of a counter item."""
    return {name: int(value["N"]) for name, value in raw.items() if "N" in value and name != "version"}


def first_day(currency: str) -> date | None:
    """The first business date with a posting, or None for an empty bank."""
    text = books(currency, consistent=False).first_day
    return date.fromisoformat(text) if text else None


def last_closed_day(currency: str) -> date | None:
    """The last sealed business date, or None."""
    text = books(currency, consistent=False).last_closed
    return date.fromisoformat(text) if text else None


def end_of(day: date, currency: str) -> dict[str, int]:
    """What the books held at the end of a business date: as sealed, or carried on from the last sealed day before it.

    Without holidays and weekends: a day without business ends as the one before it. Empty before the first day.
    """
    sealed = _last_sealed(day, currency)
    end = dict(sealed.end) if sealed else {}
    begins = date.fromisoformat(sealed.day) + timedelta(days=1) if sealed else first_day(currency)
    if begins is None:
        return end
    for one in day_totals(begins, day, currency) if begins <= day else []:
        end |= closing.carry(end, one.numbers)
    return end


def _last_sealed(day: date, currency: str) -> ClosedDay | None:
    """The newest closed day that is not after `day`."""
    last = books(currency, consistent=False).last_closed
    if not last or day.isoformat() < (books(currency, consistent=False).first_day or ""):
        return None
    latest = bank_calendar().on_or_before(min(day, date.fromisoformat(last)))
    return store.get(ClosedDay, ClosedDay.key(currency, latest.isoformat()))
