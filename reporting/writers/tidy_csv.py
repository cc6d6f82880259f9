"""CSV: tidy data, one row a figure; a statement's CSV is its list of lines."""

import csv
from collections import Counter
from collections.abc import Iterator
from io import StringIO

from cloudbank.exports import Sheet, csv_chunks, safe_text
from reporting.figures import NOT_AVAILABLE, PERCENT, exact, machine
from reporting.pack import Cell, Column, Figure, Pack, Section, Table
from reporting.writers import writer

HEADER = ("section", "metric", "dimension", "period", "value", "unit")
Row = tuple[str, str, str, str, str, str]


@writer("csv", label="CSV", content_type="text/csv; charset=utf-8", icon="filetype-csv", order=3)
def tidy_csv(pack: Pack) -> bytes:
    """One row a value in six columns: the report's own, those beside it, the changes, and each cell of its tables.

    UTF-8 without a byte-order mark: programs read this file, and to most of them a mark would be a letter of the first
    column's name; people who open files in a spreadsheet have the XLSX. Text that a spreadsheet would take for a
    formula has an apostrophe in front.
    """
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
            yield from _table(section, table, pack.period)


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


def _table(section: Section, table: Table, whole: str) -> Iterator[Row]:
    """A row a cell, named by the first cell of its line; the table's last line is the dimension "total"."""
    labels = _labels(table)
    lines = [
        (("", label) if table.by_period else (label, ""), row) for label, row in zip(labels, table.rows, strict=True)
    ]
    if table.total:
        lines.append((("total", whole), table.total))
    for (dimension, period), row in lines:
        for column, cell in zip(table.columns[1:], row[1:], strict=True):
            said = machine(_number(cell), column.unit) if column.is_number else safe_text(_words(cell))
            yield section.code, safe_text(f"{table.title}: {column.title}"), dimension, period, said, column.unit


def _labels(table: Table) -> list[str]:
    """The first cells; lines that share one are numbered, so that every row of the file has a name of its own."""
    found = [safe_text(_words(row[0])) for row in table.rows]
    counts, seen = Counter(found), Counter[str]()
    for place, label in enumerate(found):
        if counts[label] > 1:
            seen[label] += 1
            found[place] = f"{label} ({seen[label]})"
    return found


def _words(cell: Cell) -> str:
    return NOT_AVAILABLE if cell is None else str(cell)


def _number(cell: Cell) -> int | None:
    return cell if isinstance(cell, int) else None


def _listing(table: Table, pack: Pack) -> Sheet:
    header = [column.title for column in table.columns]
    rows = ([_cell(column, cell) for column, cell in zip(table.columns, row, strict=True)] for row in table.rows)
    figures = [(figure.metric, f"{machine(figure.value, figure.unit)} {figure.unit}") for figure in pack.figures()]
    return Sheet(pack.title, header, rows, lambda: [*figures, *pack.facts()])


def _cell(column: Column, cell: Cell) -> object:
    return exact(cell, column.unit) if column.is_number and isinstance(cell, int) else cell
