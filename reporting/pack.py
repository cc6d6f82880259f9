"""The pack: one structure that the three writers write and the page shows. Pure.

Everything in it is text, whole numbers and None, so its canonical JSON, and with it the SHA-256 that
stands on every page, is the same for the same content for ever.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Literal

from reporting.figures import Value

TEXT, DAY, INSTANT = "text", "day", "instant"
Cell = int | str | None
ChartKind = Literal["bar", "stacked", "line", "waterfall"]


class ShapeError(ValueError):
    """A row has not as many cells as its table has columns: it would shift what follows."""


@dataclass(frozen=True)
class Figure:
    """One figure beside the previous quarter's and last year's. Values in the unit's smallest step."""

    section: str
    metric: str
    dimension: str
    period: str
    value: Value
    unit: str
    formula: str
    previous: Value = None
    year_ago: Value = None
    change_previous: Value = None
    change_year_ago: Value = None
    change_unit: str = "%"


@dataclass(frozen=True)
class Series:
    """One series of a chart, a value a label."""

    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Chart:
    """What is drawn. `category` names the labels' axis; labels of category "Day" are ISO dates.

    A waterfall has one series; its first and last bars stand on the ground, the others float.
    """

    code: str
    title: str
    kind: ChartKind
    category: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str

    def __post_init__(self) -> None:
        if any(len(one.values) != len(self.labels) for one in self.series):
            raise ShapeError(f"chart {self.code}: a series has not as many values as there are labels")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)


@dataclass(frozen=True)
class Column:
    """A table's column. `unit`: text, day, instant, or a figure's unit (then cells are whole numbers)."""

    title: str
    unit: str = TEXT

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.unit not in (TEXT, DAY, INSTANT)


@dataclass(frozen=True)
class Table:
    """Rows beside the figures. A missing cell is None and keeps its place; `total` is a last row or empty.

    The first column names a row: a period, unless `by_period` says otherwise.
    """

    code: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    by_period: bool = True

    def __post_init__(self) -> None:
        for row in (*self.rows, *([self.total] if self.total else [])):
            if len(row) != len(self.columns):
                raise ShapeError(f"table {self.code}: a row has {len(row)} cells for {len(self.columns)} columns")


@dataclass(frozen=True)
class Section:
    """One metric's part of the pack; its own sheet in the workbook."""

    code: str
    title: str
    definition: str
    figures: tuple[Figure, ...]
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    headline: tuple[str, ...] = ()
    """Names of the figures that head the report."""

    def figure(self, metric: str, dimension: str = "") -> Figure:
        """The figure with this name; KeyError when there is none."""
        for one in self.figures:
            if (one.metric, one.dimension) == (metric, dimension):
                return one
        raise KeyError(f"{self.code}: no figure {metric!r} {dimension!r}")


@dataclass(frozen=True)
class Pack:
    """A finished report. `listing` is set when the CSV is a list of rows (a statement) and not of figures."""

    kind: str
    title: str
    subtitle: str
    bank: str
    currency: str
    period: str
    previous: str
    year_ago: str
    parameters: Mapping[str, str]
    as_of: str
    cutoff: str
    provisional: bool
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    listing: Table | None = field(default=None)
    audience: str = ""
    """Who the report is for, as "the board"; "" when nobody in particular."""

    def canonical(self) -> str:
        """The content as JSON with sorted keys: what the hash is over."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=True, separators=(",", ":"))

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the content (hex)."""
        return hashlib.sha256(self.canonical().encode("ascii")).hexdigest()

    def figures(self) -> list[Figure]:
        """All figures, in order."""
        return [figure for section in self.sections for figure in section.figures]

    @cached_property
    def beside(self) -> tuple[str, ...]:
        """The periods that readers see beside the report's own: of which at least one figure is known."""
        figures = self.figures()
        before = any(one.previous is not None for one in figures)
        then = any(one.year_ago is not None for one in figures)
        return tuple(label for label, known in ((self.previous, before), (self.year_ago, then)) if label and known)

    def comparisons(self, figure: Figure) -> list[tuple[str, Value, Value]]:
        """(period, value, change since) for each period beside the report's own."""
        both = (
            (self.previous, figure.previous, figure.change_previous),
            (self.year_ago, figure.year_ago, figure.change_year_ago),
        )
        return [one for one in both if one[0] in self.beside]

    def headlines(self) -> list[Figure]:
        """The figures that head the report."""
        return [section.figure(name) for section in self.sections for name in section.headline]

    def facts(self) -> list[tuple[str, str]]:
        """What a reader must know to reproduce the report, in the same words in every file."""
        return [
            ("Bank", self.bank),
            ("Report", f"{self.title}, {self.subtitle}"),
            *([("Prepared for", self.audience)] if self.audience else []),
            *((name, text) for name, text in self.parameters.items()),
            ("As of", self.as_of),
            ("Data cut-off", self.cutoff),
            ("Status", "PROVISIONAL" if self.provisional else "Final"),
            ("SHA-256 of the content", self.sha256),
        ]


def section_of(sections: Sequence[Section], code: str) -> Section | None:
    """The section with this code, if it is in the pack."""
    return next((section for section in sections if section.code == code), None)
