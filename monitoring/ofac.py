"""The OFAC SDN list in its CSV format: SDN.CSV, with ALT.CSV (other names) and ADD.CSV (addresses). Pure.

No header; empty fields are "-0-". Format: U.S. Treasury, OFAC, "Specially Designated Nationals List data formats".
Dates of birth, nationalities and places stand in the remarks of an individual.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime

from cloudbank.countries import countries
from monitoring.sanctions import Entry

EMPTY = "-0-"
SDN_FIELDS, ALT_FIELDS, ADD_FIELDS = 12, 5, 6
MOST_PROBLEMS = 20
_BORN = re.compile(r"DOB (?:circa )?(\d{1,2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{2} \d{4}|\d{4})")
_FROM = re.compile(r"(?:nationality|citizen|POB) ([^;.]+)")
_SPOKEN = {
    "iran": "IR",
    "syria": "SY",
    "russia": "RU",
    "north korea": "KP",
    "korea, north": "KP",
    "burma": "MM",
    "turkey": "TR",
    "congo, democratic republic of the": "CD",
    "cote d ivoire": "CI",
}


class Malformed(ValueError):
    """This is no such file; the message names the first lines that are wrong."""


def read_list(sdn: str, alt: str = "", add: str = "") -> list[Entry]:
    """The entries by their number, each with its names. Raises Malformed: a list is taken whole or not at all."""
    names = _codes()
    known = {row[0]: row for row in _rows(sdn, SDN_FIELDS, "SDN.CSV")}
    if not known:
        raise Malformed("SDN.CSV holds no entry.")
    others: dict[str, list[str]] = {}
    for row in _rows(alt, ALT_FIELDS, "ALT.CSV"):
        if row[0] in known and row[3]:
            others.setdefault(row[0], []).append(row[3])
    where: dict[str, set[str]] = {}
    for row in _rows(add, ADD_FIELDS, "ADD.CSV"):
        if code := _code(row[4], names):
            where.setdefault(row[0], set()).add(code)
    return [_entry(row, others.get(uid, []), where.get(uid, set()), names) for uid, row in known.items()]


def _entry(row: list[str], others: list[str], where: set[str], names: dict[str, str]) -> Entry:
    remarks = row[11]
    told = {code for place in _FROM.findall(remarks) if (code := _code(place.rpartition(",")[2], names))}
    told |= {code for place in _FROM.findall(remarks) if (code := _code(place, names))}
    return Entry(
        uid=row[0],
        names=tuple(dict.fromkeys([row[1], *others])),
        kind=row[2].lower() or "entity",
        programs=row[3],
        born=tuple(dict.fromkeys(_date(text) for text in _BORN.findall(remarks))),
        countries=tuple(sorted(told | where)),
    )


def _rows(text: str, fields: int, name: str) -> Iterator[list[str]]:
    """The rows without their empty fields' marks. A last line with the end-of-file sign is none."""
    problems: list[str] = []
    for number, row in enumerate(csv.reader(text.replace("\x1a", "").splitlines()), 1):
        if not any(cell.strip() for cell in row):
            continue
        cells = ["" if (cell := one.strip()) == EMPTY else cell for one in row]
        if len(cells) < fields or not cells[0].isdigit() or (name == "SDN.CSV" and not cells[1]):
            problems.append(f"line {number} of {name} has {len(cells)} fields of {fields}, number '{cells[0][:12]}'")
            continue
        if len(problems) < MOST_PROBLEMS:
            yield cells
    if problems:
        raise Malformed("; ".join(problems[:MOST_PROBLEMS]))


def _date(text: str) -> str:
    """ "01 Jan 1960" -> "1960-01-01", "Jan 1960" -> "1960-01", "1960" stays."""
    for form, length in (("%d %b %Y", 10), ("%b %Y", 7)):
        try:
            return datetime.strptime(text, form).date().isoformat()[:length]  # noqa: DTZ007  a date of birth
        except ValueError:
            continue
    return text


def _codes() -> dict[str, str]:
    return {name.casefold(): code for code, name in countries().items()} | _SPOKEN


def _code(place: str, names: dict[str, str]) -> str:
    return names.get(place.strip().casefold(), "")
