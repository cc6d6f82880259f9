"""The page around the content: title page, running head and foot, "page 2 of 9"; the same pack gives the same bytes."""

from io import BytesIO
from typing import Any

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageTemplate

from cloudbank.exports import clean_text
from cloudbank.fonts import BOLD, REGULAR, register_fonts
from reporting import palette
from reporting.pack import Pack
from reporting.paper.charts import colour

WIDTH, HEIGHT = A4
MARGIN, TOP, BOTTOM = 16 * mm, 20 * mm, 22 * mm
BAND = 118 * mm
LETTER_BAND = 30 * mm

# Nothing is ever fetched for an <img>: no scheme is trusted, not even files.
rl_config.trustedSchemes = []
rl_config.trustedHosts = []


class _Counted(Canvas):
    """A canvas that keeps its pages until it knows how many there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keep the page."""
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # the stubs know only the public half

    def save(self) -> None:
        """Number the pages and write them."""
        for state in self._kept:
            self.__dict__.update(state)
            self.setFont(REGULAR, 6.5)
            self.setFillColor(colour(palette.MUTED))
            self.drawRightString(WIDTH - MARGIN, 9 * mm, f"page {self.getPageNumber()} of {len(self._kept)}")
            super().showPage()
        super().save()


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
    canvas.setFont(BOLD, 15)
    canvas.drawString(MARGIN, HEIGHT - 15 * mm, clean_text(pack.bank)[:60])
    canvas.setFont(REGULAR, 9)
    canvas.drawString(MARGIN, HEIGHT - 22 * mm, clean_text(f"{pack.title} · {pack.subtitle}")[:110])


def _title(canvas: Canvas, pack: Pack) -> None:
    _mark(canvas, MARGIN, HEIGHT - 30 * mm)
    canvas.setFillColor(colour(palette.WHITE))
    canvas.setFont(BOLD, 13)
    canvas.drawString(MARGIN + 15 * mm, HEIGHT - 25.5 * mm, clean_text(pack.bank)[:60])
    canvas.setFont(BOLD, 34)
    canvas.drawString(MARGIN, HEIGHT - 68 * mm, clean_text(pack.title)[:30])
    canvas.setFont(REGULAR, 17)
    canvas.drawString(MARGIN, HEIGHT - 80 * mm, clean_text(pack.subtitle)[:60])
    canvas.setFont(REGULAR, 10)
    canvas.drawString(MARGIN, HEIGHT - 91 * mm, f"All amounts in {pack.currency} · as of {pack.as_of}")
    if pack.provisional:
        canvas.setFillColor(colour(palette.AMBER_BRIGHT))
        canvas.roundRect(MARGIN, HEIGHT - 106 * mm, 40 * mm, 8 * mm, 2 * mm, stroke=0, fill=1)
        canvas.setFillColor(colour(palette.NAVY))
        canvas.setFont(BOLD, 10)
        canvas.drawCentredString(MARGIN + 20 * mm, HEIGHT - 103.2 * mm, "PROVISIONAL")


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
    canvas.drawString(MARGIN, HEIGHT - 11 * mm, clean_text(pack.bank)[:60])
    canvas.setFont(REGULAR, 7)
    canvas.setFillColor(colour(palette.MUTED))
    words = f"{pack.title} · {pack.subtitle} · {pack.currency}"
    canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 11 * mm, clean_text(words)[:120])
    if pack.provisional:
        canvas.setFont(BOLD, 7)
        canvas.setFillColor(colour(palette.AMBER_TEXT))
        canvas.drawCentredString(WIDTH / 2, HEIGHT - 11 * mm, "PROVISIONAL")
    _foot(canvas, pack)


def _foot(canvas: Canvas, pack: Pack) -> None:
    canvas.setStrokeColor(colour(palette.LINE))
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, 16 * mm, WIDTH - MARGIN, 16 * mm)
    canvas.setFont(REGULAR, 6)
    canvas.setFillColor(colour(palette.MUTED))
    canvas.drawString(MARGIN, 12.4 * mm, clean_text(f"As of {pack.as_of} · data cut-off: {pack.cutoff}")[:170])
    canvas.drawString(MARGIN, 9 * mm, f"SHA-256 {pack.sha256}")
