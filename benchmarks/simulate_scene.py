"""A bank of a size on the hosts and shards of docs/cost.md, and one run of the model over its busiest seconds."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from django.conf import settings

from benchmarks.simulate_demand import Bank, Keys, demands
from benchmarks.simulate_model import Model, Outcome, Quantiles, Service
from cloudbank.costs import (
    FLEETS,
    ITEM_UNITS,
    LINE_BYTES,
    OVERHEAD,
    Size,
    estimate,
    lines_a_movement,
    of_transactions,
)

SEED = 69
MOST = 20_000
"""Movements of one run: the whole day of a small bank, the busiest seconds of a large one."""
ENOUGH = 0.10
"""So many movements may need more than one try: each of these takes about a twentieth of a second longer."""
READ = ((0.0, 0.0055), (0.5, 0.0076), (0.9, 0.0113), (0.95, 0.0132), (0.99, 0.0162), (1.0, 0.029))
SAVE = ((0.0, 0.0194), (0.5, 0.0253), (0.9, 0.0307), (0.95, 0.0364), (0.99, 0.0925), (1.0, 0.218))
"""PutItem (reads are taken to be no faster) and TransactWriteItems of five items, from AWS Lambda, in seconds:
A. DeBrie, github.com/alexdebrie/dynamodb-performance-testing, 400 requests each, 2020. AWS publishes no figure."""
DECIDE = ((0.0, 0.002), (1.0, 0.004))
"""Our own processor time between reading and writing; `make bench`."""
PARTITION_BYTES = 10 * 1024**3


@dataclass(frozen=True)
class Scene:
    """A size: its shards, web processes, partitions of each table and index, movements in the busiest second."""

    movements: int
    shards: int
    processes: int
    partitions: int
    peak: float
    fleet: str

    @classmethod
    def of(cls, movements: int, shards: int = 0) -> "Scene":
        """On the fleet that `cost_estimate` chooses; `shards`: another number than app.yaml's for it."""
        found = estimate(Size(movements, movements * 2, 1))
        fleet = next(one for one in FLEETS if one.name == found.fleet)
        history = movements * lines_a_movement() * 365 * (LINE_BYTES + OVERHEAD)
        units = found.peak * of_transactions()
        partitions = max(4, ceil(history / PARTITION_BYTES), ceil(units / ITEM_UNITS))
        return cls(movements, shards or fleet.shards, found.hosts * fleet.cores * 2, partitions, found.peak, fleet.name)


@contextmanager
def with_shards(number: int) -> Iterator[None]:
    """The bank's own functions with so many shards."""
    before = settings.LEDGER_SHARDS
    settings.LEDGER_SHARDS = number
    try:
        yield
    finally:
        settings.LEDGER_SHARDS = before


def slower(times: Quantiles, factor: float) -> Quantiles:
    """The same distribution, each time so many times as long."""
    return [(share, seconds * factor) for share, seconds in times]


def simulated(
    scene: Scene, *, most: int = MOST, seed: int = SEED, factor: float = 1.0, spread: bool = True, hot: float = 0.0
) -> Outcome:
    """One run. `factor`: requests take so many times as long; not `spread`: each cube cell is one item; `hot`: the
    share of the movements that all go to one account.
    """
    bank, dice = Bank(scene.movements, scene.movements * 2, hot), random.Random(seed)
    first, last = bank.stretch(most)
    service = Service(slower(READ, factor), slower(SAVE, factor), DECIDE, partitions=scene.partitions)
    with with_shards(scene.shards):
        asked = demands(bank, bank.arrivals(first, last, dice), Keys(scene.shards, spread=spread), dice)
        outcome = Model(service, scene.processes, random.Random(seed + 1)).run(asked)
    outcome.seconds -= first
    return outcome


def shards_needed(movements: int, *, most: int = MOST, seed: int = SEED) -> int:
    """The fewest shards, of 8, 16, 32, ..., with which at most ENOUGH of the movements need more than one try."""
    shards = 8
    while True:
        scene = Scene.of(movements, shards)
        # Far too few need no run: each holds its shard for about a hundredth of a second.
        if scene.peak / shards < 30 and simulated(scene, most=most, seed=seed).again_share <= ENOUGH:
            return shards
        shards *= 2
