"""Reads of what was told about controls."""

from collections.abc import Iterable

from cloudbank import store
from cloudbank.tables import TransactionsItem
from compliance.models import OPEN_NOTICES, ControlNotice

MOST = 100


def notices_of(codes: Iterable[str]) -> dict[str, ControlNotice]:
    """What was told of these controls, by code; one BatchGet for each hundred."""
    found = store.load(TransactionsItem, [ControlNotice.key(code) for code in codes])
    return {item.code: item for item in found.values() if isinstance(item, ControlNotice)}


def open_notices() -> list[ControlNotice]:
    """The controls that stand beyond a threshold as their owners were told, what is breached first."""
    keys = [key for _, key in store.index_keys(TransactionsItem, "worklist", OPEN_NOTICES, limit=MOST)]
    found = store.load(TransactionsItem, keys, consistent=False)
    return [item for key in keys if isinstance(item := found.get(key), ControlNotice) and item.level]
