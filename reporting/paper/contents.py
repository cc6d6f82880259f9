"""The way through a document: headings with bookmarks, and a table of contents whose page numbers come last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from cloudbank.exports import clean_text
from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.paper.ink import colour, fitted
from reporting.paper.texts import H1, markup

LINE, TIGHT = 15.5, 13.0
ROOMY = 30
"""More lines than these stand closer, so that the contents keep to one page."""
SIZE = 9


@dataclass(frozen=True)
class Entry:
    """A heading that the contents name. `level` 0 for a chapter, 1 for a table in it."""

    key: str
    title: str
    level: int = 0


class Numbered(Canvas):
    """A canvas that keeps its pages until it knows how many there are and on which one each heading fell."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: list[dict[str, Any]] = []
        self.places: dict[str, tuple[int, float]] = {}
        self.awaited: list[tuple[int, float, float, str]] = []

    def note_place(self, entry: Entry, height: float) -> None:
        """A heading is drawn here: remember page and height; the bookmark can only be set when the page is written."""
        self.places[entry.key] = (self.getPageNumber(), self.absolutePosition(0, height)[1])
        self.addOutlineEntry(clean_text(entry.title)[:120], entry.key, entry.level, closed=entry.level == 0)

    def await_page(self, key: str, x: float, y: float) -> None:
        """The number of the heading's page belongs here, right-aligned."""
        right, height = self.absolutePosition(x, y)
        self.awaited.append((self.getPageNumber(), right, height, key))

    def showPage(self) -> None:
        """Keep the page."""
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # the stubs know only the public half

    def save(self) -> None:
        """Number the pages, fill in the contents, write them."""
        awaited, places, count = self.awaited, self.places, len(self._kept)
        for number, state in enumerate(self._kept, 1):
            self.__dict__.update(state)
            self.finish_page(number, count)
            self.setFont(REGULAR, SIZE)
            self.setFillColor(colour(palette.INK))
            for page, x, y, key in awaited:
                if page == number and key in places:
                    self.drawRightString(x, y, str(places[key][0]))
            for key, (page, top) in places.items():
                if page == number:
                    self.bookmarkPage(key, fit="FitH", top=top + 12)
            super().showPage()
        super().save()

    def finish_page(self, number: int, count: int) -> None:
        """What every page carries once their count is known."""


class Heading(Paragraph):
    """A title that the contents and the bookmarks lead to."""

    def __init__(self, entry: Entry, style: Any = H1) -> None:
        super().__init__(markup(entry.title), style)
        self.entry = entry

    def draw(self) -> None:
        """The words, and their place noted."""
        if isinstance(self.canv, Numbered):
            self.canv.note_place(self.entry, self.height)
        super().draw()


class Line(Flowable):
    """One line of the contents: title, dots, page; a click leads there."""

    def __init__(self, entry: Entry, pitch: float = LINE) -> None:
        super().__init__()
        self.entry, self.pitch = entry, pitch

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """One line of the whole width."""
        self.width, self.height = available_width, self.pitch if self.entry.level == 0 else self.pitch - 2.5
        return self.width, self.height

    def draw(self) -> None:
        """Title and dots now; the number is filled in when it is known."""
        canvas, indent = self.canv, 12 * self.entry.level
        font = REGULAR if self.entry.level else BOLD
        title = fitted(self.entry.title, self.width - indent - 60, font, SIZE)
        canvas.setFont(font, SIZE)
        canvas.setFillColor(colour(palette.MUTED if self.entry.level else palette.NAVY))
        canvas.drawString(indent, 3, title)
        canvas.setStrokeColor(colour(palette.MUTED))
        canvas.setLineWidth(0.6)
        canvas.setDash(0.6, 3)
        canvas.line(indent + stringWidth(title, font, SIZE) + 6, 4, self.width - 26, 4)
        canvas.setDash()
        canvas.linkRect("", self.entry.key, (0, 0, self.width, self.height), relative=1, thickness=0)
        if isinstance(canvas, Numbered):
            canvas.await_page(self.entry.key, self.width, 3)


def lines(entries: Sequence[Entry]) -> list[Line]:
    """The contents."""
    pitch = LINE if len(entries) <= ROOMY else TIGHT
    return [Line(entry, pitch) for entry in entries]
