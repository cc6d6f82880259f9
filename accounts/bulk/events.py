"""What a bulk run is told, in order of time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.ledger import Instruction


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A person becomes a customer. `details`: further attributes of a User by name."""

    customer_id: str
    name: str
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verified:
    """A customer's identity is verified; `review_on` is the date of the next look, "" for none."""

    customer_id: str
    at: datetime
    review_on: str = ""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A customer opens an account. `opened_on`: its date at the bank it comes from, "" for the event's own."""

    account_id: str
    owner_id: str
    product: str
    currency: str
    branch: str
    at: datetime
    opened_on: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Money moves, unless the ledger refuses it."""

    instruction: Instruction
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountClosed:
    """An account with balance zero is closed."""

    account_id: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CustomerLeft:
    """A customer without open accounts leaves the bank."""

    customer_id: str
    at: datetime
    reason: str


Event = NewCustomer | Verified | NewAccount | Move | AccountClosed | CustomerLeft
