"""What one person may see: their own accounts and movements, or all of them for staff who may."""

from heapq import merge
from itertools import islice

from accounts import numbers
from accounts.models import DepositAccount, Posting, User
from accounts.queries.deposits import account
from accounts.queries.ledger import history, movement_lines
from cloudbank.roles import allows

VIEW_ANY = "accounts.view_any_account"
MOST_ACCOUNTS = 3


def sees_all(viewer: User) -> bool:
    """Whether the person may look into every account of the bank."""
    return allows(viewer.role, VIEW_ANY)


def visible_account(account_id: str, viewer: User) -> DepositAccount | None:
    """The account, or None when there is none or it is not this person's to see: no caller can tell which."""
    try:
        found = account(numbers.parse(account_id))
    except numbers.AccountNumberError:
        return None
    return found if found and (found.owner_id == viewer.user_id or sees_all(viewer)) else None


def visible_movement(movement_id: str, viewer: User) -> list[Posting]:
    """The movement's postings, debit first; none when there is no such movement or the person has no part in it."""
    lines = movement_lines(movement_id)
    party = any(line.owner_id == viewer.user_id for line in lines)
    return lines if party or sees_all(viewer) else []


def latest_postings(accounts: list[DepositAccount], limit: int) -> list[Posting]:
    """The newest postings over the accounts that moved last; one index query an account, at most MOST_ACCOUNTS."""
    moved = sorted((item for item in accounts if item.last_posted_at), key=lambda item: item.last_posted_at)
    pages = [history(item.account_id, limit=limit).rows for item in moved[-MOST_ACCOUNTS:]]
    newest = merge(*pages, key=lambda row: (row.posted_at, row.sequence), reverse=True)
    return list(islice(newest, limit))
