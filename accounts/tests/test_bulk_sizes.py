"""A bulk run's last writes stay under DynamoDB's bounds, however large the bank is that it brings in."""

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from accounts.bulk import run
from accounts.bulk.pipeline import Pipeline
from accounts.models import ToldTape
from cloudbank import store
from cloudbank.tables import AccountsItem

LARGEST = 390_000
"""Bytes of a tape: about what an item may have."""


def a_large_bank(tapes: int) -> Any:
    """What a run would store at its end, if its tapes were as large as they may be."""

    def told() -> Iterator[ToldTape]:
        for number in range(tapes):
            key = ToldTape.key("USD", "2026-01-30", "customers", "large", number)
            yield ToldTape(account_id=key, version=1, fields=["id"], data=os.urandom(LARGEST), more=True)

    none: Any = list
    return SimpleNamespace(totals=none, people=none, papers=none, tapes=told, deposits=none, import_id="large")


def test_tapes_as_large_as_items_may_be_are_stored(bank: Any) -> None:
    with Pipeline() as pipeline:
        assert run._store_states(cast(Any, a_large_bank(30)), pipeline) == 30
    keys = [ToldTape.key("USD", "2026-01-30", "customers", "large", number) for number in range(30)]
    assert len(store.load(AccountsItem, keys)) == 30
