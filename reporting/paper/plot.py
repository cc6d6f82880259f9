"""The frame of a chart: title, unit, legend, axis and labels. What stands inside is drawn by its kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing, Line
from reportlab.pdfbase.pdfmetrics import stringWidth

from cloudbank.exports import clean_text
from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.figures import COUNT, DAYS, EACH, HOUR, PERCENT, POINTS, RATE
from reporting.pack import Chart
from reporting.paper.ink import SMALL, Fill, area, colour, fitted, write
from reporting.paper.scale import short, spread, ticks

HEAD, LEGEND_LINE, FOOT, RIGHT = 34.0, 11.0, 22.0, 6.0
TIMES = ("Day", "Month", "Quarter", "Hour")
"""Categories whose labels are in order, so that some may be left out where they do not fit."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = {COUNT: "Number", PERCENT: "Percent", POINTS: "Percentage points", RATE: "A day", HOUR: "Hour"}
_UNITS |= {EACH: "A person", DAYS: "Days"}


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

    @property
    def ground(self) -> float:
        """The value that bars stand on: zero, or where a cut axis begins."""
        return max(self.low, 0)

    def y(self, value: float) -> float:
        """The height of a value."""
        return self.bottom + self.height * (value - self.low) / (self.high - self.low)

    def slot(self, place: int, count: int) -> tuple[float, float]:
        """Left edge and width of the place-th of `count` slots."""
        size = self.width / max(count, 1)
        return self.left + place * size, size


def head(drawing: Drawing, chart: Chart, note: str = "") -> None:
    """The title, and below it the unit and what it is split by."""
    write(drawing, 0, drawing.height - 10, fitted(chart.title, drawing.width, BOLD, 8.5), font=BOLD, size=8.5,
          paint=palette.NAVY)  # fmt: skip
    words = f"{_UNITS.get(chart.unit, chart.unit)} by {chart.category.lower()}{note}"
    write(drawing, 0, drawing.height - 20, fitted(words, drawing.width), paint=palette.MUTED)


def legend(drawing: Drawing, names: Sequence[str], fills: Sequence[Fill]) -> float:
    """Names and fills in lines below the head; returns the height they take."""
    x, line = 0.0, 0
    for name, fill in zip(names, fills, strict=True):
        words = fitted(name, drawing.width / 2)
        wide = stringWidth(words, REGULAR, SMALL) + 22
        if x and x + wide > drawing.width:
            x, line = 0.0, line + 1
        y = drawing.height - 31 - line * LEGEND_LINE
        area(drawing, x, y - 1, 7, 7, fill)
        write(drawing, x + 10, y, words)
        x += wide
    return (line + 1) * LEGEND_LINE


def plotted(
    drawing: Drawing, unit: str, low: float, high: float, *, top: float = HEAD, right: float = RIGHT, foot: float = FOOT
) -> Plot:
    """The axes between the lowest and the highest value, with round marks and light lines."""
    marks = ticks(low, high, 4)
    texts = [short(mark, unit) for mark in marks]
    left = max(stringWidth(text, REGULAR, SMALL) for text in texts) + 6
    width, height = drawing.width - left - right, drawing.height - foot - top
    plot = Plot(drawing, left, width, foot, height, marks[0], marks[-1])
    for mark, text in zip(marks, texts, strict=True):
        y, strong = plot.y(mark), mark == max(0, marks[0])
        line = colour(palette.MUTED if strong else palette.LINE)
        drawing.add(Line(left, y, left + width, y, strokeColor=line, strokeWidth=0.7 if strong else 0.4))
        write(drawing, left - 4, y - 2.3, text, paint=palette.MUTED, anchor="end")
    return plot


def label_of(chart: Chart, text: str) -> str:
    """A category's label: days and months in words."""
    if chart.category == "Day" and text[:1].isdigit():
        return f"{int(text[8:])} {_MONTHS[int(text[5:7]) - 1]} {text[:4]}"
    if chart.category == "Month" and len(text) == 7 and text[5:].isdigit():
        return f"{_MONTHS[int(text[5:7]) - 1]} {text[:4]}"
    return clean_text(text)


def wrapped(words: str, room: float) -> list[str]:
    """One line, or two where one has not the room; the second is cut."""
    if stringWidth(words, REGULAR, SMALL) <= room or " " not in words:
        return [fitted(words, room)]
    parts = words.split()
    count = len(parts)
    while count > 1 and stringWidth(" ".join(parts[:count]), REGULAR, SMALL) > room:
        count -= 1
    return [fitted(" ".join(parts[:count]), room), fitted(" ".join(parts[count:]), room)]


def labels_fit(chart: Chart, width: float) -> bool:
    """Whether each label has room under its own slot, on one line or two."""
    room = width / max(len(chart.labels), 1) - 3
    return all(not line.endswith("\N{HORIZONTAL ELLIPSIS}") for text in chart.labels
               for line in wrapped(label_of(chart, text), room))  # fmt: skip


def label_axis(plot: Plot, chart: Chart) -> None:
    """The labels below the axis: all of them, or evenly chosen ones where the category is an order in time."""
    texts = [label_of(chart, text) for text in chart.labels]
    room = plot.width / max(len(texts), 1) - 3
    widest = max(stringWidth(text, REGULAR, SMALL) for text in texts)
    some = widest > room and (chart.category in TIMES or room < 22)
    written = -10.0
    for place in spread(len(texts), int(plot.width / (min(widest, 90) + 6))) if some else range(len(texts)):
        left, size = plot.slot(place, len(texts))
        lines = [fitted(texts[place], 90)] if some else wrapped(texts[place], room)
        half = max(stringWidth(line, REGULAR, SMALL) for line in lines) / 2
        centre = max(min(left + size / 2, plot.drawing.width - half), half)
        if centre - half < written + 2:
            continue
        written = centre + half
        for number, line in enumerate(lines):
            write(plot.drawing, centre, plot.bottom - 9 - number * 7.5, line, anchor="middle")
