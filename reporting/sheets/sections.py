"""A section's sheet: figures under a frozen head, charts, short tables; a long table has a sheet of its own."""

from collections.abc import Iterable

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from reporting.figures import is_money, shown
from reporting.pack import Chart, Column, Pack, Section, Table
from reporting.sheets.cells import BOLD, QUIET, RULE, SUBTITLE, TOTAL, TOTAL_FILL, put, put_head, put_text
from reporting.sheets.charts import ROWS_A_CHART, WIDTH_CM, ChartData, drawn, is_wide
from reporting.sheets.front import CONTENTS, put_values, shown_values
from reporting.sheets.pages import HEAD_ROW, begin, column_after, fit_columns, fit_head, fit_row, freeze, rows_a_page

LONG = 32
"""Rows from which a table has a sheet of its own."""


def is_long(table: Table) -> bool:
    """Whether the table has a sheet of its own."""
    return len(table.rows) > LONG


def section_sheet(sheet: Worksheet, pack: Pack, section: Section, data: ChartData) -> None:
    """Figures with their comparisons, charts, short tables."""
    begin(sheet, pack, section.title, CONTENTS)
    head = ["Figure", "Dimension", "Unit", pack.period]
    head += [title for period in pack.beside for title in (period, f"Change on {period}")]
    put_head(sheet, HEAD_ROW, head, set(range(3, len(head))))
    tables = [table for table in section.tables if not is_long(table)]
    texts = [[one.metric, one.dimension, one.unit, *shown_values(pack, one)] for one in section.figures]
    fit_columns(sheet, [*texts, *(row for table in tables for row in _words(table)), *_columns_at_least(head)])
    fit_head(sheet, HEAD_ROW, head)
    for row, figure in enumerate(section.figures, HEAD_ROW + 1):
        put_text(sheet, row, 1, figure.metric, QUIET if figure.dimension else BOLD, wrap_text=True)
        put_text(sheet, row, 2, figure.dimension, wrap_text=True)
        put_text(sheet, row, 3, figure.unit, QUIET)
        put_values(sheet, row, 4, pack, figure)
        fit_row(sheet, row, [(1, figure.metric), (2, figure.dimension)])
    row = HEAD_ROW + len(section.figures) + 2
    if not section.figures:
        put_text(sheet, row - 1, 1, "This part has no figures for the period.", QUIET)
    row = _charts(sheet, row, len(head), [chart for chart in section.charts if not chart.is_empty], data)
    for table in tables:
        put_text(sheet, row, 1, table.title, SUBTITLE)
        row = _table(sheet, row + 1, table) + 1
    freeze(sheet)
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}" if len(section.figures) > LONG else "1:2"


def _columns_at_least(head: list[str]) -> list[list[str]]:
    """A head wraps, so its columns need room for its longest word only."""
    return [["x" * 22, "x" * 14, *("x" * max(len(word) for word in title.split()) for title in head[2:])]]


def _charts(sheet: Worksheet, row: int, columns: int, charts: list[Chart], data: ChartData) -> int:
    """Two beside each other from a row on, wide ones alone; returns the row after them."""
    second, left = column_after(sheet, WIDTH_CM + 0.3), True
    page, top = rows_a_page(sheet, columns), 0
    for chart in charts:
        wide = is_wide(chart)
        if wide and not left:
            row, left = row + ROWS_A_CHART, True
        if left and row - top + ROWS_A_CHART > page and row > top + 1:
            sheet.row_breaks.append(Break(id=row - 2))
            top = row
        sheet.add_chart(drawn(chart, data), f"{'A' if left else second}{row}")
        left = wide or not left
        row += ROWS_A_CHART if left else 0
    return row if left else row + ROWS_A_CHART


def table_sheet(sheet: Worksheet, pack: Pack, title: str, table: Table, contents: str = CONTENTS) -> None:
    """A long table with its head frozen and a filter on every column."""
    begin(sheet, pack, title, contents)
    fit_columns(sheet, [*_words(table), ["x" * 22]])
    row = _table(sheet, HEAD_ROW, table)
    rows = row - HEAD_ROW - 1 - bool(table.total)
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{get_column_letter(len(table.columns))}{HEAD_ROW + max(rows, 1)}"
    freeze(sheet)
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"


def _table(sheet: Worksheet, row: int, table: Table) -> int:
    """Head, rows and total from a row on; returns the row after it."""
    titles = [_title(column) for column in table.columns]
    put_head(sheet, row, titles, _numeric(table))
    fit_head(sheet, row, titles)
    for cells in (*table.rows, *([table.total] if table.total else [])):
        row += 1
        for place, (column, value) in enumerate(zip(table.columns, cells, strict=True), 1):
            cell = put(sheet, row, place, column, value)
            cell.border = RULE
            if table.total and cells is table.total:
                cell.font, cell.fill, cell.border = BOLD, TOTAL_FILL, TOTAL
        texts = [(at, str(value)) for at, value in enumerate(cells, 1) if isinstance(value, str)]
        fit_row(sheet, row, texts)
    return row + 1


def _title(column: Column) -> str:
    return f"{column.title} ({column.unit})" if is_money(column.unit) and column.is_number else column.title


def _words(table: Table) -> Iterable[list[str]]:
    """What a table shows: how wide its columns must be."""
    yield [max(_title(column).split(), key=len, default="") for column in table.columns]
    for row in (*table.rows, *([table.total] if table.total else [])):
        yield [
            shown(cell if isinstance(cell, int) else None, column.unit) if column.is_number else str(cell or "")
            for column, cell in zip(table.columns, row, strict=True)
        ]


def _numeric(table: Table) -> set[int]:
    return {place for place, column in enumerate(table.columns) if column.is_number}
