"""One movement of a labelled history. Pure."""

from dataclasses import dataclass
from random import Random

from accounts.ledger import CASH, CLEARING, DEPOSIT, PAYROLL, TRANSFER, WITHDRAWAL
from monitoring.evaluation.people import Person

DAY, HOUR = 1_440, 60
"""Minutes."""


@dataclass(slots=True)
class Paid:
    """A movement: `at` is a minute of the history; `source` and `target` are account numbers or the house."""

    at: int
    type: str
    source: str
    target: str
    amount: int
    channel: str
    branch: str = "main"
    conductor: str = ""
    scheme: int = -1
    """The number of the scheme that it belongs to; -1: none."""
    number: int = 0
    """Its line in a file, where it comes from one."""


def transfer(at: int, payer: Person, payee: Person, amount: int, channel: str = "online") -> Paid:
    """From one customer to another."""
    return Paid(at, TRANSFER, payer.account, payee.account, amount, channel)


def wages(at: int, payer: Person, payee: Person, amount: int) -> Paid:
    """From an employer's pay-run."""
    return Paid(at, PAYROLL, payer.account, payee.account, amount, "ach")


def cash_in(at: int, who: Person, amount: int, branch: str = "", by: Person | None = None) -> Paid:
    """Notes over the counter, by the owner or by somebody else."""
    return Paid(at, DEPOSIT, CASH, who.account, amount, "branch", branch or who.branch, by.ref if by else "")


def cash_out(at: int, who: Person, amount: int) -> Paid:
    """Notes from the counter or a machine."""
    return Paid(at, WITHDRAWAL, who.account, CASH, amount, "branch", who.branch)


def from_outside(at: int, who: Person, amount: int, channel: str = "ach") -> Paid:
    """Money from another bank."""
    return Paid(at, DEPOSIT, CLEARING, who.account, amount, channel)


def to_outside(at: int, who: Person, amount: int, channel: str = "ach") -> Paid:
    """Money to another bank, or a card payment."""
    return Paid(at, WITHDRAWAL, who.account, CLEARING, amount, channel)


def during(dice: Random, day: int, first: float = 8, last: float = 20) -> int:
    """Some minute of a day between two hours."""
    return day * DAY + int(dice.uniform(first, last) * HOUR)


def cents(dice: Random, low: float, high: float) -> int:
    """An amount between two, in units, as minor units: seldom round."""
    amount = dice.uniform(low, high)
    return round(amount) * 100 if dice.random() < 0.3 else round(amount * 100)
