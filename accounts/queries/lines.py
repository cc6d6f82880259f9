"""A day's postings as pure lines, without an item object each: who closes or checks a day reads every posting once."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date
from typing import NamedTuple, TypeVar

from accounts.ledger import Line
from accounts.models import Posting
from accounts.models.ledger import OPTIONAL, account_order, posting_group
from accounts.queries.totals import files_of
from cloudbank import store

T = TypeVar("T")
READERS = 3
"""Files of a day that are read side by side."""
_NUMBERS = ("amount", "balance_after", "sequence")
_TEXTS = tuple(
    field.name for field in fields(Line) if field.name not in (*_NUMBERS, *OPTIONAL, "posting_id", "observed")
)
_KEPT = frozenset((*_TEXTS, *_NUMBERS, *OPTIONAL, "observed", "transaction_id", "kind", "version", "owner_seen_on")) | {
    "account_order",
    "day_group",
    "day_order",
}
_MISSING: dict[str, str] = {}


class Stored(NamedTuple):
    """A posting as it is stored. `filed_right`: its index keys are those it was given, and it has nothing more.

    See Posting.filed_right; more is an index key that shows it elsewhere, or a time at which it would be deleted.
    """

    line: Line
    owner_seen_on: str | None
    filed_right: bool


def shard_lines(day: date, currency: str, shard: str, having: Mapping[str, str] | None = None) -> Iterator[Stored]:
    """A day's postings of one file (totals.file_of), oldest first; `having`: only those with these texts.

    What a damaged posting lacks is None, as PynamoDB would have it: `Line.missing` names it.
    """
    for raw in store.index_rows(Posting, "by_day", posting_group(currency, day.isoformat(), shard), having=having):
        texts = {name: raw.get(name, _MISSING).get("S") for name in _TEXTS}
        numbers = {name: int(raw[name]["N"]) if "N" in raw.get(name, _MISSING) else None for name in _NUMBERS}
        observed = raw.get("observed", _MISSING).get("BOOL")
        texts |= {name: raw[name].get("S", "") for name in OPTIONAL if name in raw}
        line = Line(posting_id=raw["transaction_id"]["S"], observed=observed, **texts, **numbers)  # type: ignore[arg-type]
        filed = (raw.get("account_order", _MISSING).get("S"), raw["day_order"]["S"])
        right = filed == _filing(line) and raw.keys() <= _KEPT
        yield Stored(line, raw.get("owner_seen_on", _MISSING).get("S"), right)


def side_by_side(read: Callable[[str], T], files: Sequence[str]) -> Iterator[T]:
    """What is read of each file, in their order; READERS are read ahead, and no more than these are in memory."""
    with ThreadPoolExecutor(READERS) as pool:
        ahead = deque(pool.submit(read, file) for file in files[:READERS])
        for place in range(len(files)):
            found = ahead.popleft().result()
            if place + READERS < len(files):
                ahead.append(pool.submit(read, files[place + READERS]))
            yield found


def _filing(line: Line) -> tuple[str, str]:
    return account_order(line.business_date, line.sequence or 0), f"{line.posted_at}#{line.posting_id}"


def day_lines(day: date, currency: str) -> Iterator[Line]:
    """All postings of a business date, file by file."""
    for file in files_of(day, currency, consistent=True):
        yield from (stored.line for stored in shard_lines(day, currency, file))


def house_lines(house: str, day: date, currency: str) -> list[Line]:
    """The postings of a business date whose other side is a house account, in order of time.

    Every movement with the house has one posting, on the customer's side; the house has no item of its own.
    """
    with ThreadPoolExecutor(READERS) as pool:
        files = files_of(day, currency, consistent=True)
        found = pool.map(lambda file: list(shard_lines(day, currency, file, {"counter": house})), files)
        lines = [stored.line for some in found for stored in some]
    return sorted(lines, key=lambda line: (line.posted_at, line.posting_id))
