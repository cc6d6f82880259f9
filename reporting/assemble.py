"""From closed days to a pack: measure the period and those beside it, prove, say it in words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.totals import DayTotals
from cloudbank.clock import BusinessCalendar
from cloudbank.stretches import Stretch
from reporting.beside import BOTH, COMPARISONS, Beside, beside
from reporting.cuts import PRODUCT, WHOLE, Cut, cut_days, in_words
from reporting.figures import Value, change
from reporting.metrics import Measure, Measured, Metric
from reporting.pack import Chart, Figure, Pack, Section, Series
from reporting.periods import Period, period_of

TITLES = {"quarter": "Quarterly report", "month": "Monthly report", "day": "Daily report", "period": "Report"}
PLURALS = {"quarter": "quarters", "month": "months", "day": "days", "period": "periods"}
NUMBERS = {2: "two", 5: "five", 13: "thirteen"}
Names = tuple[str, str]


class NotCarried(Exception):
    """None of the metrics can be cut so; the message says which can."""


@dataclass(frozen=True)
class Request:
    """What is asked for, and all that the content may depend on beside the days themselves."""

    bank: str
    stretch: Stretch
    currency: str
    metrics: tuple[Metric, ...]
    cutoff: str
    """When and with which seal the data was taken; no clock and no run id beside it."""
    zone: str
    notes: tuple[str, ...] = ()
    """What a reader must know of the reading."""
    compare: str = BOTH
    cut: Cut = WHOLE
    pack: str = ""
    """What the saved pack is called; "" for a choice of metrics without a name."""
    audience: str = ""
    """Who the report is for; "" when nobody in particular."""
    start_month: int = 1
    """The month that the fiscal year starts in."""

    @property
    def carried(self) -> tuple[Metric, ...]:
        """The metrics that can be cut as asked; all of them without a cut."""
        return tuple(one for one in self.metrics if one.can_be_cut(self.cut))


Found = Mapping[Stretch, Period]
Results = Mapping[Stretch, Measured | None]


def assemble(request: Request, days: Sequence[DayTotals], calendar: BusinessCalendar) -> Pack:
    """The pack of a period from the totals of its days and of those that stand beside it.

    Raises FootingError when a bridge does not foot or a sealed day contradicts the day before it, and NotCarried.
    """
    around = beside(request.stretch, request.compare)
    if not request.carried:
        raise NotCarried(_nothing_carried(request))
    days = cut_days(days, request.cut)
    periods = {
        one: period_of(one, request.currency, days, calendar, request.cut) for one in around.all()
    }  # fmt: skip
    for period in periods.values():
        period.prove()
    sections = tuple(_section(metric, around, periods) for metric in request.carried)
    own, noun = periods[around.own], request.stretch.noun
    part = f"{in_words(request.cut)} · " if request.cut else ""
    title = f"{request.pack}, {TITLES[noun].lower()}" if request.pack else TITLES[noun]
    return Pack(
        kind=TITLES[noun].lower(),
        title=title,
        subtitle=f"{part}{own.label} ({request.stretch.first.isoformat()} to {request.stretch.last.isoformat()})",
        bank=request.bank,
        currency=request.currency,
        period=own.label,
        previous=around.previous.label if around.previous else "",
        year_ago=around.year_ago.label if around.year_ago else "",
        parameters=_parameters(request),
        as_of=own.as_of.isoformat(),
        cutoff=request.cutoff,
        provisional=not own.complete,
        summary=tuple(_summary(request, sections)),
        sections=sections,
        audience=request.audience,
        notes=(*_notes(request, around, periods, calendar), *request.notes),
    )


def _parameters(request: Request) -> dict[str, str]:
    named = {"Pack": request.pack} if request.pack else {}
    return named | {
        "Period": request.stretch.label,
        "Currency": request.currency,
        "Metrics": ", ".join(metric.code for metric in request.carried),
        "Compared with": COMPARISONS[request.compare],
        "Part of the bank": in_words(request.cut),
        "Fiscal year starts in month": str(request.start_month),
        "Bank time zone": request.zone,
    }


def _nothing_carried(request: Request) -> str:
    titles = ", ".join(metric.title for metric in request.metrics)
    return f"{in_words(request.cut)}: none of these metrics is known for a part of the bank: {titles}."


def _summary(request: Request, sections: Sequence[Section]) -> list[str]:
    sentences: list[str] = []
    for metric, section in zip(request.carried, sections, strict=True):
        if metric.words:
            sentences += metric.words(section, request.stretch.label)
    return sentences


def _notes(request: Request, around: Beside, periods: Found, calendar: BusinessCalendar) -> list[str]:
    own, notes = periods[around.own], []
    if not own.complete:
        notes.append(
            f"PROVISIONAL: {own.label} is not closed. {len(own.closed)} business days are sealed, "
            f"{len(own.open)} still open; figures run to {own.as_of.isoformat()}"
            + (f" and are set beside whole {PLURALS[around.own.noun]}." if around.previous or around.year_ago else ".")
        )
    if left_out := [metric.title for metric in request.metrics if metric not in request.carried]:
        notes.append(
            f"{in_words(request.cut)}. {_why_left_out(request.cut)} and therefore left out: {', '.join(left_out)}."
        )
    if request.cut and own.days:
        notes += _of_a_part(request, periods)
    for stretch in dict.fromkeys((around.own, around.previous, around.year_ago)):
        if stretch:
            notes += _whole(periods[stretch], calendar)
    return notes


def _why_left_out(cut: Cut) -> str:
    is_product = any(dimension == PRODUCT for dimension, _ in cut)
    return f"Known only for the whole bank{', or of other products,' if is_product else ''}"


def _of_a_part(request: Request, periods: Found) -> list[str]:
    """What a reader must know of figures of a part of the bank."""
    notes, part, own = [], in_words(request.cut), periods[request.stretch]
    only = [f"{one.title}: {', '.join(one.whole_only)}" for one in request.carried if one.whole_only]
    if only:
        notes.append(f"{part}. Known only for the whole bank and therefore n/a: {'; '.join(only)}.")
    sheets = {one.sheet for one in request.carried if one.sheet}
    if sheets and not any(own.sheet(one) for one in sheets):
        notes.append(
            f"Loans, deposits and customers of a part of the bank are known at month ends: {own.label} has none."
        )
    moved = any(period.cube for period in periods.values())
    held = any((found := period.sheet(one)) and found.rows for period in periods.values() for one in sheets)
    if not moved and not held:
        notes.append(f"{part}: nothing of these periods' movements is of this part of the bank.")
    return notes


def _whole(period: Period, calendar: BusinessCalendar) -> list[str]:
    """What is to be said of a period that the books do not cover."""
    if not period.days:
        return [f"There is no data for {period.label}; figures beside it are n/a."]
    if not period.opening and period.days[0].day > calendar.on_or_after(period.stretch.first).isoformat():
        return [f"The books begin on {period.days[0].day}: {period.label} is not a whole {period.stretch.noun}."]
    return []


def _section(metric: Metric, around: Beside, periods: Found) -> Section:
    measured = {one: metric.of(period) if period.days else None for one, period in periods.items()}
    own = measured[around.own]
    found = own or Measured(())
    charts = found.charts + tuple(_trends(metric, around, measured))
    before = measured[around.previous] if around.previous else None
    then = measured[around.year_ago] if around.year_ago else None
    figures = tuple(_figures(metric.code, around.own.label, found, before, then))
    headline = metric.headline if own else ()
    return Section(metric.code, metric.title, metric.definition, figures, charts, found.tables, headline)


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
            continue  # a channel nobody used in any of the three periods
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


def _trends(metric: Metric, around: Beside, measured: Results) -> list[Chart]:
    """One chart over the trend's periods of the measures that the metric names, if one before has data."""
    if not metric.trend or not any(measured[one] for one in around.trend[:-1]):
        return []
    values = [_values(measured[one]) for one in around.trend]
    series = tuple(Series(name, tuple(_value(one, (name, "")) for one in values)) for name in metric.trend)
    unit = next(one[metric.trend[0], ""].unit for one in values if one)
    title = metric.trend[0] if len(metric.trend) == 1 else metric.title
    noun, labels = around.own.noun, tuple(one.label for one in around.trend)
    words = f"{title}, {NUMBERS[len(labels)]} {PLURALS[noun]}"
    category = "Day" if noun == "day" else noun.capitalize()
    return [Chart(f"{metric.code}_trend", words, "bar", category, labels, series, unit)]
