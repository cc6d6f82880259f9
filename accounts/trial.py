"""The trial balance: every book and house account of a currency, debits against credits. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.ledger import (
    CASH,
    CLEARING,
    FEE_INCOME,
    HOUSE_NAMES,
    INTEREST_EXPENSE,
    INTEREST_INCOME,
    LOAN,
    LOAN_LOSS,
    LOAN_RECOVERY,
    PRODUCTS,
)
from accounts.totals import house_figure

ASSET, LIABILITY, INCOME, EXPENSE = "asset", "liability", "income", "expense"
_KINDS = {
    CASH: ASSET,
    CLEARING: ASSET,
    FEE_INCOME: INCOME,
    INTEREST_INCOME: INCOME,
    LOAN_RECOVERY: INCOME,
    INTEREST_EXPENSE: EXPENSE,
    LOAN_LOSS: EXPENSE,
}
_BOOKS = {"checking": "Checking deposits", "savings": "Savings deposits", "loan": "Loans to customers"}


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One account of the general ledger. Minor units; one of debit and credit is 0."""

    code: str
    name: str
    kind: str
    debit: int
    credit: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The rows in the order of a chart of accounts: assets, liabilities, income, expense."""

    rows: tuple[TrialRow, ...]

    @property
    def debits(self) -> int:
        """Their sum."""
        return sum(row.debit for row in self.rows)

    @property
    def credits(self) -> int:
        """Their sum."""
        return sum(row.credit for row in self.rows)

    @property
    def residual(self) -> int:
        """What is left over; 0 in sound books (I2, I14)."""
        return self.debits - self.credits


def trial_balance(end: Mapping[str, int]) -> TrialBalance:
    """From what a day ended with (accounts.closing.carry).

    A house account holds the other side of what customers hold: negative is a debit.
    """
    rows = [_row(product, _BOOKS[product], *_book(product, end)) for product in PRODUCTS]
    rows += [_row(code, name, _KINDS[code], end.get(house_figure(code), 0)) for code, name in HOUSE_NAMES.items()]
    order = (ASSET, LIABILITY, INCOME, EXPENSE)
    return TrialBalance(tuple(sorted(rows, key=lambda row: order.index(row.kind))))


def _book(product: str, end: Mapping[str, int]) -> tuple[str, int]:
    held = end.get(f"book_{product}", 0)
    return (ASSET, -held) if product == LOAN else (LIABILITY, held)


def _row(code: str, name: str, kind: str, credit: int) -> TrialRow:
    return TrialRow(code, name, kind, max(0, -credit), max(0, credit))
