"""What stands behind a figure: rows that sum to it, or the parts of its formula, each with its own rows. Pure.

A metric declares `rows={measure's name: Spec}`; a Spec is asked for one period and one dimension when somebody
clicks the figure, so it costs nothing while reports are built. `reporting.specs` has the usual ones.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reporting.figures import Value
from reporting.periods import Period

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Link:
    """A page of the bank: the name of its address, the address's arguments, its query."""

    view: str
    args: tuple[str, ...] = ()
    query: Query = ()


@dataclass(frozen=True)
class Row:
    """One row: what it is, its part of the figure in the unit's smallest step, and where it leads."""

    label: str
    value: int
    link: Link | None = None
    note: str = ""


def added(values: Sequence[int]) -> Value:
    """The usual: a figure is the sum of its rows."""
    return sum(values)


def smallest(values: Sequence[int]) -> Value:
    """The figure is the smallest row; n/a without rows."""
    return min(values, default=None)


def largest(values: Sequence[int]) -> Value:
    """The figure is the largest row; n/a without rows."""
    return max(values, default=None)


@dataclass(frozen=True)
class Rows:
    """A list whose sum (or smallest, largest row) is the figure. `what` names a row: "Business day"."""

    what: str
    unit: str
    read: Callable[[], Iterable[Row]]
    fold: Callable[[Sequence[int]], Value] = added
    says: str = ""
    """How the figure comes from the rows, when it is not their sum."""
    known: bool = True
    """False: there is no data, so the figure is n/a."""

    def value(self) -> Value:
        """The figure, made again from its rows."""
        return self.fold([row.value for row in self.read()]) if self.known else None


@dataclass(frozen=True)
class Given:
    """A number that is no sum of rows: days of the period, 365. Only ever a part of a formula."""

    number: Value


@dataclass(frozen=True)
class Part:
    """A number of a formula, with what stands behind it."""

    label: str
    unit: str
    behind: "Behind"


@dataclass(frozen=True)
class Formula:
    """The figure is computed from parts: `words` with {0}, {1} for them, "{0} / {1}"."""

    words: str
    parts: tuple[Part, ...]
    compute: Callable[..., Value]


Behind = Rows | Given | Formula
Spec = Callable[[Period, str], Behind]
"""Asked for a period and a measure's dimension ("type: wire", or "")."""


def value_of(behind: Behind) -> Value:
    """The figure, made again from what stands behind it."""
    if isinstance(behind, Formula):
        return behind.compute(*(value_of(part.behind) for part in behind.parts))
    return behind.number if isinstance(behind, Given) else behind.value()


def has_rows(behind: Behind) -> bool:
    """Whether rows stand behind it, at once or behind a part."""
    if isinstance(behind, Formula):
        return any(has_rows(part.behind) for part in behind.parts)
    return not isinstance(behind, Given)
