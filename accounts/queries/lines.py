"""A day's postings as pure lines, without an item object each: closing a day reads every posting once."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

from accounts.ledger import Line
from accounts.models import Posting
from accounts.models.ledger import posting_group
from accounts.queries.totals import shards_of
from cloudbank import store

_NUMBERS = ("amount", "balance_after", "sequence")
_OPTIONAL = ("split", "details")
_TEXTS = tuple(
    field.name for field in fields(Line) if field.name not in (*_NUMBERS, *_OPTIONAL, "posting_id", "observed")
)
_MISSING: dict[str, str] = {}


def shard_lines(day: date, currency: str, shard: str) -> Iterator[tuple[Line, str | None]]:
    """(line, owner_seen_on) of a day's postings of one shard, oldest first; see queries.ledger.shard_postings.

    What a damaged posting lacks is None, as PynamoDB would have it: `Line.missing` names it.
    """
    for raw in store.index_rows(Posting, "by_day", posting_group(currency, day.isoformat(), shard)):
        texts = {name: raw.get(name, _MISSING).get("S") for name in _TEXTS}
        numbers = {name: int(raw[name]["N"]) if "N" in raw.get(name, _MISSING) else None for name in _NUMBERS}
        observed = raw.get("observed", _MISSING).get("BOOL")
        texts |= {name: raw[name]["S"] for name in _OPTIONAL if name in raw}
        line = Line(posting_id=raw["transaction_id"]["S"], observed=observed, **texts, **numbers)  # type: ignore[arg-type]
        yield line, raw.get("owner_seen_on", _MISSING).get("S")


def day_lines(day: date, currency: str) -> Iterator[Line]:
    """All postings of a business date, shard by shard."""
    for shard in shards_of(day, currency, consistent=True):
        yield from (line for line, _ in shard_lines(day, currency, shard))
