"""The bank's own lists of counterparties and countries: what stands on them, and whether somebody does. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from accounts.ledger import HOUSE, Movement
from accounts.wires import wire_of
from cloudbank.countries import country_name, is_country
from monitoring.names import name_key
from monitoring.rulebook import Customer

BLOCK, WATCH, CLEARED = "block", "watch", "cleared"
OWN = {BLOCK: "Block list", WATCH: "Watch list"}
LISTS = OWN | {CLEARED: "Cleared hits"}
"""Cleared: a name that a sanctions list seems to have, and a person found that it is somebody else."""
ACCOUNT, NAME, CUSTOMER, COUNTRY = "account", "name", "customer", "country"
KINDS = {ACCOUNT: "Account number", NAME: "Name", CUSTOMER: "Customer", COUNTRY: "Country"}
HIT = "hit"
KIND_WORDS = KINDS | {HIT: "Sanctions hit"}
NO_END = ""
VALUE_LENGTH, REASON_LENGTH, MOST_ROWS = 140, 500, 5_000
COLUMNS = ("list", "kind", "value", "reason", "expires_on")


class NotListable(ValueError):
    """This cannot stand on a list; the message says why."""


def normal(kind: str, text: str) -> str:
    """What is compared: an account number without spaces, a name's words in one order, an id, a country's code."""
    text = text.strip()
    if not text or len(text) > VALUE_LENGTH:
        raise NotListable(f"Give 1 to {VALUE_LENGTH} characters.")
    if kind == ACCOUNT:
        found = re.sub(r"[\s./-]", "", text).upper()
        if not re.fullmatch(r"[A-Z0-9]{4,34}", found):
            raise NotListable("An account number has 4 to 34 letters and digits.")
        return found
    if kind == COUNTRY:
        if not is_country(text.upper()):
            raise NotListable("Give the country's two letters (ISO 3166), as KP.")
        return text.upper()
    if kind == CUSTOMER:
        if not re.fullmatch(r"[A-Za-z]+_[A-Za-z0-9_-]{1,60}", text):
            raise NotListable("Give the customer's id, as it stands on their page: usr_...")
        return text
    if kind == HIT:
        return text  # made by the bank's own pages: sanctions.cleared_value
    if kind != NAME:
        raise NotListable(f"'{kind[:20]}' is none of: {', '.join(KINDS)}.")
    key = name_key(text)
    if len(key) < 3:
        raise NotListable("A name needs at least three letters.")
    return key


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry as it is compared. `expires_on`: its last day (ISO), "" without end."""

    entry_id: str
    list: str
    kind: str
    value: str
    expires_on: str = NO_END

    def counts_on(self, day: str) -> bool:
        """Whether it is in force on a business date."""
        return not self.expires_on or day <= self.expires_on


@dataclass(frozen=True, slots=True)
class Party:
    """Something by which a party of a movement is known; `customer`: whose it is, "" outside the bank.

    Of a name, `born` (ISO) and `countries` are what else is known of its bearer.
    """

    kind: str
    value: str
    shown: str
    customer: str = ""
    born: str = ""
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A party that stands on a list."""

    entry: Listed
    party: Party
    version: str
    """Of the lists, as findings note it."""


class Standing(Protocol):
    """Lists that can be asked who stands on them: those of now (Book), or of an earlier moment (monitoring.past)."""

    def holds(self, kind: str, value: str, day: str) -> bool:
        """Whether this stands on a list on a business date."""

    def matches(self, parties: Iterable["Party"], day: str) -> tuple["Match", ...]:
        """The parties that stand on a list on a business date, each entry once."""


class Book:
    """All entries in force or to come, to be asked by kind and value."""

    def __init__(self, entries: Iterable[Listed] = (), version: str = "0") -> None:
        self.version = version
        self._found: dict[tuple[str, str], list[Listed]] = {}
        for entry in entries:
            self._found.setdefault((entry.kind, entry.value), []).append(entry)

    def __bool__(self) -> bool:
        return bool(self._found)

    def __iter__(self) -> Iterator[Listed]:
        return (entry for some in self._found.values() for entry in some)

    def holds(self, kind: str, value: str, day: str) -> bool:
        """Whether this stands on a list on a business date."""
        return any(entry.counts_on(day) for entry in self._found.get((kind, value), ()))

    def matches(self, parties: Iterable[Party], day: str) -> tuple[Match, ...]:
        """The parties that stand on a list on a business date, each entry once."""
        found: dict[str, Match] = {}
        for party in parties:
            for entry in self._found.get((party.kind, party.value), ()):
                if entry.counts_on(day):
                    found.setdefault(entry.entry_id, Match(entry, party, self.version))
        return tuple(found.values())


def parties_of(movement: Movement, profiles: Mapping[str, Customer]) -> list[Party]:
    """Everybody who has a part in a movement, by everything that is known of them."""
    found = [
        Party(ACCOUNT, account, account, line.owner_id)
        for line in movement.lines
        for account in (line.account_id,)
        if account not in HOUSE
    ]
    for customer in {line.owner_id for line in movement.lines} | ({movement.conductor_id} - {""}):
        found.append(Party(CUSTOMER, customer, customer, customer))
        profile = profiles.get(customer)
        if profile and (name := getattr(profile, "name", "")):
            found.append(Party(NAME, name_key(name), name, customer, profile.date_of_birth))
    return found + _at_another_bank(movement) if movement.details else found


def _at_another_bank(movement: Movement) -> list[Party]:
    """The other side of a wire: name, account, countries."""
    wire, incoming = wire_of(movement.details), movement.debit in HOUSE
    name, account = wire.party(incoming), re.sub(r"[\s./-]", "", wire.party_account(incoming)).upper()
    known = [Party(NAME, name_key(name), name, countries=wire.countries), Party(ACCOUNT, account, account)]
    known += [Party(COUNTRY, code, country_name(code)) for code in wire.countries]
    return [one for one in known if one.value]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file of entries; `problem` says why it cannot be taken."""

    line: int
    list: str = ""
    kind: str = ""
    value: str = ""
    shown: str = ""
    reason: str = ""
    expires_on: str = NO_END
    problem: str = ""


def read_rows(text: str, today: date) -> list[Row]:
    """The rows of a CSV with the columns list, kind, value, reason, expires_on (may be empty).

    Raises NotListable when it is no such file.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    try:
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            named = ", ".join(COLUMNS)
            raise NotListable(f"The first line must name the columns {named}; missing: {', '.join(missing)}.")
        rows = [_row(reader.line_num, row, today) for row in reader]
    except csv.Error as error:
        raise NotListable(f"Line {reader.line_num} cannot be read as CSV: {error}.") from error
    if len(rows) > MOST_ROWS:
        raise NotListable(f"A file has at most {MOST_ROWS:,} rows; this one has {len(rows):,}.")
    return rows


def _row(line: int, row: Mapping[str, str | None], today: date) -> Row:
    said = {name: (row.get(name) or "").strip() for name in COLUMNS}
    made = Row(line, said["list"], said["kind"], shown=said["value"], reason=said["reason"])
    try:
        if made.list not in OWN or made.kind not in KINDS:
            wrong, known = (made.list, OWN) if made.list not in OWN else (made.kind, KINDS)
            raise NotListable(f"'{wrong[:20]}' is none of: {', '.join(known)}.")
        if not made.reason or len(made.reason) > REASON_LENGTH:
            raise NotListable(f"Give a reason of at most {REASON_LENGTH} characters.")
        return replace(made, value=normal(made.kind, made.shown), expires_on=_expiry(said["expires_on"], today))
    except NotListable as problem:
        return replace(made, problem=str(problem))


def _expiry(text: str, today: date) -> str:
    if not text:
        return NO_END
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise NotListable(f"'{text[:20]}' is no date; write it as 2027-01-31.") from error
    if day < today:
        raise NotListable(f"{day.isoformat()} has passed.")
    return day.isoformat()
