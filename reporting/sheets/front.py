"""The sheets that are not a section's: contents, summary, definitions."""

from openpyxl.worksheet.worksheet import Worksheet

from reporting.figures import NOT_AVAILABLE, shown, shown_change
from reporting.pack import Figure, Pack, Table
from reporting.rows import label_of
from reporting.sheets.cells import (
    BOLD,
    QUIET,
    RULE,
    SUBTITLE,
    put_head,
    put_link,
    put_number,
    put_text,
)
from reporting.sheets.pages import HEAD_ROW, begin, fit_columns, fit_head, fit_row, freeze

CONTENTS = "Contents"
WIDE = 110
KEPT_DIGITS = 10**15
"""A spreadsheet keeps fifteen digits of a number."""
Named = list[tuple[str, str, str]]
"""(sheet, title, what stands on it)."""


def contents(sheet: Worksheet, pack: Pack, sheets: Named) -> None:
    """What the report is, what a reader must know, and the way to each sheet."""
    begin(sheet, pack, pack.title)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 36, WIDE
    row = HEAD_ROW
    for name, words in pack.facts():
        put_text(sheet, row, 1, name, QUIET)
        put_text(sheet, row, 2, words, wrap_text=True)
        fit_row(sheet, row, [(2, words)])
        row += 1
    row = _notes(sheet, row + 1, [*pack.notes, *_digits_note(pack)])
    put_head(sheet, row, ["Sheet", "What stands on it"], set())
    for name, title, words in sheets:
        row += 1
        put_link(sheet, row, 1, title, name)
        put_text(sheet, row, 2, words, QUIET)


def _notes(sheet: Worksheet, row: int, notes: list[str]) -> int:
    for place, note in enumerate(notes):
        if place == 0:
            put_text(sheet, row, 1, "Notes", SUBTITLE)
        put_text(sheet, row, 2, note, wrap_text=True)
        fit_row(sheet, row, [(2, note)])
        row += 1
    return row + 1 if notes else row


def _digits_note(pack: Pack) -> list[str]:
    values = [value for one in pack.figures() for value in (one.value, one.previous, one.year_ago)]
    tables: list[Table] = [table for section in pack.sections for table in section.tables]
    cells = [cell for table in tables for row in (*table.rows, table.total) for cell in row]
    long = sum(isinstance(value, int) and abs(value) >= KEPT_DIGITS for value in [*values, *cells])
    if not long:
        return []
    return [
        f"A spreadsheet keeps fifteen digits of a number: {long} numbers here have more, and their last digits "
        "are lost when the file is opened. The PDF and the CSV have them in full."
    ]


def summary(sheet: Worksheet, pack: Pack) -> None:
    """The figures that head the report beside what they were, and the summary in words."""
    begin(sheet, pack, "Summary", CONTENTS)
    head = ["Figure", "Unit", pack.period] + [
        title for period in pack.beside for title in (period, f"Change on {period}")
    ]
    put_head(sheet, HEAD_ROW, head, set(range(2, len(head))))
    row = HEAD_ROW + 1
    for figure in pack.headlines():
        put_text(sheet, row, 1, figure.metric, BOLD)
        put_text(sheet, row, 2, figure.unit, QUIET)
        put_values(sheet, row, 3, pack, figure)
        row += 1
    texts = [[label_of(one), one.unit, *shown_values(pack, one)] for one in pack.headlines()]
    fit_columns(sheet, [head, *texts, ["x" * 30]])
    fit_head(sheet, HEAD_ROW, head)
    row += 1
    if pack.summary:
        put_text(sheet, row, 1, "In short", SUBTITLE)
    last = max(len(head), 7)
    for sentence in pack.summary:
        row += 1
        put_text(sheet, row, 1, sentence, wrap_text=True)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        room = sum(sheet.column_dimensions["ABCDEFGHIJ"[at]].width or 9 for at in range(len(head)))
        sheet.row_dimensions[row].height = 13.5 * (1 + int(len(sentence) / room)) + 2
    freeze(sheet)
    sheet.print_title_rows = "1:2"


def put_values(sheet: Worksheet, row: int, place: int, pack: Pack, figure: Figure) -> int:
    """A figure, the figures beside it and the changes, from a column on; returns the column after them."""
    put_number(sheet, row, place, figure.value, figure.unit)
    place += 1
    for _, value, moved in pack.comparisons(figure):
        put_number(sheet, row, place, value, figure.unit)
        put_number(sheet, row, place + 1, moved, figure.change_unit, signed=True)
        place += 2
    for one in range(1, place):
        sheet.cell(row, one).border = RULE
    return place


def shown_values(pack: Pack, figure: Figure) -> list[str]:
    """The same in words: how wide their columns must be."""
    words = [shown(figure.value, figure.unit)]
    for _, value, moved in pack.comparisons(figure):
        words += [shown(value, figure.unit), shown_change(moved, figure.change_unit)]
    return words


def definitions(sheet: Worksheet, pack: Pack) -> None:
    """What each figure means and how it is computed."""
    begin(sheet, pack, "Definitions", CONTENTS)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 40, WIDE
    put_head(sheet, HEAD_ROW, ["Figure", "What it is"], set())
    row = HEAD_ROW + 1
    for section in pack.sections:
        rows = [(section.title, section.definition)]
        rows += [(figure.metric, figure.formula) for figure in section.figures]
        for place, (name, words) in enumerate(dict.fromkeys(rows)):
            put_text(sheet, row, 1, name, BOLD if place else SUBTITLE, wrap_text=True)
            put_text(sheet, row, 2, words or NOT_AVAILABLE, wrap_text=True)
            fit_row(sheet, row, [(1, name), (2, words)])
            row += 1
        row += 1
    freeze(sheet)
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
