"""The first pass over the files: every line is judged before anything is written. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path

from accounts import numbers
from accounts.imports.reading import BadLine, rows
from accounts.imports.rows import HOUSE_REFS, AccountRow, Mapping, MovementRow, read
from cloudbank.money import MAX_MINOR

KEPT = 1_000
"""So many complaints are kept word for word; all are counted."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a line cannot be used."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(slots=True)
class Known:
    """An account of the file. `balance`: its running balance in minor units."""

    currency: str
    balance: int
    opened_on: date | None
    customer_ref: str
    line: int


@dataclass
class Checked:
    """What the files hold."""

    accounts: dict[str, Known] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    """References."""
    movements: int = 0
    complaints: list[Complaint] = field(default_factory=list)
    bad: int = 0
    bad_accounts: set[int] = field(default_factory=set)
    """Line numbers; the second pass leaves them out."""
    bad_movements: set[int] = field(default_factory=set)
    loops: list[int] = field(default_factory=list)
    """Lines whose transfer goes from an account to itself."""
    on_day: Counter[int] = field(default_factory=Counter)
    """Movements by day number."""
    first: datetime | None = None
    last: datetime | None = None
    emails: dict[str, str] = field(default_factory=dict)
    """Address (made equal by `email_key`) -> reference of the customer who has it."""

    def refuse(self, file: Path, line: int, reason: object) -> None:
        """Note a bad line."""
        self.bad += 1
        if len(self.complaints) < KEPT:
            self.complaints.append(Complaint(str(file), line, str(reason)))


Progress = Callable[[int], None]


def account_rows(mapping: Mapping, path: Path) -> Iterator[tuple[int, AccountRow | BadLine]]:
    """The accounts of a file."""
    return read(rows(path, mapping.account_columns, mapping.account_optional), mapping.account)


def movement_rows(mapping: Mapping, path: Path) -> Iterator[tuple[int, MovementRow | BadLine]]:
    """The movements of a file."""
    return read(rows(path, mapping.movement_columns, mapping.movement_optional), mapping.movement)


class Checker:
    """Judges both files of one import. `zone` is the bank's; `email_key` makes equal what is one address."""

    def __init__(self, mapping: Mapping, import_id: str, zone: tzinfo, email_key: Callable[[str], str]) -> None:
        self.found = Checked()
        self._mapping, self._import_id, self._zone, self._email_key = mapping, import_id, zone, email_key
        self._people: dict[str, tuple[str, ...]] = {}
        self._numbers: set[str] = set()
        self._references: set[str] = set()
        self._latest: datetime | int | None = None

    def accounts(self, path: Path) -> None:
        """The accounts file. Raises Unreadable, as `movements` does, for a file that cannot be read as a whole."""
        for line, row in account_rows(self._mapping, path):
            reason = row if isinstance(row, BadLine) else self._account_reason(row)
            if reason or isinstance(row, BadLine):
                self.found.refuse(path, line, reason)
                self.found.bad_accounts.add(line)
            else:
                self._take_account(row)

    def refuse_customer(self, path: Path, customer_ref: str, reason: str) -> None:
        """Leave out a customer with all accounts; to be called between the two files."""
        self.found.customers.discard(customer_ref)
        for ref, known in list(self.found.accounts.items()):
            if known.customer_ref == customer_ref:
                self.found.refuse(path, known.line, reason)
                self.found.bad_accounts.add(known.line)
                del self.found.accounts[ref]

    def _account_reason(self, row: AccountRow) -> str:
        if row.ref in self.found.accounts:
            return f"the account '{row.ref}' stands in the file twice"
        if numbers.derive(self._import_id, row.ref) in self._numbers:
            return f"the account '{row.ref}' would get the number of another; choose another --import-id"
        if self._people.get(row.customer_ref, row.person) != row.person:
            return f"the customer '{row.customer_ref}' has other particulars on an earlier line"
        if row.email and self.found.emails.get(self._email_key(row.email), row.customer_ref) != row.customer_ref:
            return f"the e-mail address '{row.email}' belongs to another customer of the file"
        return ""

    def _take_account(self, row: AccountRow) -> None:
        self.found.accounts[row.ref] = Known(row.currency, row.opening, row.opened_on, row.customer_ref, row.line)
        self._numbers.add(numbers.derive(self._import_id, row.ref))
        self._people.setdefault(row.customer_ref, row.person)
        self.found.customers.add(row.customer_ref)
        if row.email:
            self.found.emails[self._email_key(row.email)] = row.customer_ref

    def movements(self, path: Path, progress: Progress = lambda lines: None) -> None:
        """The movements file, after the accounts."""
        for line, row in movement_rows(self._mapping, path):
            progress(1)
            if isinstance(row, BadLine):
                reason = str(row)
            elif self._is_loop(row):
                self.found.loops.append(line)
                continue
            else:
                reason = self._movement_reason(row)
            if isinstance(row, BadLine) or reason:
                self.found.refuse(path, line, reason)
                self.found.bad_movements.add(line)
            else:
                self._take_movement(row)

    def _is_loop(self, row: MovementRow) -> bool:
        return row.debit == row.credit and row.debit in self.found.accounts and self._mapping.sets_aside_loops

    def _movement_reason(self, row: MovementRow) -> str:
        if row.debit == row.credit:
            return f"goes from '{row.debit}' to itself"
        if row.reference in self._references:
            return f"the reference '{row.reference}' stands in the file twice"
        if self._latest is not None and row.at < self._latest:  # type: ignore[operator]
            return "its time lies before that of an earlier line; sort the file by time"
        sides = (ref for ref in (row.debit, row.credit) if ref not in HOUSE_REFS)
        return next((reason for ref in sides if (reason := self._side_reason(row, ref))), "")

    def _side_reason(self, row: MovementRow, ref: str) -> str:
        known = self.found.accounts.get(ref)
        if known is None:
            return f"the account '{ref}' is not in the accounts file"
        if row.currency and row.currency != known.currency:
            return f"the account '{ref}' is held in {known.currency}, not {row.currency}"
        if known.opened_on and isinstance(row.at, datetime) and row.at.astimezone(self._zone).date() < known.opened_on:
            return f"the account '{ref}' was opened later, on {known.opened_on}"
        if abs(known.balance) + row.amount > MAX_MINOR * 10:
            return f"the account '{ref}' would hold more than an account may"
        return ""

    def _take_movement(self, row: MovementRow) -> None:
        found = self.found
        self._references.add(row.reference)
        self._latest = row.at
        found.movements += 1
        for ref, sign in ((row.debit, -1), (row.credit, 1)):
            if ref not in HOUSE_REFS:
                found.accounts[ref].balance += sign * row.amount
        if isinstance(row.at, int):
            found.on_day[row.at] += 1
        else:
            found.first = found.first or row.at
            found.last = row.at
