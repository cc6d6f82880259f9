"""Lines over an order in time: dashes tell them apart, their names stand at their ends, gaps stay gaps."""

from collections.abc import Sequence
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine
from reportlab.pdfbase.pdfmetrics import stringWidth

from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.figures import Value
from reporting.pack import Chart
from reporting.paper.ink import SMALL, Fill, area, colour, fitted, series_fill, write
from reporting.paper.plot import RIGHT, Plot, head, label_axis, plotted
from reporting.paper.scale import known, lowest, short

DASHES: Sequence[Any] = (None, [4, 2], [1, 2], [7, 2, 1, 2], [2, 1], [9, 3])
NAME_ROOM = 110
Point = tuple[float, float]


def lines(drawing: Drawing, chart: Chart) -> None:
    """One line a series. One alone has its first and last value beside it, several have their names."""
    values = [value for one in chart.series for value in known(one.values)]
    low = lowest(values, from_zero=False)
    head(drawing, chart, "; the axis does not begin at zero" if low > 0 else "")
    ends = [_name(one.label, known(one.values), chart.unit) for one in chart.series]
    several = len(ends) > 1
    right = max(stringWidth(text, REGULAR, SMALL) for text in ends) + 8 if several else RIGHT
    plot = plotted(drawing, chart.unit, low, max([*values, 0] if low <= 0 else values), right=right)
    drawn = [_line(plot, one.values, index) for index, one in enumerate(chart.series)]
    if several:
        _names(plot, [(points[-1], text) for points, text in zip(drawn, ends, strict=True) if points])
    elif drawn[0]:
        _ends(plot, drawn[0], known(chart.series[0].values), chart.unit)
    label_axis(plot, chart)


def _name(label: str, values: Sequence[int], unit: str) -> str:
    value = short(values[-1], unit) if values else "n/a"
    return f"{fitted(label, NAME_ROOM)} {value}"


def _line(plot: Plot, values: Sequence[Value], index: int) -> list[Point]:
    """Draw each unbroken run of values; returns all points."""
    paint = series_fill(index).stroke
    runs: list[list[Point]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        left, size = plot.slot(place, len(values))
        runs[-1].append((left + size / 2, plot.y(value)))
    for run in runs:
        if len(run) == 1:
            plot.drawing.add(Circle(*run[0], 1.8, fillColor=paint, strokeColor=None))
        elif run:
            line = PolyLine([number for point in run for number in point], strokeColor=paint, strokeWidth=1.5)
            line.strokeDashArray = DASHES[index % len(DASHES)]
            plot.drawing.add(line)
    return [point for run in runs for point in run]


def _names(plot: Plot, ends: list[tuple[Point, str]]) -> None:
    """Names right of the last points, moved apart where they would touch, each with a thin line to its end."""
    at = plot.bottom - 3.3 - SMALL  # so that a line on the ground has its name there
    for (x, y), text in sorted(ends, key=lambda one: one[0][1]):
        at = max(at + SMALL + 1, y - 2.3)
        edge = plot.left + plot.width
        plot.drawing.add(Line(x, y, edge + 4, at + 2.3, strokeColor=colour(palette.LINE), strokeWidth=0.6))
        write(plot.drawing, edge + 6, at, text)


def _ends(plot: Plot, points: list[Point], values: list[int], unit: str) -> None:
    for place in {0, len(points) - 1}:
        text, at_end = short(values[place], unit), place > 0
        x, y = points[place]
        wide = stringWidth(text, BOLD, SMALL) + 4
        left = x - wide + 2 if at_end else x - 2
        ground = colour(palette.WHITE)
        area(plot.drawing, left, y + 3, wide, 8, Fill(ground, ground))
        write(plot.drawing, x, y + 5, text, font=BOLD, anchor="end" if at_end else "start")
