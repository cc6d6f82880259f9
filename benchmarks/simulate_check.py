"""The model against the embedded engine: real processes post to few accounts, the model gets the times they took.

The engine writes one transaction after the other, so none is cancelled for being prepared elsewhere: what meets here
are versions. Turns, pauses and tries again are the bank's own on both sides.
"""

import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.queues import SimpleQueue
from threading import Thread, current_thread
from typing import Any

from accounts.ledger import CASH
from accounts.services.posting import Busy, post
from benchmarks.simulate_demand import Demand, Item
from benchmarks.simulate_model import Model, Outcome, Service
from benchmarks.stage import an_account, engine_on_disk, instruct, use
from cloudbank import store, tables
from cloudbank.clock import utcnow

SCENES = ((4, 1, 1), (4, 1, 2), (4, 1, 4), (4, 1, 16), (2, 4, 1), (6, 1, 1))
"""(processes, threads of each, accounts that they all deposit on)."""
SECONDS = 5.0
KEEP = 400
"""Times of each kind that a process hands over."""


@dataclass
class Seen:
    """What some processes did: movements posted, given up, saves, those that failed; times of reading, rest, saving."""

    posted: int = 0
    busy: int = 0
    saves: int = 0
    refused: int = 0
    reads: list[float] = field(default_factory=list)
    rests: list[float] = field(default_factory=list)
    saving: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of all saves, those that failed."""
        return self.refused / self.saves if self.saves else 0.0


def checked() -> Iterator[str]:
    """One line for each scene: what was measured, what the model says."""
    yield "| processes, threads, accounts | posted | saves refused, measured | by the model | difference |"
    yield "|---|---|---|---|---|"
    for processes, threads, accounts in SCENES:
        seen = measured(processes, threads, accounts)
        said = modelled(seen, processes, threads, accounts)
        off = said.refused_share - seen.share
        yield (
            f"| {processes}, {threads}, {accounts} | {seen.posted:,} | {seen.share:.1%} | {said.refused_share:.1%} "
            f"| {off * 100:+.1f} points |"
        )


def measured(processes: int, threads: int, accounts: int, seconds: float = SECONDS) -> Seen:
    """Real processes post deposits to the accounts, as fast as they can."""
    with engine_on_disk() as engine:
        use(engine)
        targets = [an_account(f"Target {number}", 100) for number in range(accounts)]
        context = multiprocessing.get_context("fork")
        answers: SimpleQueue[Seen] = context.SimpleQueue()
        begin = time.time() + 1.0
        args = (engine.url, targets, threads, begin, begin + seconds, answers)
        started = [context.Process(target=_client, args=(number, *args)) for number in range(processes)]
        for one in started:
            one.start()
        found = [answers.get() for _ in started]
        for one in started:
            one.join()
    return _together(found)


def _together(found: Sequence[Seen]) -> Seen:
    """All that several clients saw."""
    whole = Seen()
    for one in found:
        for name in vars(whole):
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
    return whole


def _client(
    number: int, url: str, targets: list[str], threads: int, begin: float, until: float, answers: "SimpleQueue[Seen]"
) -> None:
    """A process of its own, with a connection of its own."""
    tables.connect(url)
    watches = [_Watch() for _ in range(threads)]
    real_call, real_save = store._call, store.save
    by_thread: dict[str, _Watch] = {}
    store._call = lambda operation, kwargs: by_thread[current_thread().name].call(real_call, operation, kwargs)
    store.save = lambda writes: by_thread[current_thread().name].save(real_save, writes)
    asked = [(targets, begin, until, watch, random.Random(100 * number + n)) for n, watch in enumerate(watches)]
    crew = [Thread(target=_deposit, args=args, name=f"client {n}") for n, args in enumerate(asked)]
    by_thread.update(zip((one.name for one in crew), watches, strict=True))
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    answers.put(_together([watch.seen for watch in watches]))


class _Watch:
    """Times of one thread's tries: from the start to the accounts being read, to the save, to its answer."""

    def __init__(self) -> None:
        self.seen, self._read_at = Seen(), 0.0

    def call(self, real: Callable[..., Any], operation: str, kwargs: dict[str, Any]) -> Any:
        """A read; the first of a try is that of the accounts."""
        if operation == "TransactWriteItems":
            return real(operation, kwargs)
        began = time.perf_counter()
        answer = real(operation, kwargs)
        if not self._read_at:
            self._read_at = time.perf_counter()
            self.seen.reads.append(self._read_at - began)
        return answer

    def save(self, real: Callable[..., None], writes: Any) -> None:
        """A save, whether it is refused or not."""
        began = time.perf_counter()
        self.seen.saves += 1
        try:
            real(writes)
        except (store.ConditionFailed, store.Conflict):
            self.seen.refused += 1
            raise
        finally:
            self.seen.rests.append(began - self._read_at)
            self.seen.saving.append(time.perf_counter() - began)
            self._read_at = 0.0


def _deposit(targets: list[str], begin: float, until: float, watch: _Watch, dice: random.Random) -> None:
    time.sleep(max(0.0, begin - time.time()))
    while time.time() < until:
        try:
            post(instruct("deposit", 100, CASH, dice.choice(targets)), now=utcnow())
            watch.seen.posted += 1
        except Busy:
            watch.seen.busy += 1
    for times in (watch.seen.reads, watch.seen.rests, watch.seen.saving):
        del times[KEEP:]


def modelled(seen: Seen, processes: int, threads: int, accounts: int, seed: int = 69) -> Outcome:
    """The model with these times, and as many movements."""
    read, rest, save = (_quantiles(times) for times in (seen.reads, seen.rests, seen.saving))
    service = Service(read, save, rest, held=(0.0, 1.0), pending=False, reads=1)
    dice, left = random.Random(seed), count(processes * threads)

    def next_one(process: int, now: float) -> Demand | None:
        return _demand(now, dice.randrange(accounts)) if next(left) < seen.posted + seen.busy else None

    model = Model(service, processes, dice)
    first = [(_demand(0.0, dice.randrange(accounts)), number % processes) for number in range(processes * threads)]
    return model.run_clients(first, next_one)


def _demand(now: float, account: int) -> Demand:
    items = (Item("account", f"acc_{account}", True), Item("activity", f"activity#{account}", True))
    return Demand(now, items, (f"acc_{account}",), ())


def _quantiles(times: Sequence[float]) -> list[tuple[float, float]]:
    """The distribution of what was measured, at every fiftieth."""
    cuts = statistics.quantiles(times, n=50, method="inclusive")
    return [(0.0, min(times)), *((place / 50, cut) for place, cut in enumerate(cuts, 1)), (1.0, max(times))]
