"""The embedded font: DejaVu Sans knows the names the standard PDF fonts lose (Łódź, Иван, ₹)."""

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (
    ROOT / "node_modules" / "dejavu-fonts-ttf" / "ttf",
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
    Path("/usr/share/fonts/TTF"),
)


class FontMissing(RuntimeError):
    """No DejaVu font on this machine; the message says what to do."""


def font_file(name: str) -> Path:
    """Where the font is: the npm package first, then the places of Linux distributions."""
    for folder in FOLDERS:
        if (folder / f"{name}.ttf").is_file():
            return folder / f"{name}.ttf"
    raise FontMissing(f"{name}.ttf is not there: run `npm ci` in {ROOT}, or install the package fonts-dejavu-core")


@cache
def register_fonts() -> None:
    """Make the two fonts known to reportlab, once a process."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(font_file(name))))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
