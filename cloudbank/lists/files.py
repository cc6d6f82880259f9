"""The export of a list's filtered view, read page by page up to a bound that the file states."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from cloudbank.exports import Sheet, csv_chunks, safe_filename, write_xlsx
from cloudbank.lists.columns import Column
from cloudbank.lists.query import Page

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH = 100
FORMATS = ("csv", "xlsx")

Read = Callable[[Any, int], Page]


class Reading:
    """The rows of a view, one page after the other, counted, and whether the bound cut them."""

    def __init__(self, read: Read, limit: int) -> None:
        self._read, self.limit = read, limit
        self.count, self.is_cut = 0, False

    def _all(self) -> Iterator[Any]:
        cursor = None
        while True:
            page = self._read(cursor, BATCH)
            yield from page.rows
            cursor = page.next_cursor
            if cursor is None:
                return

    def __iter__(self) -> Iterator[Any]:
        rows = self._all()
        for row in islice(rows, self.limit):
            self.count += 1
            yield row
        self.is_cut = next(rows, None) is not None

    def says(self) -> str:
        """ "123 rows", or that the bound cut them."""
        rows = f"{self.count:,} row{'' if self.count == 1 else 's'}"
        return f"{rows}: cut at the bound, there are more" if self.is_cut else f"{rows}, complete"


def _label(column: Column) -> str:
    return f"{column.label} (UTC)" if column.kind == "time" else column.label


def sheet(title: str, columns: Sequence[Column], reading: Reading, facts: Sequence[tuple[str, str]]) -> Sheet:
    """The sheet of a list: its columns' labels, values, and what the file says of itself."""
    shown = [column for column in columns if column.in_file]

    def notes() -> list[tuple[str, str]]:
        return [("List", title), *facts, ("Bound", f"at most {reading.limit:,} rows"), ("Rows", reading.says())]

    rows = ([column.write(row) for column in shown] for row in reading)
    money = frozenset(index for index, column in enumerate(shown) if column.is_money)
    return Sheet(title, [_label(column) for column in shown], rows, notes, money)


def response(content: Sheet, extension: str, now: datetime) -> HttpResponseBase:
    """The download. CSV streams as it is read; XLSX is written to a temporary file first."""
    name = safe_filename(f"{content.title} {now:%Y-%m-%d %H%M}", extension)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if extension == "csv":
        return StreamingHttpResponse(csv_chunks(content), content_type="text/csv; charset=utf-8", headers=headers)
    file = TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write_xlsx(content, file)
    file.seek(0)
    return FileResponse(file, content_type=XLSX_TYPE, headers=headers)
