"""Metrics of the reports: each is one file here with one decorated function.

A metric measures one period; the pack puts the same measures of the previous period and of the same
period a year ago beside them. To add one, write a file like `customers.py`: pages, command, writers,
definitions and tests find it.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cloudbank.registry import Registry
from reporting.behind import Spec
from reporting.cuts import DIMENSIONS, PRODUCT, PRODUCTS, Cut
from reporting.figures import Value
from reporting.pack import Chart, Section, Table
from reporting.periods import Period

METRICS: "Registry[Metric]" = Registry("reporting.metrics")
WHOLE_ONLY = "Known for the whole bank only."
_REQUIRED = ("Formula:", "Unit:", "Source:")


@dataclass(frozen=True)
class Measure:
    """One measured value of a period; `metric` and `dimension` name it in every file."""

    metric: str
    value: Value
    unit: str
    formula: str
    dimension: str = ""


@dataclass(frozen=True)
class Measured:
    """What a metric makes of a period. Charts and tables are shown for the report's own period only."""

    measures: tuple[Measure, ...]
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


Measuring = Callable[[Period], Measured]
InWords = Callable[[Section, str], list[str]]


@dataclass(frozen=True)
class Metric:
    """A registered metric.

    `trend` names measures drawn over several periods, `headline` those that head the report; `words` writes its
    summary; `cuts` are the dimensions (cuts.DIMENSIONS) by which `Period.cut` may narrow what it measures, `sheet` the
    month-end sheet that it is then made of ("" for the cube of movements), `whole_only` the measures that are n/a under
    a cut; `rows` says of each measure, by name, what stands behind it (reporting.specs): what a click on it shows.
    """

    code: str
    title: str
    order: int
    definition: str
    measure: Measuring
    trend: tuple[str, ...]
    headline: tuple[str, ...]
    words: InWords | None
    icon: str
    cuts: tuple[str, ...] = ()
    rows: Mapping[str, Spec] = field(default_factory=dict)
    sheet: str = ""
    whole_only: tuple[str, ...] = ()

    def can_be_cut(self, cut: Cut) -> bool:
        """Whether it carries every dimension of the cut, and knows the product that the cut names."""
        return all(
            dimension in self.cuts and (dimension != PRODUCT or code in PRODUCTS.get(self.sheet, ()))
            for dimension, code in cut
        )

    def of(self, period: Period) -> Measured:
        """What it makes of the period; under a cut, what only the whole bank knows is n/a and says so."""
        found = self.measure(period)
        if not period.cut or not self.whole_only:
            return found
        return replace(found, measures=tuple(self._under_a_cut(one) for one in found.measures))

    def _under_a_cut(self, one: Measure) -> Measure:
        if one.metric not in self.whole_only:
            return one
        return replace(one, value=None, formula=f"{one.formula} {WHOLE_ONLY}")


def metric(
    code: str,
    *,
    title: str,
    order: int,
    trend: tuple[str, ...] = (),
    headline: tuple[str, ...] = (),
    words: InWords | None = None,
    icon: str = "graph-up",
    cuts: tuple[str, ...] = (),
    rows: Mapping[str, Spec] | None = None,
    sheet: str = "",
    whole_only: tuple[str, ...] = (),
) -> Callable[[Measuring], Measuring]:
    """Register the decorated function. Its docstring is the published definition: formula, unit, source."""

    def register(measure: Measuring) -> Measuring:
        definition = re.sub(r"(?<!\n)\n(?!\n)\s*(?![A-Z]\w*:)", " ", inspect.getdoc(measure) or "")
        missing = [word for word in _REQUIRED if word not in definition]
        if missing:
            raise ValueError(f"metric {code}: the docstring lacks {' '.join(missing)}")
        if unknown := [one for one in cuts if one not in DIMENSIONS]:
            raise ValueError(f"metric {code}: there is no dimension {unknown[0]}")
        behind = dict(rows or {})
        known = Metric(code, title, order, definition, measure, trend, headline, words, icon, cuts, behind)
        METRICS.add(code, replace(known, sheet=sheet, whole_only=whole_only))
        return measure

    return register


def in_order(codes: tuple[str, ...] = ()) -> list[Metric]:
    """The metrics with these codes (none: all) in the order of the report; KeyError for an unknown one."""
    return sorted((METRICS[code] for code in codes or METRICS.codes()), key=lambda one: (one.order, one.code))
