"""Three writers of one pack: they agree to the cent, are the same for ever, and nothing a person wrote is code."""

import csv
import errno
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab import rl_config

from cloudbank.fonts import FontMissing, font_file
from reporting.figures import shown, shown_change
from reporting.pack import Chart, Column, Figure, Pack, Section, Series, Table
from reporting.rows import grouped
from reporting.tests.days import bank_pack
from reporting.tests.reading import csv_rows, flat, pdf_pages, said_in_csv, said_in_xlsx, workbook
from reporting.tests.test_statements import a_statement, entry
from reporting.writers import WRITERS, Writer, file_stem, in_order

FORMULAS = [
    '=HYPERLINK("http://127.0.0.1/x","pay")',
    "+1+1",
    "-1+1|cmd",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    "  =1+1",
    "=cmd|' /C calc'!A0",
]
ODD = [
    "<img src='http://127.0.0.1:{port}/a.png'/>",
    "<img src='file:///etc/passwd'/>",
    "<b>bold<i></b>",
    "<para><font size=900>x</font></para>",
    "&amp; &#0; ]]> <!-- x",
    "{{ 7*7 }}{% now 'Y' %}",
    "\x00\x01\x1b[31mred",
    "\ud800 half",
    "\u202eright to left",
    "zero\u200bwidth \ufeff",
    "\U0001f600 \U0001f3f3\ufe0f",
    "Łódź Иван ₹ ŝ 中文 العربية",
    "x" * 40_000,
    "word " * 8_000,
]


def all_texts(text: str) -> Pack:
    """A pack and every free text in it is this text."""
    section = Section(
        "s",
        text,
        f"{text}\n\nFormula: {text}\nUnit: x\nSource: x",
        (Figure("s", text, f"kind: {text}", "2026Q3", 123, "USD", text, None, 5, None, 2360),),
        (Chart("c", text, "bar", "Type", (text, "b"), (Series(text, (1, None)), Series("b", (2, 3))), "count"),),
        (Table("t", text, (Column(text), Column("n", "count")), ((text, 1), (None, None))),),
    )
    return replace(
        bank_pack(metrics=("deposits",)), bank=text, summary=(text,), notes=(text,), cutoff=text, sections=(section,)
    )


def a_small_pack(**changes: Any) -> Pack:
    """One figure, to try words with."""
    return replace(bank_pack(metrics=("customers",)), **changes)


@pytest.fixture(scope="module")
def pack() -> Pack:
    """The hand-made bank's report."""
    return bank_pack()


@pytest.fixture(scope="module")
def files(pack: Pack) -> dict[str, bytes]:
    """The report in all formats."""
    return {writer.code: writer.write(pack) for writer in in_order()}


def expected(pack: Pack) -> dict[tuple[str, str, str, str], int | None]:
    """What every file must say."""
    found = {}
    for one in pack.figures():
        names = (one.section, one.metric, one.dimension)
        found[(*names, pack.period)] = one.value
        found[(*names, pack.previous)] = one.previous
        found[(*names, pack.year_ago)] = one.year_ago
        found[(*names, f"{pack.period} against {pack.previous}")] = one.change_previous
        found[(*names, f"{pack.period} against {pack.year_ago}")] = one.change_year_ago
    return found


def test_csv_says_every_figure_to_the_cent(pack: Pack, files: dict[str, bytes]) -> None:
    assert said_in_csv(files["csv"]) == expected(pack)


def test_xlsx_says_every_figure_to_the_cent_as_a_real_number(pack: Pack, files: dict[str, bytes]) -> None:
    sheets = {section.title[:31]: section.code for section in pack.sections}
    assert said_in_xlsx(files["xlsx"], sheets) == expected(pack)


def test_pdf_says_every_figure_to_the_cent_in_its_column(pack: Pack, files: dict[str, bytes]) -> None:
    text = flat(" ".join(pdf_pages(files["pdf"])))
    for section in pack.sections:
        for group in grouped(section.figures):
            for row in group.rows:
                one = row.figure
                cells = [row.label, shown(one.value, one.unit)]
                cells += [shown(one.previous, one.unit), shown_change(one.change_previous, one.change_unit)]
                cells += [shown(one.year_ago, one.unit), shown_change(one.change_year_ago, one.change_unit)]
                assert flat(" ".join(cells)) in text, cells


def test_tables_say_the_same_in_all_three_files(pack: Pack, files: dict[str, bytes]) -> None:
    days = next(table for section in pack.sections for table in section.tables if table.code == "by_day")
    text = flat(" ".join(pdf_pages(files["pdf"])))
    in_csv = {
        row["period"]: row["value"] for row in csv_rows(files["csv"]) if row["metric"] == "By business day: Volume"
    }
    sheet = workbook(files["xlsx"])["By business day"]
    in_xlsx: dict[str, Any] = {
        f"{row[0]:%Y-%m-%d}": row[2] for row in sheet.iter_rows(values_only=True) if hasattr(row[0], "year")
    }
    for row in days.rows:
        day, count, volume, suspicious, deposits = (cell for cell in row)
        assert isinstance(volume, int)
        assert in_csv[str(day)] == f"{volume / 100:.2f}"
        assert round(in_xlsx[str(day)] * 100) == volume
        assert flat(f"{day} {count} {shown(volume, 'USD')} {suspicious} {shown(int(deposits or 0), 'USD')}") in text


@pytest.mark.parametrize("writer", in_order(), ids=lambda one: one.code)
def test_same_pack_gives_the_same_bytes(pack: Pack, files: dict[str, bytes], writer: Writer) -> None:
    assert writer.write(pack) == files[writer.code]


def test_cut_off_and_hash_stand_in_every_file_and_on_every_page(pack: Pack, files: dict[str, bytes]) -> None:
    facts = {row["metric"]: row["value"] for row in csv_rows(files["csv"]) if row["section"] == "report"}
    assert (facts["SHA-256 of the content"], facts["Data cut-off"]) == (pack.sha256, pack.cutoff)
    assert workbook(files["xlsx"]).properties.keywords == f"sha256:{pack.sha256}"
    pages = pdf_pages(files["pdf"])
    for number, page in enumerate(pages, 1):
        assert pack.sha256 in page
        assert pack.cutoff in page
        assert f"page {number} of {len(pages)}" in page


def test_no_file_carries_a_clock_or_a_run(files: dict[str, bytes]) -> None:
    book = workbook(files["xlsx"])
    assert book.properties.modified.year == book.properties.created.year == 1980
    assert "2000" in str(PdfReader(BytesIO(files["pdf"])).metadata)


def test_csv_is_tidy_with_six_columns_and_one_header(files: dict[str, bytes]) -> None:
    rows = csv_rows(files["csv"])
    assert list(rows[0]) == ["section", "metric", "dimension", "period", "value", "unit"]
    assert all(None not in row and None not in row.values() for row in rows)
    assert not files["csv"].startswith(b"\xef\xbb\xbf")


def test_xlsx_has_a_sheet_a_section_frozen_headers_native_charts_and_print_set_up(
    pack: Pack, files: dict[str, bytes]
) -> None:
    book = workbook(files["xlsx"])
    sections = [section.title[:31] for section in pack.sections]
    sections.insert(sections.index("Daily pattern") + 1, "By business day")
    assert book.sheetnames == ["Contents", "Summary", *sections, "Definitions", "Chart data"]
    for section in pack.sections:
        sheet: Any = book[section.title[:31]]
        assert sheet.freeze_panes == "B5"
        set_up: Any = sheet.sheet_properties.pageSetUpPr
        assert (sheet.page_setup.orientation, set_up.fitToPage) == ("landscape", True)
        assert len(sheet._charts) == sum(not chart.is_empty for chart in section.charts)
    assert book["Deposit growth"]["D5"].number_format == "#,##0.00;[Red]-#,##0.00;#,##0.00"
    assert book["Deposit growth"]["D6"].number_format == "0.00%;[Red]-0.00%;0.00%"


def test_pdf_embeds_its_font_and_shows_names_the_standard_fonts_lose() -> None:
    content = WRITERS["pdf"].write(a_small_pack(bank="Łódź Иван ₹"))
    reader: Any = PdfReader(BytesIO(content))
    assert all("Łódź Иван ₹" in page for page in pdf_pages(content))
    fonts = {
        str(font.get_object()["/BaseFont"]) for page in reader.pages for font in page["/Resources"]["/Font"].values()
    }
    assert any("DejaVuSans" in font for font in fonts)
    assert b"/FontFile2" in content


def test_pdf_needs_the_font_and_says_what_to_do_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr("cloudbank.fonts.FOLDERS", (tmp_path,))
    with pytest.raises(FontMissing, match="npm ci"):
        font_file("DejaVuSans")


def test_provisional_stands_on_every_page() -> None:
    provisional = a_small_pack(provisional=True)
    assert all("PROVISIONAL" in page for page in pdf_pages(WRITERS["pdf"].write(provisional)))
    assert "PROVISIONAL" in str(workbook(WRITERS["xlsx"].write(provisional))["Contents"]["A2"].value)
    assert b"PROVISIONAL" in WRITERS["csv"].write(provisional)
    assert "provisional" in file_stem(provisional)


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_looks_like_a_formula_is_text_in_every_file(text: str) -> None:
    statement = a_statement([entry(100, memo=text)], holder=text)
    for made in (all_texts(text), statement):
        book = workbook(WRITERS["xlsx"].write(made))
        assert [c.coordinate for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"] == []
        for line in csv.reader(StringIO(WRITERS["csv"].write(made).decode(), newline="")):
            assert not [cell for cell in line if cell.strip()[:1] in tuple("=+@\uff1d\uff0b\uff0d\uff20")], line
        assert WRITERS["pdf"].write(made).startswith(b"%PDF")


@pytest.mark.parametrize("number", [-5, -123456])
def test_negative_amounts_stay_numbers(number: int) -> None:
    made = a_statement([entry(number)], opening=1_000_000)
    assert f",{number / 100:.2f}," in WRITERS["csv"].write(made).decode()
    assert workbook(WRITERS["xlsx"].write(made))["Transactions"]["E5"].value == number / 100


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("writer", in_order(), ids=lambda one: one.code)
def test_odd_text_breaks_no_file_and_fetches_nothing(writer: Writer, text: str) -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        wild = text.replace("{port}", str(server.server_port))
        for made in (all_texts(wild), a_statement([entry(100, memo=wild)], holder=wild)):
            assert len(writer.write(made)) > 500
        server.shutdown()
    assert asked == []


def test_pdf_trusts_no_scheme() -> None:
    assert (list(rl_config.trustedSchemes), list(rl_config.trustedHosts or [])) == ([], [])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_is_written(text: str) -> None:
    made = a_statement([entry(100, memo=text)], holder=text)
    for writer in in_order():
        assert writer.write(made)


def test_a_missing_cell_says_so_in_its_own_column_of_every_file() -> None:
    columns = (Column("Day", "day"), Column("Count", "count"), Column("Volume", "USD"), Column("Where"))
    table = Table("t", "Sparse", columns, (("2026-09-01", None, 500, None), ("2026-09-02", 3, None, "here")))
    made = a_small_pack(sections=(Section("s", "Sparse", "x", (), (), (table,)),))
    text = flat(" ".join(pdf_pages(WRITERS["pdf"].write(made))))
    assert "2026-09-01 n/a 5.00 n/a 2026-09-02 3 n/a here" in text
    sheet = workbook(WRITERS["xlsx"].write(made))["Sparse"]
    rows = [row[:4] for row in sheet.iter_rows(values_only=True) if hasattr(row[0], "year")]
    assert [row[1:4] for row in rows] == [("n/a", 5, "n/a"), (3, "n/a", "here")]
    said = [(row["metric"], row["value"]) for row in csv_rows(WRITERS["csv"].write(made)) if row["section"] == "s"]
    assert said[:3] == [("Sparse: Count", "n/a"), ("Sparse: Volume", "5.00"), ("Sparse: Where", "n/a")]


def test_yen_and_dinar_keep_their_own_decimals() -> None:
    for currency, text in (("JPY", "1,235"), ("KWD", "1.235")):
        figure = Figure("s", "Sum", "", "2026Q3", 1235, currency, "x")
        made = a_small_pack(currency=currency, sections=(Section("s", "Sums", "x", (figure,)),))
        assert text in flat(" ".join(pdf_pages(WRITERS["pdf"].write(made))))
        assert f"s,Sum,,2026Q3,{text.replace(',', '')},{currency}" in WRITERS["csv"].write(made).decode()


@pytest.mark.slow
def test_a_statement_of_many_lines_is_written_in_seconds() -> None:
    made = a_statement([entry(1) for _ in range(5_000)])
    assert len(PdfReader(BytesIO(WRITERS["pdf"].write(made))).pages) > 50


@pytest.mark.parametrize("writer", in_order(), ids=lambda one: one.code)
def test_a_writer_puts_nothing_on_any_disk(
    pack: Pack, files: dict[str, bytes], writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("NamedTemporaryFile", "TemporaryFile", "mkstemp", "mkdtemp"):
        monkeypatch.setattr(tempfile, name, full)
    monkeypatch.setattr("openpyxl.worksheet._writer.NamedTemporaryFile", full)
    assert writer.write(pack) == files[writer.code]


def test_a_section_without_figures_says_so_in_every_file() -> None:
    made = a_small_pack(sections=(Section("s", "Silent", "Nothing yet.", ()),), summary=())
    assert "This part has no figures for the period." in flat(" ".join(pdf_pages(WRITERS["pdf"].write(made))))
    assert workbook(WRITERS["xlsx"].write(made))["Silent"]["A5"].value == "This part has no figures for the period."
    assert {row["section"] for row in csv_rows(WRITERS["csv"].write(made))} == {"report"}


def test_three_files_at_once_from_several_threads_are_those_of_one(pack: Pack, files: dict[str, bytes]) -> None:
    """Workers build beside each other; no writer keeps anything between two packs."""
    small = a_small_pack()
    alone = {writer.code: writer.write(small) for writer in in_order()}
    work = [(writer, made) for writer in in_order() for made in (pack, small, pack, small)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda one: one[0].write(one[1]), work))
    for (writer, made), content in zip(work, done, strict=True):
        assert content == (alone if made is small else files)[writer.code], writer.code
