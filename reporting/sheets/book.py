"""The finished XLSX file: the same workbook gives the same bytes, whatever the clock says."""

import re
import zipfile
from io import BytesIO

from openpyxl import Workbook

EPOCH = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_UNLINKED = re.compile(rb'(<numFmt formatCode="[^"]*") ?/>')
"""openpyxl leaves out whether a label takes its cell's own format; programs guess differently."""
STAMP = b"1980-01-01T00:00:00Z"


def finished(book: Workbook) -> bytes:
    """The workbook as bytes, with the times that openpyxl and zip put in taken out: the cut-off is what counts."""
    raw, fixed = BytesIO(), BytesIO()
    book.save(raw)
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
