"""What a bulk run is told, in order of time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.ledger import Instruction
from accounts.loans.state import LoanState


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
class NewLoan:
    """A loan that was asked for at `asked_at`: approved, now to be paid out, or declined, as `state` says."""

    loan_id: str
    owner_id: str
    currency: str
    branch: str
    at: datetime
    asked_at: datetime
    state: LoanState
    offer: str
    purpose: str
    monthly_income: int
    pays_to: str
    collects: str


@dataclass(frozen=True, slots=True)
class LoanNow:
    """A loan changes without a posting; `action` names it in the audit trail."""

    loan_id: str
    state: LoanState
    at: datetime
    action: str


@dataclass(frozen=True, slots=True)
class LoanMove:
    """Money moves on a loan (or for one that was charged off), and what the loan is after it. Never refused."""

    instruction: Instruction
    at: datetime
    loan_id: str
    state: LoanState
    action: str


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


Event = NewCustomer | Verified | NewAccount | Move | NewLoan | LoanNow | LoanMove | AccountClosed | CustomerLeft
