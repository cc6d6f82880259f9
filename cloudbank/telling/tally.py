"""Counts and times of what this process does, by minute, in memory. Pure.

Counting costs about a microsecond: every posting and every request to the engine is counted. The lock is held for a
few dictionary operations, never while anything is waited for.
"""

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
POSTED, REFUSED, BUSY, NOT_KNOWN = "posted", "refused", "busy", "not_known"
"""How a posting ended: done; refused for a reason of the bank's; given up after many conflicts; nobody knows yet."""
CONFLICTS, RETRIES, THROTTLES, LOST = "conflicts", "retries", "throttles", "lost"
"""Transactions that met another one or came too late; waits before another try; requests put off; answers lost."""
POSTING, ENGINE = "posting", "engine"
"""What is timed: a posting from its beginning to its end; a request to DynamoDB by key, or a transaction."""
EDGES = (
    *(1, 1.5, 2, 3, 4, 5, 7, 10, 14, 20, 30, 40, 50, 70, 100, 140, 200, 300, 400, 500, 700),
    *(1_000, 1_400, 2_000, 3_000, 5_000, 10_000, 30_000),
)
"""Milliseconds: upper ends of the classes in which times are counted; what takes longer is in a last class."""
KEPT_MINUTES = 125
"""More than two clock hours: a process that cannot tell for a while loses nothing."""


@dataclass
class Counts:
    """What was counted: numbers by name, and times by name and class."""

    numbers: Counter[str] = field(default_factory=Counter)
    times: dict[str, Counter[int]] = field(default_factory=dict)

    def add(self, other: "Counts") -> None:
        """Take another one in."""
        self.numbers.update(other.numbers)
        for name, classes in other.times.items():
            self.times.setdefault(name, Counter()).update(classes)

    def packed(self) -> dict[str, Any]:
        """As JSON."""
        times = {name: {str(place): number for place, number in found.items()} for name, found in self.times.items()}
        return {"n": dict(self.numbers), "t": times}

    @classmethod
    def unpacked(cls, known: Mapping[str, Any]) -> "Counts":
        """The inverse; classes that this program does not know count as the slowest."""
        times = {
            name: Counter({min(int(place), len(EDGES)): int(number) for place, number in found.items()})
            for name, found in known.get("t", {}).items()
        }
        return cls(Counter({name: int(number) for name, number in known.get("n", {}).items()}), times)

    def timed(self, name: str) -> int:
        """How many were timed."""
        return sum(self.times.get(name, {}).values())

    def quantile(self, name: str, share: float) -> float | None:
        """Milliseconds within which this share of them ended, at most; None when none was timed."""
        classes, rest = self.times.get(name, Counter()), self.timed(name) * share
        for place in sorted(classes):
            rest -= classes[place]
            if rest <= 0:
                return float(EDGES[min(place, len(EDGES) - 1)])
        return None

    def samples(self, name: str, most: int) -> list[float]:
        """At most `most` times, in milliseconds, spread as all of them are: the middle of their classes."""
        number = min(self.timed(name), most)
        ends = (self.quantile(name, (place + 0.5) / number) for place in range(number))
        return [_middle(end) for end in ends if end is not None]


def _middle(end: float) -> float:
    place = EDGES.index(end)
    return round((end + (EDGES[place - 1] if place else 0)) / 2, 2)


class Tally:
    """The counts of this process. Any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minutes: dict[int, Counts] = {}
        self._untold = Counts()
        self.urgent = threading.Event()
        """Set when something was counted that somebody should hear of at once: an answer was lost."""

    def add(self, name: str, number: int = 1) -> None:
        """Count something that has just happened."""
        with self._lock:
            self._now().numbers[name] += number
            self._untold.numbers[name] += number
        if name == LOST:
            self.urgent.set()

    def time(self, name: str, seconds: float) -> None:
        """Count what has just ended by how long it took."""
        place = bisect_left(EDGES, seconds * 1000)
        with self._lock:
            self._now().times.setdefault(name, Counter())[place] += 1
            self._untold.times.setdefault(name, Counter())[place] += 1

    def _now(self) -> Counts:
        minute = int(time.time() // 60)
        found = self._minutes.get(minute)
        if found is None:
            found = self._minutes[minute] = Counts()
            for old in [one for one in self._minutes if one < minute - KEPT_MINUTES]:
                del self._minutes[old]
        return found

    def since(self, minute: int) -> dict[int, Counts]:
        """What was counted in that minute (of the epoch) and later, by minute; copies."""
        with self._lock:
            return {one: _copy(counts) for one, counts in self._minutes.items() if one >= minute}

    def untold(self) -> Counts:
        """What was counted since this was last asked."""
        with self._lock:
            told, self._untold = self._untold, Counts()
        return told

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._minutes, self._untold = {}, Counts()
        self.urgent.clear()


def _copy(counts: Counts) -> Counts:
    made = Counts()
    made.add(counts)
    return made


tally = Tally()
"""This process's."""


def watched(name: str, done: str, ends: Mapping[type[Exception], str]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: time each call under `name` and count how it ended: `done`, or by the exception that it raised."""

    def wrap(work: Callable[P, R]) -> Callable[P, R]:
        @wraps(work)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            begun, end = time.perf_counter(), done
            try:
                return work(*args, **kwargs)
            except Exception as error:
                end = next((ends[kind] for kind in ends if isinstance(error, kind)), "failed")
                raise
            finally:
                tally.add(end)
                tally.time(name, time.perf_counter() - begun)

        return run

    return wrap
