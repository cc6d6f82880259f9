"""Reads the three files back, as a reader of them would: what they say must be what the pack says."""

import csv
import re
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from reporting.figures import PERCENT, decimals

Said = dict[tuple[str, str, str, str], int | None]
"""(section, metric, dimension, period) -> value in the unit's smallest step."""


def csv_rows(content: bytes) -> list[dict[str, str]]:
    """The rows of a tidy CSV."""
    return list(csv.DictReader(StringIO(content.decode("utf-8"), newline="")))


def said_in_csv(content: bytes) -> Said:
    """The figures of a tidy CSV (without its tables and its facts)."""
    found: Said = {}
    for row in csv_rows(content):
        if row["section"] != "report" and ": " not in row["metric"]:
            found[row["section"], row["metric"], row["dimension"], row["period"]] = _steps(row["value"], row["unit"])
    return found


def _steps(text: str, unit: str) -> int | None:
    if text == "n/a":
        return None
    number = Decimal(text).scaleb(decimals(unit))
    assert number == int(number), f"{text} {unit} has too many decimals"
    return int(number)


def workbook(content: bytes) -> Workbook:
    """The workbook as a reader opens it."""
    return load_workbook(BytesIO(content))


def said_in_xlsx(content: bytes, sheets: dict[str, str]) -> Said:
    """The figures of a workbook. `sheets`: sheet name -> section code."""
    book, found = workbook(content), {}
    for name, code in sheets.items():
        rows = list(book[name].iter_rows(min_row=4, values_only=True))
        head = [str(title) for title in rows[0] if title]
        for row in rows[1:]:
            if row[0] is None:
                break
            for place in range(3, len(head)):
                period = head[place]
                unit = str(row[2])
                if period.startswith("Change on "):
                    period = f"{head[3]} against {period.removeprefix('Change on ')}"
                    unit = _unit_of_format(book[name].cell(4 + rows.index(row), place + 1).number_format, unit)
                found[code, str(row[0]), str(row[1] or ""), period] = _number(row[place], unit)
    return found


def _unit_of_format(number_format: str, unit: str) -> str:
    return "pp" if "pp" in number_format else PERCENT


def _number(value: Any, unit: str) -> int | None:
    if value == "n/a":
        return None
    assert isinstance(value, int | float), f"{value!r} is no number"
    steps = Decimal(repr(value)) * (10_000 if unit == PERCENT else 10 ** decimals(unit))
    assert abs(steps - round(steps)) < Decimal("0.001")
    return round(steps)


@lru_cache(maxsize=16)  # several tests look at the same file
def pdf_pages(content: bytes) -> Sequence[str]:
    """The text of each page, one cell a line."""
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def layout(content: bytes) -> list[str]:
    """The text of each page as it stands there: a row a line, columns apart (`pdftotext -layout`)."""
    command = ["pdftotext", "-layout", "-", "-"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


def flat(text: str) -> str:
    """Text with single spaces."""
    return re.sub(r"\s+", " ", text)
