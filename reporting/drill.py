"""From a figure's address to what stands behind it: `<metric>/<measure>[/<dimension>]`, and `part` by part. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reporting.behind import Behind, Formula, Rows, value_of
from reporting.figures import Value
from reporting.metrics import METRICS, Measure, Metric
from reporting.periods import Period


class NoSuchFigure(LookupError):
    """There is no figure at this address."""


class NotDeclared(LookupError):
    """The metric says of this measure not what its rows are (`rows=` of its decorator)."""


def slug(text: str) -> str:
    """A name in an address: "Deposits, end of period" -> "deposits-end-of-period"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


@dataclass(frozen=True)
class Step:
    """A figure or a part of one: its name, its unit, what stands behind it, and the path of parts that leads to it."""

    label: str
    unit: str
    behind: Behind
    path: tuple[int, ...] = ()

    def value(self) -> Value:
        """Made again from what stands behind it."""
        return value_of(self.behind)

    def parts(self) -> "list[Step]":
        """The parts of its formula; none when it has rows of its own."""
        if not isinstance(self.behind, Formula):
            return []
        return [
            Step(part.label, part.unit, part.behind, (*self.path, place))
            for place, part in enumerate(self.behind.parts)
        ]  # fmt: skip


@dataclass(frozen=True)
class Drill:
    """A figure of a period, and the steps from it to the part that is looked at (the last one)."""

    metric: Metric
    measure: Measure
    period: Period
    steps: tuple[Step, ...]

    @property
    def here(self) -> Step:
        """What is looked at."""
        return self.steps[-1]


def behind(metric: Metric, measure: Measure, period: Period) -> Behind:
    """What stands behind a measure. Raises NotDeclared."""
    spec = metric.rows.get(measure.metric)
    if spec is None:
        raise NotDeclared(f"{metric.code}: {measure.metric!r} has no rows")
    if period.cut and measure.metric in metric.whole_only:
        return Rows("Whole bank", measure.unit, lambda: (), known=False)
    return spec(period, measure.dimension)


def drilled(period: Period, code: str, name: str, dimension: str = "", path: Sequence[int] = ()) -> Drill:
    """The figure at an address. Raises NoSuchFigure, NotDeclared."""
    if code not in METRICS.codes():
        raise NoSuchFigure(code)
    metric = METRICS[code]
    if not metric.can_be_cut(period.cut):
        raise NoSuchFigure(f"{code} is known only for the whole bank")
    for measure in metric.of(period).measures:
        if (slug(measure.metric), slug(measure.dimension)) == (name, dimension):
            first = Step(measure.metric, measure.unit, behind(metric, measure, period))
            return Drill(metric, measure, period, _walked(first, path))
    raise NoSuchFigure(f"{code}: {name} {dimension}".strip())


def _walked(first: Step, path: Sequence[int]) -> tuple[Step, ...]:
    steps = [first]
    for place in path:
        parts = steps[-1].parts()
        if not 0 <= place < len(parts):
            raise NoSuchFigure(f"{first.label}: part {place}")
        steps.append(parts[place])
    return tuple(steps)


def parsed_path(text: str) -> tuple[int, ...]:
    """The parts' places in an address: "1.0". Raises NoSuchFigure."""
    if not re.fullmatch(r"(\d(\.\d)*)?", text):
        raise NoSuchFigure(text)
    return tuple(int(one) for one in text.split(".") if one)


def as_text(path: Sequence[int]) -> str:
    """The inverse of `parsed_path`."""
    return ".".join(str(one) for one in path)
