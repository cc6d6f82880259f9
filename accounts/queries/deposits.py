"""Reads of accounts. Decisions about money read strongly, through `store`."""

from collections.abc import Iterable, Iterator
from itertools import islice

from accounts.models import DepositAccount, LedgerAccount
from cloudbank import store
from cloudbank.tables import AccountsItem


def account(account_id: str) -> DepositAccount | None:
    """The account, read strongly, or None."""
    return store.get(DepositAccount, account_id)


def accounts(account_ids: Iterable[str]) -> dict[str, DepositAccount]:
    """The deposit accounts among these ids, by id, read strongly."""
    items = store.load(AccountsItem, account_ids)
    return {key: item for key, item in items.items() if isinstance(item, DepositAccount)}


def ledger_accounts(account_ids: Iterable[str]) -> dict[str, LedgerAccount]:
    """The accounts of any kind among these ids, by id, read strongly."""
    items = store.load(AccountsItem, account_ids)
    return {key: item for key, item in items.items() if isinstance(item, LedgerAccount)}


def accounts_of(owner_id: str) -> list[DepositAccount]:
    """A customer's accounts in the order they were opened; states read strongly."""
    keys = [key for _, key in store.index_keys(AccountsItem, "by_owner", owner_id)]
    return sorted(accounts(keys).values(), key=lambda item: (item.opened_at, item.account_id))


def accounts_in_book(product: str, currency: str) -> Iterator[DepositAccount]:
    """All open accounts of a product, streamed in order of opening; states read strongly."""
    keys = (key for _, key in store.index_keys(AccountsItem, "by_book", product))
    while some := list(islice(keys, store.BATCH_GET)):
        found = accounts(some)
        yield from (found[key] for key in some if key in found and found[key].currency == currency)
