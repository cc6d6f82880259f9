"""CSV: tidy data, one row a figure; a statement's CSV is its list of lines."""

import csv
from collections.abc import Iterator
from io import StringIO

from cloudbank.exports import Sheet, csv_chunks, safe_text
from reporting.figures import PERCENT, exact, machine
from reporting.pack import Cell, Column, Figure, Pack, Section, Table
from reporting.writers import writer

HEADER = ("section", "metric", "dimension", "period", "value", "unit")
Row = tuple[str, str, str, str, str, str]


@writer("csv", label="CSV", content_type="text/csv; charset=utf-8", icon="filetype-csv", order=3)
def tidy_csv(pack: Pack) -> bytes:
    """UTF-8 without a byte-order mark; text that a spreadsheet would take for a formula is quoted by an apostrophe."""
    if pack.listing:
        return b"".join(csv_chunks(_listing(pack.listing, pack)))
    buffer = StringIO()
    rows = csv.writer(buffer, lineterminator="\r\n")
    rows.writerow(HEADER)
    rows.writerows(_rows(pack))
    return buffer.getvalue().encode("utf-8")


def _rows(pack: Pack) -> Iterator[Row]:
    for name, text in [*pack.facts(), *(("Note", note) for note in pack.notes)]:
        yield "report", safe_text(name), "", pack.period, safe_text(text), "text"
    for section in pack.sections:
        for figure in section.figures:
            yield from _figure(pack, figure)
        for table in section.tables:
            yield from _table(section, table)


def _figure(pack: Pack, figure: Figure) -> Iterator[Row]:
    names = (figure.section, safe_text(figure.metric), safe_text(figure.dimension))
    yield (*names, figure.period, machine(figure.value, figure.unit), figure.unit)
    beside = (
        (pack.previous, figure.previous, figure.change_previous),
        (pack.year_ago, figure.year_ago, figure.change_year_ago),
    )
    for period, value, moved in beside:
        if period:
            yield (*names, period, machine(value, figure.unit), figure.unit)
            unit = figure.change_unit or PERCENT
            yield (*names, f"{figure.period} against {period}", machine(moved, unit), unit)


def _table(section: Section, table: Table) -> Iterator[Row]:
    for row in table.rows:
        first = safe_text(str(row[0]))
        dimension, period = ("", first) if table.by_period else (first, "")
        for column, cell in zip(table.columns[1:], row[1:], strict=True):
            value = machine(_number(cell), column.unit) if column.is_number else safe_text(str(cell or ""))
            yield section.code, safe_text(f"{table.title}: {column.title}"), dimension, period, value, column.unit


def _number(cell: Cell) -> int | None:
    return cell if isinstance(cell, int) else None


def _listing(table: Table, pack: Pack) -> Sheet:
    header = [column.title for column in table.columns]
    rows = ([_cell(column, cell) for column, cell in zip(table.columns, row, strict=True)] for row in table.rows)
    figures = [(figure.metric, f"{machine(figure.value, figure.unit)} {figure.unit}") for figure in pack.figures()]
    return Sheet(pack.title, header, rows, lambda: [*figures, *pack.facts()])


def _cell(column: Column, cell: Cell) -> object:
    return exact(cell, column.unit) if column.is_number and isinstance(cell, int) else cell
