"""The one shape all formats are read into. Pure."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date


class Malformed(Exception):
    """The file, or one place in it, cannot be used. `position` says where ("" for the file as a whole)."""

    def __init__(self, position: str, reason: str) -> None:
        super().__init__(f"{position}: {reason}" if position else reason)
        self.position, self.reason = position, reason


@dataclass(frozen=True, slots=True)
class Holder:
    """How a statement names its account: by IBAN, or by bank and number."""

    iban: str = ""
    bank: str = ""
    number: str = ""

    @property
    def key(self) -> str:
        """What two statements of the same account have in common."""
        return self.iban or f"{self.bank}/{self.number}"

    def __str__(self) -> str:
        return self.iban or " ".join(part for part in (self.bank, self.number) if part)


@dataclass(frozen=True, slots=True)
class Balance:
    """A booked balance in minor units, and its date."""

    amount: int
    on: date


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked entry. `amount`: signed minor units from the account holder's view."""

    position: str
    booked_on: date
    value_on: date
    amount: int
    code: str = ""
    """What kind of entry it is, in the words of the format (PMNT/RCDT/ESCT, DIRECTDEP)."""
    channel: str = "import"
    counterparty: str = ""
    counterparty_account: str = ""
    text: str = ""
    details: str = ""
    """Of a wire: what the file says of its parties, packed (accounts.wires). No part of its content."""
    reversal: bool = False
    reference: str = ""
    """The other bank's; derived from the content when it gave none (see references.py)."""
    derived: bool = False
    occurrence: int = 1
    """Among entries that are equal in everything: the bank booked the same thing so many times."""
    batch: str = ""
    """Of a part of a batch: the reference of the whole."""

    def content(self) -> dict[str, str]:
        """What must be equal for the same reference to mean the same entry, in the order it is compared."""
        return {
            "amount": str(self.amount),
            "booking date": self.booked_on.isoformat(),
            "value date": self.value_on.isoformat(),
            "code": self.code,
            "counterparty": self.counterparty,
            "counterparty account": self.counterparty_account,
            "text": self.text,
            "occurrence": str(self.occurrence),
        }

    @property
    def digest(self) -> str:
        """Of the content (hex)."""
        return digest_of(self.content())


def digest_of(content: dict[str, str]) -> str:
    """A short name of a content: 64 bits of its SHA-256, in hex."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry that is not imported, and why."""

    position: str
    reason: str

    def __str__(self) -> str:
        return f"{self.position}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Statement:
    """What one file says of one account. `opening` is None where the format has none (OFX)."""

    format: str
    position: str
    name: str
    """The bank's identification of the statement, shared by its pages."""
    holder: Holder
    currency: str
    opening: Balance | None
    closing: Balance | None
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = field(default=())

    @property
    def total(self) -> int:
        """The sum of its entries."""
        return sum(entry.amount for entry in self.entries)


def described(entry: Entry) -> dict[str, object]:
    """The entry as plain values, for records."""
    values = asdict(entry)
    return values | {"booked_on": entry.booked_on.isoformat(), "value_on": entry.value_on.isoformat()}
