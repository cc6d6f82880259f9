"""A posting (`Line`) is one line of one account's statement; a movement is what is posted. Pure."""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from accounts.ledger.terms import CASH, CUSTOMERS_OWN, FROM_OTHERS, HOUSE, LOAN, SYSTEM, TRANSFER, AccountState, Actor
from cloudbank.ids import derived_id


def posting_id(movement_id: str, side: str) -> str:
    """The id of the `debit` or `credit` posting of a movement; the only posting of one with the house is `debit`.

    So a key finds its movement, and stands in the way of another one, whatever the type of either.
    """
    return derived_id("pst", movement_id, side)


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: a line of one account's statement. Every field but `hash` is under the hash."""

    posting_id: str
    movement_id: str
    type: str
    account_id: str
    owner_id: str
    product: str
    amount: int
    currency: str
    balance_after: int
    sequence: int
    counter: str
    counter_owner: str
    channel: str
    branch: str
    segment: str
    """The owner's when it was posted; another one later changes no line, and so no total of a closed day."""
    memo: str
    link: str
    posted_at: str
    business_date: str
    actor_id: str
    actor_role: str
    source: str
    conductor_id: str
    observed: bool
    badge: str
    previous_hash: str
    split: str = ""
    """On a loan: what it did to its parts (accounts.ledger.splits)."""
    details: str = ""
    """The travel-rule fields of a wire, an instrument, the place (accounts.ledger.details)."""
    trace: str = ""
    """The id of the request, or of the job's run, that posted it (cloudbank.trace). History and older lines: none."""
    hash: str = ""

    @property
    def balance_before(self) -> int:
        """The balance this line found."""
        return self.balance_after - self.amount

    @property
    def missing(self) -> str:
        """Name of the first field without a value, or "": only a damaged item gives such a line."""
        return next((name for name in _HASHED if getattr(self, name) is None), "")

    @property
    def stands_for_movement(self) -> bool:
        """Whether this is the line by which its movement is counted (a transfer has two)."""
        return self.amount < 0 or self.counter in HOUSE

    @property
    def own(self) -> bool:
        """Whether the owner moved this money, not somebody else towards them (wages, a wire), nor the bank."""
        theirs = self.type in CUSTOMERS_OWN and self.channel != SYSTEM
        return theirs and self.stands_for_movement and (self.amount < 0 or self.type not in FROM_OTHERS)

    @property
    def by_owner(self) -> bool:
        """Whether the owner uses this account with it: also the side of their savings, which they move money to."""
        return self.own or (self.type == TRANSFER and self.channel != SYSTEM and self.counter_owner == self.owner_id)

    @property
    def sent(self) -> int:
        """What it counts towards its owner's daily limit: also what a standing order sends."""
        return -self.amount if self.amount < 0 and self.type in CUSTOMERS_OWN else 0

    @property
    def deposit(self) -> bool:
        """Whether it is a line of a deposit account."""
        return self.product != LOAN


_NAMES = tuple(field.name for field in fields(Line))
_HASHED, _RARE = _NAMES[:-4], _NAMES[-4:]
_BADGE, _SEGMENT, _TRACE = _NAMES.index("badge"), _NAMES.index("segment"), _NAMES.index("trace")
_values_of = attrgetter(*_NAMES)
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
if _RARE != ("split", "details", "trace", "hash"):
    raise TypeError("the fields of a line that are not always under its hash stand last, in this order")


def hashed_fields(line: Line) -> tuple[str, ...]:
    """The names of the values under the line's hash, in order: what not every line has stands last, and only there."""
    return _hashed(_NAMES, line)


def _hashed(values: tuple[Any, ...], line: Line, trace: str = "") -> tuple[Any, ...]:
    """`values` in the order of the fields, up to the last one that the line (or `trace`) has."""
    return values[: -1 if trace or line.trace else -2 if line.details else -3 if line.split else -4]


def line_content(line: Line) -> str:
    """What is hashed: every field of the line and the hash of the line before it, as a JSON list."""
    return _as_json(_hashed(_values_of(line), line))


def line_hash(line: Line) -> str:
    """SHA-256 over the line's content in UTF-8 (hex)."""
    return hashlib.sha256(line_content(line).encode()).hexdigest()


def sealed(line: Line, badge: str, segment: str, trace: str = "") -> Line:
    """The line with the badge screening gave it, its owner's segment, what it was posted for, and its hash."""
    values = list(_values_of(line))
    values[_BADGE], values[_SEGMENT], values[_TRACE] = badge, segment, trace
    content = _as_json(_hashed(tuple(values), line, trace))
    values[-1] = hashlib.sha256(content.encode()).hexdigest()
    return Line(*values)


@dataclass(frozen=True, slots=True)
class Movement:
    """What is being posted, as rules and totals see it."""

    movement_id: str
    type: str
    amount: int
    currency: str
    debit: str
    credit: str
    channel: str
    branch: str
    memo: str
    link: str
    posted_at: datetime
    business_date: date
    actor: Actor
    conductor_id: str
    observed: bool
    lines: tuple[Line, ...]
    details: str = ""

    @property
    def cash(self) -> bool:
        """Currency in the sense of 31 CFR 1010.100(m): notes and coin cross the counter."""
        return CASH in (self.debit, self.credit)


@dataclass(frozen=True, slots=True)
class Plan:
    """The movement, and the accounts' states after it (their `head` still to be set by `finish`)."""

    movement: Movement
    states: tuple[AccountState, ...]
