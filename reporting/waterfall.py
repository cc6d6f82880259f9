"""Geometry of a waterfall drawn in the page as SVG (the page's chart library has none). Pure."""

from dataclasses import dataclass

from reporting.figures import shown
from reporting.pack import Chart
from reporting.paper.scale import lowest, short, ticks

WIDTH, HEIGHT = 640, 260
LEFT, TOP, BOTTOM = 64, 26, 30


@dataclass(frozen=True)
class Step:
    """One bar: its rectangle, its name, its value short and in full, whether it is a level, a rise or a fall."""

    x: float
    y: float
    width: float
    height: float
    label: str
    text: str
    full: str
    look: str
    level_y: float
    next_x: float

    @property
    def centre(self) -> float:
        """The bar's middle."""
        return round(self.x + self.width / 2, 1)

    @property
    def right(self) -> float:
        """The bar's right edge."""
        return round(self.x + self.width, 1)

    @property
    def text_y(self) -> float:
        """Where its value stands."""
        return round(self.y - 6, 1)


@dataclass(frozen=True)
class Mark:
    """A line of the grid."""

    y: float
    text: str


@dataclass(frozen=True)
class Waterfall:
    """The drawing."""

    title: str
    unit: str
    cut: bool
    """The axis does not begin at zero."""
    steps: tuple[Step, ...]
    marks: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT


def waterfall(chart: Chart) -> Waterfall:
    """The bars of a bridge: the first and last stand on the ground, the others float between the levels."""
    values = [value or 0 for value in chart.series[0].values]
    spans, level = [], 0
    for place, value in enumerate(values):
        whole = place in (0, len(values) - 1)
        before, level = (0, value) if whole else (level, level + value)
        spans.append((before, level, whole))
    levels = [after for _, after, _ in spans]
    axis = ticks(lowest(levels, from_zero=False), max([*levels, 0]), 4)

    def y(value: float) -> float:
        share = (max(value, axis[0]) - axis[0]) / (axis[-1] - axis[0])
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    slot = (WIDTH - LEFT) / len(values)
    steps = tuple(
        _step(chart, place, span, values[place], slot, y(span[0]), y(span[1])) for place, span in enumerate(spans)
    )
    marks = tuple(Mark(y(mark), short(mark, chart.unit)) for mark in axis)
    return Waterfall(chart.title, chart.unit, axis[0] > 0, steps, marks)


def _step(
    chart: Chart, place: int, span: tuple[int, int, bool], value: int, slot: float, before_y: float, after_y: float
) -> Step:
    _, _, whole = span
    sign = "" if whole or value <= 0 else "+"
    return Step(
        x=round(LEFT + place * slot + slot * 0.2, 1),
        y=min(before_y, after_y),
        width=round(slot * 0.6, 1),
        height=round(max(abs(after_y - before_y), 1.5), 1),
        label=chart.labels[place],
        text=sign + short(value, chart.unit),
        full=sign + shown(value, chart.unit),
        look="level" if whole else "rise" if value >= 0 else "fall",
        level_y=after_y,
        next_x=round(LEFT + (place + 1) * slot + slot * 0.2, 1),
    )
