"""The reference of all metrics, made from their registry: what each measures, how, in which unit, from what. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.closing import carry
from accounts.names import plain
from accounts.totals import DayTotals
from cloudbank.stretches import Stretch
from reporting.figures import COUNT, DAYS, EACH, HOUR, PERCENT, POINTS, RATE, is_money, shown
from reporting.metrics import Metric
from reporting.pack import Figure, Pack
from reporting.periods import Period

UNITS = {COUNT: "number", PERCENT: "percent", POINTS: "percentage points", RATE: "a day", HOUR: "hour of the day"}
UNITS |= {EACH: "a person", DAYS: "days"}
_PARTS = re.compile(r"^(Formula|Unit|Source):\s*", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """One figure of a metric: what it is called, how it comes about, and what it was in the last quarter."""

    name: str
    formula: str
    unit: str
    by: tuple[str, ...]
    """The dimensions it is also told by ("type", "channel"), or only by when `whole` is False."""
    whole: bool
    example: str
    """ "1,234.50", "n/a"; "" without a report to take it from."""


@dataclass(frozen=True)
class Entry:
    """A metric of the reference."""

    code: str
    title: str
    icon: str
    about: str
    formula: str
    unit: str
    source: str
    figures: tuple[Said, ...]


def reference(metrics: Iterable[Metric], stretch: Stretch, currency: str, pack: Pack | None = None) -> list[Entry]:
    """The metrics in the order given, with the figures of `pack` as examples (none: without examples)."""
    known = {(one.section, one.metric, one.dimension): one for one in pack.figures()} if pack else {}
    return [_entry(metric, _quiet(stretch, currency), known) for metric in metrics]


def _quiet(stretch: Stretch, currency: str) -> Period:
    """A period in which nothing happened: it is enough to know the names, formulas and units of a metric's figures."""
    day = DayTotals(stretch.last.isoformat(), True, end=carry({}, {}))
    return Period(stretch, currency, (day,), {}, {}, True)


def _entry(metric: Metric, quiet: Period, known: Mapping[tuple[str, str, str], Figure]) -> Entry:
    about, *parts = _PARTS.split(metric.definition)
    said = {name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)}
    return Entry(
        code=metric.code,
        title=metric.title,
        icon=metric.icon,
        about=" ".join(about.split()),
        formula=said["Formula"],
        unit=said["Unit"],
        source=said["Source"],
        figures=tuple(_figures(metric, quiet, known)),
    )


def _figures(metric: Metric, quiet: Period, known: Mapping[tuple[str, str, str], Figure]) -> list[Said]:
    told = [(one.metric, one.dimension, one.unit, one.formula) for one in metric.measure(quiet).measures]
    told += [(one.metric, one.dimension, one.unit, one.formula) for one in known.values() if one.section == metric.code]
    found: list[Said] = []
    for name in dict.fromkeys(row[0] for row in told):
        of_name = [row for row in told if row[0] == name]
        kinds = dict.fromkeys(dimension.partition(": ")[0] for _, dimension, _, _ in of_name if dimension)
        example = _example([one for one in known.values() if (one.section, one.metric) == (metric.code, name)])
        _, _, unit, formula = of_name[0]
        whole = any(not dimension for _, dimension, _, _ in of_name)
        found.append(Said(name, formula, unit if is_money(unit) else UNITS[unit], tuple(kinds), whole, example))
    return found


def _example(figures: list[Figure]) -> str:
    """The figure of the whole, else the first of a part, with the part's name."""
    if not figures:
        return ""
    one = next((figure for figure in figures if not figure.dimension), figures[0])
    part = f" ({plain(one.dimension.partition(': ')[2])})" if one.dimension else ""
    return f"{shown(one.value, one.unit)}{part}"


def as_markdown(entries: Iterable[Entry]) -> str:
    """The reference as a page of documentation."""
    lines = ["# Metrics", "", "Made by `manage.py metric_reference` from reporting/metrics."]
    for entry in entries:
        lines += ["", f"## {entry.title} (`{entry.code}`)", "", entry.about, ""]
        lines += [f"- Formula: {entry.formula}", f"- Unit: {entry.unit}", f"- Source: {entry.source}", ""]
        lines += ["| Figure | Formula | Unit | By |", "|---|---|---|---|"]
        lines += [f"| {one.name} | {one.formula} | {one.unit} | {', '.join(one.by)} |" for one in entry.figures]
    return "\n".join(lines) + "\n"
