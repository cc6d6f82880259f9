"""Vector charts (reportlab.graphics) of the pack's chart specifications."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from cloudbank.exports import clean_text
from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.figures import Value
from reporting.pack import Chart
from reporting.paper.scale import known, lowest, short, spread, ticks

HEAD, FOOT, RIGHT = 34.0, 22.0, 6.0
SMALL, TINY = 6.5, 6.0


def colour(text: str) -> Color:
    """A palette colour for reportlab."""
    return HexColor(f"#{text}")


@dataclass(frozen=True)
class Plot:
    """The rectangle of the axes, and the scale from values to points."""

    drawing: Drawing
    left: float
    width: float
    bottom: float
    height: float
    low: float
    high: float

    def y(self, value: float) -> float:
        """The height of a value."""
        return self.bottom + self.height * (value - self.low) / (self.high - self.low)

    def slot(self, place: int, count: int) -> tuple[float, float]:
        """Left edge and width of the place-th of `count` slots."""
        size = self.width / max(count, 1)
        return self.left + place * size, size


def draw(chart: Chart, width: float, height: float) -> Drawing:
    """The chart with its title, unit, axes, direct labels where they fit, and a legend when it needs one."""
    drawing = Drawing(width, height)
    drawing.add(
        String(0, height - 10, clean_text(chart.title), fontName=BOLD, fontSize=8.5, fillColor=colour(palette.NAVY))
    )
    drawing.add(
        String(0, height - 20, _subtitle(chart), fontName=REGULAR, fontSize=SMALL, fillColor=colour(palette.MUTED))
    )
    if chart.is_empty:
        drawing.add(
            String(
                0, height / 2, "Nothing in this period.", fontName=REGULAR, fontSize=8, fillColor=colour(palette.MUTED)
            )
        )
        return drawing
    plot = _plot(drawing, chart, width, height)
    {"line": _lines, "waterfall": _waterfall}.get(chart.kind, _bars)(plot, chart)
    _labels(plot, chart)
    if len(chart.series) > 1:
        _legend(drawing, chart, width, height)
    return drawing


def _subtitle(chart: Chart) -> str:
    low = lowest(_levels(chart), from_zero=chart.kind == "bar")
    note = "; the axis does not begin at zero" if low > 0 else ""
    return f"{chart.unit} by {chart.category.lower()}{note}"


def _levels(chart: Chart) -> list[int]:
    """Every height that the axis must show."""
    if chart.kind != "waterfall":
        return [value for one in chart.series for value in known(one.values)]
    steps, level, levels = chart.series[0].values, 0, []
    for place, step in enumerate(steps):
        level = (step or 0) if place in (0, len(steps) - 1) else level + (step or 0)
        levels.append(level)
    return levels


def _plot(drawing: Drawing, chart: Chart, width: float, height: float) -> Plot:
    levels = _levels(chart)
    marks = ticks(lowest(levels, from_zero=chart.kind == "bar"), max([*levels, 0]), 4)
    texts = [short(mark, chart.unit) for mark in marks]
    left = max(stringWidth(text, REGULAR, SMALL) for text in texts) + 6
    plot = Plot(drawing, left, width - left - RIGHT, FOOT, height - FOOT - HEAD, marks[0], marks[-1])
    for mark, text in zip(marks, texts, strict=True):
        y = plot.y(mark)
        strong = mark == max(0, marks[0])
        line = colour(palette.MUTED if strong else palette.LINE)
        drawing.add(Line(left, y, width - RIGHT, y, strokeColor=line, strokeWidth=0.7 if strong else 0.4))
        drawing.add(
            String(
                left - 4,
                y - 2.3,
                text,
                fontName=REGULAR,
                fontSize=SMALL,
                fillColor=colour(palette.MUTED),
                textAnchor="end",
            )
        )
    return plot


def _label(chart: Chart, text: str) -> str:
    if chart.category == "Day":
        return f"{int(text[8:])} {_MONTHS[int(text[5:7]) - 1]} {text[:4]}"
    if chart.category == "Month":
        return f"{_MONTHS[int(text[5:7]) - 1]} {text[:4]}"
    return clean_text(text)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _labels(plot: Plot, chart: Chart) -> None:
    texts = [_label(chart, text) for text in chart.labels]
    widest = max(stringWidth(text, REGULAR, SMALL) for text in texts) + 6
    for place in spread(len(texts), int(plot.width / widest)):
        left, size = plot.slot(place, len(texts))
        half = stringWidth(texts[place], REGULAR, SMALL) / 2
        centre = min(left + size / 2, plot.left + plot.width + RIGHT - half)
        text = String(centre, plot.bottom - 9, texts[place], fontName=REGULAR, fontSize=SMALL, textAnchor="middle")
        text.fillColor = colour(palette.INK)
        plot.drawing.add(text)


def _bars(plot: Plot, chart: Chart) -> None:
    slots, count = len(chart.labels), len(chart.series)
    for index, one in enumerate(chart.series):
        for place, value in enumerate(one.values):
            left, size = plot.slot(place, slots)
            wide = min(size * 0.72, 64 * count) / count
            start = left + size / 2 - wide * count / 2 + wide * index
            _bar(plot, start, wide * (0.92 if count > 1 else 1), 0, value, index)
            _value(plot, start + wide / 2, value, chart.unit, wide, slots * count)


def _bar(plot: Plot, left: float, width: float, base: float, value: Value, index: int) -> None:
    if value is None:
        return
    low, high = sorted((plot.y(base), plot.y(value)))
    paint = colour(palette.SERIES[index % len(palette.SERIES)])
    plot.drawing.add(_box(left, low, width, max(high - low, 0.4), _fill(paint, index), paint))


def _fill(paint: Color, index: int) -> Color:
    """The first series is solid, the others are outlined and light: colour is never the only sign."""
    return paint if index == 0 else Color(paint.red, paint.green, paint.blue, alpha=0.28)


def _box(left: float, bottom: float, width: float, height: float, fill: Color, stroke: Color | None = None) -> Rect:
    box = Rect(left, bottom, width, height)
    box.fillColor, box.strokeColor, box.strokeWidth = fill, stroke, 0.6
    return box


def _value(plot: Plot, centre: float, value: Value, unit: str, width: float, bars: int) -> None:
    """A bar's value above it, when bars are few and the text fits."""
    text = short(value, unit) if value is not None else "n/a"
    if bars <= 12 and stringWidth(text, BOLD, SMALL) < width + 14:
        y = plot.y(max(value or 0, plot.low)) + 3
        plot.drawing.add(
            String(centre, y, text, fontName=BOLD, fontSize=SMALL, fillColor=colour(palette.INK), textAnchor="middle")
        )


def _lines(plot: Plot, chart: Chart) -> None:
    dashes: Sequence[Any] = (None, [4, 2], [1, 2], [6, 2, 1, 2])
    for index, one in enumerate(chart.series):
        points, paint = _points(plot, one.values), colour(palette.SERIES[index % len(palette.SERIES)])
        for place in (0, len(points) - 1):
            _end_label(plot, points[place], known(one.values)[place], chart.unit, at_end=place > 0)
        line = PolyLine([number for point in points for number in point], strokeColor=paint, strokeWidth=1.6)
        line.strokeDashArray = dashes[index % len(dashes)]
        plot.drawing.add(line)


def _points(plot: Plot, values: Sequence[Value]) -> list[tuple[float, float]]:
    points = []
    for place, value in enumerate(values):
        if value is not None:
            left, size = plot.slot(place, len(values))
            points.append((left + size / 2, plot.y(value)))
    return points


def _end_label(plot: Plot, point: tuple[float, float], value: int, unit: str, *, at_end: bool) -> None:
    text = String(
        point[0], point[1] + 5, short(value, unit), fontName=BOLD, fontSize=SMALL, fillColor=colour(palette.INK)
    )
    text.textAnchor = "end" if at_end else "start"
    wide = stringWidth(text.text, BOLD, SMALL) + 4
    left = point[0] - wide + 2 if at_end else point[0] - 2
    plot.drawing.add(_box(left, point[1] + 3, wide, 8, colour(palette.WHITE)))
    plot.drawing.add(text)


def _waterfall(plot: Plot, chart: Chart) -> None:
    steps, level = chart.series[0].values, 0
    for place, step in enumerate(steps):
        whole = place in (0, len(steps) - 1)
        left, size = plot.slot(place, len(steps))
        wide = min(size * 0.62, 70)
        start = left + (size - wide) / 2
        before, level = (plot.low, step or 0) if whole else (level, level + (step or 0))
        _step(plot, start, wide, before, level, whole=whole)
        text = short(step or 0, chart.unit) if whole or (step or 0) <= 0 else f"+{short(step or 0, chart.unit)}"
        y = plot.y(max(before, level)) + 3
        plot.drawing.add(
            String(
                start + wide / 2,
                y,
                text,
                fontName=BOLD,
                fontSize=SMALL + 0.5,
                fillColor=colour(palette.INK),
                textAnchor="middle",
            )
        )
        if place < len(steps) - 1:
            y = plot.y(level)
            plot.drawing.add(
                Line(
                    start + wide,
                    y,
                    start + size,
                    y,
                    strokeColor=colour(palette.MUTED),
                    strokeWidth=0.5,
                    strokeDashArray=[2, 2],
                )
            )


def _step(plot: Plot, left: float, width: float, before: float, after: float, *, whole: bool) -> None:
    paint = colour(palette.NAVY if whole else palette.GREEN if after >= before else palette.RED)
    low, high = sorted((plot.y(before), plot.y(after)))
    plot.drawing.add(_box(left, low, width, max(high - low, 0.8), paint))


def _legend(drawing: Drawing, chart: Chart, width: float, height: float) -> None:
    right = width - RIGHT
    for index, one in reversed(list(enumerate(chart.series))):
        text = clean_text(one.label)
        right -= stringWidth(text, REGULAR, SMALL)
        drawing.add(String(right, height - 10, text, fontName=REGULAR, fontSize=SMALL, fillColor=colour(palette.INK)))
        paint = colour(palette.SERIES[index % len(palette.SERIES)])
        drawing.add(_box(right - 10, height - 11, 7, 7, _fill(paint, index), paint))
        right -= 20
