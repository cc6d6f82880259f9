"""Text blocks and tables of a PDF. Every text is escaped: nothing a person wrote is markup."""

from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Spacer, Table, TableStyle

from cloudbank.exports import clean_text
from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.figures import shown, shown_change
from reporting.pack import Cell, Chart, Column, Figure, Pack
from reporting.paper.charts import colour, draw
from reporting.rows import label_of

WIDTH = 178 * mm
PAGE = 250 * mm
"""Height of a page's content."""
CHUNK = 400
"""Rows a platypus table: one of 20,000 rows takes ten times as long as fifty of 400."""
CELL_LIMIT, TEXT_LIMIT = 120, 1_000
BODY = ParagraphStyle(
    "body", fontName=REGULAR, fontSize=8.5, leading=12.5, textColor=colour(palette.INK), alignment=TA_LEFT
)
LEAD = ParagraphStyle("lead", parent=BODY, fontSize=9.5, leading=15, leftIndent=10, bulletIndent=0, spaceAfter=3)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7.5, leading=10.5, textColor=colour(palette.MUTED))
CELL = ParagraphStyle("cell", parent=BODY, fontSize=7.2, leading=9)
H1 = ParagraphStyle(
    "h1", parent=BODY, fontName=BOLD, fontSize=17, leading=21, textColor=colour(palette.NAVY), spaceAfter=2
)
H2 = ParagraphStyle(
    "h2",
    parent=BODY,
    fontName=BOLD,
    fontSize=10,
    leading=14,
    textColor=colour(palette.TEAL),
    spaceBefore=8,
    spaceAfter=3,
)
NOTE = ParagraphStyle("note", parent=BODY, textColor=colour(palette.AMBER_TEXT), leading=12)


def text(words: str, style: ParagraphStyle = BODY, **options: Any) -> Paragraph:
    """A paragraph of plain words; cut where it could outgrow a page, which no table cell may."""
    cleaned = clean_text(words)
    short = cleaned if len(cleaned) <= TEXT_LIMIT else cleaned[: TEXT_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return Paragraph(escape(short), style, **options)


def cut(words: str) -> str:
    """What fits a table's cell."""
    cleaned = " ".join(clean_text(words).split())
    return cleaned if len(cleaned) <= CELL_LIMIT else cleaned[: CELL_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def cell_text(column: Column, cell: Cell) -> str:
    """A table's cell in words; a missing one says n/a and stays in its column."""
    if column.is_number:
        return shown(cell if isinstance(cell, int) else None, column.unit)
    return "n/a" if cell is None else cut(str(cell))


def heading(title: str, subtitle: str) -> list[Flowable]:
    """A section's heading with a rule below it."""
    rule = Table([[""]], colWidths=[WIDTH], rowHeights=[2])
    rule.setStyle(TableStyle([("LINEABOVE", (0, 0), (-1, 0), 1.4, colour(palette.TEAL))]))
    return [text(title, H1), text(subtitle, SMALL), Spacer(1, 3), rule, Spacer(1, 5)]


def notes(pack: Pack) -> list[Flowable]:
    """What a reader must know first, on an amber ground."""
    if not pack.notes:
        return []
    box = Table([[text(note, NOTE)] for note in pack.notes], colWidths=[WIDTH])
    amber = colour(palette.AMBER_TINT)
    box.setStyle(
        TableStyle(
            [("BACKGROUND", (0, 0), (-1, -1), amber), ("LINEBEFORE", (0, 0), (0, -1), 3, colour(palette.AMBER_BRIGHT))]
        )
    )
    return [box, Spacer(1, 8)]


def tiles(pack: Pack, figures: Sequence[Figure], a_row: int = 3) -> list[Flowable]:
    """The figures that head the report, large, each with its change."""
    if not figures:
        return []
    cells: list[list[object]] = [[]]
    for figure in figures:
        if len(cells[-1]) == a_row:
            cells.append([])
        cells[-1].append(_tile(pack, figure, WIDTH / a_row - 8))
    cells[-1] += [""] * (a_row - len(cells[-1]))
    grid = Table(cells, colWidths=[WIDTH / a_row] * a_row)
    grid.setStyle(
        TableStyle(
            [
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 8),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ]
        )
    )
    return [grid, Spacer(1, 4)]


def _tile(pack: Pack, figure: Figure, width: float) -> Table:
    large = ParagraphStyle("large", parent=BODY, fontName=BOLD, fontSize=14, leading=18, textColor=colour(palette.NAVY))
    lines = [[text(label_of(figure), SMALL)], [text(shown(figure.value, figure.unit), large)]]
    for period, moved in ((pack.previous, figure.change_previous), (pack.year_ago, figure.change_year_ago)):
        if period:
            lines.append([text(f"{shown_change(moved, figure.change_unit)} on {period}", SMALL)])
    tile = Table(lines, colWidths=[width])
    commands: list[Any] = [
        ("BACKGROUND", (0, 0), (-1, -1), colour(palette.SUNKEN)),
        ("LINEABOVE", (0, 0), (-1, 0), 2, colour(palette.TEAL)),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -2), 0),
        ("TOPPADDING", (0, 0), (-1, 0), 5),
    ]
    tile.setStyle(TableStyle(commands))
    return tile


def whole(block: list[Flowable]) -> list[Flowable]:
    """The block on a page of its own unless all of it still fits on this one."""
    height = sum(one.wrap(WIDTH, PAGE)[1] + one.getSpaceBefore() + one.getSpaceAfter() for one in block)
    return [CondPageBreak(min(height + 24, PAGE)), Spacer(1, 14), *block]


def charts(found: Iterable[Chart]) -> list[Flowable]:
    """Charts two in a row; the last one alone, and those over days, take the whole width."""
    flowables: list[Flowable] = []
    waiting: Chart | None = None
    for chart in found:
        if len(chart.labels) > 24 or chart.kind in ("line", "waterfall"):
            flowables += [draw(chart, WIDTH, 150), Spacer(1, 6)]
        elif waiting is None:
            waiting = chart
        else:
            flowables.append(_pair(waiting, chart))
            waiting = None
    if waiting:
        flowables += [draw(waiting, WIDTH, 140), Spacer(1, 6)]
    return flowables


def _pair(left: Chart, right: Chart) -> Table:
    half = WIDTH / 2 - 7
    pair = Table([[draw(left, half, 140), draw(right, half, 140)]], colWidths=[WIDTH / 2, WIDTH / 2])
    pair.setStyle(
        TableStyle(
            [
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("ALIGN", (1, 0), (1, 0), "RIGHT"),
            ]
        )
    )
    return pair


def definitions(pack: Pack) -> list[Flowable]:
    """What each figure means, and how it is computed."""
    flowables: list[Flowable] = []
    for section in pack.sections:
        flowables.append(text(section.title, H2))
        flowables += [text(line, BODY) for line in section.definition.splitlines() if line]
        formulas = {figure.metric: figure.formula for figure in section.figures}
        rows = [[text(metric, CELL), text(formula, CELL)] for metric, formula in formulas.items()]
        if rows:
            made = Table(rows, colWidths=[52 * mm, WIDTH - 52 * mm])
            made.setStyle(
                TableStyle(
                    [
                        ("LINEBELOW", (0, 0), (-1, -1), 0.35, colour(palette.LINE)),
                        ("VALIGN", (0, 0), (-1, -1), "TOP"),
                        ("LEFTPADDING", (0, 0), (-1, -1), 0),
                    ]
                )
            )
            flowables += [Spacer(1, 3), made]
    return flowables


def facts(pairs: Sequence[tuple[str, str]]) -> Table:
    """Names and values, as on a title page."""
    rows = [[text(name, SMALL), text(value, CELL)] for name, value in pairs]
    made = Table(rows, colWidths=[48 * mm, WIDTH - 48 * mm])
    made.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.35, colour(palette.LINE)),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return made
