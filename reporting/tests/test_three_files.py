"""PDF, XLSX and CSV read back as a reader would, for every metric there is: they agree to the cent, gaps included."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings

from reporting.figures import COUNT, HOUR, PERCENT, POINTS, RATE, decimals
from reporting.metrics import METRICS
from reporting.pack import Cell, Column, Figure, Pack, Section, Table
from reporting.rows import grouped
from reporting.sheets.sections import is_long
from reporting.tests.days import bank_pack
from reporting.tests.odd_packs import first_quarter_pack, hard_pack, provisional_pack, range_pack
from reporting.tests.reading import Said, csv_rows, layout, said_in_csv, said_in_xlsx, workbook
from reporting.writers import WRITERS, in_order

VALUE = r"(?:n/a|\d\d:00–\d\d:59|[+−]?[\d,]+(?:\.\d+)?(?: %| pp)?)"


def scrambled(pack: Pack) -> Pack:
    """The pack with another value for each figure and cell, one in six missing: no metric is too dull to be tested."""

    def value(names: str, unit: str, limit: int) -> int | None:
        number = int(hashlib.sha256(names.encode()).hexdigest()[:12], 16)
        if number % 6 == 0:
            return None
        return number % 24 if unit == HOUR else number % (2 * limit) - limit

    def figure(one: Figure) -> Figure:
        names = f"{one.section} {one.metric} {one.dimension}"
        limit = {PERCENT: 10**6, POINTS: 10**5, COUNT: 10**7, RATE: 10**8}.get(one.unit, 10**12)
        three = {name: value(f"{names} {name}", one.unit, limit) for name in ("value", "previous", "year_ago")}
        two = {name: value(f"{names} {name}", "%", 10**6) for name in ("change_previous", "change_year_ago")}
        return replace(one, **three, **two)

    def table(one: Table) -> Table:
        def cell(at: int, column: Column, was: Cell) -> Cell:
            return value(f"{one.code} {at} {column.title}", column.unit, 10**9) if column.is_number else was

        rows = [(row[0], *(cell(at, *pair) for pair in zip(one.columns[1:], row[1:], strict=True)))
                for at, row in enumerate([*one.rows, *([one.total] if one.total else [])])]  # fmt: skip
        return replace(one, rows=tuple(rows[: len(one.rows)]), total=rows[-1] if one.total else ())

    def section(one: Section) -> Section:
        figures, tables = tuple(map(figure, one.figures)), tuple(map(table, one.tables))
        return replace(one, figures=figures, tables=tables, charts=())

    return replace(pack, sections=tuple(map(section, pack.sections)))


PACKS: dict[str, Callable[[], Pack]] = {
    "the bank's": bank_pack,
    "every metric, other values": lambda: scrambled(bank_pack()),
    "provisional": provisional_pack,
    "first quarter": first_quarter_pack,
    "a range": range_pack,
    "dinars": lambda: hard_pack("KWD"),
    "yen": lambda: hard_pack("JPY"),
}


@cache
def files(name: str) -> dict[str, bytes]:
    """The three files of a pack."""
    return {writer.code: writer.write(PACKS[name]()) for writer in in_order()}


def beside(pack: Pack) -> list[str]:
    """The periods beside the pack's own, of which something is known."""
    before, then = ({one.previous for one in pack.figures()}, {one.year_ago for one in pack.figures()})
    return [period for period, values in ((pack.previous, before), (pack.year_ago, then)) if period and values - {None}]


def steps(text: str, unit: str) -> int | None:
    """What a PDF's cell says, in the unit's smallest step."""
    if text == "n/a":
        return None
    if unit == HOUR:
        return int(text[:2])
    plain = text.replace(",", "").replace("−", "-").removesuffix(" %").removesuffix(" pp")
    number = Decimal(plain).scaleb(decimals(unit))
    assert number == int(number), (text, unit)
    return int(number)


def lines_of(pack: Pack, name: str) -> list[str]:
    """The PDF's lines from the first chapter on."""
    return [line for page in layout(files(name)["pdf"])[2:] for line in page.splitlines()]


def said_in_pdf(pack: Pack, name: str) -> Said:
    """The figures of the PDF, found in the order of the report by their names and read from their columns."""
    found: Said = {}
    columns, lines = 1 + 2 * len(beside(pack)), iter(lines_of(pack, name))
    row = re.compile(rf"^ *(\S.*?)((?:\s+{VALUE}){{{columns}}})$")
    for section in pack.sections:
        for one in (row for group in grouped(section.figures) for row in group.rows):
            texts = _next_row(lines, row, one.label)
            figure, units = one.figure, [one.figure.unit]
            names = (figure.section, figure.metric, figure.dimension)
            for period in beside(pack):
                units += [figure.unit, figure.change_unit]
                found[(*names, period)], found[(*names, f"{pack.period} against {period}")] = None, None
            values = [steps(text, unit) for text, unit in zip(texts, units, strict=True)]
            found[(*names, pack.period)] = values[0]
            for period, (value, change) in zip(beside(pack), zip(values[1::2], values[2::2], strict=True), strict=True):
                found[(*names, period)], found[(*names, f"{pack.period} against {period}")] = value, change
    return found


def _next_row(lines: Iterator[str], row: re.Pattern[str], label: str) -> list[str]:
    """The values of the next line that begins with this name (or with as much of it as fits a line)."""
    for line in lines:
        match = row.match(line)
        if match and " ".join(label.split()).startswith(match[1].strip()):
            return re.findall(VALUE, match[2])
    raise AssertionError(f"the PDF has no row {label!r}")


def expected(pack: Pack) -> Said:
    """What every file must say."""
    found: Said = {}
    for one in pack.figures():
        names = (one.section, one.metric, one.dimension)
        found[(*names, pack.period)] = one.value
        for period, value, moved in (
            (pack.previous, one.previous, one.change_previous),
            (pack.year_ago, one.year_ago, one.change_year_ago),
        ):
            if period:
                found[(*names, period)], found[(*names, f"{pack.period} against {period}")] = value, moved
    return found


def readable(pack: Pack) -> Said:
    """What a person's files say: a column of nothing but n/a is left out."""
    columns = {pack.period, *(text for one in beside(pack) for text in (one, f"{pack.period} against {one}"))}
    return {names: value for names, value in expected(pack).items() if names[-1] in columns}


def small(said: Said) -> Said:
    """Those that a spreadsheet keeps whole."""
    return {names: value for names, value in said.items() if value is None or abs(value) < 10**15}


@pytest.mark.parametrize("name", PACKS)
def test_every_figure_is_the_same_in_all_three_files(name: str) -> None:
    pack = PACKS[name]()
    if name == "the bank's":
        assert {section.code for section in pack.sections} == set(METRICS.codes())
    titles = {section.title[:31]: section.code for section in pack.sections}
    assert len(titles) == len(pack.sections)
    assert said_in_csv(files(name)["csv"]) == expected(pack)
    assert small(said_in_xlsx(files(name)["xlsx"], titles)) == small(readable(pack))
    assert said_in_pdf(pack, name) == readable(pack)
    if name == "first quarter":
        assert beside(pack) == [] and pack.previous and pack.year_ago


@pytest.mark.parametrize("name", ["the bank's", "every metric, other values", "provisional"])
def test_every_cell_of_every_table_is_the_same_in_all_three_files(name: str) -> None:
    pack = PACKS[name]()
    in_csv = {tuple(row[key] for key in ("section", "metric", "dimension", "period")): row["value"]
              for row in csv_rows(files(name)["csv"])}  # fmt: skip
    book, lines = workbook(files(name)["xlsx"]), lines_of(pack, name)
    for section in pack.sections:
        for table in section.tables:
            sheet: Any = book[(table if is_long(table) else section).title[:31]]
            grid = [list(row) for row in sheet.iter_rows(values_only=True)]
            head = [f"{one.title} ({one.unit})" if len(one.unit) == 3 and one.is_number and one.unit.isupper()
                    else one.title for one in table.columns]  # fmt: skip
            at = next(place for place, row in enumerate(grid) if row[: len(head)] == head)
            for offset, row in enumerate([*table.rows, *([table.total] if table.total else [])], 1):
                is_total = offset > len(table.rows)
                first = str(row[0])
                names = ("total", pack.period) if is_total else ("", first) if table.by_period else (first, "")
                numbers = [(place, column) for place, column in enumerate(table.columns) if column.is_number]
                for place, column in numbers:
                    csv_value = steps(in_csv[section.code, f"{table.title}: {column.title}", *names], column.unit)
                    assert csv_value == row[place], (table.code, row)
                    scale = 10_000 if column.unit == PERCENT else 10 ** decimals(column.unit)
                    cell = grid[at + offset][place]
                    assert (None if cell == "n/a" else round(cell * scale)) == row[place], (table.code, row)
                assert _stands_in(lines, first, [(row[place], column.unit) for place, column in numbers]), row


def _stands_in(lines: list[str], first: str, cells: list[tuple[Cell, str]]) -> bool:
    """Whether a line of the PDF begins with the first cell and has these numbers in this order, and no others."""
    for line in lines:
        rest = line.strip().removeprefix(first)
        if rest != line.strip():
            texts = re.findall(rf"(?<=\s){VALUE}(?=\s|$)", rest)
            units = [unit for _, unit in cells]
            if len(texts) == len(cells) and _read(texts, units) == [value for value, _ in cells]:
                return True
    return False


def _read(texts: list[str], units: list[str]) -> list[int | None] | None:
    try:
        return [steps(text, unit) for text, unit in zip(texts, units, strict=True)]
    except AssertionError:
        return None


@pytest.mark.parametrize("name", PACKS)
def test_no_two_rows_of_the_csv_have_one_name(name: str) -> None:
    names = sorted(
        tuple(row[key] for key in ("section", "metric", "dimension", "period")) for row in csv_rows(files(name)["csv"])
        if row["metric"] != "Note"
    )  # fmt: skip
    assert [one for one, other in pairwise(names) if one == other] == []


def test_a_missing_value_leaves_every_other_one_in_its_own_column_of_the_pdf() -> None:
    """What others got wrong: a NULL cell that shifts the row."""
    full = Figure("s", "Full", "", "2026Q3", 100, "USD", "x", 200, 300, 400, 500)
    gaps = [replace(full, metric=f"Without {name}", **{name: None}) for name in
            ("value", "previous", "year_ago", "change_previous", "change_year_ago")]  # fmt: skip
    pack = replace(bank_pack(), sections=(Section("s", "Gaps", "x", (full, *gaps)),), summary=())
    lines = [line for page in layout(WRITERS["pdf"].write(pack)) for line in page.splitlines()]
    row = next(line for line in lines if line.strip().startswith("Full (USD)"))
    ends = [match.end() for match in re.finditer(rf"(?<=\s\s){VALUE}", row)]
    assert len(ends) == 5
    for place, name in enumerate(("value", "previous", "change_previous", "year_ago", "change_year_ago")):
        line = next(line for line in lines if line.strip().startswith(f"Without {name} (USD)"))
        found = list(re.finditer(rf"(?<=\s\s){VALUE}", line))
        assert [abs(match.end() - end) <= 2 for match, end in zip(found, ends, strict=True)] == [True] * 5, line
        assert [match[0] == "n/a" for match in found] == [at == place for at in range(5)], line


def test_the_total_of_a_table_is_a_row_of_its_own_in_the_csv() -> None:
    columns = (Column("Product"), Column("Count", "count"), Column("Who"))
    table = Table(
        "t", "Mix", columns, (("a", 1, None), ("a", 2, "x"), ("b", None, "y")), ("All", 3, None), by_period=False
    )
    pack = replace(bank_pack(), sections=(Section("s", "Mix", "x", (), (), (table,)),))
    rows = [list(row.values())[1:] for row in csv_rows(WRITERS["csv"].write(pack)) if row["section"] == "s"]
    assert rows == [
        ["Mix: Count", "a (1)", "", "1", "count"],
        ["Mix: Who", "a (1)", "", "n/a", "text"],
        ["Mix: Count", "a (2)", "", "2", "count"],
        ["Mix: Who", "a (2)", "", "x", "text"],
        ["Mix: Count", "b", "", "n/a", "count"],
        ["Mix: Who", "b", "", "y", "text"],
        ["Mix: Count", "total", "2026Q3", "3", "count"],
        ["Mix: Who", "total", "2026Q3", "n/a", "text"],
    ]


MEASURE = """
import time
import django
django.setup()
from cloudbank.progress import peak_megabytes
from reporting.tests.odd_packs import ODD_PACKS
from reporting.writers import in_order
pack, started = ODD_PACKS["dollars"](), time.process_time()
for writer in in_order():
    writer.write(pack)
print(time.process_time() - started, peak_megabytes())
"""


def test_three_files_of_a_heavy_report_take_5_seconds_of_processor_and_300_megabytes_at_most() -> None:
    """A process of its own, so that its peak is the writers'; processor time, so that other work does not count."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, cwd=settings.BASE_DIR
    )
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds <= 5
    assert megabytes <= 300
