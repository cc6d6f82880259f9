"""Figures in reading order: groups with a heading, rows with a label. Page and PDF show them alike. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.names import BRANCHES, TYPES, channel_name
from monitoring.patternbook import named as rule_named
from reporting.figures import is_money
from reporting.pack import Figure


@dataclass(frozen=True)
class Row:
    """A figure with the label it has under its heading."""

    label: str
    figure: Figure


@dataclass(frozen=True)
class Group:
    """Rows that share a heading; "" for figures of the whole."""

    heading: str
    rows: tuple[Row, ...]


def named(code: str) -> str:
    """A type, branch, rule, channel or weekday as people write it: "ACH", "Charge-off", "Near-miss deposits"."""
    rule = rule_named(code)
    return TYPES.get(code) or BRANCHES.get(code) or (rule.title if rule else channel_name(code))


def grouped(figures: Sequence[Figure]) -> list[Group]:
    """Figures of one dimension under its name; figures of one metric over many dimensions under the metric's."""
    sizes = Counter(figure.dimension for figure in figures if figure.dimension)
    groups: list[tuple[str, list[Row]]] = []
    for figure in figures:
        by_dimension = sizes[figure.dimension] > 1
        heading = "" if not figure.dimension else _words(figure.dimension) if by_dimension else label_of(figure)
        label = label_of(figure) if by_dimension or not figure.dimension else named(figure.dimension.partition(": ")[2])
        if not groups or groups[-1][0] != heading:
            groups.append((heading, []))
        groups[-1][1].append(Row(label, figure))
    return [Group(heading, tuple(rows)) for heading, rows in groups]


def label_of(figure: Figure) -> str:
    """The figure's name, with its currency."""
    return f"{figure.metric} ({figure.unit})" if is_money(figure.unit) else figure.metric


def _words(dimension: str) -> str:
    kind, _, name = dimension.partition(": ")
    return f"{kind.capitalize()}: {named(name)}"
