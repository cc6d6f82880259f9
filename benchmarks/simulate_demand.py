"""Who moves money when: arrivals of a business day with its lunch, evening and busiest second; accounts, hot and cold.

Everything here is assumed and said so in docs/capacity.md; where an item stands, and which shard and part of a cell
takes a movement, is asked of the bank's own functions.
"""

import math
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from accounts.models import CubeCell, CustomerActivity, DayShard
from accounts.models.ledger import posting_group
from accounts.queries.totals import file_of
from accounts.services.flows import cell_writer, shard_of
from accounts.totals import CellName
from cloudbank.costs import MIX, PEAK, SHARE_OF_A_CELL

DAY = "2026-11-30"
DAY_SECONDS = 86_400
NIGHT, BUSINESS, LUNCH, EVENING = 0.15, (1.0, 13.0, 3.5), (12.5, 0.2), (1.2, 18.5, 0.75)
"""The day's shape on the bank's clock: a floor, a broad bell of business hours (weight, middle, width in hours), a
sharp one at lunch whose weight is found so that the busiest second is PEAK times the average, one in the evening."""
TO_MERCHANTS, MERCHANTS = 0.3, 0.01
"""Of the transfers, those to a merchant; of the customers, those who are one. Half of what they get
goes to a quarter of them: the r-th is reached in proportion to 1 / sqrt(r)."""
CELLS = 40
"""Kinds of movement in one hour: the first takes SHARE_OF_A_CELL, each next one a fixed share of what is left."""


class Item(NamedTuple):
    """An item that movements meet at. `checked`: its version must be the one that was read."""

    kind: str
    key: str
    checked: bool
    units: float = 2.0


class Demand(NamedTuple):
    """A movement: when it is asked for (seconds of the day), its hot items, its accounts, its lines."""

    at: float
    items: tuple[Item, ...]
    accounts: tuple[str, ...]
    groups: tuple[str, ...]
    """The groups of the index by_day that its lines go to."""


def _bell(hour: float, middle: float, width: float) -> float:
    return math.exp(-(((hour - middle) / width) ** 2) / 2)


def _base(hour: float) -> float:
    weight, middle, width = BUSINESS
    return NIGHT + weight * _bell(hour, middle, width) + EVENING[0] * _bell(hour, *EVENING[1:])


@lru_cache(1)
def _fitted() -> tuple[float, float]:
    """(weight of the lunch, mean of the shape): the greatest value is PEAK times the mean."""
    hours = [minute / 60 for minute in range(24 * 60)]
    base = sum(map(_base, hours)) / len(hours)
    lunch = sum(_bell(hour, *LUNCH) for hour in hours) / len(hours)
    top = _base(LUNCH[0])
    weight = (PEAK * base - top) / (1 - PEAK * lunch)
    return weight, base + weight * lunch


def busyness(second: float) -> float:
    """How many times the day's average this second is."""
    hour = second / 3600
    weight, mean = _fitted()
    return (_base(hour) + weight * _bell(hour, *LUNCH)) / mean


BUSIEST = LUNCH[0] * 3600


@dataclass
class Bank:
    """A bank of a size: movements a day, customers with an account each; `hot`: the share that goes to one account."""

    movements: int
    customers: int
    hot: float = 0.0

    def stretch(self, most: int) -> tuple[float, float]:
        """The seconds around the busiest one that hold about so many movements; the whole day if it has fewer."""
        if self.movements <= most:
            return 0.0, float(DAY_SECONDS)
        half = most / (self.movements * PEAK / DAY_SECONDS) / 2
        while self._expected(half) < most:
            half *= 1.1
        return max(0.0, BUSIEST - half), min(DAY_SECONDS, BUSIEST + half)

    def _expected(self, half: float) -> float:
        steps = [BUSIEST + half * (place - 50) / 50 for place in range(101)]
        inside = [busyness(at) for at in steps if 0 <= at <= DAY_SECONDS]
        return self.movements * sum(inside) / len(inside) * min(2 * half, DAY_SECONDS) / DAY_SECONDS

    def arrivals(self, first: float, last: float, dice: random.Random) -> Iterator[float]:
        """A Poisson process whose rate follows the day's shape, by thinning (Lewis and Shedler, 1979)."""
        most, at = self.movements * PEAK * 1.001 / DAY_SECONDS, first
        while (at := at + dice.expovariate(most)) < last:
            if dice.random() * PEAK * 1.001 < busyness(at):
                yield at


CELL_WEIGHTS = [SHARE_OF_A_CELL * (1 - SHARE_OF_A_CELL) ** place for place in range(CELLS)]
_REACHED = list(accumulate(CELL_WEIGHTS))
_TYPES, _SIDES = list(MIX), list(accumulate(MIX.values()))


class Keys:
    """The keys of a day's counters by the bank's own functions, made once for a number of shards (LEDGER_SHARDS)."""

    def __init__(self, shards: int, *, spread: bool = True) -> None:
        names = [str(shard) for shard in range(shards)]
        self.shards = [Item("day shard", DayShard.key("USD", DAY, name), False) for name in names]
        self.groups = [posting_group("USD", DAY, file_of(name)) for name in names]
        writers = [cell_writer(name) if spread else "live" for name in names]
        cells = [CellName(12, "transfer", "online", f"b{place}").text for place in range(CELLS)]
        self.cells = [
            [Item("cube cell", CubeCell.key("USD", DAY, writer, cell), False) for cell in cells] for writer in writers
        ]


def demands(bank: Bank, times: Sequence[float] | Iterator[float], keys: Keys, dice: random.Random) -> Iterator[Demand]:
    """What moves at these times."""
    for number, at in enumerate(times):
        shard = int(shard_of(f"mov_{number}_{bank.movements}"))
        type_ = _TYPES[bisect(_SIDES, dice.random() * _SIDES[-1])]
        people = [_anybody(bank, dice)]
        if bank.hot and dice.random() < bank.hot:
            people[-1] = "hot"
        elif type_ == "transfer":
            people.append(_payee(bank, dice))
        accounts = tuple(dict.fromkeys(f"acc_{person}" for person in people))
        cell = min(bisect(_REACHED, dice.random() * _REACHED[-1]), CELLS - 1)
        counters = (keys.shards[shard], keys.cells[shard][cell])
        yield Demand(at, _people(people) + counters, accounts, (keys.groups[shard],) * len(accounts))


def _people(people: Sequence[str]) -> tuple[Item, ...]:
    unique = list(dict.fromkeys(people))
    accounts = [Item("account", f"acc_{person}", True) for person in unique]
    return tuple(accounts + [Item("activity", CustomerActivity.key(person), True) for person in unique])


def _anybody(bank: Bank, dice: random.Random) -> str:
    return str(dice.randrange(bank.customers))


def _payee(bank: Bank, dice: random.Random) -> str:
    if dice.random() >= TO_MERCHANTS:
        return _anybody(bank, dice)
    merchants = max(1, int(bank.customers * MERCHANTS))
    return str(int(merchants * dice.random() ** 2))
