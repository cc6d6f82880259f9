"""Bars: side by side, stacked, and lying with their names at the left."""

from reportlab.graphics.shapes import Drawing, Line
from reportlab.pdfbase.pdfmetrics import stringWidth

from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.figures import NOT_AVAILABLE, Value
from reporting.pack import Chart
from reporting.paper.ink import SMALL, Fill, area, colour, fitted, ramp, series_fill, write
from reporting.paper.plot import HEAD, Plot, head, label_axis, label_of, legend, plotted
from reporting.paper.scale import known, short

ROW = 13.0
"""Height of a lying bar with its gap."""
MOST_ROWS = 24


def grouped(drawing: Drawing, chart: Chart) -> None:
    """A bar a value; a missing one says n/a. Values stand above their bars when all of them fit."""
    head(drawing, chart)
    names, fills = [one.label for one in chart.series], [series_fill(at) for at in range(len(chart.series))]
    top = HEAD + (legend(drawing, names, fills) if len(names) > 1 else 0)
    values = [value for one in chart.series for value in known(one.values)]
    low = min([*values, 0]) * 1.12  # what stands below the lowest bar needs room
    plot = plotted(drawing, chart.unit, low, max([*values, 0]), top=top)
    slots, count = len(chart.labels), len(names)
    size = plot.width / slots
    wide = min(size * 0.72, 64 * count) / count
    texts_fit = _texts_fit(chart, size - 4 if count == 1 else wide - 3)
    for index, one in enumerate(chart.series):
        for place, value in enumerate(one.values):
            left = plot.left + place * size + size / 2 - wide * count / 2 + wide * index
            _bar(plot, left, wide * (0.92 if count > 1 else 1), value, fills[index])
            if texts_fit:
                _value(plot, left + wide / 2, value, chart.unit)
    label_axis(plot, chart)


def _texts_fit(chart: Chart, room: float) -> bool:
    texts = [_said(value, chart.unit) for one in chart.series for value in one.values]
    return len(texts) <= 36 and max(stringWidth(text, BOLD, SMALL) for text in texts) <= room


def _said(value: Value, unit: str) -> str:
    return NOT_AVAILABLE if value is None else short(value, unit)


def _bar(plot: Plot, left: float, width: float, value: Value, fill: Fill) -> None:
    if value is None:
        return
    low, high = sorted((plot.y(plot.ground), plot.y(value)))
    area(plot.drawing, left, low, width, max(high - low, 0.4), fill)


def _value(plot: Plot, centre: float, value: Value, unit: str) -> None:
    """A value beyond the end of its bar: below it when it is negative."""
    end = plot.y(value or 0)
    y = end - 8 if (value or 0) < 0 else end + 3
    write(plot.drawing, centre, y, _said(value, unit), font=BOLD, anchor="middle")


def stacked(drawing: Drawing, chart: Chart) -> None:
    """Layers from light to dark, each in its own tone; what is negative hangs below the line. Totals on top."""
    head(drawing, chart)
    fills = [ramp(at, len(chart.series)) for at in range(len(chart.series))]
    top = HEAD + legend(drawing, [one.label for one in chart.series], fills)
    columns = [[one.values[place] for one in chart.series] for place in range(len(chart.labels))]
    ups = [sum(max(value or 0, 0) for value in column) for column in columns]
    downs = [sum(min(value or 0, 0) for value in column) for column in columns]
    plot = plotted(drawing, chart.unit, min(downs), max(ups), top=top)
    size = plot.width / len(columns)
    wide = min(size * 0.7, 70.0)
    totals = [NOT_AVAILABLE if not known(column) else short(sum(known(column)), chart.unit) for column in columns]
    say_totals = all(stringWidth(text, BOLD, SMALL) < size - 3 for text in totals)
    for place, column in enumerate(columns):
        left = plot.left + place * size + (size - wide) / 2
        _layers(plot, left, wide, column, fills, chart.unit)
        if say_totals:
            write(drawing, left + wide / 2, plot.y(ups[place]) + 3, totals[place], font=BOLD, anchor="middle")
    label_axis(plot, chart)


def _layers(plot: Plot, left: float, wide: float, column: list[Value], fills: list[Fill], unit: str) -> None:
    up = down = 0
    for value, fill in zip(column, fills, strict=True):
        if not value:
            continue
        begin, end = (up, up + value) if value > 0 else (down + value, down)
        up, down = (end, down) if value > 0 else (up, begin)
        height = plot.y(end) - plot.y(begin)
        area(plot.drawing, left, plot.y(begin), wide, height, fill)
        text = short(value, unit)
        if height > SMALL + 2.5 and stringWidth(text, REGULAR, SMALL) < wide - 2:
            paint = palette.INK if sum(fill.ground.rgb()) > 1.5 else palette.WHITE
            middle = plot.y(begin) + height / 2 - SMALL * 0.36
            write(plot.drawing, left + wide / 2, middle, text, paint=paint, anchor="middle")


def lying_height(chart: Chart) -> float:
    """Points that a chart of lying bars takes."""
    return HEAD + min(len(chart.labels), MOST_ROWS + 1) * ROW


def lying(drawing: Drawing, chart: Chart) -> None:
    """A row a value: its name, its bar, its figure; the table has what is more than the picture holds."""
    head(drawing, chart)
    values = chart.series[0].values
    texts = [_said(value, chart.unit) for value in values]
    names = [fitted(label_of(chart, text), drawing.width * 0.42) for text in chart.labels]
    left = max(stringWidth(name, REGULAR, SMALL) for name in names) + 8
    room = drawing.width - left - 2 * max(stringWidth(text, BOLD, SMALL) for text in texts) - 16
    low, high = min([*known(values), 0]), max([*known(values), 0])
    scale = room / max(high - low, 1)
    zero = left - low * scale + (max(stringWidth(text, BOLD, SMALL) for text in texts) + 6 if low < 0 else 0)
    for place, value in enumerate(values[:MOST_ROWS]):
        y = drawing.height - HEAD - (place + 1) * ROW + 3
        write(drawing, left - 6, y + 1.4, names[place], anchor="end")
        long = (value or 0) * scale
        area(drawing, min(zero, zero + long), y - 0.5, max(abs(long), 0.4), ROW - 4.5, series_fill(0))
        end = zero + long + (4 if (value or 0) >= 0 else -4)
        write(drawing, end, y + 1.4, texts[place], font=BOLD, anchor="start" if (value or 0) >= 0 else "end")
    if len(values) > MOST_ROWS:
        write(drawing, left, 3, f"and {len(values) - MOST_ROWS} more, in the table", paint=palette.MUTED)
    top = drawing.height - HEAD
    bottom = top - min(len(values), MOST_ROWS) * ROW
    drawing.add(Line(zero, top, zero, bottom, strokeColor=colour(palette.MUTED), strokeWidth=0.7))
