"""Colours and fills of charts: told apart by lightness and hatching, so that a grey print still reads."""

from dataclasses import dataclass
from typing import Literal

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from cloudbank.exports import clean_text
from cloudbank.fonts import REGULAR
from reporting import palette

SMALL = 6.5
HATCH = 3.2
"""Points between two lines of a hatch."""
TEAL_AT = 0.8
"""Where on the way from light to dark the house's teal lies, measured in grey."""


def colour(text: str) -> Color:
    """A palette colour for reportlab."""
    return HexColor(f"#{text}")


@dataclass(frozen=True)
class Fill:
    """How an area is painted: its ground, its outline, and lines over it (diagonal, level, upright or none)."""

    ground: Color
    stroke: Color
    hatch: str = ""


def series_fill(index: int) -> Fill:
    """The fill of a series beside others: solid first, then light, then hatched; no two look alike in grey."""
    white = colour(palette.WHITE)
    styles = (
        Fill(colour(palette.TEAL), colour(palette.TEAL)),
        Fill(colour(palette.AMBER_LIGHT), colour(palette.AMBER)),
        Fill(white, colour(palette.BLUE), "diagonal"),
        Fill(white, colour(palette.RED), "level"),
        Fill(white, colour(palette.GREEN), "upright"),
        Fill(colour(palette.LINE), colour(palette.MUTED), "diagonal"),
    )
    return styles[index % len(styles)]


def ramp(place: int, count: int) -> Fill:
    """The fill of the place-th layer of a stack, from light to dark in steps that are even in grey."""
    share = place / max(count - 1, 1)
    ends = [colour(text) for text in (palette.RAMP_LIGHT, palette.TEAL, palette.NAVY)]
    light = share < TEAL_AT
    low, high = ends[:2] if light else ends[1:]
    part = share / TEAL_AT if light else (share - TEAL_AT) / (1 - TEAL_AT)
    mixed = [a + (b - a) * part for a, b in zip(low.rgb(), high.rgb(), strict=True)]
    return Fill(Color(*mixed), colour(palette.WHITE))


def area(drawing: Drawing, left: float, bottom: float, width: float, height: float, fill: Fill) -> None:
    """A rectangle with its hatch."""
    box = Rect(left, bottom, width, height)
    box.fillColor, box.strokeColor, box.strokeWidth = fill.ground, fill.stroke, 0.6
    drawing.add(box)
    for x1, y1, x2, y2 in _hatch(fill.hatch, width, height):
        drawing.add(
            Line(left + x1, bottom + y1, left + x2, bottom + y2, strokeColor=fill.stroke, strokeWidth=0.6)
        )  # fmt: skip


def _hatch(style: str, width: float, height: float) -> list[tuple[float, float, float, float]]:
    def steps(length: float) -> list[float]:
        return [HATCH * (place + 1) for place in range(int(length / HATCH - 0.01))]

    if style == "level":
        return [(0, y, width, y) for y in steps(height)]
    if style == "upright":
        return [(x, 0, x, height) for x in steps(width)]
    if style == "diagonal":
        starts = [at - height for at in steps(width + height)]
        return [(max(x, 0), max(-x, 0), min(x + height, width), min(height, width - x)) for x in starts]
    return []


def write(
    drawing: Drawing,
    x: float,
    y: float,
    words: str,
    *,
    font: str = REGULAR,
    size: float = SMALL,
    paint: str = palette.INK,
    anchor: Literal["start", "middle", "end"] = "start",
) -> None:
    """Words at a place."""
    drawing.add(String(x, y, words, fontName=font, fontSize=size, fillColor=colour(paint), textAnchor=anchor))


def fitted(words: str, room: float, font: str = REGULAR, size: float = SMALL) -> str:
    """The words, or as many letters of them as fit, with an ellipsis."""
    cleaned = clean_text(" ".join(words.split()))[:400]
    if stringWidth(cleaned, font, size) <= room:
        return cleaned
    while cleaned and stringWidth(f"{cleaned}\N{HORIZONTAL ELLIPSIS}", font, size) > room:
        cleaned = cleaned[:-1].rstrip()
    return f"{cleaned}\N{HORIZONTAL ELLIPSIS}"
