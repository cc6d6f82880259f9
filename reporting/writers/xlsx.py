"""XLSX: a sheet a section, real numbers with formats, native charts, definitions."""

from openpyxl import Workbook
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from cloudbank.exports import clean_text, safe_text
from reporting.figures import is_money
from reporting.pack import Figure, Pack, Section, Table
from reporting.sheets.book import finished
from reporting.sheets.cells import (
    BOLD,
    QUIET,
    RULE,
    SUBTITLE,
    TITLE,
    TOTAL_FILL,
    put,
    put_head,
    put_number,
    put_text,
)
from reporting.sheets.charts import add_charts
from reporting.writers import writer

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = (34, 22, 11, 18, 18, 12, 18, 12)
CHARTS_AT = "J"
HEAD_ROW = 4


@writer("xlsx", label="Excel", content_type=TYPE, icon="filetype-xlsx", order=2)
def xlsx(pack: Pack) -> bytes:
    """The workbook. Numbers keep their unit's decimals; text from people is never a formula."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title = safe_text(f"{pack.title} {pack.subtitle}")
    book.properties.creator = safe_text(pack.bank)
    book.properties.subject = safe_text(f"Data cut-off: {pack.cutoff}")
    book.properties.keywords = f"sha256:{pack.sha256}"
    _summary(book.create_sheet("Summary"), pack)
    for section in pack.sections:
        _section(book.create_sheet(_sheet_name(section.title)), pack, section)
    if pack.listing:
        _listing(book.create_sheet(_sheet_name(pack.listing.title)), pack, pack.listing)
    _definitions(book.create_sheet("Definitions"), pack)
    for sheet in book.worksheets:
        _print_set_up(sheet, pack)
    return finished(book)


def _sheet_name(title: str) -> str:
    return "".join("-" if letter in "[]:*?/\\'" else letter for letter in title)[:31]


def _title(sheet: Worksheet, pack: Pack, title: str) -> None:
    put_text(sheet, 1, 1, title, TITLE)
    status = "PROVISIONAL · " if pack.provisional else ""
    put_text(
        sheet, 2, 1, f"{status}{pack.bank} · {pack.title} {pack.subtitle} · {pack.currency} · as of {pack.as_of}", QUIET
    )
    for place, width in enumerate(WIDTHS):
        sheet.column_dimensions["ABCDEFGH"[place]].width = width


def _summary(sheet: Worksheet, pack: Pack) -> None:
    _title(sheet, pack, pack.title)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, 110
    row = HEAD_ROW
    for heading, lines in (("In short", pack.summary), ("Notes", pack.notes)):
        if lines:
            put_text(sheet, row, 1, heading, SUBTITLE)
            for offset, line in enumerate(lines):
                put_text(sheet, row + offset, 2, line, wrap_text=True)
            row += len(lines) + 1
    put_text(sheet, row, 1, "Parameters", SUBTITLE)
    for name, text in pack.facts():
        row += 1
        put_text(sheet, row, 1, name, BOLD)
        put_text(sheet, row, 2, text, wrap_text=True)


def _section(sheet: Worksheet, pack: Pack, section: Section) -> None:
    _title(sheet, pack, section.title)
    beside = [period for period in (pack.previous, pack.year_ago) if period]
    titles = ["Figure", "Dimension", "Unit", pack.period]
    for period in beside:
        titles += [period, f"Change on {period}"]
    put_head(sheet, HEAD_ROW, titles, set(range(3, len(titles))))
    for offset, figure in enumerate(section.figures):
        _figure_row(sheet, HEAD_ROW + 1 + offset, pack, figure)
    row = HEAD_ROW + len(section.figures) + 3
    for table in section.tables:
        row = _table(sheet, row, table) + 1
    if section.charts:
        add_charts(sheet, list(section.charts), data_row=row, beside=CHARTS_AT)
    sheet.freeze_panes = f"B{HEAD_ROW + 1}"
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"


def _figure_row(sheet: Worksheet, row: int, pack: Pack, figure: Figure) -> None:
    put_text(sheet, row, 1, figure.metric, BOLD if not figure.dimension else QUIET)
    put_text(sheet, row, 2, figure.dimension)
    put_text(sheet, row, 3, figure.unit, QUIET)
    put_number(sheet, row, 4, figure.value, figure.unit)
    place = 5
    for period, value, moved in (
        (pack.previous, figure.previous, figure.change_previous),
        (pack.year_ago, figure.year_ago, figure.change_year_ago),
    ):
        if period:
            put_number(sheet, row, place, value, figure.unit)
            put_number(sheet, row, place + 1, moved, figure.change_unit, signed=True)
            place += 2
    for one in range(1, place):
        sheet.cell(row, one).border = RULE


def _table(sheet: Worksheet, row: int, table: Table) -> int:
    """A table from this row on; returns the row after it. Columns B and C are skipped: they are not as wide."""
    places = [1, *range(4, 3 + len(table.columns))]
    put_text(sheet, row, 1, table.title, SUBTITLE)
    titles = [""] * max(places)
    for place, column in zip(places, table.columns, strict=True):
        titles[place - 1] = (
            f"{column.title} ({column.unit})" if is_money(column.unit) and column.is_number else column.title
        )
    put_head(sheet, row + 1, titles, set(range(3, max(places))))
    row += 2
    for cells in (*table.rows, *([table.total] if table.total else [])):
        for place, column, value in zip(places, table.columns, cells, strict=True):
            cell = put(sheet, row, place, column, value)
            if table.total and cells is table.total:
                cell.font, cell.fill = BOLD, TOTAL_FILL
        row += 1
    return row


def _listing(sheet: Worksheet, pack: Pack, table: Table) -> None:
    _title(sheet, pack, table.title)
    put_head(sheet, HEAD_ROW, [column.title for column in table.columns], _numeric(table))
    for offset, cells in enumerate(table.rows):
        for place, (column, value) in enumerate(zip(table.columns, cells, strict=True), 1):
            put(sheet, HEAD_ROW + 1 + offset, place, column, value)
    for place, column in enumerate(table.columns):
        sheet.column_dimensions["ABCDEFGHIJ"[place]].width = 18 if column.is_number else 24
    sheet.freeze_panes = f"A{HEAD_ROW + 1}"
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"


def _numeric(table: Table) -> set[int]:
    return {place for place, column in enumerate(table.columns) if column.is_number}


def _definitions(sheet: Worksheet, pack: Pack) -> None:
    _title(sheet, pack, "Definitions")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 36, 120
    row = HEAD_ROW
    for section in pack.sections:
        put_text(sheet, row, 1, section.title, SUBTITLE)
        put_text(sheet, row, 2, section.definition, wrap_text=True)
        for metric, formula in {figure.metric: figure.formula for figure in section.figures}.items():
            row += 1
            put_text(sheet, row, 1, metric, BOLD)
            put_text(sheet, row, 2, formula, wrap_text=True)
        row += 2


def _print_set_up(sheet: Worksheet, pack: Pack) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_view.showGridLines = False
    cutoff = f"Cut-off: {clean_text(pack.cutoff)}"[:120].replace("&", "&&")
    sheet.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(text=cutoff),
        center=_HeaderFooterPart(text=f"SHA-256 {pack.sha256[:16]}"),
        right=_HeaderFooterPart(text="&P of &N"),
    )
