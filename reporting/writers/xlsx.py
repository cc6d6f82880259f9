"""XLSX: contents with links, a sheet a section, real numbers with formats, native charts, definitions."""

from openpyxl import Workbook
from openpyxl.packaging.custom import StringProperty
from openpyxl.worksheet.worksheet import Worksheet

from cloudbank.exports import clean_text, safe_text
from reporting.pack import Pack
from reporting.sheets import front
from reporting.sheets.book import finished
from reporting.sheets.charts import ChartData
from reporting.sheets.names import Names
from reporting.sheets.pages import HEAD_ROW, begin, set_up_print
from reporting.sheets.sections import is_long, section_sheet, table_sheet
from reporting.writers import writer

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@writer("xlsx", label="Excel", content_type=TYPE, icon="filetype-xlsx", order=2)
def xlsx(pack: Pack) -> bytes:
    """The workbook. Numbers keep their unit's decimals; text from people is never a formula.

    The same pack gives the same bytes: times that the format asks for are set to 1980.
    """
    book, names = Workbook(), Names()
    book.remove(book.worksheets[0])
    _describe(book, pack)
    contents, chart_data, summary, last = (
        names.take(title) for title in (front.CONTENTS, "Chart data", "Summary", "Definitions")
    )
    named = [names.take(section.title) for section in pack.sections]  # before any table of the same title
    front_page = book.create_sheet(contents)
    listed: front.Named = []

    def add(name: str, title: str, words: str) -> Worksheet:
        sheet: Worksheet = book.create_sheet(name)
        listed.append((sheet.title, clean_text(title), words))
        return sheet

    front.summary(add(summary, "Summary", "The figures that head the report, and the summary in words"), pack)
    data = ChartData(book.create_sheet(chart_data), HEAD_ROW)
    for name, section in zip(named, pack.sections, strict=True):
        subtitle = section.definition.split("\n\n")[0]
        section_sheet(add(name, section.title, subtitle), pack, section, data)
        for table in section.tables:
            if is_long(table):
                title = f"{section.title}: {table.title}"
                words = f"{section.title}: the rows behind the figures"
                table_sheet(add(names.take(table.title), table.title, words), pack, title, table)
    if pack.listing:
        table_sheet(
            add(names.take(pack.listing.title), pack.listing.title, "All lines"), pack, pack.listing.title, pack.listing
        )
    front.definitions(add(last, "Definitions", "What each figure means and how it is computed"), pack)
    _place_chart_data(book, pack, data, listed)
    front.contents(front_page, pack, listed)
    for sheet in book.worksheets:
        set_up_print(sheet, pack)
    return finished(book)


def _place_chart_data(book: Workbook, pack: Pack, data: ChartData, listed: front.Named) -> None:
    """Behind all others; gone when nothing was drawn."""
    if data.row == HEAD_ROW:
        book.remove(data.sheet)
        return
    begin(data.sheet, pack, "Chart data", front.CONTENTS)
    data.sheet.column_dimensions["A"].width = 36
    for letter in "BCDEFGHIJKLM":
        data.sheet.column_dimensions[letter].width = 18
    book.move_sheet(data.sheet, len(book.worksheets))
    listed.append((data.sheet.title, "Chart data", "The numbers that the charts are drawn from"))


def _describe(book: Workbook, pack: Pack) -> None:
    """What a file manager and an archive read without opening the sheets."""
    book.properties.title = safe_text(f"{pack.title} {pack.subtitle}")
    book.properties.creator = safe_text(pack.bank)
    book.properties.subject = safe_text(f"Data cut-off: {pack.cutoff}")
    book.properties.keywords = f"sha256:{pack.sha256}"
    book.properties.category = "Provisional" if pack.provisional else "Final"
    for name, words in (("SHA-256", pack.sha256), ("Data cut-off", pack.cutoff), ("As of", pack.as_of)):
        book.custom_doc_props.append(StringProperty(name=name, value=safe_text(words)))  # type: ignore[attr-defined]
