"""A case on paper and as data: the same facts as PDF and as JSON. What people wrote is text, never markup."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from cloudbank.exports import clean_text
from cloudbank.fonts import BOLD, REGULAR, register_fonts

# Nothing is ever fetched for an <img>: no scheme is trusted, not even files.
rl_config.trustedSchemes = []
rl_config.trustedHosts = []

_INK, _MUTED, _TEAL, _LINE = HexColor("#212529"), HexColor("#5C6770"), HexColor("#0D7377"), HexColor("#D5DBDF")
_BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=8.5, leading=12, textColor=_INK)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=7.2, leading=9.2)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName=BOLD, textColor=_MUTED)
_H1 = ParagraphStyle("h1", parent=_BODY, fontName=BOLD, fontSize=15, leading=19)
_H2 = ParagraphStyle("h2", parent=_BODY, fontName=BOLD, fontSize=10.5, leading=15, textColor=_TEAL, spaceBefore=9)
_WIDTH, _MARGIN, _TEXT_LIMIT = 178 * mm, 16 * mm, 1200


@dataclass(frozen=True)
class Section:
    """A titled table: column heads, their share of the width, rows of text."""

    title: str
    heads: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[str]]
    empty: str = "None."


@dataclass(frozen=True)
class CasePaper:
    """All of a case, in words: facts on top, sections below. `data`: the same for machines."""

    title: str
    bank: str
    made: str
    """When and by whom it was taken out."""
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    data: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def as_json(paper: CasePaper) -> bytes:
    """The case as data, keys in order, UTF-8."""
    return json.dumps(paper.data, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def as_pdf(paper: CasePaper) -> bytes:
    """A4, embedded font; the bank, when and by whom, and the page on every page."""
    register_fonts()
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=18 * mm,
        title=clean_text(paper.title),
        author=clean_text(paper.bank),
        invariant=1,
    )
    story: list[Flowable] = [_text(paper.bank, _HEAD), _text(paper.title, _H1), Spacer(1, 2 * mm), _facts(paper.facts)]
    for section in paper.sections:
        story += [_text(section.title, _H2), Spacer(1, 1 * mm), _table(section)]

    def foot(canvas: Canvas, _: Any) -> None:
        canvas.setFont(REGULAR, 6.5)
        canvas.setFillColor(_MUTED)
        canvas.drawString(_MARGIN, 9 * mm, clean_text(f"Confidential. {paper.made}")[:150])
        canvas.drawRightString(A4[0] - _MARGIN, 9 * mm, f"page {canvas.getPageNumber()}")

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


def _text(words: str, style: ParagraphStyle) -> Paragraph:
    """Plain words; lines stay lines, what could outgrow a page is cut (the JSON has all of it)."""
    cleaned = clean_text(words)
    short = cleaned if len(cleaned) <= _TEXT_LIMIT else cleaned[: _TEXT_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return Paragraph(escape(short).replace("\n", "<br/>"), style)


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    rows = [[_text(label, _HEAD), _text(value, _CELL)] for label, value in facts]
    return Table(rows, colWidths=[38 * mm, _WIDTH - 38 * mm], style=_style(0))


def _table(section: Section) -> Flowable:
    if not section.rows:
        return _text(section.empty, _CELL)
    whole = sum(section.widths)
    head = [_text(one, _HEAD) for one in section.heads]
    rows = [[_text(cell, _CELL) for cell in row] for row in section.rows]
    widths = [_WIDTH * width / whole for width in section.widths]
    return Table([head, *rows], colWidths=widths, repeatRows=1, style=_style(1))


def _style(heads: int) -> TableStyle:
    rules: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if heads:
        rules.append(("LINEBELOW", (0, 0), (-1, 0), 0.8, _MUTED))
    return TableStyle(rules)
