"""Native charts of a workbook, fed from cells of its sheet of chart data."""

from dataclasses import dataclass

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart import Series as make_series
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import AxDataSource, StrRef
from openpyxl.worksheet.worksheet import Worksheet

from cloudbank.exports import clean_text
from reporting import palette
from reporting.figures import COUNT, HOUR, PERCENT, POINTS, RATE, Value, decimals
from reporting.pack import Chart
from reporting.paper.bridge import spans_of
from reporting.paper.scale import known, lowest, ticks
from reporting.sheets import chart_looks as looks
from reporting.sheets.cells import SUBTITLE, put_head, put_number, put_text

WIDTH_CM, HEIGHT_CM = 13.8, 7.4
ROWS_A_CHART = 15
"""Rows of usual height that a chart covers."""
MOST_LABELS, FEW_STEPS = 12, 6
_UNITS = {COUNT: "Number", PERCENT: "Percent", POINTS: "Percentage points", RATE: "A day", HOUR: "Hour"}
_AXIS = '[>=1000000]#,##0.0,,"M";[>=1000]#,##0,"k";#,##0'


@dataclass
class ChartData:
    """The sheet that the charts' numbers stand on, and its next free row."""

    sheet: Worksheet
    row: int

    def write(self, chart: Chart) -> tuple[int, int]:
        """Write a chart's numbers below those before; returns the first and the last row of values."""
        columns = columns_of(chart)
        put_text(self.sheet, self.row, 1, f"{chart.title} ({chart.unit})", SUBTITLE)
        put_head(self.sheet, self.row + 1, [chart.category, *(one.title for one in columns)], set(range(1, 99)))
        first = self.row + 2
        for offset, label in enumerate(chart.labels):
            put_text(self.sheet, first + offset, 1, label)
            for place, one in enumerate(columns):
                value = one.values[offset]
                if value is not None:  # an empty cell is a gap; a word would be drawn as a zero
                    put_number(self.sheet, first + offset, 2 + place, value, chart.unit)
        self.row = first + len(chart.labels) + 1
        return first, self.row - 2


@dataclass(frozen=True)
class Shown:
    """A series of cells. `look`: own (by its place), hidden, level, rise or fall."""

    title: str
    values: tuple[Value, ...]
    look: str = "own"


def columns_of(chart: Chart) -> list[Shown]:
    """What is drawn: the series; of a waterfall the parts that make bars float, above zero and below it."""
    if chart.kind != "waterfall":
        return [Shown(one.label, one.values) for one in chart.series]
    steps = [value or 0 for value in chart.series[0].values]
    rows, level = [], 0
    for place, step in enumerate(steps):
        whole = place in (0, len(steps) - 1)
        before, level = (0, step) if whole else (level, level + step)
        rows.append(_floating("level" if whole else "rise" if step >= 0 else "fall", before, level))
    names = {"hidden": "Below", "level": "Level", "rise": "Increase", "fall": "Decrease"}
    found = []
    for sign, words in ((1, ""), (-1, ", below zero")):
        for look, name in names.items():
            values = tuple(row.get((look, sign)) or None for row in rows)
            if any(values) or sign > 0:
                found.append(Shown(f"{name}{words}", values, look))
    return found


def _floating(look: str, before: int, after: int) -> dict[tuple[str, int], int]:
    """A bar between two levels, cut at zero: parts above stack upwards, parts below downwards."""
    low, high = min(before, after), max(before, after)
    return {
        ("hidden", 1): max(low, 0),
        (look, 1): max(high, 0) - max(low, 0),
        ("hidden", -1): min(high, 0),
        (look, -1): min(low, 0) - min(high, 0),
    }


def drawn(chart: Chart, data: ChartData) -> BarChart | LineChart:
    """The chart, its numbers written on the sheet of chart data."""
    first, last = data.write(chart)
    made = LineChart() if chart.kind == "line" else BarChart()
    for place, one in enumerate(columns_of(chart)):
        _add_series(made, chart, data.sheet, Reference(data.sheet, min_col=2 + place, min_row=first - 1, max_row=last),
                    place, one.look)  # fmt: skip
    names = Reference(data.sheet, min_col=1, min_row=first, max_row=last)
    for series in made.series:
        series.cat = AxDataSource(strRef=StrRef(f=str(names)))
    made.title = looks.title(clean_text(chart.title)[:80])
    made.height = HEIGHT_CM
    made.width = WIDTH_CM * (1 + is_wide(chart))  # type: ignore[assignment]  # a stub has it whole
    _axes(made, chart)
    _scale(made, chart)
    if len(chart.series) > 1 and made.legend:
        made.legend.position, made.legend.overlay = "b", False
    else:
        made.legend = None
    if isinstance(made, BarChart):
        made.gapWidth = 50
        if chart.kind in ("waterfall", "stacked"):
            made.grouping, made.overlap = "stacked", 100
    return made


def is_wide(chart: Chart) -> bool:
    """Whether it needs the room of two."""
    return len(chart.labels) > MOST_LABELS or (chart.kind == "waterfall" and len(chart.labels) > FEW_STEPS)


def _scale(made: BarChart | LineChart, chart: Chart) -> None:
    """The same round marks as on paper: bars stand on zero, levels may begin higher."""
    found = [step for one in chart.series for step in known(one.values)]
    if chart.kind == "waterfall":
        found = [after for _, after, _ in spans_of(chart)]
    if chart.kind == "stacked":
        columns = list(zip(*(one.values for one in chart.series), strict=True))
        found = [sum(max(v or 0, 0) for v in column) for column in columns]
        found += [sum(min(v or 0, 0) for v in column) for column in columns]
    low = lowest(found, from_zero=chart.kind in ("bar", "stacked"))
    marks = ticks(low, max([*found, 0] if low <= 0 else found), 4)
    scale = 10 ** (decimals(chart.unit) + (2 if chart.unit == PERCENT else 0))
    made.y_axis.scaling.min, made.y_axis.scaling.max = marks[0] / scale, marks[-1] / scale
    made.y_axis.majorUnit = (marks[1] - marks[0]) / scale


def _axes(made: BarChart | LineChart, chart: Chart) -> None:
    made.x_axis.delete = made.y_axis.delete = False
    made.x_axis.title = looks.title(clean_text(chart.category)[:40], 800, bold=False)
    made.y_axis.title = looks.title(_UNITS.get(chart.unit, chart.unit), 800, bold=False)
    made.x_axis.txPr = made.y_axis.txPr = looks.small_text()
    made.x_axis.tickLblPos = "low"
    made.y_axis.number_format = "0%" if chart.unit == PERCENT else _AXIS
    made.y_axis.majorGridlines = ChartLines(looks.line(palette.LINE))


def _add_series(
    made: BarChart | LineChart, chart: Chart, sheet: Worksheet, values: Reference, place: int, look: str
) -> None:
    series = make_series(values, title_from_data=True)
    few = len(chart.labels) * max(len(chart.series), 1) <= MOST_LABELS
    if chart.kind == "line":
        looks.dash(series, place)
    elif look == "hidden":
        looks.hide(series)
    elif chart.kind == "waterfall":
        looks.fill_solid(series, {"level": palette.NAVY, "rise": palette.GREEN, "fall": palette.RED}[look])
        if all(level >= 0 for _, level, _ in spans_of(chart)):
            sign = {"rise": "+", "fall": "-"}.get(look, "")
            paint = palette.WHITE if look == "level" else palette.INK
            series.dLbls = looks.labels(_label_format(chart.unit, sign), paint)
    elif chart.kind == "stacked":
        looks.fill_layer(series, place, len(chart.series))
    else:
        looks.fill_area(series, place)
        if few:
            series.dLbls = looks.labels(_label_format(chart.unit, ""))
    made.series.append(series)


def _label_format(unit: str, sign: str) -> str:
    """A value beside its bar, shortened as on paper."""
    if unit == PERCENT:
        return f"{sign}0.00%"
    return f'[>=1000000]{sign}#,##0.00,,"M";[>=1000]{sign}#,##0.0,"k";{sign}#,##0'
