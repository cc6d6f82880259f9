"""Files of list entries as careless and as hostile hands make them."""

from datetime import date

import pytest

from monitoring.listing import NotListable, normal, read_rows

HEADER = "list,kind,value,reason,expires_on"


def test_a_file_as_offices_write_it_is_read() -> None:
    """A byte order mark, CRLF, blank lines, line breaks and commas in quotes; the lines it names are the file's."""
    text = f'\ufeff{HEADER}\r\n\r\nblock,name,"Smith,\r\nJohn","asked by\r\nthe court",\r\n\r\nblock,country,ZZ,x,\r\n'
    good, bad = read_rows(text, date(2026, 11, 23))
    assert (good.reason, good.problem, good.value) == ("asked by\r\nthe court", "", normal("name", "John Smith"))
    assert (bad.line, bad.problem) == (7, "Give the country's two letters (ISO 3166), as KP.")


@pytest.mark.parametrize("row", ["x" * 200_000, '"' + "y\n" * 100_000])
def test_a_field_without_end_is_said_and_is_no_crash(row: str) -> None:
    with pytest.raises(NotListable, match="cannot be read as CSV"):
        read_rows(f"{HEADER}\nblock,name,{row},x,", date(2026, 11, 23))
