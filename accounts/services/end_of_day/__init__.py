"""What a bank does at the end of a business day, before the day is sealed: one file a step, found by the registry.

Each step finds what is done already, so it may be run again after a crash at any point; what it posts has a
key of account and date, so that it is posted once (I16).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

from accounts.ledger import Actor, Refused
from cloudbank import trace
from cloudbank.conf import bank_calendar
from cloudbank.registry import Registry

T = TypeVar("T")
THREADS, AT_ONCE = 4, 64


@dataclass(frozen=True)
class Evening:
    """The day that ends. `beat` says that the run is alive; it raises when another one took over."""

    day: date
    currency: str
    now: datetime
    actor: Actor
    beat: Callable[[], None] = lambda: None

    @property
    def month_begins(self) -> bool:
        """Whether this is the first business day of its month: all days of the months before are sealed."""
        return bank_calendar().on_or_after(self.day.replace(day=1)) == self.day

    def each(self, things: Iterable[T], act: Callable[[T], str]) -> Counter[str]:
        """Do it to all of them, some at once; counts what `act` says ("" for nothing) and the refusals."""
        counts: Counter[str] = Counter()
        rest, one = iter(things), trace.carried(lambda thing: _outcome(act, thing))
        with ThreadPoolExecutor(THREADS) as pool:
            while some := list(islice(rest, AT_ONCE)):
                counts.update(pool.map(one, some))
                self.beat()
        del counts[""]
        return counts


def _outcome(act: Callable[[T], str], thing: T) -> str:
    try:
        return act(thing)
    except Refused as refusal:
        return f"refused_{refusal.code}"


@dataclass(frozen=True)
class Step:
    """One step: what it does for an evening gives counts by name."""

    code: str
    order: int
    run: Callable[[Evening], Counter[str]]


steps: Registry[Step] = Registry("accounts.services.end_of_day")


def step(code: str, *, order: int) -> Callable[[Callable[[Evening], Counter[str]]], Step]:
    """Decorator: make a step known. The lower order goes first."""
    return lambda run: steps.add(code, Step(code, order, run))


def run_steps(evening: Evening) -> Counter[str]:
    """All steps in order; their counts by "step.name"."""
    counts: Counter[str] = Counter()
    for one in sorted(steps, key=lambda known: known.order):
        for name, number in one.run(evening).items():
            counts[f"{one.code}.{name}"] += number
        evening.beat()
    return counts
