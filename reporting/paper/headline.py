"""The figures that head a report: large, with their changes and a small picture of where they come from."""

from collections.abc import Sequence
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, PolyLine
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.figures import Value, shown, shown_change
from reporting.pack import Figure, Pack, section_of
from reporting.paper.ink import colour, fitted
from reporting.paper.texts import BODY, SMALL, WIDTH, text
from reporting.rows import label_of

MOST_TILES = 9
LARGE = 14.0
Spot = tuple[float, int]


def headline(pack: Pack, figures: Sequence[Figure], a_row: int = 3) -> list[Flowable]:
    """Tiles; a table of the same when the figures are many."""
    if not figures:
        return []
    made = _tiles(pack, figures, a_row) if len(figures) <= MOST_TILES else _table(pack, figures)
    return [made, Spacer(1, 6)]


def trend_of(pack: Pack, figure: Figure) -> list[Spot]:
    """When (in quarters from the first) and how much: the chart over quarters, or last year, before and now."""
    section = section_of(pack.sections, figure.section)
    for chart in section.charts if section else ():
        for one in chart.series:
            if chart.code.endswith("_trend") and one.label == figure.metric and not figure.dimension:
                return _known(tuple(enumerate(one.values)))
    return _known(((0, figure.year_ago), (3, figure.previous), (4, figure.value)))


def _known(spots: Sequence[tuple[float, Value]]) -> list[Spot]:
    return [(at, value) for at, value in spots if value is not None]


def spark(spots: Sequence[Spot], width: float = 52.0, height: float = 16.0) -> Drawing:
    """A line without axes that ends in a dot; nothing for fewer than two values."""
    drawing = Drawing(width, height)
    if len(spots) < 2:
        return drawing
    values = [value for _, value in spots]
    low, span = min(values), max(max(values) - min(values), 1)
    first, last = spots[0][0], spots[-1][0]
    points = [
        (2 + (at - first) / (last - first) * (width - 6), 2 + (value - low) / span * (height - 4))
        for at, value in spots
    ]
    flat = [number for point in points for number in point]
    drawing.add(PolyLine(flat, strokeColor=colour(palette.MUTED), strokeWidth=1))
    drawing.add(Circle(*points[-1], 1.8, fillColor=colour(palette.TEAL), strokeColor=None))
    return drawing


def _changes(pack: Pack, figure: Figure) -> list[tuple[str, str]]:
    """(period, change) for each period beside the report's own."""
    return [(period, shown_change(moved, figure.change_unit)) for period, _, moved in pack.comparisons(figure)]


def _tiles(pack: Pack, figures: Sequence[Figure], a_row: int) -> Table:
    cells: list[list[object]] = [[]]
    for figure in figures:
        if len(cells[-1]) == a_row:
            cells.append([])
        cells[-1].append(_tile(pack, figure, WIDTH / a_row - 8))
    cells[-1] += [""] * (a_row - len(cells[-1]))
    grid = Table(cells, colWidths=[WIDTH / a_row] * a_row)
    paddings = (("LEFTPADDING", 0), ("RIGHTPADDING", 8), ("TOPPADDING", 0), ("BOTTOMPADDING", 8))
    grid.setStyle(TableStyle([(name, (0, 0), (-1, -1), size) for name, size in paddings]))
    return grid


def _large(words: str, room: float) -> ParagraphStyle:
    """The largest type in which the figure keeps to its tile."""
    size = min(LARGE, LARGE * room / max(stringWidth(words, BOLD, LARGE), 1))
    return ParagraphStyle(
        "large", parent=BODY, fontName=BOLD, fontSize=size, leading=18, textColor=colour(palette.NAVY)
    )  # fmt: skip


def _tile(pack: Pack, figure: Figure, width: float) -> Table:
    value = shown(figure.value, figure.unit)
    name = fitted(label_of(figure), width - 14, REGULAR, SMALL.fontSize)
    lines: list[list[object]] = [[text(name, SMALL), ""], [text(value, _large(value, width - 16)), ""]]
    picture: object = spark(trend_of(pack, figure))
    for period, moved in _changes(pack, figure):
        lines.append([text(f"{moved} on {period}", SMALL), picture])
        picture = ""
    tile = Table(lines, colWidths=[width - 60, 60])
    commands: list[Any] = [
        ("BACKGROUND", (0, 0), (-1, -1), colour(palette.SUNKEN)),
        ("LINEABOVE", (0, 0), (-1, 0), 2, colour(palette.TEAL)),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -2), 0),
        ("TOPPADDING", (0, 0), (-1, 0), 5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("SPAN", (0, 0), (1, 0)),
        ("SPAN", (0, 1), (1, 1)),
        ("SPAN", (1, 2), (1, -1)),
        ("VALIGN", (1, 2), (1, -1), "MIDDLE"),
    ]
    tile.setStyle(TableStyle(commands if len(lines) > 2 else commands[:-2]))
    return tile


def _table(pack: Pack, figures: Sequence[Figure]) -> Table:
    bold = ParagraphStyle("headline", parent=BODY, fontName=BOLD, fontSize=8, leading=10.5)
    right = ParagraphStyle("value", parent=bold, alignment=2)
    beside = [period for period, _ in _changes(pack, figures[0])]
    head = ["", pack.period, "", *(f"against {period}" for period in beside)]
    rows: list[list[object]] = [
        [text(label_of(one), bold), text(shown(one.value, one.unit), right), spark(trend_of(pack, one), 52, 11)]
        + [moved for _, moved in _changes(pack, one)]
        for one in figures
    ]
    widths = [WIDTH - 170 - 80 * len(beside), 110, 60] + [80] * len(beside)
    made = Table([head, *rows], colWidths=widths, repeatRows=1)
    commands: list[Any] = [
        ("FONT", (0, 0), (-1, 0), BOLD, 7),
        ("FONT", (3, 1), (-1, -1), REGULAR, 8),
        ("TEXTCOLOR", (0, 0), (-1, 0), colour(palette.MUTED)),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEABOVE", (0, 0), (-1, 0), 2, colour(palette.TEAL)),
        ("LINEBELOW", (0, 0), (-1, -1), 0.35, colour(palette.LINE)),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
    made.setStyle(TableStyle(commands))
    return made
