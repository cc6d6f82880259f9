"""A run's own day shards and cube cells. Nobody else writes to them, so they are stored whole, at the end."""

import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from accounts import totals
from accounts.ledger import Movement
from accounts.models import CubeCell, DayShard
from accounts.models.ledger import cell_group
from accounts.participants import Verdict
from accounts.queries.totals import import_shards
from accounts.services.posting import cell_of
from cloudbank.tables import Item


class RunTotals:
    """What the movements and changes of one run add to their business days."""

    def __init__(self, import_id: str) -> None:
        self._import_id, self._names = import_id, import_shards(import_id)
        self._shards: dict[str, Counter[str]] = {}
        self._cells: dict[tuple[str, str, str], Counter[str]] = {}

    def shard(self, text: str) -> str:
        """Which of the run's shards takes what this id names."""
        return self._names[zlib.crc32(text.encode()) % len(self._names)]

    def _of_day(self, currency: str, day: date, text: str) -> Counter[str]:
        return self._shards.setdefault(DayShard.key(currency, day.isoformat(), self.shard(text)), Counter())

    def count(self, currency: str, day: date, about: str, name: str, number: int = 1) -> None:
        """More of what services.flows adds without a posting, about a customer or a loan."""
        self._of_day(currency, day, about)[name] += number

    def add(self, movement: Movement, new_owners: Collection[str], verdict: Verdict) -> None:
        """What services.posting.total_writes adds."""
        shard = self._of_day(movement.currency, movement.business_date, movement.movement_id)
        shard.update(totals.shard_numbers(movement, new_owners, verdict.badge))
        shard.update(verdict.counts)
        name = (movement.currency, movement.business_date.isoformat(), cell_of(movement).text)
        self._cells.setdefault(name, Counter()).update(totals.cell_numbers(movement, verdict.badge))

    def items(self) -> Iterator[dict[str, Any]]:
        """Shards, then cells, as DynamoDB takes them."""
        for key in sorted(self._shards):
            yield _counter(DayShard, key, self._shards[key])
        for currency, day, name in sorted(self._cells):
            key = CubeCell.key(currency, day, self._import_id, name)
            group = {"cell_day": {"S": cell_group(currency, day, self._import_id)}}
            yield _counter(CubeCell, key, self._cells[currency, day, name]) | group


def _counter(model: type[Item], key: str, numbers: Mapping[str, int]) -> dict[str, Any]:
    raw: dict[str, Any] = {"transaction_id": {"S": key}, "kind": {"S": model.discriminator()}}
    return raw | {name: {"N": str(number)} for name, number in numbers.items() if number}
