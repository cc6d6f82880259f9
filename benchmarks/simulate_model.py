"""A discrete-event model of postings on DynamoDB: partitions, transactions that conflict, tries again, busy.

Published limits and the bank's own rules (tries, pauses, turns) are what it knows; the service's times are those that
others measured, or those that were measured on the embedded engine. docs/capacity.md says which is which.
"""

import heapq
import inspect
import random
import zlib
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from accounts.services import turns
from accounts.services.posting import ATTEMPTS, PATIENCE_SECONDS
from benchmarks.simulate_demand import Demand
from cloudbank import store
from cloudbank.costs import ITEM_UNITS

LOCKS = len(turns._LOCKS)
_PAUSE = inspect.signature(store.pause).parameters
BASE, CEILING = float(_PAUSE["base"].default), float(_PAUSE["ceiling"].default)
LINE_UNITS, FILED_UNITS = 2.0, 1.0
"""Of a posting's line in the table; in each index, where no transaction doubles them."""
TABLES = {"account": "accounts", "activity": "users", "by_day": "by_day"}
"""Where a kind of item stands; what is not named here stands among the transactions."""
Quantiles = Sequence[tuple[float, float]]
"""(share, seconds), growing; between them it is straight."""
Then = Callable[[int, float], Demand | None]
"""What a process asks for at a time, when a movement of its ended; None: nothing more."""


@dataclass(frozen=True)
class Service:
    """Times of the store, in seconds. `held`: from which to which share of a save its items are prepared.

    `pending`: a transaction on an item that another has prepared is cancelled at once, as DynamoDB does; without it
    only the versions decide, at the end of the save, as in the embedded engine, which writes one after the other.
    """

    read: Quantiles
    save: Quantiles
    decide: Quantiles
    held: tuple[float, float] = (0.4, 0.9)
    pending: bool = True
    reads: int = 2
    partitions: int = 0
    """Of each table and index; 0: no limit of a partition's units."""


def drawn(times: Quantiles, dice: random.Random) -> float:
    """A time of this distribution."""
    at = dice.random()
    place = min(max(bisect(times, (at, 0.0)), 1), len(times) - 1)
    (low, below), (high, above) = times[place - 1], times[place]
    return below + (above - below) * (at - low) / (high - low)


@dataclass
class Outcome:
    """What came of all movements; times in seconds."""

    arrived: int = 0
    posted: int = 0
    busy: int = 0
    tries: int = 0
    again: int = 0
    """Movements that needed more than one try."""
    refused: Counter[str] = field(default_factory=Counter)
    """Tries by why they failed: "<kind> conflict", "<kind> version", "throttled"."""
    added: list[float] = field(default_factory=list)
    """By how much the tries again made each movement longer."""
    units: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    """Write units by (kind, key), indexes of the day included."""
    seconds: float = 0.0

    @property
    def refused_share(self) -> float:
        """Of all tries."""
        return sum(self.refused.values()) / self.tries if self.tries else 0.0

    @property
    def again_share(self) -> float:
        """Of all movements."""
        return self.again / self.arrived if self.arrived else 0.0

    def hottest(self, kind: str) -> float:
        """Units a second of the busiest item of a kind."""
        return max((units for (one, _), units in self.units.items() if one == kind), default=0.0) / self.seconds

    def added_quantile(self, share: float) -> float:
        """The time below which this share of the movements was made longer."""
        return sorted(self.added)[min(len(self.added) - 1, int(share * len(self.added)))] if self.added else 0.0


@dataclass(slots=True)
class _Try:
    demand: Demand
    process: int
    began: float
    attempt: int = 0
    read_at: tuple[float, float] = (0.0, 0.0)
    held_until: float = 0.0
    answered: float = 0.0
    first: float = 0.0


class Model:
    """Runs movements through the store. `processes`: web processes, each of which takes turns on an account."""

    def __init__(self, service: Service, processes: int, dice: random.Random, *, attempts: int = ATTEMPTS) -> None:
        self.service, self.processes, self.dice, self.attempts = service, processes, dice, attempts
        self.outcome = Outcome()
        self._then: Then = lambda process, now: None
        self._events: list[tuple[float, int, bool, _Try]] = []
        self._order = count()
        self._prepared: dict[str, float] = {}
        self._written: dict[str, float] = {}
        self._turns: dict[tuple[int, int], float] = {}
        self._tokens: dict[tuple[str, int], tuple[float, float]] = {}

    def run(self, demands: Iterable[Demand]) -> Outcome:
        """Each movement to its end; they come when they come (in order of time), to any process."""
        waiting = iter(demands)
        self._arrive(next(waiting, None))
        while self._events:
            now, _, prepares, one = heapq.heappop(self._events)
            if prepares:
                self._prepare(one, now)
                continue
            if not one.attempt:
                self._arrive(next(waiting, None))
            self._start(one, now)
        return self.outcome

    def run_clients(self, first: Iterable[tuple[Demand, int]], then: Then) -> Outcome:
        """Clients, each with its process, that ask for their next movement when the one before has ended."""
        self._then = then
        for demand, process in first:
            self._arrive(demand, process)
        return self.run(())

    def _arrive(self, demand: Demand | None, process: int | None = None) -> None:
        if demand is not None:
            self.outcome.arrived += 1
            process = self.dice.randrange(self.processes) if process is None else process
            self._at(demand.at, False, _Try(demand, process, demand.at))

    def _at(self, when: float, prepares: bool, one: _Try) -> None:
        heapq.heappush(self._events, (when, next(self._order), prepares, one))

    def _start(self, one: _Try, now: float) -> None:
        """Wait for one's turn in this process, read, decide; the event is the moment the save prepares its items."""
        service, dice = self.service, self.dice
        stripes = {(one.process, zlib.crc32(account.encode()) % LOCKS) for account in one.demand.accounts}
        free = max((self._turns.get(stripe, 0.0) for stripe in stripes), default=0.0)
        begin = min(max(now, free), now + turns.PATIENCE_SECONDS)
        first = begin + drawn(service.read, dice)
        second = first + (drawn(service.read, dice) if service.reads > 1 else 0.0)
        sent = second + drawn(service.decide, dice)
        took = drawn(service.save, dice)
        low, high = service.held
        one.read_at, one.held_until, one.answered = (first, second), sent + high * took, sent + took
        if not one.attempt:
            one.first = one.answered
        for stripe in stripes:
            self._turns[stripe] = one.answered
        self.outcome.tries += 1
        self._at(sent + (low if service.pending else high) * took, True, one)

    def _prepare(self, one: _Try, now: float) -> None:
        why = self._throttled(one.demand, now) or self._refused(one, now)
        if not why:
            for item in one.demand.items:
                self._written[item.key] = one.held_until
            self._end(one, one.answered)
            return
        self.outcome.refused[why] += 1
        pause = self.dice.uniform(0, min(CEILING, BASE * 2**one.attempt))
        one.attempt += 1
        self.outcome.again += one.attempt == 1
        if one.attempt >= self.attempts or one.answered - one.began > PATIENCE_SECONDS:
            self.outcome.busy += 1
            self._end(one, one.answered + pause, posted=False)
            return
        self._at(one.answered + pause, False, one)

    def _refused(self, one: _Try, now: float) -> str:
        """Why the items cannot be written. Those that could be prepared stay so until the end, refused or not."""
        why = ""
        for item in one.demand.items:
            if self.service.pending and self._prepared.get(item.key, 0.0) > now:
                why = why or f"{item.kind} conflict"
                continue
            read = one.read_at[item.kind == "activity"] if self.service.reads > 1 else one.read_at[0]
            if item.checked and self._written.get(item.key, 0.0) > read:
                why = why or f"{item.kind} version"
                continue
            self._prepared[item.key] = one.held_until
        return why

    def _throttled(self, demand: Demand, now: float) -> str:
        """Units are taken from each item's partition, refused tries included; "throttled" when one has none left."""
        counted, why = self.outcome.units, ""
        for item in demand.items:
            counted[item.kind, item.key] += item.units
            why = self._take(item.kind, item.key, item.units, now) or why
        for number, group in enumerate(demand.groups):
            counted["by_day", group] += FILED_UNITS
            why = self._take("by_day", group, FILED_UNITS, now) or why
            why = self._take("line", f"{demand.at} {number}", LINE_UNITS, now) or why
        return why

    def _take(self, kind: str, key: str, units: float, now: float) -> str:
        if not self.service.partitions:
            return ""
        place = (TABLES.get(kind, "transactions"), zlib.crc32(key.encode()) % self.service.partitions)
        left, then = self._tokens.get(place, (ITEM_UNITS, now))
        left = min(ITEM_UNITS, left + (now - then) * ITEM_UNITS)
        self._tokens[place] = (left - units if left >= units else left, now)
        return "" if left >= units else "throttled"

    def _end(self, one: _Try, at: float, *, posted: bool = True) -> None:
        self.outcome.posted += posted
        self.outcome.added.append(at - one.first)
        self.outcome.seconds = max(self.outcome.seconds, at)
        self._arrive(self._then(one.process, at), one.process)
