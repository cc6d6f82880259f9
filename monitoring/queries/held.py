"""Held movements with the people and accounts they name, for the pages of those who decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from accounts.ledger import HOUSE
from accounts.models import HeldMovement, LedgerAccount, User
from accounts.models.held import NEVER
from accounts.queries.deposits import ledger_accounts
from accounts.queries.people import users
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.conf import bank_calendar


@dataclass(frozen=True)
class Stopped:
    """A held or refused movement; `people` and `accounts` hold who and what it names."""

    item: HeldMovement
    people: dict[str, User]
    accounts: dict[str, LedgerAccount]

    def owner_of(self, account_id: str) -> str:
        """Whose account it is, "" outside the bank."""
        found = self.accounts.get(account_id)
        return (found.owner_id or "") if found else ""

    def name_of(self, user_id: str) -> str:
        """A person's name, else the id."""
        found = self.people.get(user_id)
        return found.name if found else user_id


def with_names(items: Iterable[HeldMovement]) -> list[Stopped]:
    """Two batched reads for all of them."""
    items = list(items)
    sides = {side for one in items for side in (one.instruction["debit"], one.instruction["credit"])} - set(HOUSE)
    accounts = dict(ledger_accounts(sides))
    ids = {one.owner_id or "" for one in accounts.values()}
    ids |= {user_id for one in items for user_id in (one.asked_by, one.decided_by, one.owner_id)}
    people = users({one for one in ids if one.startswith("usr_")})
    return [Stopped(one, people, accounts) for one in items]


def days_left(item: HeldMovement, today: date) -> int | None:
    """Business days until its last one (0: today is the last, negative: over); None when no clock runs."""
    if item.expires_on in ("", NEVER):
        return None
    last = date.fromisoformat(item.expires_on)
    if last < today:
        return -1
    return sum(1 for _ in bank_calendar().days(today, last)) - 1


def changes_of(item: HeldMovement) -> list[AuditRecord]:
    """What was done with it, oldest first."""
    return [one for one in AuditRecord.by_subject.query(subject_of(item)) if isinstance(one, AuditRecord)]
