"""Who paid whom, within a bounded window of time: what the patterns over several accounts are looked for in. Pure."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

MOST_EDGES = 300_000
"""So many edges are held at once (measured: 800 bytes each, 240 MB); past it the oldest are let go, and counted."""
_NONE: "deque[Edge]" = deque()
_T = TypeVar("_T")


@dataclass(slots=True)
class Edge:
    """One movement from one customer to another. `amount` in minor units, `at` in seconds since 1970 (UTC)."""

    movement_id: str
    at: int
    day: int
    """The business date as `date.toordinal()`."""
    amount: int
    currency: str
    payer: str
    payee: str
    """Customers."""
    payer_account: str
    payee_account: str
    observed: bool = False
    number: int = 0
    """Its place in the order of time: a hop follows another one only when its number is higher."""

    def fits_after(self, before: "Edge", kept: int, most: int) -> bool:
        """Whether this can be the money of `before` moving on: `kept` to `most` percent of it, and later."""
        return self.number > before.number and kept * before.amount <= 100 * self.amount <= most * before.amount


class EdgeWindow:
    """The edges of the last days by payer and by payee, oldest first. Taking one in and letting one go is O(1)."""

    def __init__(self, most: int = MOST_EDGES) -> None:
        self._most = most
        self._all: deque[Edge] = deque()
        self._from: dict[str, deque[Edge]] = {}
        self._to: dict[str, deque[Edge]] = {}
        self._number = 0
        self.dropped = 0
        """Edges let go for lack of room, not of age."""
        self.largest = 0
        """The most edges that were held at once."""
        self._answers: tuple[int, dict[str, object]] = (0, {})

    def __len__(self) -> int:
        return len(self._all)

    def add(self, edge: Edge) -> None:
        """Take in the next edge. They come in order of time; one that does not counts as of the time of the last."""
        if self._all and edge.at < self._all[-1].at:
            edge.at = self._all[-1].at
        self._number += 1
        edge.number = self._number
        self._all.append(edge)
        self._from.setdefault(edge.payer, deque()).append(edge)
        self._to.setdefault(edge.payee, deque()).append(edge)
        if len(self._all) > self._most:
            self._let_go()
            self.dropped += 1
        self.largest = max(self.largest, len(self._all))

    def drop_before(self, at: int) -> None:
        """Let go of everything older."""
        while self._all and self._all[0].at < at:
            self._let_go()

    def _let_go(self) -> None:
        edge = self._all.popleft()
        for index, who in ((self._from, edge.payer), (self._to, edge.payee)):
            held = index[who]
            held.popleft()
            if not held:
                del index[who]

    def once(self, question: str, edge: Edge, ask: Callable[[Edge], _T]) -> _T:
        """What several detectors ask about the newest edge, answered once."""
        if self._answers[0] != edge.number:
            self._answers = (edge.number, {})
        answers = self._answers[1]
        if question not in answers:
            answers[question] = ask(edge)
        return cast("_T", answers[question])  # one question has one type of answer

    def sent_by(self, customer: str, since: int = 0) -> Iterator[Edge]:
        """What a customer paid since then, newest first."""
        return _since(self._from.get(customer, _NONE), since)

    def sent_to(self, customer: str, since: int = 0) -> Iterator[Edge]:
        """What a customer was paid since then, newest first."""
        return _since(self._to.get(customer, _NONE), since)

    def are_recent(self, customer: str, number: int, since: int, *, incoming: bool) -> bool:
        """Whether a customer was paid (or paid) at least so many times since then: the cheap question before others."""
        edges = (self._to if incoming else self._from).get(customer, _NONE)
        return len(edges) >= number and edges[-number].at >= since

    def paid_anybody(self, customer: str) -> bool:
        """Whether the window holds a payment of this customer."""
        return customer in self._from

    def was_paid(self, customer: str) -> bool:
        """Whether the window holds a payment to this customer."""
        return customer in self._to


def _since(edges: "deque[Edge]", since: int) -> Iterator[Edge]:
    for edge in reversed(edges):
        if edge.at < since:
            return
        yield edge
