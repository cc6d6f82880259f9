"""Cells of a workbook: text that is never a formula, numbers that are numbers."""

from datetime import date
from typing import Any

from openpyxl.cell import Cell as OwnCell
from openpyxl.cell import MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from cloudbank.exports import clean_text, safe_text
from cloudbank.money import exponent
from reporting import palette
from reporting.figures import COUNT, DAYS, EACH, HOUR, NOT_AVAILABLE, PERCENT, POINTS, RATE, Value, exact
from reporting.pack import DAY, Cell, Column

_FORMATS = {
    COUNT: "#,##0",
    RATE: "#,##0.00",
    EACH: "#,##0.00",
    DAYS: "#,##0",
    PERCENT: "0.00%",
    POINTS: '0.00" pp"',
    HOUR: '00":00"',
}
SheetCell = OwnCell | MergedCell
HEAD_FILL = PatternFill("solid", fgColor=palette.NAVY)
TOTAL = Border(top=Side("thin", color=palette.NAVY))
TOTAL_FILL = PatternFill("solid", fgColor=palette.SUNKEN)
RULE = Border(bottom=Side("thin", color=palette.LINE))
PLAIN = Font(name="Calibri", size=10, color=palette.INK)
BOLD = Font(name="Calibri", size=10, bold=True, color=palette.INK)
QUIET = Font(name="Calibri", size=10, color=palette.MUTED)
HEAD = Font(name="Calibri", size=10, bold=True, color=palette.WHITE)
LINK = Font(name="Calibri", size=10, underline="single", color=palette.TEAL)
TITLE = Font(name="Calibri", size=16, bold=True, color=palette.NAVY)
SUBTITLE = Font(name="Calibri", size=12, bold=True, color=palette.TEAL)


def plain_format(unit: str) -> str:
    """The number format of a unit without regard to sign."""
    digits = 0 if unit in _FORMATS else exponent(unit)
    return _FORMATS.get(unit) or ("#,##0" + (f".{'0' * digits}" if digits else ""))


def number_format(unit: str, *, signed: bool = False) -> str:
    """The number format of a unit: what is negative is red and has a minus; `signed` ones show a plus too."""
    plain = plain_format(unit)
    if unit == HOUR:
        return plain
    return f"{'+' if signed else ''}{plain};[Red]-{plain};{plain}"


def put_text(sheet: Worksheet, row: int, column: int, text: str, font: Font = PLAIN, **alignment: Any) -> SheetCell:
    """A cell of text, stored as a string and marked as quoted: never evaluated, now or after an edit."""
    cell = sheet.cell(row, column)
    safe = safe_text(text)
    cell.value = clean_text(text) if safe.startswith("'") else safe
    cell.data_type = "s"
    cell.font = font
    cell.quotePrefix = safe.startswith("'")
    cell.alignment = Alignment(vertical="top", **alignment)
    return cell


def put_number(sheet: Worksheet, row: int, column: int, value: Value, unit: str, *, signed: bool = False) -> SheetCell:
    """A cell with a real number in the unit's own format; n/a is text on the right."""
    if value is None:
        return put_text(sheet, row, column, NOT_AVAILABLE, QUIET, horizontal="right")
    cell = sheet.cell(row, column)
    number = exact(value, unit)
    cell.value = number.scaleb(-2) if unit == PERCENT else number
    cell.number_format = number_format(unit, signed=signed)
    cell.font = PLAIN
    cell.alignment = Alignment(horizontal="right", vertical="top")
    return cell


def put_link(sheet: Worksheet, row: int, column: int, words: str, target: str) -> SheetCell:
    """A cell that leads to another sheet."""
    cell = put_text(sheet, row, column, words, LINK)
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{target}'!A1", tooltip=f"Go to {target}")
    return cell


def put(sheet: Worksheet, row: int, place: int, column: Column, value: Cell) -> SheetCell:
    """A table's cell by its column's unit."""
    if column.is_number:
        return put_number(sheet, row, place, value if isinstance(value, int) else None, column.unit)
    if column.unit == DAY and isinstance(value, str) and _is_day(value):
        cell = sheet.cell(row, place, date.fromisoformat(value))
        cell.number_format, cell.font = "yyyy-mm-dd", PLAIN
        cell.alignment = Alignment(horizontal="left", vertical="top")
        return cell
    return put_text(sheet, row, place, NOT_AVAILABLE if value is None else str(value))


def _is_day(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-"


def put_head(sheet: Worksheet, row: int, titles: list[str], numeric: set[int]) -> None:
    """A header row: white on navy, numbers' titles on the right."""
    for place, title in enumerate(titles, 1):
        side = "right" if place - 1 in numeric else "left"
        cell = put_text(sheet, row, place, title, HEAD, horizontal=side, wrap_text=True)
        cell.fill = HEAD_FILL
