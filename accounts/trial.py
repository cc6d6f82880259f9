"""The trial balance: every book and house account of a currency, debits against credits. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.ledger import (
    CASH,
    CLEARING,
    FEE_INCOME,
    HOUSE_NAMES,
    INSTRUMENTS,
    INTEREST_EXPENSE,
    INTEREST_INCOME,
    LOAN,
    LOAN_LOSS,
    LOAN_RECOVERY,
    PRODUCTS,
)
from accounts.names import product_name
from accounts.totals import house_figure

ASSET, LIABILITY, INCOME, EXPENSE = "asset", "liability", "income", "expense"
_KINDS = {
    CASH: ASSET,
    CLEARING: ASSET,
    INSTRUMENTS: LIABILITY,
    FEE_INCOME: INCOME,
    INTEREST_INCOME: INCOME,
    LOAN_RECOVERY: INCOME,
    INTEREST_EXPENSE: EXPENSE,
    LOAN_LOSS: EXPENSE,
}
DEPOSITS, OVERDRAWN = "deposits", "overdrawn"
_CUSTOMERS = {
    OVERDRAWN: ("Overdrawn deposits", ASSET),
    LOAN: ("Loans to customers", ASSET),
    DEPOSITS: ("Deposits in credit", LIABILITY),
}


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One account of the general ledger. Minor units; one of debit and credit is 0."""

    code: str
    name: str
    kind: str
    debit: int
    credit: int
    parts: tuple[tuple[str, int], ...] = ()
    """What it is made of, by product, net of what is overdrawn."""


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

    What customers hold and what they owe on overdrawn accounts are never netted. A house account holds the other
    side of both: negative is a debit.
    """
    rows = [_row(code, *_CUSTOMERS[code], credit, _parts(code, end)) for code, credit in _customers(end).items()]
    rows += [_row(code, name, _KINDS[code], end.get(house_figure(code), 0)) for code, name in HOUSE_NAMES.items()]
    order = (ASSET, LIABILITY, INCOME, EXPENSE)
    return TrialBalance(tuple(sorted(rows, key=lambda row: order.index(row.kind))))


def _book(product: str, end: Mapping[str, int]) -> int:
    return end.get(f"book_{product}", 0)


def _deposit_products() -> list[str]:
    return [product for product in PRODUCTS if product != LOAN]


def _customers(end: Mapping[str, int]) -> dict[str, int]:
    """What customers are owed by the bank (positive) or owe it (negative)."""
    below = end.get("overdrawn", 0)
    net = sum(_book(product, end) for product in _deposit_products())
    return {OVERDRAWN: -below, LOAN: -_book(LOAN, end), DEPOSITS: net + below}


def _parts(code: str, end: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    if code != DEPOSITS:
        return ()
    return tuple((product_name(product), _book(product, end)) for product in _deposit_products())


def is_debit_account(house: str) -> bool:
    """Whether a house account grows by debits: an asset or an expense."""
    return _KINDS[house] in (ASSET, EXPENSE)


def _row(code: str, name: str, kind: str, credit: int, parts: tuple[tuple[str, int], ...] = ()) -> TrialRow:
    return TrialRow(code, name, kind, max(0, -credit), max(0, credit), parts)
