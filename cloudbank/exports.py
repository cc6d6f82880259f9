"""Files that people open in a spreadsheet: every cell goes through `safe_cell`. CSV streams, XLSX is write-only.

A text that a spreadsheet would take for a formula gets an apostrophe in front, control characters go,
numbers stay numbers (OWASP ASVS 5.0, 1.2.10).
"""

import csv
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Cell = str | int | float | Decimal | bool | date | datetime | None
Notes = Callable[[], Iterable[tuple[str, str]]]

CELL_LIMIT = 32_000  # Excel takes 32,767 characters a cell
SHEET_LIMIT = 1_048_000  # and 1,048,576 rows a sheet
_BLOCK = 200

# A spreadsheet reads these as the start of a formula, full-width and small twins included.
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
_BIDI = "\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c"
_CONTROL = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff{_BIDI}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile("[A-Za-z0-9][ -~]{0,999}")
"""Most cells: nothing of it can start a formula or break a file."""
_LEADING = " \t\r\n\u00a0\u200b\u200c\u200d\u2060\ufeff\u3000"


def clean_text(text: str) -> str:
    """The text without control, direction-changing and broken characters, cut at the cell limit."""
    text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("", text))
    return text if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before `= + - @ TAB CR` and their twins."""
    if _PLAIN.fullmatch(text):
        return text
    cleaned = clean_text(text)
    first = cleaned.lstrip(_LEADING)[:1]
    dangerous = cleaned[:1] in ("\t", "\r") or (first and first in _FORMULA)
    return f"'{cleaned}" if dangerous else cleaned


def safe_cell(value: Any) -> Cell:
    """A value as a cell: numbers and dates stay what they are, all else becomes safe text."""
    if type(value) is str:
        return safe_text(value)
    if value is None or isinstance(value, bool | int | date | datetime):
        return value
    if isinstance(value, Decimal | float):
        return value if Decimal(value).is_finite() else ""
    return safe_text(str(value))


def safe_filename(stem: str, extension: str) -> str:
    """A download's name from a fixed alphabet: letters, digits, dash."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', plain).strip('-').lower()[:80] or 'export'}.{extension}"


@dataclass(frozen=True)
class Sheet:
    """What is exported. `notes` is asked after the last row: it can tell the count and whether rows were left out."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]
    notes: Notes = tuple
    money_columns: frozenset[int] = frozenset()


def _csv_value(value: Any) -> Any:
    cell = safe_cell(value)
    return cell.isoformat() if isinstance(cell, date | datetime) else cell


def _blocks(lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for number, line in enumerate(lines, start=1):
        writer.writerow([_csv_value(value) for value in line])
        if number % _BLOCK == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def csv_chunks(sheet: Sheet) -> Iterator[bytes]:
    """The CSV in UTF-8, piece by piece: header, rows, an empty line, the notes, the SHA-256 of all before."""
    digest = hashlib.sha256()

    def lines() -> Iterator[Sequence[Any]]:
        yield sheet.header
        yield from sheet.rows
        yield ()
        for name, text in sheet.notes():
            yield (f"# {name}", text)

    for chunk in _blocks(lines()):
        data = chunk.encode("utf-8")
        digest.update(data)
        yield data
    yield f"# SHA-256 of all above,{digest.hexdigest()}\r\n".encode()


def _naive(value: Cell) -> Cell:
    """XLSX knows no zones: instants are written in UTC, and the header says so."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value


def _money_format(value: Decimal) -> str:
    """Excel's format with as many decimals as the amount has (USD 2, JPY 0)."""
    digits = max(0, -int(value.as_tuple().exponent))
    plain = "#,##0" + (f".{'0' * digits}" if digits else "")
    return f"{plain};[Red]-{plain}"


def _xlsx_cell(sheet: Any, value: Any, money: bool = False, bold: bool = False) -> SheetCell:
    cell: SheetCell = WriteOnlyCell(sheet)
    cell.value = _naive(safe_cell(value))
    if isinstance(cell.value, str):
        cell.data_type = "s"
    if money and isinstance(value, Decimal):
        cell.number_format = _money_format(value)
    if bold:
        cell.font = Font(bold=True)
    return cell


def write_xlsx(sheet: Sheet, file: IO[bytes]) -> None:
    """The workbook: one sheet of rows with a frozen header, one sheet of notes. Memory stays flat."""
    book = Workbook(write_only=True)
    page = book.create_sheet("Rows")
    page.freeze_panes = "A2"
    for number, title in enumerate(sheet.header, start=1):
        page.column_dimensions[get_column_letter(number)].width = max(12, min(40, len(title) + 8))
    page.append([_xlsx_cell(page, title, bold=True) for title in sheet.header])
    for row in sheet.rows:
        page.append([_xlsx_cell(page, value, money=index in sheet.money_columns) for index, value in enumerate(row)])
    about = book.create_sheet("About")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 24, 80
    for name, text in sheet.notes():
        about.append([_xlsx_cell(about, name, bold=True), _xlsx_cell(about, text)])
    book.save(file)
