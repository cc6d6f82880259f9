"""Item kinds of the accounts app, and the unmanaged user model Django's auth runs on."""

from accounts.models.ledger import (
    Books,
    ClosedDay,
    CubeCell,
    CustomerActivity,
    DayShard,
    DepositAccount,
    Posting,
)
from accounts.models.people import EmailLock, User

__all__ = [
    "Books",
    "ClosedDay",
    "CubeCell",
    "CustomerActivity",
    "DayShard",
    "DepositAccount",
    "EmailLock",
    "Posting",
    "User",
]
