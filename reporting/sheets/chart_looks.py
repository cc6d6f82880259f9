"""How native charts look: the house's colours with patterns that a grey print keeps apart, small titles."""

from typing import Any

from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.series import Series as SheetSeries
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun

from reporting import palette
from reporting.paper.ink import ramp

_PATTERNS = ("", "", "wdUpDiag", "narHorz", "narVert", "pct25")
_GROUNDS = (palette.TEAL, palette.AMBER_LIGHT, palette.BLUE, palette.RED, palette.GREEN, palette.MUTED)
_DASHES = ("solid", "dash", "sysDot", "lgDashDot", "sysDash", "lgDash")
EDGE = 9_525
"""One pixel, in the unit of drawings (EMU)."""


def title(words: str, size: int = 1100, *, bold: bool = True) -> Title:
    """A title of this size (hundredths of a point) that stands beside the drawing and never over it."""
    look = CharacterProperties(sz=size, b=bold, solidFill=palette.NAVY)
    run = RegularTextRun(rPr=look, t=words)
    made = Title(tx=Text(rich=RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=look), r=[run])])))
    made.overlay = False
    return made


def small_text(colour: str = palette.INK) -> RichText:
    """The type of axes' labels."""
    look = CharacterProperties(sz=800, b=colour == palette.WHITE, solidFill=colour)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=look), endParaRPr=look)])


def line(colour: str) -> GraphicalProperties:
    """A thin line of this colour."""
    properties = GraphicalProperties()
    properties.line.solidFill = colour
    return properties


def labels(number_format: str, colour: str = palette.INK) -> DataLabelList:
    """Values beside their bars, or in white inside them."""
    made = DataLabelList()
    made.showVal = True
    made.showSerName = made.showCatName = made.showLegendKey = made.showPercent = made.showLeaderLines = False
    made.numFmt = number_format
    made.txPr = small_text(colour)
    return made


def fill_area(series: SheetSeries, place: int) -> None:
    """A bar's look by its place among others: solid, light, then hatched."""
    properties: Any = series.graphicalProperties
    colour, pattern = _GROUNDS[place % len(_GROUNDS)], _PATTERNS[place % len(_PATTERNS)]
    if pattern:
        made: Any = PatternFillProperties()
        made.prst, made.fgClr, made.bgClr = pattern, ColorChoice(), ColorChoice()
        made.fgClr.srgbClr, made.bgClr.srgbClr = colour, palette.WHITE
        properties.pattFill = made
    else:
        properties.solidFill = colour
    outline(series, palette.AMBER if colour == palette.AMBER_LIGHT else colour)


def fill_solid(series: SheetSeries, colour: str) -> None:
    """One colour, with a white edge."""
    series.graphicalProperties.solidFill = colour
    outline(series, palette.WHITE)


def fill_layer(series: SheetSeries, place: int, count: int) -> None:
    """A layer of a stack: from light to dark."""
    fill_solid(series, ramp(place, count).ground.hexval()[2:].upper())


def hide(series: SheetSeries) -> None:
    """What carries a floating bar is not seen."""
    series.graphicalProperties.noFill = True
    series.graphicalProperties.line.noFill = True


def outline(series: SheetSeries, colour: str) -> None:
    """The edge of an area."""
    series.graphicalProperties.line.solidFill = colour
    series.graphicalProperties.line.width = EDGE


def dash(series: SheetSeries, place: int) -> None:
    """A line's colour and dash by its place."""
    properties: Any = series.graphicalProperties
    properties.line.solidFill = _GROUNDS[place % len(_GROUNDS)] if place % len(_GROUNDS) != 1 else palette.AMBER
    properties.line.dashStyle = _DASHES[place % len(_DASHES)]
    properties.line.width = 22_000
    series.smooth = False
    marker: Any = series.marker
    marker.symbol = "none"


def plot_layout() -> Layout:
    """Room around the drawing for its titles."""
    return Layout(manualLayout=ManualLayout(xMode="edge", yMode="edge", x=0.11, y=0.17, w=0.85, h=0.6))
