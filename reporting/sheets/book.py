"""The finished XLSX file: the same workbook gives the same bytes, whatever the clock says."""

import re
import zipfile
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

EPOCH = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_UNLINKED = re.compile(rb'(<numFmt formatCode="[^"]*") ?/>')
"""openpyxl leaves out whether a label takes its cell's own format; programs guess differently."""
STAMP = b"1980-01-01T00:00:00Z"


class _InMemory(ExcelWriter):
    """openpyxl writes each sheet into a file of its own under /tmp first: a full /tmp is no reason to fail."""

    def write_worksheet(self, ws: Any) -> None:
        """The sheet's part, with the drawing that its charts stand on."""
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        content = BytesIO()
        writer: Any = WorksheetWriter(ws, content)
        writer.write()
        ws._rels = writer._rels
        archive: zipfile.ZipFile = self._archive  # type: ignore[attr-defined]  # the stubs know only the public half
        archive.writestr(ws.path[1:], content.getvalue())
        self.manifest.append(ws)


def finished(book: Workbook) -> bytes:
    """The workbook as bytes, with the times that openpyxl and zip put in taken out: the cut-off is what counts."""
    raw, fixed = BytesIO(), BytesIO()
    with zipfile.ZipFile(raw, "w") as parts:
        _InMemory(book, parts).save()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + STAMP + rb"\g<3>", content)
            if name.startswith("xl/charts/"):
                content = _UNLINKED.sub(rb'\g<1> sourceLinked="0"/>', content)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return fixed.getvalue()
