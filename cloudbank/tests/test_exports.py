import csv
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cloudbank.exports import CELL_LIMIT, Sheet, clean_text, csv_chunks, safe_cell, safe_filename, safe_text, write_xlsx

PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\u200b=1",
    "\x00=1",
    "\u202e=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
]


def as_csv(*rows: Iterable[Any]) -> list[list[str]]:
    """The data rows of a CSV of one column list, read back."""
    text = b"".join(csv_chunks(Sheet("t", ["a"], list(map(list, rows))))).decode()
    return list(csv.reader(StringIO(text, newline="")))[1:-2]


def as_xlsx(*rows: Iterable[Any]) -> Any:
    """The sheet of rows, read back."""
    file = BytesIO()
    write_xlsx(Sheet("t", ["a"], list(map(list, rows)), lambda: [("=Filter", "=1+1")], frozenset({0})), file)
    return load_workbook(BytesIO(file.getvalue()))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_formula_becomes_text_in_both_formats(payload: str) -> None:
    assert safe_text(payload).startswith("'")
    assert as_csv([payload])[0][0].startswith("'")
    cell = as_xlsx([payload])["Rows"]["A2"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


def test_no_cell_of_a_workbook_is_a_formula_notes_included() -> None:
    book = as_xlsx(*[[payload] for payload in PAYLOADS])
    assert [
        cell.coordinate for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    ] == []


@pytest.mark.parametrize("text", ["Ana", "Łódź Иван ₹", "a=b", "5 - 3", "O'Neil", "", "\N{MINUS SIGN}5", "日本"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


def test_numbers_stay_numbers_negative_ones_too() -> None:
    assert as_csv([Decimal("-12.50"), -3, 1.5, True, None])[0] == ["-12.50", "-3", "1.5", "True", ""]
    sheet = as_xlsx([Decimal("-12.50"), -3])["Rows"]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["B2"].value) == (-12.5, "n", -3)
    assert "#,##0.00" in sheet["A2"].number_format


def test_numbers_that_are_none_become_empty() -> None:
    assert safe_cell(Decimal("NaN")) == ""
    assert safe_cell(float("inf")) == ""


def test_instants_are_iso_in_csv_and_utc_in_xlsx() -> None:
    noon = datetime(2026, 3, 12, 12, tzinfo=UTC)
    assert as_csv([noon, date(2026, 3, 12)])[0] == ["2026-03-12T12:00:00+00:00", "2026-03-12"]
    assert as_xlsx([noon])["Rows"]["A2"].value == datetime(2026, 3, 12, 12)  # noqa: DTZ001 - XLSX knows no zone


@given(st.text(st.characters(), max_size=80))
def test_no_text_breaks_a_file_or_begins_a_formula(text: str) -> None:
    cleaned = safe_text(text)
    cleaned.encode("utf-8")
    assert not cleaned.lstrip().startswith(("=", "+", "-", "@"))
    assert clean_text(cleaned) == cleaned


@given(st.lists(st.text(st.characters(), max_size=30), min_size=1, max_size=3))
def test_every_text_comes_back_from_csv(texts: list[str]) -> None:
    assert as_csv(texts)[0] == [safe_text(text) for text in texts]


def test_odd_characters_do_not_break_a_workbook() -> None:
    book = as_xlsx(["\ud800\x0b\ufffe\x1b[31m"], ["x" * 40_000])
    assert book["Rows"]["A2"].value == "\N{REPLACEMENT CHARACTER}[31m"
    assert len(book["Rows"]["A3"].value) == CELL_LIMIT


def test_the_csv_proves_itself() -> None:
    data = b"".join(csv_chunks(Sheet("t", ["a", "b"], [[1, "x"]] * 500, lambda: [("Rows", "500")])))
    body, _, last = data.rstrip().rpartition(b"\r\n")
    assert last == b"# SHA-256 of all above," + hashlib.sha256(body + b"\r\n").hexdigest().encode()
    assert data.startswith(b"a,b\r\n1,x\r\n")


def test_notes_are_asked_after_the_rows() -> None:
    seen: list[int] = []

    def rows() -> Iterator[list[int]]:
        for number in range(3):
            seen.append(number)
            yield [number]

    data = b"".join(csv_chunks(Sheet("t", ["a"], rows(), lambda: [("Rows", str(len(seen)))])))
    assert b"# Rows,3" in data


def test_the_csv_streams() -> None:
    rows = iter(lambda: ["endless"], None)
    assert len(next(iter(csv_chunks(Sheet("t", ["a"], rows))))) > 1000


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Alerts 2026-03-12", "alerts-2026-03-12.csv"),
        ("../../etc/passwd", "etc-passwd.csv"),
        ('a"\r\nb: c', "a-b-c.csv"),
        ("Łódź é", "odz-e.csv"),
        ("日本", "export.csv"),
    ],
)
def test_download_names_use_a_fixed_alphabet(stem: str, name: str) -> None:
    assert safe_filename(stem, "csv") == name
