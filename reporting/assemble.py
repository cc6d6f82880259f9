"""From closed days to a pack: measure three quarters, set them side by side, prove, say it in words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.totals import DayTotals
from cloudbank.clock import BusinessCalendar
from cloudbank.quarters import Quarter
from reporting.figures import Value, change
from reporting.metrics import Measure, Measured, Metric
from reporting.pack import Chart, Figure, Pack, Section, Series
from reporting.periods import Period, period_of

TREND = 5
"""Quarters in a trend: the report's own, the three before, and the same quarter of last year."""
Names = tuple[str, str]


@dataclass(frozen=True)
class Request:
    """What is asked for, and all that the content may depend on beside the days themselves."""

    bank: str
    quarter: Quarter
    currency: str
    metrics: tuple[Metric, ...]
    cutoff: str
    """When and with which seal the data was taken; no clock and no run id beside it."""
    zone: str
    notes: tuple[str, ...] = ()
    """What a reader must know of the reading."""


def quarters_back(quarter: Quarter, count: int = TREND) -> list[Quarter]:
    """The quarter and those before it, oldest first."""
    found = [quarter]
    while len(found) < count:
        found.insert(0, found[0].previous())
    return found


def assemble(request: Request, days: Sequence[DayTotals], calendar: BusinessCalendar) -> Pack:
    """The pack of a quarter from the totals of its days and of the four quarters before.

    Raises FootingError when a bridge does not foot or a sealed day contradicts the day before it.
    """
    periods = [period_of(quarter, request.currency, days, calendar) for quarter in quarters_back(request.quarter)]
    for period in periods:
        period.prove()
    sections = tuple(_section(metric, periods) for metric in request.metrics)
    own = periods[-1]
    return Pack(
        kind="quarterly report",
        title="Quarterly report",
        subtitle=f"{own.label} ({request.quarter.first.isoformat()} to {request.quarter.last.isoformat()})",
        bank=request.bank,
        currency=request.currency,
        period=own.label,
        previous=request.quarter.previous().label,
        year_ago=request.quarter.year_ago().label,
        parameters=_parameters(request),
        as_of=own.as_of.isoformat(),
        cutoff=request.cutoff,
        provisional=not own.complete,
        summary=tuple(_summary(request, sections)),
        sections=sections,
        notes=(*_notes(periods, calendar), *request.notes),
    )


def _parameters(request: Request) -> dict[str, str]:
    return {
        "Quarter": request.quarter.label,
        "Currency": request.currency,
        "Metrics": ", ".join(metric.code for metric in request.metrics),
        "Fiscal year starts in month": str(request.quarter.start_month),
        "Bank time zone": request.zone,
    }


def _summary(request: Request, sections: Sequence[Section]) -> list[str]:
    sentences: list[str] = []
    for metric, section in zip(request.metrics, sections, strict=True):
        if metric.words:
            sentences += metric.words(section, request.quarter.label)
    return sentences


def _notes(periods: Sequence[Period], calendar: BusinessCalendar) -> list[str]:
    own, notes = periods[-1], []
    if not own.complete:
        notes.append(
            f"PROVISIONAL: {own.label} is not closed. {len(own.closed)} business days are sealed, "
            f"{len(own.open)} still open; figures run to {own.as_of.isoformat()} and are set beside whole quarters."
        )
    for period in (periods[-2], periods[0]):
        if not period.days:
            notes.append(f"There is no data for {period.label}; figures beside it are n/a.")
        elif not period.opening and period.days[0].day > calendar.on_or_after(period.quarter.first).isoformat():
            notes.append(f"The books begin on {period.days[0].day}: {period.label} is not a whole quarter.")
    return notes


def _section(metric: Metric, periods: Sequence[Period]) -> Section:
    measured = [metric.measure(period) if period.days else None for period in periods]
    own = measured[-1] or Measured(())
    charts = own.charts + tuple(_trends(metric, periods, measured))
    figures = tuple(_figures(metric.code, periods[-1].label, own, measured[-2], measured[0]))
    headline = metric.headline if measured[-1] else ()
    return Section(metric.code, metric.title, metric.definition, figures, charts, own.tables, headline)


def _values(measured: Measured | None) -> dict[Names, Measure]:
    return {(one.metric, one.dimension): one for one in measured.measures} if measured else {}


def _figures(
    code: str, label: str, own: Measured, previous: Measured | None, year_ago: Measured | None
) -> list[Figure]:
    now, before, then = _values(own), _values(previous), _values(year_ago)
    figures = []
    for names, found in (then | before | now).items():
        value, base, old = (_value(values, names) for values in (now, before, then))
        if names[1] and not (value or base or old):
            continue  # a channel nobody used in any of the three quarters
        figures.append(_figure(code, label, found, value, base, old))
    order = {names: place for place, names in enumerate(now)}
    return sorted(figures, key=lambda one: order.get((one.metric, one.dimension), len(order)))


def _value(values: Mapping[Names, Measure], names: Names) -> Value:
    return values[names].value if names in values else None


def _figure(code: str, label: str, found: Measure, value: Value, base: Value, old: Value) -> Figure:
    against_base, unit = change(value, base, found.unit)
    against_old, _ = change(value, old, found.unit)
    return Figure(
        section=code,
        metric=found.metric,
        dimension=found.dimension,
        period=label,
        value=value,
        unit=found.unit,
        formula=found.formula,
        previous=base,
        year_ago=old,
        change_previous=against_base,
        change_year_ago=against_old,
        change_unit=unit,
    )


def _trends(metric: Metric, periods: Sequence[Period], measured: Sequence[Measured | None]) -> list[Chart]:
    """One chart over five quarters of the measures that the metric names, if a quarter before has data."""
    if not metric.trend or not any(measured[:-1]):
        return []
    values = [_values(one) for one in measured]
    series = tuple(Series(name, tuple(_value(one, (name, "")) for one in values)) for name in metric.trend)
    unit = next(one[metric.trend[0], ""].unit for one in values if one)
    title = metric.trend[0] if len(metric.trend) == 1 else metric.title
    labels = tuple(period.label for period in periods)
    return [Chart(f"{metric.code}_trend", f"{title}, five quarters", "bar", "Quarter", labels, series, unit)]
