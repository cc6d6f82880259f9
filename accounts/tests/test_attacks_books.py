"""Attacks on the books: how they begin and close, and what verify_ledger must see."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import Books, ClosedDay, DayShard
from accounts.queries import totals
from accounts.queries.ledger import movement_lines
from accounts.services.closing import CannotClose, close_day, close_through, seal_of
from accounts.services.posting import post
from accounts.services.verification import verify
from accounts.testing import a_customer
from accounts.tests.conftest import TwoPeople, an_account, instruct, stored
from cloudbank import store, tables
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date


def later() -> Any:
    """A moment at which today is over."""
    return utcnow() + timedelta(days=7)


def broken(*, full: bool = True) -> set[str]:
    """Codes of the broken invariants."""
    totals.forget()
    return set(verify("USD", full=full, now=utcnow()).problems)


@pytest.fixture
def closed(two: TwoPeople) -> tuple[TwoPeople, date]:
    """Two closed days, with movements on each."""
    two.withdraw(1_000)
    two.transfer(2_500)
    day = business_date(utcnow())
    close_through(day, "USD", now=later())
    two.transfer(100)
    after = bank_calendar().after(day)
    close_through(after, "USD", now=later() + timedelta(days=7))
    totals.forget()
    return two, day


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr(store, "pause", lambda *_, **__: None)


# --- beginning and closing the books ----------------------------------------------------------------


def test_books_begin_even_when_the_first_opening_met_a_conflict(
    bank: Any, quiet: None, monkeypatch: pytest.MonkeyPatch, no_waiting: None
) -> None:
    real, faults = store.save, iter([store.Conflict("TransactionConflict")])
    owner = a_customer()

    def conflict_once(writes: Any) -> None:
        if error := next(faults, None):
            raise error
        real(writes)

    monkeypatch.setattr(store, "save", conflict_once)
    an_account(owner)
    assert store.get(Books, Books.key("USD")).first_day  # type: ignore[union-attr]


def test_a_gate_that_meets_a_posting_is_tried_again(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch, no_waiting: None
) -> None:
    real, faults = store.save, iter([store.Conflict("TransactionConflict"), store.OutcomeUnknown("timeout")])

    def conflicts(writes: Any) -> None:
        if error := next(faults, None):
            raise error
        real(writes)

    monkeypatch.setattr(store, "save", conflicts)
    day = business_date(utcnow())
    assert close_through(day, "USD", now=later()).days == [day.isoformat()]


def test_a_day_cannot_be_closed_before_the_day_before_it(two: TwoPeople) -> None:
    day = business_date(utcnow())
    with pytest.raises(CannotClose, match=day.isoformat()):
        close_day(bank_calendar().after(day), "USD", now=later())


# --- what verify_ledger must see --------------------------------------------------------------------


@pytest.mark.parametrize(("name", "value"), [("owner_id", "usr_thief"), ("currency", "EUR")])
def test_an_account_given_to_somebody_else_is_found(two: TwoPeople, name: str, value: str) -> None:
    account = stored(two.mine)
    setattr(account, name, value)
    store.save([store.Put(account)])
    assert broken() & {"I3 owner", "I3 account"}
    assert broken(full=False) & {"I3 owner", "I3 account"}


def test_a_removed_account_is_found_even_when_it_was_empty(two: TwoPeople) -> None:
    two.withdraw(100_000)
    stored(two.mine).delete()
    assert "I3 account" in broken()
    assert "I3 account" in broken(full=False)


@pytest.mark.parametrize("name", ["account_order", "day_order"])
def test_a_posting_hidden_from_its_statement_is_found(two: TwoPeople, name: str) -> None:
    item = movement_lines(two.transfer(5).movement_id)[0]
    setattr(item, name, "2020-01-01#0000000001")
    store.save([store.Put(item)])
    assert "I6 filing" in broken()


def test_a_closed_day_that_is_gone_is_found(closed: tuple[TwoPeople, date]) -> None:
    two, day = closed
    assert not broken()
    for gone in (day, bank_calendar().after(day)):
        item = store.get(ClosedDay, ClosedDay.key("USD", gone.isoformat()))
        assert item is not None
        item.delete()
        assert "I7 seal" in broken(), gone
        store.save([store.Put(item)])


def test_books_that_name_another_last_day_or_seal_are_found(closed: tuple[TwoPeople, date]) -> None:
    _, day = closed
    for change in ({"seal": "f" * 64}, {"last_closed": day.isoformat()}):
        books = store.get(Books, Books.key("USD"))
        assert books is not None
        for name, value in change.items():
            setattr(books, name, value)
        store.save([store.Put(books)])
        assert "I7 seal" in broken(), change
        assert "I7 seal" in broken(full=False), change
        books.last_closed = bank_calendar().after(day).isoformat()


def test_a_miscounted_number_of_accounts_is_found(two: TwoPeople) -> None:
    day = business_date(utcnow()).isoformat()
    store.save([store.Add(DayShard, DayShard.key("USD", day, "0"), {"accounts_opened": 1})])
    assert "I15 accounts" in broken()


@pytest.mark.parametrize("name", ["amount", "sequence", "balance_after", "business_date", "counter", "posted_at"])
def test_a_posting_with_a_field_torn_out_is_named_not_tripped_over(two: TwoPeople, name: str) -> None:
    made = two.transfer(5)
    key = made.lines[0].posting_id
    kwargs = {
        "TableName": "BankingTransactions",
        "Key": {"transaction_id": {"S": key}},
        "UpdateExpression": "REMOVE #n",
        "ExpressionAttributeNames": {"#n": name},
    }
    tables.connection().dispatch("UpdateItem", kwargs)
    totals.forget()
    assert any(key in problem.first for problem in verify("USD", full=True, now=utcnow()).problems.values())


def test_an_amount_of_zero_is_named_not_tripped_over(two: TwoPeople) -> None:
    item = movement_lines(two.transfer(5).movement_id)[0]
    item.amount = 0
    store.save([store.Put(item)])
    assert "I7 hash" in broken()


def test_a_garbled_closed_day_is_named_not_tripped_over(closed: tuple[TwoPeople, date]) -> None:
    item = store.get(ClosedDay, ClosedDay.key("USD", closed[1].isoformat()))
    assert item is not None
    item.packed_cells = b"rubbish"
    store.save([store.Put(item)])
    assert "I7 seal" in broken()


def test_the_checker_raises_no_false_alarm_while_money_moves(two: TwoPeople) -> None:
    stop = threading.Event()

    def move(client: int) -> int:
        number = 0
        while not stop.is_set():
            post(instruct("transfer", 1, two.mine, two.theirs, key=f"{client}-{number}"), now=utcnow())
            number += 1
            stop.wait(0.02)
        return number

    with ThreadPoolExecutor(2) as pool:
        movers = [pool.submit(move, client) for client in range(2)]
        try:
            found = [broken(full=full) for full in (True, False, True, False, True, False)]
        finally:
            stop.set()
        assert sum(mover.result() for mover in movers) > 10
    assert found == [set()] * 6


def test_an_account_rolled_back_to_an_earlier_state_of_its_own_is_found(two: TwoPeople) -> None:
    rich = stored(two.mine)
    two.withdraw(100_000)
    store.save([store.Put(rich)])
    assert "I6 count" in broken()
    assert "I6 count" in broken(full=False)


def test_a_posting_stored_beyond_the_end_of_its_chain_is_found(two: TwoPeople) -> None:
    item = movement_lines(two.withdraw(5).movement_id)[0]
    item.transaction_id, item.day_group, item.sequence = "pst_forged", None, 99
    store.save([store.Put(item)])
    assert "I6 count" in broken()


@pytest.mark.parametrize("last", [False, True])
def test_a_forged_end_of_day_is_found_even_under_a_fitting_seal(closed: tuple[TwoPeople, date], last: bool) -> None:
    day = bank_calendar().after(closed[1]) if last else closed[1]
    item, books = (store.get(ClosedDay, ClosedDay.key("USD", day.isoformat())), store.get(Books, Books.key("USD")))
    assert item is not None and books is not None
    item.end = item.end | {"deposits": item.end["deposits"] + 1_000_000}
    item.seal = seal_of(item)
    books.seal = item.seal if last else books.seal
    store.save([store.Put(item), store.Put(books)])
    assert "I15 end" in broken()
