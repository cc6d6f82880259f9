"""The three tables: keys, indexes and TTL; nothing about meaning."""

from collections.abc import Iterator

from cloudbank.tables.accounts import AccountsItem
from cloudbank.tables.base import IntegerAttribute, Item, base_name, connect, connection, tries, use_suffix
from cloudbank.tables.clocks import clocks
from cloudbank.tables.transactions import TransactionsItem
from cloudbank.tables.users import UsersItem

TABLES: tuple[type[Item], ...] = (UsersItem, AccountsItem, TransactionsItem)

connect()


def create_tables() -> Iterator[str]:
    """Create what is missing, wait until it is active, turn TTL on; yields what was done."""
    for base in TABLES:
        name = base.Meta.table_name
        if base.exists():
            yield _missing_indexes(base) or f"{name}: already there"
            continue
        base.create_table(wait=True)  # PynamoDB turns the TTL of `expires_at` on as well
        yield f"{name}: created, {len(base._indexes)} indexes active, TTL on expires_at"


def _missing_indexes(base: type[Item]) -> str:
    described = base.describe_table() or {}
    there = {index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])}
    missing = sorted(set(base._indexes) - there)
    return f"{base.Meta.table_name}: MISSING INDEXES {', '.join(missing)}; add them before serving" if missing else ""


__all__ = [
    "TABLES",
    "AccountsItem",
    "IntegerAttribute",
    "Item",
    "TransactionsItem",
    "UsersItem",
    "base_name",
    "clocks",
    "connect",
    "connection",
    "create_tables",
    "tries",
    "use_suffix",
]
