"""The package of a customer's own data: which fields it has, and how it is written. Pure.

FIELDS is the allow-list: nothing leaves in a package that does not stand here, and nothing here tells of alerts,
cases, filings, screening, ratings or notes of the bank (31 CFR 1020.320(e); GDPR art. 15(4)).
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from cloudbank.exports import clean_text, safe_cell

FIELDS: Mapping[str, tuple[str, ...]] = {
    "person": (
        "name", "email", "phone", "date_of_birth", "address", "identity_number_last_four", "customer_number",
        "registered_on", "customer_since", "identity", "identity_decided_on", "consent_on", "restricted_on",
    ),
    "accounts": ("account", "product", "currency", "status", "opened_on", "closed_on", "balance"),
    "movements": (
        "account", "business_date", "posted_at", "type", "amount", "currency", "balance_after", "other_account", "note",
        "channel", "reference",
    ),
    "loans": ("loan", "product", "currency", "stage", "opened_on", "closed_on", "purpose", "monthly_income", "balance"),
    "standing_orders": ("order", "from_account", "to_account", "to_name", "amount", "currency", "note", "rhythm",
                        "first_on", "last_on", "state"),
    "sign_ins": ("began_at", "last_seen_at", "from_address", "device"),
    "changes": ("at", "what"),
    "papers": ("kind", "file", "sent_at", "valid_until", "state"),
    "requests": ("about", "details", "received_on", "due_on", "outcome", "answer"),
}  # fmt: skip
TITLES = {
    "person": "Who you are",
    "accounts": "Your accounts",
    "movements": "Your movements",
    "loans": "Your loans",
    "standing_orders": "Your standing orders",
    "sign_ins": "Where you are signed in",
    "changes": "What was changed",
    "papers": "Identity papers we keep",
    "requests": "What you asked us",
}
PORTABLE = ("person", "accounts", "movements", "loans", "standing_orders")
"""What a customer gave or did under contract or consent: GDPR art. 20(1)."""
PORTABLE_PERSON = ("name", "email", "phone", "date_of_birth", "address", "customer_number")
Row = Mapping[str, Any]
MEMBER_TIME = (1980, 1, 1, 0, 0, 0)


class NotAllowedField(ValueError):
    """A row has a field that no package may carry."""


@dataclass(frozen=True)
class Contents:
    """What goes into a package: section -> its rows, read once, in order."""

    about: str
    made_at: datetime
    bank: str
    sections: Mapping[str, Iterable[Row]]

    def fields(self, section: str) -> tuple[str, ...]:
        """The fields of a section of this package."""
        return PORTABLE_PERSON if self.about == "portability" and section == "person" else FIELDS[section]


def checked(section: str, row: Row) -> Row:
    """The row, when all it has is allowed. Raises NotAllowedField."""
    if wrong := sorted(set(row) - set(FIELDS[section])):
        raise NotAllowedField(f"{section}: {', '.join(wrong)}")
    return row


def write_zip(contents: Contents, file: IO[bytes]) -> dict[str, int]:
    """A CSV and a JSON file of each section, and `about.json`, which lists them. Answers the rows of each section.

    In memory is one section at a time. Raises NotAllowedField before anything that is not allowed is written.
    """
    counts: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for section, rows in contents.sections.items():
            fields = contents.fields(section)
            kept = [{name: row.get(name) for name in fields} for one in rows for row in [checked(section, one)]]
            counts[section] = len(kept)
            _member(archive, f"{section}.csv", _csv(fields, kept))
            _member(archive, f"{section}.json", _json(kept))
        about = {
            "bank": contents.bank,
            "made_at": contents.made_at,
            "answer_to": contents.about,
            "sections": {one: {"rows": counts[one], "fields": list(contents.fields(one))} for one in counts},
        }
        _member(archive, "about.json", _json(about))
    return counts


def _member(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, MEMBER_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def _csv(fields: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(fields)
    for row in rows:
        writer.writerow([safe_cell(_plain(row[name])) for name in fields])
    return text.getvalue().encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain).encode() + b"\n"


def _plain(value: Any) -> Any:
    """Dates and decimals as text; texts without control characters."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return clean_text(value) if isinstance(value, str) else value
