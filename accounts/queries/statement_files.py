"""Reads of statement files: bindings, what references stand for, imports."""

from collections.abc import Iterable
from itertools import islice

from accounts.ledger import posting_id
from accounts.models import Posting
from accounts.models.statement_files import (
    IMPORTS,
    UNDER_WAY,
    StatementEntry,
    StatementHolder,
    StatementImport,
    StatementNumber,
)
from cloudbank import store
from cloudbank.ids import derived_id
from cloudbank.tables import AccountsItem, TransactionsItem

IMPORTER = "statement-import"
"""The actor of every movement from a statement: whoever brings the same entry again finds the first one."""


def bindings(holders: Iterable[str]) -> dict[str, StatementHolder]:
    """The bindings of accounts as other banks name them, by that name."""
    keys = {StatementHolder.key(holder): holder for holder in holders}
    found = store.load(AccountsItem, keys)
    return {keys[key]: item for key, item in found.items() if isinstance(item, StatementHolder)}


def bound_name(number: str) -> str:
    """The name that one of our accounts is bound to, or ""."""
    found = store.get(StatementNumber, StatementNumber.key(number))
    return found.holder if found else ""


def claims(number: str, references: Iterable[str]) -> dict[str, StatementEntry]:
    """What these references stand for on the account, by reference; strongly read."""
    found = store.load(TransactionsItem, {StatementEntry.key(number, one) for one in references})
    return {item.reference: item for item in found.values() if isinstance(item, StatementEntry)}


def movement_of(key: str) -> str:
    """The id of the movement with this key."""
    return derived_id("mov", IMPORTER, key)


def posted(keys: Iterable[str]) -> dict[str, Posting]:
    """The postings of statement movements, by idempotency key; a movement with the house has one."""
    ids = {posting_id(movement_of(key), "debit"): key for key in keys}
    found = store.load(TransactionsItem, ids)
    return {ids[item_id]: item for item_id, item in found.items() if isinstance(item, Posting)}


def statement_import(import_id: str) -> StatementImport | None:
    """The import, read strongly, or None."""
    return store.get(StatementImport, import_id) if import_id.startswith("stm_") else None


def latest_imports(limit: int = 50, before: str = "") -> list[StatementImport]:
    """Imports, newest first; `before`: the `day_order` of the last one seen."""
    condition = StatementImport.day_order < before if before else None
    found = StatementImport.by_day.query(IMPORTS, condition, scan_index_forward=False, page_size=limit)
    return [item for item in islice(found, limit) if isinstance(item, StatementImport)]


def running_imports() -> list[str]:
    """The ids of imports that were let run and are not at their end, the oldest first."""
    return [key for _, key in store.index_keys(TransactionsItem, "worklist", UNDER_WAY)]
