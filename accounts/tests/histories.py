"""Concurrent histories: who asked what and when, what was answered, and whether some order of it makes sense. Pure.

The search of Wing and Gong (1993), with Lowe's memory of what was tried (2017): an operation may come next when no
other one that is still open had ended before it began; what it answered must be what the model answers there.
An operation whose answer was lost (`end` None) may have happened at any time after it began, or never.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Event:
    """One operation of one client; times of one clock that all clients read."""

    asked: tuple[str, ...]
    answer: str
    begin: float
    end: float | None


Model = Callable[[State, tuple[str, ...]], tuple[State, str]]
"""What a sequential bank does: the state after it and its answer."""


def explained(history: Sequence[Event], start: State, model: Model[State]) -> list[Event] | None:
    """An order of the operations that explains every answer, or None."""
    tried: set[tuple[frozenset[int], State]] = set()
    order: list[int] = []

    def search(left: frozenset[int], state: State) -> bool:
        if all(history[one].end is None for one in left):
            return True
        if (left, state) in tried:
            return False
        tried.add((left, state))
        first_end = min(end for one in left if (end := history[one].end) is not None)
        for one in sorted(left, key=lambda place: history[place].begin):
            event = history[one]
            if event.begin > first_end:
                break
            after, answer = model(state, event.asked)
            if event.end is not None and answer != event.answer:
                continue
            order.append(one)
            if search(left - {one}, after):
                return True
            order.pop()
        return False

    return [history[one] for one in order] if search(frozenset(range(len(history))), start) else None
