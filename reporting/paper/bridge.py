"""A bridge as a waterfall: the first and last bar stand on the ground, the steps between float from level to level."""

from reportlab.graphics.shapes import Drawing, Line

from cloudbank.fonts import BOLD
from reporting import palette
from reporting.pack import Chart
from reporting.paper.ink import SMALL, Fill, area, colour, write
from reporting.paper.plot import Plot, head, label_axis, plotted
from reporting.paper.scale import lowest, short

Span = tuple[int, int, bool]
"""From which level to which, and whether the bar stands on the ground."""


def spans_of(chart: Chart) -> list[Span]:
    """The bars of a bridge; a step without a value moves nothing."""
    spans, level, steps = [], 0, chart.series[0].values
    for place, step in enumerate(steps):
        whole = place in (0, len(steps) - 1)
        before, level = (0, step or 0) if whole else (level, level + (step or 0))
        spans.append((before, level, whole))
    return spans


def bridge(drawing: Drawing, chart: Chart) -> None:
    """The bars with their signed values and a dashed line from each level to the next bar."""
    spans = spans_of(chart)
    levels = [after for _, after, _ in spans]
    low = lowest(levels, from_zero=False)
    head(drawing, chart, "; the axis does not begin at zero" if low > 0 else "")
    plot = plotted(drawing, chart.unit, low, max([*levels, 0] if low <= 0 else levels))
    size = plot.width / len(spans)
    wide = min(size * 0.62, 70)
    for place, (before, after, whole) in enumerate(spans):
        left = plot.left + place * size + (size - wide) / 2
        begin = plot.ground if whole else before
        bottom, top = sorted((plot.y(begin), plot.y(after)))
        area(drawing, left, bottom, wide, max(top - bottom, 0.8), _fill(begin, after, whole=whole))
        _value(plot, left + wide / 2, chart, place, max(begin, after))
        if place < len(spans) - 1:
            y = plot.y(after)
            line = Line(left + wide, y, left + size, y, strokeColor=colour(palette.MUTED), strokeWidth=0.5)
            line.strokeDashArray = [2, 2]
            drawing.add(line)
    label_axis(plot, chart)


def _fill(before: float, after: float, *, whole: bool) -> Fill:
    """Levels are dark, rises green, falls hatched in red: three looks in grey too."""
    if whole:
        return Fill(colour(palette.NAVY), colour(palette.NAVY))
    if after >= before:
        return Fill(colour(palette.GREEN), colour(palette.GREEN))
    return Fill(colour(palette.WHITE), colour(palette.RED), "diagonal")


def _value(plot: Plot, centre: float, chart: Chart, place: int, top: float) -> None:
    step, steps = chart.series[0].values[place], len(chart.labels)
    sign = "+" if (step or 0) > 0 and 0 < place < steps - 1 else ""
    text = "n/a" if step is None else sign + short(step, chart.unit)
    write(plot.drawing, centre, plot.y(top) + 3, text, font=BOLD, size=SMALL + 0.5, anchor="middle")
