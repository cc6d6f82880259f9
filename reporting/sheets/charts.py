"""Native charts of a workbook, fed from cells of their own sheet."""

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart import Series as make_series
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.series import Series as SheetSeries
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.worksheet.worksheet import Worksheet

from reporting import palette
from reporting.figures import Value
from reporting.pack import Chart
from reporting.sheets.cells import SUBTITLE, number_format, put_head, put_number, put_text

WIDTH_CM, HEIGHT_CM = 16, 7.5
ROWS_A_CHART = 16


def add_charts(sheet: Worksheet, charts: list[Chart], *, data_row: int, beside: str) -> int:
    """Write each chart's numbers from `data_row` on, place the charts in column `beside`; returns the next free row."""
    for place, chart in enumerate(chart for chart in charts if not chart.is_empty):
        first = data_row
        data_row = _write_data(sheet, chart, first)
        drawn = _drawn(sheet, chart, first + 2, data_row - 2)
        sheet.add_chart(drawn, f"{beside}{4 + place * ROWS_A_CHART}")
    return data_row


def _columns(chart: Chart) -> list[tuple[str, tuple[Value, ...]]]:
    """A waterfall needs the invisible part below its floating bars beside the bars themselves."""
    if chart.kind != "waterfall":
        return [(one.label, one.values) for one in chart.series]
    steps = [value or 0 for value in chart.series[0].values]
    below, up, down, level = [], [], [], 0
    for place, step in enumerate(steps):
        floats = 0 < place < len(steps) - 1
        start = level if floats else 0
        level = start + step
        below.append(min(start, level) if floats else 0)
        up.append(max(step, 0))
        down.append(max(-step, 0))
    return [("Below", tuple(below)), ("Level or increase", tuple(up)), ("Decrease", tuple(down))]


def _write_data(sheet: Worksheet, chart: Chart, row: int) -> int:
    columns = _columns(chart)
    put_text(sheet, row, 1, f"Chart data: {chart.title} ({chart.unit})", SUBTITLE)
    put_head(
        sheet, row + 1, [chart.category, "", "", *(title for title, _ in columns)], set(range(3, 3 + len(columns)))
    )
    for offset, label in enumerate(chart.labels):
        put_text(sheet, row + 2 + offset, 1, label)
        for place, (_, values) in enumerate(columns):
            put_number(sheet, row + 2 + offset, 4 + place, values[offset], chart.unit)
    return row + 2 + len(chart.labels) + 1


def _drawn(sheet: Worksheet, chart: Chart, first: int, last: int) -> BarChart | LineChart:
    drawn = LineChart() if chart.kind == "line" else BarChart()
    columns = _columns(chart)
    for place in range(len(columns)):
        values = Reference(sheet, min_col=4 + place, min_row=first - 1, max_row=last)
        drawn.series.append(_series(values, place, chart))
    drawn.set_categories(Reference(sheet, min_col=1, min_row=first, max_row=last))
    drawn.title = f"{chart.title} ({chart.unit})"
    drawn.width, drawn.height = WIDTH_CM, HEIGHT_CM
    drawn.legend = drawn.legend if len(chart.series) > 1 else None
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.x_axis.title = chart.category
    drawn.y_axis.number_format = number_format(chart.unit).partition(".")[0]
    drawn.y_axis.majorGridlines = ChartLines(_line(palette.LINE))
    if isinstance(drawn, BarChart):
        drawn.gapWidth = 60
        if chart.kind in ("waterfall", "stacked"):
            drawn.grouping, drawn.overlap = "stacked", 100
    return drawn


def _line(colour: str) -> GraphicalProperties:
    properties = GraphicalProperties()
    properties.line.solidFill = colour
    return properties


def _series(values: Reference, place: int, chart: Chart) -> SheetSeries:
    series = make_series(values, title_from_data=True)
    colour = palette.SERIES[place % len(palette.SERIES)]
    if chart.kind == "waterfall":
        colour = (palette.WHITE, palette.TEAL, palette.RED)[place]
    if chart.kind == "line":
        series.graphicalProperties.line.solidFill = colour
        series.graphicalProperties.line.width = 22_000
        series.smooth = False
        series.marker.symbol = "none"
    elif chart.kind == "waterfall" and place == 0:
        series.graphicalProperties.noFill = True
        series.graphicalProperties.line.noFill = True
    else:
        series.graphicalProperties.solidFill = colour
    return series
