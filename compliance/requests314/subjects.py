"""The subjects of a request, read from FinCEN's two comma-separated files: persons, and businesses. Pure.

The first line names the columns. A subject stands under its `tracking_number`; further lines with the same number add
other names, dates of birth, numbers and addresses. Needed are the columns `tracking_number` and `last_name`, of
businesses `business_name`, and a name on every line; `dob` is MM/DD/YYYY. A file is taken whole or not at all.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from compliance.requests314.terms import TRACKING
from monitoring.names import joined_tokens

MOST_BYTES, MOST_SUBJECTS, MOST_LINES, FIELD_LENGTH, MOST_PROBLEMS = 256 * 1024, 1_000, 5_000, 100, 20
PERSON, BUSINESS = "person", "business"
KINDS = {PERSON: "Person", BUSINESS: "Business"}
COLUMNS = {
    PERSON: (
        "tracking_number", "last_name", "first_name", "middle_name", "suffix", "alias_last_name", "alias_first_name",
        "alias_middle_name", "alias_suffix", "number", "number_type", "dob", "street", "city", "state", "zip",
        "country", "phone",
    ),
    BUSINESS: (
        "tracking_number", "business_name", "dba_name", "number", "number_type", "incorporated", "street", "city",
        "state", "zip", "country", "phone",
    ),
}  # fmt: skip
"""In FinCEN's order; columns may stand in any order, and those that are not needed may be left out."""
_NEEDED = {PERSON: ("tracking_number", "last_name"), BUSINESS: ("tracking_number", "business_name")}
_NAMES = {
    PERSON: (
        ("first_name", "middle_name", "last_name", "suffix"),
        ("alias_first_name", "alias_middle_name", "alias_last_name", "alias_suffix"),
    ),
    BUSINESS: (("business_name",), ("dba_name",)),
}
_WHERE = ("street", "city", "state", "zip", "country")


class NotAList(ValueError):
    """This is no such file; the message names the lines that are wrong and says what to do."""


SEVERAL = ("names", "born", "numbers", "addresses")
"""What a subject may have more than one of."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject. `born`: ISO dates; `numbers`: as they were written; `names`: the first is the main one."""

    number: str
    kind: str
    names: tuple[str, ...]
    born: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)


def subject_of(known: Mapping[str, Any]) -> Subject:
    """The inverse of Subject.as_json."""
    several = {name: tuple(known[name]) for name in SEVERAL}
    return Subject(known["number"], known["kind"], **several)


def read_subjects(persons: bytes, businesses: bytes) -> list[Subject]:
    """The subjects of both files, in their order; b"" for a file that is not there. Raises NotAList."""
    found = _of_file(persons, PERSON) if persons else {}
    others = _of_file(businesses, BUSINESS) if businesses else {}
    if twice := sorted(found.keys() & others.keys()):
        raise NotAList(f"Number {twice[0]} is a person in one file and a business in the other. Compare the files.")
    subjects = [*found.values(), *others.values()]
    if not subjects:
        raise NotAList("The files hold no subject.")
    if len(subjects) > MOST_SUBJECTS:
        raise NotAList(f"A request has at most {MOST_SUBJECTS:,} subjects; this one has {len(subjects):,}.")
    return subjects


def _of_file(content: bytes, kind: str) -> dict[str, Subject]:
    if len(content) > MOST_BYTES:
        raise NotAList(f"The file of {kind} subjects is larger than {MOST_BYTES // 1024} KB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAList(f"The file of {kind} subjects is not UTF-8 text. Save it as CSV (UTF-8).") from error
    found: dict[str, Subject] = {}
    problems: list[str] = []
    for line, said in _lines(text, kind):
        if len(problems) == MOST_PROBLEMS:
            break
        try:
            one = _subject(said, kind)
            found[one.number] = _together(found[one.number], one) if one.number in found else one
        except NotAList as problem:
            problems.append(f"line {line}: {problem}")
    if problems:
        raise NotAList(f"In the file of {kind} subjects, {'; '.join(problems)}")
    return found


def _lines(text: str, kind: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(number of the line, its values by column); a line of another length has the value "" under ""."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [one.strip().casefold() for one in next(reader, [])]
        if missing := [one for one in _NEEDED[kind] if one not in header]:
            raise NotAList(
                f"The first line of the file of {kind} subjects must name the columns; it lacks {', '.join(missing)}."
            )
        if twice := [one for one in header if one and header.count(one) > 1]:
            raise NotAList(f"The first line of the file of {kind} subjects names '{twice[0][:20]}' twice.")
        for fields in reader:
            if reader.line_num > MOST_LINES:
                raise NotAList(f"The file of {kind} subjects has more than {MOST_LINES:,} lines.")
            if any(one.strip() for one in fields):
                whole = len(fields) == len(header)
                yield reader.line_num, dict(zip(header, map(str.strip, fields), strict=True)) if whole else {"": ""}
    except csv.Error as error:
        raise NotAList(f"Line {reader.line_num} of the file of {kind} subjects is no CSV ({error}).") from error


def _subject(said: Mapping[str, str], kind: str) -> Subject:
    """What one line says. Raises NotAList; what was typed is not repeated: messages may be logged."""
    if "" in said and len(said) == 1:
        raise NotAList("it has not as many fields as the first line")
    values = {name: said.get(name, "") for name in COLUMNS[kind]}
    for name, value in values.items():
        if len(value) > FIELD_LENGTH:
            raise NotAList(f"{name} has more than {FIELD_LENGTH} characters")
        if not value.isprintable():
            raise NotAList(f"{name} holds hidden characters")
    if not re.fullmatch(TRACKING, values["tracking_number"]):
        raise NotAList("tracking_number is missing, or not 1 to 30 letters and digits")
    names = [" ".join(filter(None, (values[part] for part in parts))) for parts in _NAMES[kind]]
    names = [one for one in names if one]
    if not names or not all(joined_tokens(one) for one in names):
        raise NotAList("it names nobody: a name needs letters")
    return Subject(
        number=values["tracking_number"],
        kind=kind,
        names=tuple(dict.fromkeys(names)),
        born=_given(_day(values.get("dob", ""))),
        numbers=_given(values["number"]),
        addresses=_given(", ".join(filter(None, (values[one] for one in _WHERE)))),
    )


def _given(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _day(text: str) -> str:
    """ISO; "" stays."""
    if not text:
        return ""
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007  a date of birth
        except ValueError:
            continue
        if date(1850, 1, 1) <= day <= date(2200, 1, 1):
            return day.isoformat()
    raise NotAList("dob is no date; it is written MM/DD/YYYY")


def _together(one: Subject, more: Subject) -> Subject:
    """A subject with what a further line says of it."""
    joined = {name: tuple(dict.fromkeys((*getattr(one, name), *getattr(more, name)))) for name in SEVERAL}
    return Subject(one.number, one.kind, **joined)
