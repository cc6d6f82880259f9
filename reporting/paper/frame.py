"""The page around the content: title page, running head and foot, "page 2 of 9"; the same pack gives the same bytes."""

from io import BytesIO

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageTemplate

from cloudbank.exports import clean_text
from cloudbank.fonts import BOLD, REGULAR, register_fonts
from reporting import palette
from reporting.pack import Pack
from reporting.paper.contents import Numbered
from reporting.paper.ink import colour, fitted

WIDTH, HEIGHT = A4
MARGIN, TOP, BOTTOM = 16 * mm, 20 * mm, 22 * mm
BAND = 118 * mm
LETTER_BAND = 30 * mm
INNER = WIDTH - 2 * MARGIN
FOOT_SIZE = 6.5

# Nothing is ever fetched for an <img>: no scheme is trusted, not even files.
rl_config.trustedSchemes = []
rl_config.trustedHosts = []


class _Counted(Numbered):
    """Pages that say which of how many they are."""

    def finish_page(self, number: int, count: int) -> None:
        """The count, at the foot on the right."""
        self.setFont(REGULAR, FOOT_SIZE)
        self.setFillColor(colour(palette.MUTED))
        self.drawRightString(WIDTH - MARGIN, 9 * mm, f"page {number} of {count}")


def built(pack: Pack, story: list[Flowable], *, letter: bool = False) -> bytes:
    """The document. `letter`: a slim head on the first page in place of a title page."""
    register_fonts()
    buffer = BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=A4,
        title=clean_text(f"{pack.title} {pack.subtitle}"),
        author=clean_text(pack.bank),
        subject=f"Data cut-off: {clean_text(pack.cutoff)}",
        keywords=[f"sha256:{pack.sha256}"],
        creator="Cloud Bank Analytics",
        lang="en",
        invariant=1,
    )
    band = LETTER_BAND if letter else BAND
    first = Frame(MARGIN, BOTTOM, WIDTH - 2 * MARGIN, HEIGHT - band - BOTTOM - 6 * mm, 0, 0, 0, 0)
    inner = Frame(MARGIN, BOTTOM, WIDTH - 2 * MARGIN, HEIGHT - TOP - BOTTOM, 0, 0, 0, 0)
    document.addPageTemplates(
        [
            PageTemplate("first", [first], onPage=lambda canvas, _: _first_page(canvas, pack, letter)),
            PageTemplate("inner", [inner], onPage=lambda canvas, _: _inner_page(canvas, pack)),
        ]
    )
    document.build([NextPageTemplate("inner"), *story], canvasmaker=_Counted)
    return buffer.getvalue()


def _first_page(canvas: Canvas, pack: Pack, letter: bool) -> None:
    canvas.saveState()
    band = LETTER_BAND if letter else BAND
    clip = canvas.beginPath()
    clip.rect(0, HEIGHT - band, WIDTH, band)
    canvas.clipPath(clip, stroke=0)
    ends = (colour(palette.TEAL), colour(palette.NAVY))
    canvas.linearGradient(0, HEIGHT, WIDTH * 0.9, HEIGHT - band, ends, extend=True)
    canvas.restoreState()
    canvas.setFillColor(colour(palette.AMBER_BRIGHT))
    canvas.rect(0, HEIGHT - band - 1.4 * mm, WIDTH, 1.4 * mm, stroke=0, fill=1)
    canvas.setFillColor(colour(palette.WHITE))
    if letter:
        _letter_head(canvas, pack)
    else:
        _title(canvas, pack)
    _foot(canvas, pack)


def _letter_head(canvas: Canvas, pack: Pack) -> None:
    _words(canvas, pack.bank, HEIGHT - 15 * mm, BOLD, 15, 10)
    _words(canvas, f"{pack.title} · {pack.subtitle}", HEIGHT - 22 * mm, REGULAR, 9, 7)


def _words(canvas: Canvas, words: str, y: float, font: str, size: float, least: float, x: float = MARGIN) -> None:
    """One line as large as fits, and cut where even the smallest type does not."""
    room = WIDTH - MARGIN - x
    cleaned = clean_text(words)[:400]
    size = max(least, min(size, size * room / max(stringWidth(cleaned, font, size), 1)))
    canvas.setFont(font, size)
    canvas.drawString(x, y, fitted(cleaned, room, font, size))


def _title(canvas: Canvas, pack: Pack) -> None:
    _mark(canvas, MARGIN, HEIGHT - 30 * mm)
    canvas.setFillColor(colour(palette.WHITE))
    _words(canvas, pack.bank, HEIGHT - 25.5 * mm, BOLD, 13, 9, MARGIN + 15 * mm)
    _words(canvas, pack.title, HEIGHT - 66 * mm, BOLD, 34, 18)
    _words(canvas, pack.subtitle, HEIGHT - 78 * mm, REGULAR, 17, 10)
    _words(canvas, f"All amounts in {pack.currency} · as of {pack.as_of}", HEIGHT - 88 * mm, REGULAR, 10, 8)
    if pack.audience:
        _words(canvas, f"Prepared for {pack.audience}", HEIGHT - 95 * mm, REGULAR, 10, 8)
    _status(canvas, pack.provisional)


def _status(canvas: Canvas, provisional: bool) -> None:
    """The badge: filled amber while figures may move, an outline once they cannot."""
    left, bottom, wide, tall = MARGIN, HEIGHT - 110 * mm, 40 * mm, 8 * mm
    canvas.setFillColor(colour(palette.AMBER_BRIGHT))
    canvas.setStrokeColor(colour(palette.WHITE))
    canvas.roundRect(left, bottom, wide, tall, 2 * mm, stroke=0 if provisional else 1, fill=1 if provisional else 0)
    canvas.setFillColor(colour(palette.NAVY if provisional else palette.WHITE))
    canvas.setFont(BOLD, 10)
    canvas.drawCentredString(left + wide / 2, bottom + 2.8 * mm, "PROVISIONAL" if provisional else "FINAL")


def _mark(canvas: Canvas, x: float, y: float) -> None:
    """The bank's mark: rising bars in a rounded square."""
    canvas.setFillColor(colour(palette.WHITE))
    canvas.roundRect(x, y, 11 * mm, 11 * mm, 2.4 * mm, stroke=0, fill=1)
    heights = ((3.4, palette.TEAL), (5.4, palette.TEAL), (7.4, palette.AMBER_BRIGHT))
    for place, (tall, paint) in enumerate(heights):
        canvas.setFillColor(colour(paint))
        canvas.rect(x + (2.1 + place * 2.5) * mm, y + 1.8 * mm, 1.8 * mm, tall * mm, stroke=0, fill=1)


def _inner_page(canvas: Canvas, pack: Pack) -> None:
    canvas.setFillColor(colour(palette.TEAL))
    canvas.rect(0, HEIGHT - 4 * mm, WIDTH, 4 * mm, stroke=0, fill=1)
    canvas.setFont(BOLD, 7)
    canvas.setFillColor(colour(palette.NAVY))
    canvas.drawString(MARGIN, HEIGHT - 11 * mm, fitted(pack.bank, INNER * 0.38, BOLD, 7))
    canvas.setFont(REGULAR, 7)
    canvas.setFillColor(colour(palette.MUTED))
    words = f"{pack.title} · {pack.period} · {pack.currency}"
    canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 11 * mm, fitted(words, INNER * 0.44, REGULAR, 7))
    if pack.provisional:
        canvas.setFont(BOLD, 7)
        canvas.setFillColor(colour(palette.AMBER_TEXT))
        canvas.drawCentredString(MARGIN + INNER * 0.47, HEIGHT - 11 * mm, "PROVISIONAL")
    _foot(canvas, pack)


def _foot(canvas: Canvas, pack: Pack) -> None:
    canvas.setStrokeColor(colour(palette.LINE))
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, 16 * mm, WIDTH - MARGIN, 16 * mm)
    canvas.setFont(REGULAR, FOOT_SIZE)
    canvas.setFillColor(colour(palette.MUTED))
    words = f"As of {pack.as_of} · data cut-off: {pack.cutoff}"
    canvas.drawString(MARGIN, 12.4 * mm, fitted(words, INNER, REGULAR, FOOT_SIZE))
    canvas.drawString(MARGIN, 9 * mm, f"SHA-256 {pack.sha256}")
