"""What a line of a file means, whatever format it came in; the readers of its fields. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

from accounts import names
from accounts.imports.reading import BadLine, Row
from accounts.ledger import CASH, CLEARING
from cloudbank.money import MoneyError, parse_amount

HOUSE_REFS = {"cash": CASH, "clearing": CLEARING}
PRODUCTS = ("checking", "savings")
SEGMENTS = tuple(names.SEGMENTS)
T = TypeVar("T")
_REFERENCE = re.compile(r"[A-Za-z0-9._:/ -]{1,64}")
_BRANCH = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account and its owner. `opening`: minor units at the start, negative when overdrawn."""

    line: int
    ref: str
    customer_ref: str
    name: str
    product: str
    currency: str
    opening: int
    branch: str
    segment: str
    email: str = ""
    date_of_birth: str = ""
    opened_on: date | None = None

    @property
    def person(self) -> tuple[str, ...]:
        """What every line of the same customer must say."""
        return (self.name, self.email, self.date_of_birth, self.segment)


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A movement. `at` is its instant, or its number of days after the start of the import.

    `debit` loses, `credit` gains: an account's reference, or one of HOUSE_REFS.
    """

    line: int
    reference: str
    type: str
    debit: str
    credit: str
    amount: int
    channel: str
    branch: str
    memo: str
    at: datetime | int
    currency: str = ""
    """Empty: that of the accounts."""
    details: str = ""
    """Packed, as the posting carries them."""


@dataclass(frozen=True)
class Mapping:
    """A format: which columns its two files have and what they mean. Both readers raise BadLine."""

    account_columns: tuple[str, ...]
    movement_columns: tuple[str, ...]
    account: Callable[[Row, int], AccountRow]
    """(row, line number) -> the account of the line."""
    movement: Callable[[Row, int], MovementRow]
    account_optional: tuple[str, ...] = ()
    movement_optional: tuple[str, ...] = ()
    sets_aside_loops: bool = False
    """A transfer from an account to itself moves nothing: left out with a note. Otherwise it is a mistake."""


def text(row: Row, name: str, *, longest: int = 120, empty: bool = False) -> str:
    """A field of words."""
    value = row.get(name, "").strip()
    if not value and not empty:
        raise BadLine(f"{name} is empty")
    if len(value) > longest:
        raise BadLine(f"{name} has more than {longest} characters")
    return value


def reference(row: Row, name: str) -> str:
    """A key of the other system."""
    value = text(row, name, longest=64)
    if not _REFERENCE.fullmatch(value):
        raise BadLine(f"{name} '{value}' may hold letters, digits and . _ : / - only")
    return value


def choice(row: Row, name: str, choices: tuple[str, ...], default: str = "") -> str:
    """One of a few words."""
    value = row.get(name, "").strip() or default
    if value not in choices:
        raise BadLine(f"{name} '{value}' is none of {', '.join(choices)}")
    return value


def branch(row: Row) -> str:
    """The branch's short name; `main` when left empty."""
    value = row.get("branch", "").strip() or "main"
    if not _BRANCH.fullmatch(value):
        raise BadLine(f"branch '{value}' is no short name (small letters, digits, dashes)")
    return value


def currency(row: Row) -> str:
    """An ISO 4217 code."""
    value = text(row, "currency", longest=3)
    if not _CURRENCY.fullmatch(value):
        raise BadLine(f"currency '{value}' is no ISO 4217 code")
    return value


def amount(row: Row, name: str, code: str) -> int:
    """A positive amount in minor units."""
    try:
        return parse_amount(row.get(name, ""), code)
    except MoneyError as error:
        raise BadLine(f"{name} '{row.get(name, '')}': {error}") from error


def balance(row: Row, name: str, code: str) -> int:
    """An amount that may be zero or negative."""
    value = row.get(name, "").strip()
    sign, digits = (-1, value[1:]) if value.startswith("-") else (1, value)
    if digits and not digits.strip("0."):
        return 0
    return sign * amount({name: digits}, name, code)


def day(row: Row, name: str) -> date | None:
    """An ISO date, or None for an empty field."""
    value = row.get(name, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise BadLine(f"{name} '{value}' is no date; write 2026-11-20") from error


def instant(row: Row, name: str) -> datetime:
    """An ISO date and time with its offset from UTC."""
    value = row.get(name, "").strip()
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadLine(f"{name} '{value}' is no time; write 2026-11-20T14:30:00-05:00") from error
    if moment.tzinfo is None:
        raise BadLine(f"{name} '{value}' has no offset from UTC; write 2026-11-20T14:30:00-05:00 or ...Z")
    return moment.astimezone(UTC)


def read(
    lines: Iterable[tuple[int, Row | BadLine]], reader: Callable[[Row, int], T]
) -> Iterator[tuple[int, T | BadLine]]:
    """Each line as the mapping's reader understands it, or why it does not."""
    for number, row in lines:
        if isinstance(row, BadLine):
            yield number, row
            continue
        try:
            yield number, reader(row, number)
        except BadLine as error:
            yield number, error
