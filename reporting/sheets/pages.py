"""What every sheet has: its title, the way back, columns as wide as what stands in them, its print set-up."""

import math
from collections.abc import Iterable, Sequence
from textwrap import wrap

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from cloudbank.exports import clean_text
from reporting.pack import Pack
from reporting.sheets.cells import QUIET, TITLE, put_link, put_text

HEAD_ROW = 4
FIRST_WIDEST, WIDEST, NARROWEST = 44, 40, 9
LINE_HEIGHT = 13.5
PAPER_CM = (27.1, 17.1)
"""What the print set-up leaves of A4 landscape."""
_CM_A_LETTER, _CM_A_COLUMN, _CM_A_ROW = 0.185, 0.13, 0.53


def begin(sheet: Worksheet, pack: Pack, title: str, contents: str = "") -> None:
    """Title, what the report is, and the link back to the contents."""
    put_text(sheet, 1, 1, title, TITLE)
    sheet.row_dimensions[1].height = 22
    status = "PROVISIONAL · " if pack.provisional else ""
    words = f"{status}{pack.bank} · {pack.title} {pack.subtitle} · {pack.currency} · as of {pack.as_of}"
    put_text(sheet, 2, 1, words, QUIET)
    if contents:
        put_link(sheet, 3, 1, "\N{LEFTWARDS ARROW} Contents", contents)


def fit_columns(sheet: Worksheet, rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their longest text; long ones wrap in rows that are made high enough by `fit_row`."""
    longest: dict[int, int] = {}
    for row in rows:
        for place, text in enumerate(row, 1):
            longest[place] = max(longest.get(place, 0), len(text))
    for place, length in longest.items():
        limit = FIRST_WIDEST if place == 1 else WIDEST
        sheet.column_dimensions[get_column_letter(place)].width = max(NARROWEST, min(length * 1.1 + 3, limit))


def fit_head(sheet: Worksheet, row: int, titles: Sequence[str]) -> None:
    """Make a head as high as its titles need, which break between words."""
    texts = [
        (place, "\n".join(wrap(title, max(int(width_of(sheet, place) / 1.15), 1), break_long_words=False)))
        for place, title in enumerate(titles, 1)
    ]
    fit_row(sheet, row, texts)


def width_of(sheet: Worksheet, place: int) -> float:
    """A column's width in letters."""
    letter = get_column_letter(place)
    return sheet.column_dimensions[letter].width if letter in sheet.column_dimensions else 8.43


def fit_row(sheet: Worksheet, row: int, texts: Sequence[tuple[int, str]]) -> None:
    """Make a row as high as its wrapped texts (column, text) need: not every program does it by itself."""
    lines = [
        sum(math.ceil(max(len(part), 1) / width_of(sheet, place)) for part in text.split("\n")) for place, text in texts
    ]
    if max(lines, default=1) > 1:
        sheet.row_dimensions[row].height = min(max(lines) * LINE_HEIGHT + 2, 400)


def column_after(sheet: Worksheet, centimetres: float) -> str:
    """The first column that begins that far from the left edge."""
    place, left = 1, 0.0
    while left < centimetres:
        left += width_of(sheet, place) * _CM_A_LETTER + _CM_A_COLUMN
        place += 1
    return get_column_letter(place)


def rows_a_page(sheet: Worksheet, columns: int) -> int:
    """How many rows of usual height a printed page holds when these columns take its width."""
    wide = sum(width_of(sheet, place) * _CM_A_LETTER + _CM_A_COLUMN for place in range(1, columns + 1))
    return int(PAPER_CM[1] * max(wide / PAPER_CM[0], 1.0) / _CM_A_ROW) - 2


def freeze(sheet: Worksheet, columns: int = 1) -> None:
    """The head row, and the first columns, stay when the rest moves."""
    sheet.freeze_panes = f"{get_column_letter(columns + 1)}{HEAD_ROW + 1}"


def set_up_print(sheet: Worksheet, pack: Pack) -> None:
    """A4 landscape, as wide as the paper; bank and report above, cut-off, hash and page below."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.sheet_view.showGridLines = False
    status = "PROVISIONAL" if pack.provisional else "Final"
    sheet.oddHeader = HeaderFooterItem(
        left=_part(pack.bank, 60), center=_part(f"{pack.title} {pack.period}", 80), right=_part(status, 20)
    )
    sheet.oddFooter = HeaderFooterItem(
        left=_part(f"Cut-off: {pack.cutoff}", 80),
        center=_part(f"SHA-256 {pack.sha256}", 80),
        right=_HeaderFooterPart(text="&P of &N", size=7),
    )


def _part(words: str, limit: int) -> _HeaderFooterPart:
    """Words in a header: an ampersand would begin a command, and all three parts have 255 letters together."""
    return _HeaderFooterPart(text=clean_text(" ".join(words.split()))[:limit].replace("&", "&&"), size=7)
