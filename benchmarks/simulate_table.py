"""The tables of docs/capacity.md: what the model says of each size, and what it would say if it were otherwise."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from accounts.queries.lines import READERS
from accounts.queries.totals import MOST_FILES
from benchmarks.simulate_model import Outcome
from benchmarks.simulate_scene import ENOUGH, MOST, SEED, Scene, shards_needed, simulated
from cloudbank.costs import (
    CLOSED_A_SECOND,
    ITEM_UNITS,
    NEW_TABLE_UNITS,
    TABLE_UNITS,
    lines_a_movement,
    of_transactions,
)

LINE_MEMORY, HASH_MEMORY = 1_780.0, 307.0
"""Bytes of a posting's line as it is folded, of its hash until the day is sealed; tracemalloc, 23 November 2026."""
JOBS_GB = {"small": 4.0, "medium": 8.0, "large": 16.0}
"""Of the host of the jobs, by size of app.yaml."""
HOT = (1, 5, 10, 20, 40)
"""Movements a second that all want one account."""


@dataclass(frozen=True)
class Row:
    """One size: as app.yaml has it, with every cell one item, and what it would need."""

    scene: Scene
    seen: Outcome
    unspread: Outcome
    needed: int

    @property
    def table_units(self) -> float:
        """Write units a second of BankingTransactions and its indexes, tries again included."""
        return self.scene.peak * of_transactions() * self.seen.tries / max(1, self.seen.arrived)

    @property
    def closing_seconds(self) -> float:
        """Of the day, by one process."""
        return self._lines / CLOSED_A_SECOND

    @property
    def closing_gb(self) -> float:
        """Memory of closing: all hashes of the day, the lines of the files that are read ahead and in hand."""
        held = min(1.0, (READERS + 2) / min(self.scene.shards, MOST_FILES))
        return self._lines * (HASH_MEMORY + held * LINE_MEMORY) / 1024**3

    @property
    def verifying_gb(self) -> float:
        """Memory of verifying one day: all its lines."""
        return self._lines * (HASH_MEMORY + LINE_MEMORY) / 1024**3

    @property
    def _lines(self) -> float:
        return self.scene.movements * lines_a_movement()

    def met(self) -> str:
        """The limits that are passed, the one that is passed by most first."""
        said = {
            "movements get in each other's way": self.seen.again_share / ENOUGH,
            "closing needs more memory than the jobs' host has": self.closing_gb / JOBS_GB[self.scene.fleet],
            "verifying a day needs more memory than the jobs' host has": self.verifying_gb / JOBS_GB[self.scene.fleet],
            "closing takes over an hour": self.closing_seconds / 3600,
            "a new table's 4,000 units": self.table_units / NEW_TABLE_UNITS,
            "the table's first quota": self.table_units / TABLE_UNITS,
            "an item's 1,000 units": max(self.seen.hottest(kind) for kind in KINDS) / ITEM_UNITS,
        }
        passed = sorted((name for name in said if said[name] > 1), key=lambda name: -said[name])
        return "; ".join(passed) or "none"


KINDS = ("day shard", "cube cell", "by_day", "account")


def row(movements: int, *, shards: int = 0, most: int = MOST, seed: int = SEED) -> Row:
    """Everything that the table says of a size; `shards`: another number than app.yaml's."""
    scene = Scene.of(movements, shards)
    seen = simulated(scene, most=most, seed=seed)
    unspread = simulated(scene, most=most, seed=seed, spread=False)
    return Row(scene, seen, unspread, shards_needed(movements, most=most // 2, seed=seed))


def _share(share: float) -> str:
    return f"{share:.1%}"


def _times(outcome: Outcome) -> str:
    return f"{outcome.added_quantile(0.5) * 1000:,.0f}; {outcome.added_quantile(0.99) * 1000:,.0f} ms"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:,.1f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def _units(kind: str) -> Callable[[Row], str]:
    return lambda one: f"{one.seen.hottest(kind):,.0f}"


TOLD: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("movements in the busiest second", lambda one: f"{one.scene.peak:,.1f}"),
    ("shards; web processes", lambda one: f"{one.scene.shards}; {one.scene.processes}"),
    ("simulated: movements; seconds", lambda one: f"{one.seen.arrived:,}; {one.seen.seconds:,.0f}"),
    ("tries refused", lambda one: _share(one.seen.refused_share)),
    ("of all tries, throttled", lambda one: _share(one.seen.refused["throttled"] / max(1, one.seen.tries))),
    ("movements tried again", lambda one: _share(one.seen.again_share)),
    ("the same, were a cube cell one item", lambda one: _share(one.unspread.again_share)),
    ("said busy at last", lambda one: _share(one.seen.busy / max(1, one.seen.arrived))),
    ("longer by trying again, p50; p99", lambda one: _times(one.seen)),
    ("units a second of 1,000: a day's shard", _units("day shard")),
    ("the same: a part of a cube cell", _units("cube cell")),
    ("the same: a shard's lines in by_day", _units("by_day")),
    ("the same: an account", _units("account")),
    ("units a second of the table, of 40,000", lambda one: f"{one.table_units:,.0f}"),
    ("shards needed", lambda one: f"{one.needed:,}"),
    ("closing the day", lambda one: _duration(one.closing_seconds)),
    ("GB of memory to close it; to verify it", lambda one: f"{one.closing_gb:,.1f}; {one.verifying_gb:,.1f}"),
    ("limits met, the furthest passed first", Row.met),
)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """As docs/capacity.md has it."""
    yield "| movements a day | " + " | ".join(f"{one.scene.movements:,}" for one in rows) + " |"
    yield "|---" * (len(rows) + 1) + "|"
    for name, said in TOLD:
        yield f"| {name} | " + " | ".join(said(one) for one in rows) + " |"


def sensitivity(movements: int, *, most: int = MOST, seed: int = SEED) -> Iterator[str]:
    """The same size with a service twice as fast and half as fast; with one account that takes ever more of it."""
    yield f"| {movements:,} a day | movements tried again | said busy | longer by, p50; p99 |"
    yield "|---|---|---|---|"
    scene = Scene.of(movements)
    for name, factor in (("half the time", 0.5), ("as assumed", 1.0), ("twice the time", 2.0)):
        yield _variant(f"requests take {name}", simulated(scene, most=most, seed=seed, factor=factor))
    for wanted in HOT:
        hot = simulated(scene, most=most, seed=seed, hot=min(1.0, wanted / scene.peak))
        yield _variant(f"one account takes {wanted} a second", hot)


def _variant(name: str, seen: Outcome) -> str:
    return f"| {name} | {_share(seen.again_share)} | {_share(seen.busy / max(1, seen.arrived))} | {_times(seen)} |"
