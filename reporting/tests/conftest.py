"""Fixtures of reporting's tests: a bank whose days are sealed, a document store of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.ledger import Actor
from accounts.models import Books, ClosedDay
from accounts.queries import totals
from accounts.totals import DayTotals
from cloudbank import store
from cloudbank.tables import AccountsItem
from reporting.tests.days import bank_days

NOW = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
"""A Monday in the fourth quarter: the third one is sealed."""
MANAGER = Actor("usr_manager", "manager", "127.0.0.1")


def seal_of(day: DayTotals) -> str:
    """A seal of a hand-made day."""
    return f"{int(day.day.replace('-', '')):064x}"


def closed_day(day: DayTotals) -> ClosedDay:
    """The item of a sealed day."""
    return ClosedDay(
        account_id=ClosedDay.key("USD", day.day),
        version=1,
        day=day.day,
        currency="USD",
        numbers=dict(day.numbers),
        end=dict(day.end),
        packed_cells=ClosedDay.pack({name.text: dict(cell) for name, cell in sorted(day.cells.items())}),
        last_seen={},
        postings_hash="0" * 64,
        previous_seal="0" * 64,
        seal=seal_of(day),
        closed_at="2026-10-01T04:00:00.000000Z",
    )


def stored_days(days: list[DayTotals]) -> list[dict[str, Any]]:
    """The days as DynamoDB takes them."""
    return [closed_day(day).serialize() for day in days]


def store_days(days: list[DayTotals], stored: list[dict[str, Any]] | None = None) -> None:
    """Put sealed days and the books' state into the tables; `stored`: the days as items, where they are known."""
    items = stored or stored_days(days)
    for start in range(0, len(items), store.BATCH_WRITE):
        store.flush(AccountsItem, items[start : start + store.BATCH_WRITE])
    books = Books(account_id=Books.key("USD"), version=1, first_day=days[0].day, last_closed=days[-1].day)
    books.seal = seal_of(days[-1])
    store.save([store.Put(books)])
    totals.books("USD")  # refresh what the process remembers


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A document store in a folder of this test."""
    place = tmp_path / "documents"
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(place)}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}
    yield place


@pytest.fixture(scope="session")
def six_quarters() -> Iterator[tuple[list[DayTotals], list[dict[str, Any]]]]:
    """The days of `sealed_bank` and their items, made once."""
    days = bank_days()
    yield days, stored_days(days)
    assert days == bank_days(), "a test changed the days that all tests have: let it change a copy"


@pytest.fixture
def sealed_bank(bank: Any, folder: Path, six_quarters: tuple[list[DayTotals], list[Any]]) -> list[DayTotals]:
    """Six quarters of sealed days up to September 2026, in the tables. To be read: all tests have the same."""
    days, stored = six_quarters
    store_days(days, stored)
    return days
