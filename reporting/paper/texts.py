"""Words on paper: styles, and text that is never markup, whatever a person wrote."""

import json
import unicodedata
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Paragraph

from cloudbank.exports import clean_text
from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.pack import Pack
from reporting.paper.ink import colour

WIDTH = 178 * mm
PAGE = 250 * mm
"""Height of a page's content."""
CELL_LIMIT, TEXT_LIMIT = 120, 1_000
BODY = ParagraphStyle(
    "body", fontName=REGULAR, fontSize=8.5, leading=12.5, textColor=colour(palette.INK), alignment=TA_LEFT
)
LEAD = ParagraphStyle("lead", parent=BODY, fontSize=9.5, leading=14.5, leftIndent=10, bulletIndent=0, spaceAfter=3)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7.5, leading=10.5, textColor=colour(palette.MUTED))
CELL = ParagraphStyle("cell", parent=BODY, fontSize=7.6, leading=9.6)
NOTE = ParagraphStyle("note", parent=BODY, textColor=colour(palette.AMBER_TEXT), leading=12)
H1 = ParagraphStyle(
    "h1", parent=BODY, fontName=BOLD, fontSize=17, leading=21, textColor=colour(palette.NAVY), spaceBefore=20
)
H2 = ParagraphStyle(
    "h2", parent=BODY, fontName=BOLD, fontSize=10, leading=14, textColor=colour(palette.TEAL), spaceBefore=8,
    spaceAfter=3,
)  # fmt: skip
_SHOWN_LETTERS = 12


def text(words: str, style: ParagraphStyle = BODY, **options: Any) -> Paragraph:
    """A paragraph of plain words; cut where it could outgrow a page, which no table cell may."""
    return Paragraph(markup(words), style, **options)


def markup(words: str) -> str:
    """Plain words as a paragraph takes them: cleaned, cut and escaped."""
    cleaned = clean_text(words)
    short = cleaned if len(cleaned) <= TEXT_LIMIT else cleaned[: TEXT_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return escape(short)


def cut(words: str) -> str:
    """What fits a table's cell."""
    cleaned = " ".join(clean_text(words).split())
    return cleaned if len(cleaned) <= CELL_LIMIT else cleaned[: CELL_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def letters_note(pack: Pack) -> str:
    """What the embedded font cannot show of this pack, said plainly; "" when it shows everything."""
    font: Any = pdfmetrics.getFont(REGULAR)
    known = font.face.charToGlyph
    letters = set(json.dumps(json.loads(pack.canonical()), ensure_ascii=False))
    used = sorted(letter for letter in clean_text("".join(sorted(letters))) if letter.isprintable())
    missing = [letter for letter in used if ord(letter) not in known]
    joined = [letter for letter in used if unicodedata.bidirectional(letter) in ("R", "AL")]
    said = []
    if missing:
        points = ", ".join(f"U+{ord(letter):04X}" for letter in missing[:_SHOWN_LETTERS])
        more = ", ..." if len(missing) > _SHOWN_LETTERS else ""
        said.append(f"Letters that this document's font lacks stand as empty boxes ({points}{more}).")
    if joined:
        said.append("Arabic and Hebrew words stand unjoined and from left to right.")
    return " ".join([*said, "The CSV and XLSX files have these texts in full."]) if said else ""
