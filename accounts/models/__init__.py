"""Item kinds of the accounts app, and the unmanaged user model Django's auth runs on."""

from accounts.models.imports import ImportRun
from accounts.models.ledger import (
    Books,
    ClosedDay,
    CubeCell,
    CustomerActivity,
    DayShard,
    DepositAccount,
    Posting,
)
from accounts.models.people import EmailLock, Session, Throttle, User
from accounts.models.signin import SignIn

__all__ = [
    "Books",
    "ClosedDay",
    "CubeCell",
    "CustomerActivity",
    "DayShard",
    "DepositAccount",
    "EmailLock",
    "ImportRun",
    "Posting",
    "Session",
    "SignIn",
    "Throttle",
    "User",
]
