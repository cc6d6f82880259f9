"""Item kinds of the accounts app, and the unmanaged user model Django's auth runs on."""

from accounts.models.account import LedgerAccount
from accounts.models.held import HeldMovement, ReservedPosting
from accounts.models.holds import Hold, Reversed
from accounts.models.imports import ImportedLoanBook, ImportRun
from accounts.models.instruments import InstrumentSale
from accounts.models.ledger import (
    Books,
    ClosedDay,
    ClosedMonth,
    CubeCell,
    CustomerActivity,
    DayShard,
    DepositAccount,
    Posting,
)
from accounts.models.loans import Loan
from accounts.models.month_ends import MonthEnd, TapePart, ToldTape
from accounts.models.payroll import Payroll
from accounts.models.people import EmailLock, Session, User
from accounts.models.signin import SignIn
from accounts.models.standing import StandingOrder
from accounts.models.statement_files import StatementEntry, StatementHolder, StatementImport, StatementNumber

LEDGER_KINDS = (DepositAccount, Loan)
"""The item kinds that stand on a side of a movement."""

__all__ = [
    "LEDGER_KINDS",
    "Books",
    "ClosedDay",
    "ClosedMonth",
    "CubeCell",
    "CustomerActivity",
    "DayShard",
    "DepositAccount",
    "EmailLock",
    "HeldMovement",
    "Hold",
    "ImportRun",
    "InstrumentSale",
    "ImportedLoanBook",
    "LedgerAccount",
    "Loan",
    "MonthEnd",
    "Payroll",
    "Posting",
    "ReservedPosting",
    "Reversed",
    "Session",
    "SignIn",
    "StandingOrder",
    "StatementEntry",
    "StatementHolder",
    "StatementImport",
    "StatementNumber",
    "TapePart",
    "ToldTape",
    "User",
]
