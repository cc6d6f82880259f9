"""Blocks of a PDF: a section's heading, notes, charts in rows, definitions, facts."""

from collections.abc import Iterable, Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Spacer, Table, TableStyle

from reporting import palette
from reporting.pack import Chart, Pack
from reporting.paper.charts import draw, takes_the_width
from reporting.paper.contents import Entry, Heading
from reporting.paper.ink import colour
from reporting.paper.texts import CELL, H2, NOTE, PAGE, SMALL, WIDTH, text

UNSPLIT = 230.0
"""Points of a block that moves to the next page rather than break."""
TOO_SMALL = 60.0


def heading(entry: Entry, subtitle: str) -> list[Flowable]:
    """A chapter's heading with a rule below it."""
    rule = Table([[""]], colWidths=[WIDTH], rowHeights=[2])
    rule.setStyle(TableStyle([("LINEABOVE", (0, 0), (-1, 0), 1.4, colour(palette.TEAL))]))
    below = [text(subtitle, SMALL)] if subtitle else []
    return [Heading(entry), *below, Spacer(1, 3), rule, Spacer(1, 5)]


def height_of(block: Iterable[Flowable]) -> float:
    """Points that a block takes."""
    return sum(one.wrap(WIDTH, PAGE)[1] + one.getSpaceBefore() + one.getSpaceAfter() for one in block)


def flowing(first: list[Flowable], *blocks: list[Flowable]) -> list[Flowable]:
    """A chapter: its heading stands with the first block; a short block stays whole, of a long one a good part does."""
    story: list[Flowable] = []
    held, tall = list(first), height_of(first)
    for block in blocks:
        height = height_of(block)
        held += block
        tall += min(height, UNSPLIT)
        if height > TOO_SMALL:  # a line or an empty chart does not hold a heading up: the next block comes along
            story += [CondPageBreak(min(tall, PAGE)), *held]
            held, tall = [], 0.0
    return [*story, CondPageBreak(min(tall, PAGE)), *held] if held else story


def notes(said: Sequence[str]) -> list[Flowable]:
    """What a reader must know first, on an amber ground."""
    if not said:
        return []
    box = Table([[text(note, NOTE)] for note in said], colWidths=[WIDTH])
    amber = colour(palette.AMBER_TINT)
    box.setStyle(
        TableStyle(
            [("BACKGROUND", (0, 0), (-1, -1), amber), ("LINEBEFORE", (0, 0), (0, -1), 3, colour(palette.AMBER_BRIGHT))]
        )
    )
    return [box, Spacer(1, 8)]


def chart_rows(found: Iterable[Chart]) -> list[list[Flowable]]:
    """Rows of charts: two in a row where half the width is enough, the last one alone over all of it."""
    rows: list[list[Flowable]] = []
    waiting: Chart | None = None
    for chart in found:
        if takes_the_width(chart, WIDTH):
            rows += [[draw(one, WIDTH), Spacer(1, 8)] for one in (waiting, chart) if one]
            waiting = None
        elif waiting is None:
            waiting = chart
        else:
            rows.append([_pair(waiting, chart), Spacer(1, 4)])
            waiting = None
    return [*rows, [draw(waiting, WIDTH), Spacer(1, 8)]] if waiting else rows


def _pair(left: Chart, right: Chart) -> Table:
    half = WIDTH / 2 - 7
    pair = Table([[draw(left, half), draw(right, half)]], colWidths=[WIDTH / 2, WIDTH / 2])
    commands = [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("ALIGN", (1, 0), (1, 0), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    pair.setStyle(TableStyle(commands))
    return pair


def definitions(pack: Pack) -> list[list[Flowable]]:
    """What each figure means, and how it is computed; a block a section."""
    found: list[list[Flowable]] = []
    for section in pack.sections:
        block: list[Flowable] = [text(section.title, H2)]
        block += [text(line) for line in section.definition.splitlines() if line]
        formulas = {figure.metric: figure.formula for figure in section.figures}
        rows: list[list[Flowable]] = [[text(metric, CELL), text(formula, CELL)] for metric, formula in formulas.items()]
        found.append([*block, Spacer(1, 3), _ruled(rows, 52 * mm)] if rows else block)
    return found


def facts(pairs: Sequence[tuple[str, str]]) -> Table:
    """Names and values, as on a title page."""
    return _ruled([[text(name, SMALL), text(value, CELL)] for name, value in pairs], 48 * mm)


def _ruled(rows: list[list[Flowable]], first: float) -> Table:
    made = Table(rows, colWidths=[first, WIDTH - first])
    commands: list[Any] = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.35, colour(palette.LINE)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
    ]
    made.setStyle(TableStyle(commands))
    return made
