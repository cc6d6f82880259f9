"""What every account of the ledger stores, deposit account or loan."""

from dataclasses import fields
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from accounts.ledger import ACTIVE, GENESIS, AccountState
from cloudbank.audit import Audited
from cloudbank.tables import AccountsItem, IntegerAttribute


class LedgerAccount(Audited, AccountsItem):
    """Base of the item kinds that stand on a side of a movement. Amounts in minor units of the account's currency."""

    product = UnicodeAttribute()
    currency = UnicodeAttribute()
    branch = UnicodeAttribute()
    status = UnicodeAttribute(default=ACTIVE)
    status_reason = UnicodeAttribute(null=True)
    status_by = UnicodeAttribute(null=True)
    balance = IntegerAttribute(default=0)
    held = IntegerAttribute(default=0)
    """The sum of its open holds."""
    overdraft_limit = IntegerAttribute(default=0)
    sent_today = IntegerAttribute(default=0)
    """What its owner took out of it on `last_business_date`; the daily limit counts it."""
    last_own_on = UnicodeAttribute(default="")
    """Business date of the last movement that its owner set off; dormancy counts from it."""
    month_days = JSONAttribute(default=dict)
    """Of savings: minor units x days by month; see accounts.interest."""
    sequence = IntegerAttribute(default=0)
    head = UnicodeAttribute(default=GENESIS)
    last_posted_at = UnicodeAttribute(default="")
    last_business_date = UnicodeAttribute(default="")
    opened_at = UnicodeAttribute()
    opened_on = UnicodeAttribute()
    closed_on = UnicodeAttribute(null=True)
    import_id = UnicodeAttribute(null=True)
    moving = frozenset(
        {
            "balance",
            "held",
            "sent_today",
            "last_own_on",
            "month_days",
            "sequence",
            "head",
            "last_posted_at",
            "last_business_date",
        }
    )
    """What postings and holds change: they explain it."""

    def state(self) -> AccountState:
        """What the pure ledger sees of the account."""
        values: dict[str, Any] = {name: getattr(self, name) for name in _STATE}
        return AccountState(**values, month_days=tuple(sorted(self.month_days.items())))

    def take(self, state: AccountState) -> None:
        """Set what a posting changed."""
        for name in _MOVED:
            setattr(self, name, getattr(state, name))
        self.month_days = dict(state.month_days)


_STATE = tuple(field.name for field in fields(AccountState) if field.name not in ("month_days", "split"))
_MOVED = ("balance", "held", "sent_today", "last_own_on", "sequence", "head", "last_posted_at", "last_business_date")
