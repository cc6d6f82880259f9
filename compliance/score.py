"""The compliance score: the weighted pass rate of the controls, with hard caps. Pure.

score = 100 x sum(weight x credit) / sum(weight), rounded down, over the measurable controls;
credit is 1 when ok, 1/2 when approaching, 0 when breached. While a control with a hard cap is
breached the score is at most 49 (domain page compliance.md, "Controls and the score").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

HARD_CAP = 49


class State(StrEnum):
    """How a control stands."""

    OK = "ok"
    APPROACHING = "approaching"
    BREACHED = "breached"
    NOT_MEASURABLE = "not_measurable"


CREDIT = {State.OK: Fraction(1), State.APPROACHING: Fraction(1, 2), State.BREACHED: Fraction(0)}


class Direction(StrEnum):
    """Which side of a threshold is the bad one."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


def judge(value: int, *, warn: int, breach: int, direction: Direction = Direction.AT_MOST) -> State:
    """The state of a value. A value at the threshold still keeps it: only beyond it is approaching or breached."""
    sign = 1 if direction is Direction.AT_MOST else -1
    if sign * value > sign * breach:
        return State.BREACHED
    return State.APPROACHING if sign * value > sign * warn else State.OK


@dataclass(frozen=True, slots=True)
class Part:
    """What one control brings to the score."""

    code: str
    state: State
    weight: int
    hard_cap: bool = False

    @property
    def measurable(self) -> bool:
        """Whether it counts at all."""
        return self.state is not State.NOT_MEASURABLE

    @property
    def points(self) -> Fraction:
        """weight x credit; 0 when not measurable."""
        return self.weight * CREDIT[self.state] if self.measurable else Fraction(0)

    @property
    def caps(self) -> bool:
        """Whether it holds the score at 49 now."""
        return self.hard_cap and self.state is State.BREACHED


@dataclass(frozen=True, slots=True)
class Score:
    """The score and how it came about. `value` is None when nothing is measurable."""

    parts: tuple[Part, ...]

    @property
    def points(self) -> Fraction:
        """Points won, of `possible`."""
        return sum((part.points for part in self.parts), Fraction(0))

    @property
    def possible(self) -> int:
        """The weight of all measurable controls."""
        return sum(part.weight for part in self.parts if part.measurable)

    @property
    def uncapped(self) -> int | None:
        """0-100 before the hard caps, rounded down; None when nothing is measurable."""
        return int(100 * self.points / self.possible) if self.possible else None

    @property
    def capping(self) -> tuple[Part, ...]:
        """The breached controls with a hard cap."""
        return tuple(part for part in self.parts if part.caps)

    @property
    def value(self) -> int | None:
        """The score."""
        if self.uncapped is None or not self.capping:
            return self.uncapped
        return min(HARD_CAP, self.uncapped)

    @property
    def excluded(self) -> tuple[Part, ...]:
        """The controls left out because they could not be measured."""
        return tuple(part for part in self.parts if not part.measurable)

    def count(self, state: State) -> int:
        """How many controls stand so."""
        return sum(part.state is state for part in self.parts)


def scored(parts: Iterable[Part]) -> Score:
    """The score of these parts."""
    return Score(tuple(parts))
