"""An account's statement and a customer's summary, as packs. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.ledger import CASH, CLEARING, HOUSE
from accounts.names import movement_name
from accounts.numbers import grouped, masked
from reporting.figures import COUNT
from reporting.pack import DAY, TEXT, Column, Figure, Pack, Section, Table
from reporting.periods import foot
from reporting.rows import named

OPENING, IN, OUT, CLOSING = "Opening balance", "Money in", "Money out", "Closing balance"
FORMULAS = {
    OPENING: "The balance that the last line before the period left.",
    IN: "Sum of the credits of the period.",
    OUT: "Sum of the debits of the period, as a positive amount.",
    CLOSING: "Opening balance + money in - money out.",
}
HOUSE_NAMES = dict.fromkeys(HOUSE, "The bank") | {CASH: "Cash", CLEARING: "Other bank"}
"""As the customer reads them: which of its books the bank uses is its own affair."""


@dataclass(frozen=True)
class Entry:
    """A line of a statement. Amounts in minor units, signed from the account's view."""

    day: str
    type: str
    channel: str
    counter: str
    memo: str
    amount: int
    balance_after: int
    party: str = ""
    """Who stands on the other side of a wire."""


@dataclass(frozen=True)
class Account:
    """Whose statement of which account it is."""

    account_id: str
    holder: str
    product: str
    currency: str


@dataclass(frozen=True)
class Span:
    """From when to when, and what the data was when it was taken."""

    first: date
    last: date
    cutoff: str
    provisional: bool

    @property
    def label(self) -> str:
        """As `2026-07-01 to 2026-09-30`."""
        return f"{self.first.isoformat()} to {self.last.isoformat()}"


def statement(bank: str, account: Account, span: Span, opening: int, entries: Sequence[Entry]) -> Pack:
    """The statement. Raises FootingError when a line's balance does not follow from the line before it."""
    _prove(opening, entries)
    section = _section(account.currency, span, opening, entries)
    columns = (
        Column("Date", DAY),
        Column("Description", TEXT),
        Column("From or to", TEXT),
        Column("Note", TEXT),
        Column("Amount", account.currency),
        Column("Balance", account.currency),
    )
    rows = tuple(
        (entry.day, movement_name(entry.type, entry.channel), counterparty(entry), entry.memo or "",
         entry.amount, entry.balance_after)
        for entry in entries
    )  # fmt: skip
    return Pack(
        kind="statement",
        title="Account statement",
        subtitle=span.label,
        bank=bank,
        currency=account.currency,
        period=span.label,
        previous="",
        year_ago="",
        parameters={
            "Account holder": account.holder,
            "Account": f"{grouped(account.account_id)} ({account.product}, {account.currency})",
        },
        as_of=span.last.isoformat(),
        cutoff=span.cutoff,
        provisional=span.provisional,
        summary=(),
        sections=(section,),
        listing=Table("lines", "Transactions", columns, rows),
    )


def counterparty(entry: Entry) -> str:
    """Who stands on the other side: a wire's party or a house account by its name, an account by its last digits."""
    return entry.party or HOUSE_NAMES.get(entry.counter) or masked(entry.counter)


def _prove(opening: int, entries: Iterable[Entry]) -> None:
    balance = opening
    for place, entry in enumerate(entries, 1):
        foot(f"line {place} of the statement ({entry.day})", entry.balance_after, balance + entry.amount)
        balance = entry.balance_after


def money_in(entries: Iterable[Entry]) -> int:
    """Sum of the credits."""
    return sum(entry.amount for entry in entries if entry.amount > 0)


def money_out(entries: Iterable[Entry]) -> int:
    """Sum of the debits, positive."""
    return -sum(entry.amount for entry in entries if entry.amount < 0)


def by_type(entries: Sequence[Entry], currency: str) -> Table:
    """How many lines of each type there were, and what they brought and took."""
    rows = []
    for kind in dict.fromkeys(entry.type for entry in entries):
        same = [entry for entry in entries if entry.type == kind]
        rows.append((named(kind), len(same), money_in(same), money_out(same)))
    columns = (Column("Type"), Column("Count", COUNT), Column("Money in", currency), Column("Money out", currency))
    total = ("All", len(entries), money_in(entries), money_out(entries))
    return Table("by_type", "Summary by type", columns, tuple(rows), total, by_period=False)


def _section(currency: str, span: Span, opening: int, entries: Sequence[Entry]) -> Section:
    closing = entries[-1].balance_after if entries else opening
    values = ((OPENING, opening), (IN, money_in(entries)), (OUT, money_out(entries)), (CLOSING, closing))
    figures = tuple(
        Figure("statement", name, "", span.label, value, currency, FORMULAS[name]) for name, value in values
    )
    tables = (by_type(entries, currency),) if entries else ()
    return Section("statement", "Balances", "The account over the period.", figures, (), tables, tuple(FORMULAS))
