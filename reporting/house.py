"""The statement of a house account (cash, clearing, income, expense) over a period, as a pack. Pure.

A house account has no item and no postings of its own: each movement with it has one posting, on the customer's side.
Its lines are those postings seen from the other side; its balances are those of the trial balance, and must tie.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.ledger import HOUSE_NAMES, Line
from accounts.names import movement_name
from accounts.numbers import masked
from accounts.trial import is_debit_account
from reporting.figures import COUNT
from reporting.pack import DAY, TEXT, Column, Figure, Pack, Section, Table
from reporting.periods import foot
from reporting.rows import named
from reporting.statements import Span

OPENING, DEBITS, CREDITS, CLOSING = "Opening balance", "Debits", "Credits", "Closing balance"


@dataclass(frozen=True)
class HouseAccount:
    """Which one, and what the trial balance says of it before and after the period.

    `opening` and `closing` in minor units, on the side on which the account grows: assets and expenses debit,
    liabilities and income credit.
    """

    code: str
    currency: str
    opening: int
    closing: int

    @property
    def name(self) -> str:
        """As the trial balance calls it."""
        return HOUSE_NAMES[self.code]

    @property
    def sign(self) -> int:
        """What a debit does to the balance: 1 or -1."""
        return 1 if is_debit_account(self.code) else -1

    @property
    def side(self) -> str:
        """The side on which it grows."""
        return "debit" if self.sign > 0 else "credit"


def balance_of(code: str, figure: int) -> int:
    """The balance on its own side, from the house figure of a day's end (negative is a debit)."""
    return -figure if is_debit_account(code) else figure


def house_statement(bank: str, account: HouseAccount, span: Span, lines: Sequence[Line]) -> Pack:
    """The statement. Raises FootingError unless opening and movements give what the trial balance says at the end."""
    debits, credits = _sum(lines, 1), _sum(lines, -1)
    moved = account.sign * (debits - credits)
    foot(f"{account.name} at the end of {span.last}", account.closing, account.opening + moved)
    columns = (
        Column("Date", DAY),
        Column("Description", TEXT),
        Column("Customer's account", TEXT),
        Column("Note", TEXT),
        Column("Debit", account.currency),
        Column("Credit", account.currency),
        Column("Balance", account.currency),
    )
    return Pack(
        kind="house statement",
        title=f"Statement of {account.name}",
        subtitle=span.label,
        bank=bank,
        currency=account.currency,
        period=span.label,
        previous="",
        year_ago="",
        parameters={
            "Account": f"{account.name} ({account.currency})",
            "Balance": f"positive: a {account.side}, as in the trial balance",
        },
        as_of=span.last.isoformat(),
        cutoff=span.cutoff,
        provisional=span.provisional,
        summary=(),
        sections=(_section(account, span, debits, credits, lines),),
        listing=Table("lines", "Movements", columns, _rows(account, lines)),
    )


def _sum(lines: Sequence[Line], sign: int) -> int:
    """What customers gained (1: the house is debited) or lost (-1)."""
    return sum(abs(line.amount) for line in lines if line.amount * sign > 0)


def _rows(account: HouseAccount, lines: Sequence[Line]) -> tuple[tuple[int | str | None, ...], ...]:
    rows, balance = [], account.opening
    for line in lines:
        balance += account.sign * line.amount
        debit, credit = max(0, line.amount), max(0, -line.amount)
        what = movement_name(line.type, line.channel)
        rows.append((line.business_date, what, masked(line.account_id), line.memo, debit, credit, balance))
    return tuple(rows)


def _section(account: HouseAccount, span: Span, debits: int, credits: int, lines: Sequence[Line]) -> Section:
    signs = ("+", "-") if account.sign > 0 else ("-", "+")
    formulas = {
        OPENING: "The trial balance at the end of the day before.",
        DEBITS: "Sum of what customers got from it.",
        CREDITS: "Sum of what customers gave to it.",
        CLOSING: f"Opening balance {signs[0]} debits {signs[1]} credits; the trial balance at the end of the period.",
    }
    values = {OPENING: account.opening, DEBITS: debits, CREDITS: credits, CLOSING: account.closing}
    figures = tuple(
        Figure("statement", name, "", span.label, value, account.currency, formulas[name])
        for name, value in values.items()
    )
    tables = (_by_type(account.currency, lines),) if lines else ()
    return Section("statement", "Balances", "The account over the period.", figures, (), tables, tuple(formulas))


def _by_type(currency: str, lines: Sequence[Line]) -> Table:
    rows = []
    for kind in dict.fromkeys(line.type for line in lines):
        same = [line for line in lines if line.type == kind]
        rows.append((named(kind), len(same), _sum(same, 1), _sum(same, -1)))
    columns = (Column("Type"), Column("Count", COUNT), Column("Debits", currency), Column("Credits", currency))
    total = ("All", len(lines), _sum(lines, 1), _sum(lines, -1))
    return Table("by_type", "Summary by type", columns, tuple(rows), total, by_period=False)
