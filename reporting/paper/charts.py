"""Vector charts (reportlab.graphics) of the pack's chart specifications."""

from reportlab.graphics.shapes import Drawing

from reporting import palette
from reporting.pack import Chart
from reporting.paper.bars import grouped, lying, lying_height, stacked
from reporting.paper.bridge import bridge
from reporting.paper.ink import write
from reporting.paper.lines import lines
from reporting.paper.plot import TIMES, head, labels_fit

HEIGHT, WIDE_HEIGHT, EMPTY_HEIGHT = 140.0, 150.0, 42.0
FEW = 8
"""Labels that fit a chart of half the page's width."""
_KINDS = {"line": lines, "waterfall": bridge, "stacked": stacked}


def draw(chart: Chart, width: float) -> Drawing:
    """The chart with its title, unit, axes, direct labels where they fit, and a legend when it needs one."""
    if chart.is_empty:
        drawing = Drawing(width, EMPTY_HEIGHT)
        head(drawing, chart)
        write(drawing, 0, EMPTY_HEIGHT - 33, "Nothing in this period.", size=8, paint=palette.MUTED)
        return drawing
    if is_lying(chart, width):
        drawing = Drawing(width, lying_height(chart))
        lying(drawing, chart)
        return drawing
    drawing = Drawing(width, WIDE_HEIGHT if len(chart.labels) > FEW or len(chart.series) > 4 else HEIGHT)
    _KINDS.get(chart.kind, grouped)(drawing, chart)
    return drawing


def is_lying(chart: Chart, width: float) -> bool:
    """Whether its bars lie, because the names of what they stand for have no room below them."""
    bars = chart.kind == "bar" and len(chart.series) == 1 and chart.category not in TIMES
    return bars and not labels_fit(chart, width - 40)


def takes_the_width(chart: Chart, width: float) -> bool:
    """Whether half a page would be too narrow. `width` of the page in points."""
    if chart.is_empty:
        return False
    wide_kind = chart.kind in ("line", "waterfall") or len(chart.labels) > FEW or len(chart.series) > 3
    return wide_kind or is_lying(chart, width / 2)
