"""A pack as the page shows it: the same rows as in the files, with links that drill down."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from cloudbank.charts import ChartData, Dataset
from cloudbank.wording import day as day_in_words
from reporting.cuts import WHOLE, Cut
from reporting.drill import slug
from reporting.figures import Value, decimals, is_money, shown, shown_change
from reporting.metrics import METRICS
from reporting.pack import DAY, Cell, Chart, Column, Figure, Pack, Section, Table
from reporting.rows import grouped, label_of
from reporting.waterfall import Waterfall, waterfall

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class ShownFigure:
    """A figure in words."""

    label: str
    value: str
    previous: str
    change_previous: str
    year_ago: str
    change_year_ago: str
    formula: str
    link: str
    """To what stands behind it; so do those of the figures beside it."""
    link_previous: str = ""
    link_year_ago: str = ""


@dataclass(frozen=True)
class ShownGroup:
    """Figures under a heading."""

    heading: str
    rows: tuple[ShownFigure, ...]


@dataclass(frozen=True)
class ShownCell:
    """A cell of a table."""

    label: str
    text: str
    is_number: bool
    link: str = ""


@dataclass(frozen=True)
class ShownTable:
    """A table in words."""

    code: str
    title: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[ShownCell, ...], ...]
    total: tuple[ShownCell, ...]


@dataclass(frozen=True)
class ShownSection:
    """A section of the preview."""

    code: str
    title: str
    lead: str
    definition: str
    groups: tuple[ShownGroup, ...]
    charts: tuple[tuple[str, ChartData], ...]
    waterfalls: tuple[Waterfall, ...]
    tables: tuple[ShownTable, ...]


def sections(pack: Pack, cut: Cut = WHOLE) -> list[ShownSection]:
    """The sections of a pack for the page; `cut` is what the pack was cut by."""
    return [_section(pack, section, cut) for section in pack.sections]


def headlines(pack: Pack, cut: Cut = WHOLE) -> list[dict[str, str]]:
    """The tiles on top: label, value, and how it moved."""
    return [
        {
            "label": label_of(figure),
            "value": shown(figure.value, figure.unit),
            "icon": METRICS[figure.section].icon,
            "url": drill_link(figure, cut),
            "note": " · ".join(
                f"{shown_change(moved, figure.change_unit)} on {period}"
                for period, _, moved in pack.comparisons(figure)
            ),
        }
        for figure in pack.headlines()
    ]


def figure_url(period: str, section: str, metric: str, dimension: str = "", cut: Cut = WHOLE) -> str:
    """The address of what stands behind a figure."""
    figure = "/".join([section, slug(metric), *([slug(dimension)] if dimension else [])])
    query = urlencode(dict(cut))
    return reverse("figure_rows", args=[period, figure]) + (f"?{query}" if query else "")


def drill_link(figure: Figure, cut: Cut = WHOLE) -> str:
    """Where a figure's rows are: what it is computed from, the days and movements that sum to it; "" when it is n/a."""
    if figure.value is None:
        return ""
    return figure_url(figure.period, figure.section, figure.metric, figure.dimension, cut)


def day_link(day: str, **filters: str) -> str:
    """The bank's movements of a business day."""
    return f"{reverse('movements')}?{urlencode({'day': day} | {name: text for name, text in filters.items() if text})}"


def _section(pack: Pack, section: Section, cut: Cut) -> ShownSection:
    drawn = [chart for chart in section.charts if not chart.is_empty]
    return ShownSection(
        code=section.code,
        title=section.title,
        lead=section.definition.split("\n\n")[0],
        definition=section.definition,
        groups=tuple(
            ShownGroup(group.heading, tuple(_figure(pack, row.label, row.figure, cut) for row in group.rows))
            for group in grouped(section.figures)
        ),
        charts=tuple((chart.code.replace("_", "-"), chart_data(pack, chart)) for chart in drawn if _in_page(chart)),
        waterfalls=tuple(waterfall(chart) for chart in drawn if not _in_page(chart)),
        tables=tuple(table(one) for one in section.tables),
    )


def _in_page(chart: Chart) -> bool:
    return chart.kind != "waterfall"


def _figure(pack: Pack, label: str, figure: Figure, cut: Cut) -> ShownFigure:
    def link(period: str, value: Value) -> str:
        return drill_link(replace(figure, period=period, value=value), cut) if period else ""

    return ShownFigure(
        label=label,
        value=shown(figure.value, figure.unit),
        previous=shown(figure.previous, figure.unit),
        change_previous=shown_change(figure.change_previous, figure.change_unit),
        year_ago=shown(figure.year_ago, figure.unit),
        change_year_ago=shown_change(figure.change_year_ago, figure.change_unit),
        formula=figure.formula,
        link=link(figure.period, figure.value),
        link_previous=link(pack.previous, figure.previous),
        link_year_ago=link(pack.year_ago, figure.year_ago),
    )


def chart_data(pack: Pack, chart: Chart) -> ChartData:
    """The chart for the page; bars of days lead to the movements of the day."""
    by_day = chart.category == "Day"
    links = [day_link(label) for label in chart.labels] if by_day and chart.kind == "bar" else []
    money = is_money(chart.unit)
    return ChartData(
        title=chart.title,
        type="line" if chart.kind == "line" else "bar",
        labels=[_axis(chart, label) for label in chart.labels],
        datasets=[Dataset(one.label, one.values, links) for one in chart.series],
        unit="" if money else chart.unit,
        currency=chart.unit if money else "",
        period=pack.period,
        category=chart.category,
        decimals=0 if money else decimals(chart.unit),
    )


def _axis(chart: Chart, label: str) -> str:
    if chart.category == "Day":
        return day_in_words(date.fromisoformat(label))
    if chart.category == "Month":
        return f"{_MONTHS[int(label[5:7]) - 1]} {label[:4]}"
    return f"{label}:00" if chart.category == "Hour" else label


def table(found: Table) -> ShownTable:
    """A table for the page; days lead to their movements."""
    columns = tuple((_title(column), column.is_number) for column in found.columns)
    rows = tuple(_cells(found, row, linked=True) for row in found.rows)
    total = _cells(found, found.total, linked=False) if found.total else ()
    return ShownTable(found.code, found.title, columns, rows, total)


def _cells(found: Table, row: tuple[Cell, ...], *, linked: bool) -> tuple[ShownCell, ...]:
    return tuple(
        ShownCell(_title(column), _text(column, cell), column.is_number, _cell_link(found, column, cell, linked))
        for column, cell in zip(found.columns, row, strict=True)
    )


def _cell_link(found: Table, column: Column, cell: Cell, linked: bool) -> str:
    return day_link(str(cell)) if linked and found.code == "by_day" and column.unit == DAY else ""


def _text(column: Column, cell: Cell) -> str:
    if column.is_number:
        return shown(cell if isinstance(cell, int) else None, column.unit)
    return "n/a" if cell is None else str(cell)


def _title(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.is_number and is_money(column.unit) else column.title
