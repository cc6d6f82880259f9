"""Attacks on the ledger core: what a hostile reader tried and what must hold against it."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.ledger import CASH, Refused
from accounts.models import Books, ClosedDay, DayShard, DepositAccount
from accounts.queries import totals
from accounts.queries.ledger import movement_lines
from accounts.services import deposits, posting
from accounts.services.closing import CannotClose, close_day, close_through, seal_of
from accounts.services.deposits import freeze_account, open_account
from accounts.services.posting import NotKnownYet, post
from accounts.services.verification import verify
from accounts.testing import a_customer
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, an_account, instruct, stored
from cloudbank import jobs, store, tables
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


# --- one key, one movement ----------------------------------------------------------------------


@pytest.mark.parametrize("first", ["deposit", "withdrawal"])
def test_a_key_used_for_a_deposit_moves_nothing_as_a_withdrawal(two: TwoPeople, first: str) -> None:
    asked = {
        "deposit": instruct("deposit", 500, CASH, two.mine, key="once"),
        "withdrawal": instruct("withdrawal", 500, two.mine, CASH, key="once"),
    }
    post(asked.pop(first), now=utcnow())
    before = two.balances()
    with pytest.raises(Refused) as caught:
        post(next(iter(asked.values())), now=utcnow())
    assert (caught.value.code, caught.value.field) == ("key_reused", "type")
    assert two.balances() == before


@pytest.mark.parametrize(("field", "value"), [("branch", "north"), ("conductor_id", "usr_other"), ("observed", True)])
def test_who_stood_at_the_counter_and_where_is_part_of_what_a_key_means(two: TwoPeople, field: str, value: Any) -> None:
    first = instruct("deposit", 2_500, CASH, two.mine, key="once", conductor_id=two.stranger.user_id)
    post(first, now=utcnow())
    with pytest.raises(Refused) as caught:
        post(replace(first, **{field: value}), now=utcnow())
    assert (caught.value.code, caught.value.field) == ("key_reused", field)


def test_a_key_finds_its_movement_after_its_day_was_closed(two: TwoPeople) -> None:
    made = two.transfer(2_500, key="once")
    close_through(business_date(utcnow()), "USD", now=later())
    again = two.transfer(2_500, key="once")
    assert again.replayed and again.lines == made.lines


# --- what is known after a fault ----------------------------------------------------------------


def test_an_engine_that_dies_after_a_lost_answer_leaves_the_outcome_unknown(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch, no_waiting: None
) -> None:
    real, calls = store.save, iter(range(99))

    def commit_then_die(writes: Any) -> None:
        if next(calls) == 0:
            real(writes)
            raise store.OutcomeUnknown("ReadTimeout")
        raise store.Unavailable("connection refused")

    def dead(*_: Any, **__: Any) -> Any:
        raise store.Unavailable("connection refused")

    asked = instruct("transfer", 2_500, two.mine, two.theirs, key="once")
    with monkeypatch.context() as faults:
        faults.setattr(store, "save", commit_then_die)
        real_load, loads = store.load, iter(range(99))
        faults.setattr(store, "load", lambda *a, **k: real_load(*a, **k) if next(loads) < 2 else dead())
        with pytest.raises(NotKnownYet):
            post(asked, now=utcnow())
    assert post(asked, now=utcnow()).replayed


@pytest.mark.parametrize("fault", [store.Conflict("throttled"), store.OutcomeUnknown("ReadTimeout")])
def test_a_fault_while_looking_for_the_earlier_result_is_only_another_try(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch, no_waiting: None, fault: Exception
) -> None:
    first = two.transfer(2_500, key="once")
    real, faults = store.load, iter([fault])

    def stumbling(model: Any, keys: Any, **more: Any) -> Any:
        keys = list(keys)
        if keys[0].startswith("pst_") and (error := next(faults, None)):
            raise error
        return real(model, keys, **more)

    monkeypatch.setattr(store, "load", stumbling)
    assert two.transfer(2_500, key="once").lines == first.lines


def test_an_engine_that_stays_silent_does_not_hold_the_person_for_minutes(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch, no_waiting: None
) -> None:
    tries: list[float] = []

    def silent(writes: Any) -> None:
        time.sleep(0.1)
        tries.append(time.monotonic())
        raise store.OutcomeUnknown("ReadTimeout")

    monkeypatch.setattr(store, "save", silent)
    monkeypatch.setattr(posting, "PATIENCE_SECONDS", 0.15)
    with pytest.raises(NotKnownYet):
        two.transfer(1)
    assert len(tries) == 2


class Dropping(BaseHTTPRequestHandler):
    """Forwards one transaction to the engine, loses the answer, and is gone."""

    protocol_version = "HTTP/1.1"
    engine = ""
    transactions = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        names = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date")
        headers = {name: self.headers[name] for name in names if self.headers[name]}
        with urlopen(Request(type(self).engine, body, headers)) as answer:  # noqa: S310  loopback
            content = answer.read()
        if self.headers["X-Amz-Target"].endswith("TransactWriteItems"):
            type(self).transactions += 1
            self.server.socket.close()  # type: ignore[attr-defined]  # nobody listens any more: the SDK's next try is refused
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def dropping(bank: Any) -> Iterator[type[Dropping]]:
    """The bank behind a proxy that dies with the answer of the first transaction."""
    Dropping.engine, Dropping.transactions = bank.url, 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Dropping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tables.connect(f"http://127.0.0.1:{server.server_address[1]}")
    yield Dropping
    tables.connect(bank.url)


def test_a_connection_refused_to_the_sdks_own_second_try_does_not_say_that_nothing_was_written(
    bank: Any, dropping: type[Dropping]
) -> None:
    account = DepositAccount(
        account_id="4000", version=1, product="checking", currency="USD", branch="b", opened_at="", opened_on=""
    )
    with pytest.raises(store.OutcomeUnknown):
        store.save([store.new(account)])
    assert dropping.transactions == 1
    tables.connect(bank.url)
    assert store.get(DepositAccount, "4000") is not None


# --- beginning and closing the books ------------------------------------------------------------


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


# --- opening ------------------------------------------------------------------------------------


def opening(owner_id: str, **other: Any) -> DepositAccount:
    """Open an account under one key."""
    values = {"product": "checking", "currency": "USD", "branch": "main", "key": "one", "actor": TELLER}
    return open_account(owner_id=owner_id, now=utcnow(), **(values | other))


def test_the_same_opening_form_with_another_product_is_refused(two: TwoPeople) -> None:
    opening(two.customer.user_id)
    with pytest.raises(Refused) as caught:
        opening(two.customer.user_id, product="savings")
    assert (caught.value.code, caught.value.field) == ("key_reused", "product")


def test_a_number_that_belongs_to_somebody_else_is_never_handed_out(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deposits.numbers, "derive", lambda *_: two.theirs)
    with pytest.raises(Refused) as caught:
        opening(two.customer.user_id)
    assert caught.value.code == "key_reused"


# --- what verify_ledger must see ----------------------------------------------------------------


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


# --- freezing -----------------------------------------------------------------------------------


def test_what_a_freeze_brings_along_is_saved_although_somebody_froze_first(two: TwoPeople) -> None:
    freeze_account(account_id=two.mine, reason="suspicion", actor=TELLER, now=utcnow())
    shared = store.get(type(two.customer), two.customer.user_id)
    assert shared is not None
    also = [store.changed(shared)]
    freeze_account(account_id=two.mine, reason="the alert", actor=MANAGER, now=utcnow(), also=also)
    assert store.get(type(two.customer), two.customer.user_id).version == shared.version  # type: ignore[union-attr]


def test_a_freeze_whose_answer_was_lost_is_not_made_twice(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch, no_waiting: None
) -> None:
    real, lost = store.save, iter([True])

    def commit_then_drop(writes: Any) -> None:
        real(writes)
        if next(lost, False):
            raise store.OutcomeUnknown("ReadTimeout")

    monkeypatch.setattr(store, "save", commit_then_drop)
    shared = store.get(type(two.customer), two.customer.user_id)
    assert shared is not None
    also = [store.changed(shared)]
    assert freeze_account(account_id=two.mine, reason="x", actor=MANAGER, now=utcnow(), also=also).status == "frozen"
    assert stored(two.mine).audit_sequence == 2


# --- jobs ---------------------------------------------------------------------------------------


def test_the_bodys_own_error_is_not_hidden_by_a_lost_lease_or_engine(
    bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(writes: Any) -> None:
        raise store.Unavailable("down")

    with pytest.raises(ZeroDivisionError), jobs.run("nightly", key="a", now=utcnow()):
        monkeypatch.setattr(store, "save", away)
        _ = 1 // 0


def test_a_renewal_that_meets_a_hiccup_does_not_end_the_run(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "RENEW_SECONDS", -1.0)
    real = store.save

    def applied_but_lost(writes: Any) -> None:
        real(writes)
        raise store.OutcomeUnknown("timeout")

    def refused(writes: Any) -> None:
        raise store.Conflict("throttled")

    with jobs.run("nightly", key="a", now=utcnow()) as run:
        for fault in (applied_but_lost, refused):
            monkeypatch.setattr(store, "save", fault)
            run.progress(1, 3)
            monkeypatch.setattr(store, "save", real)
            run.progress(2, 3)
    assert jobs.last_run("nightly").state == "done"  # type: ignore[union-attr]


@pytest.mark.parametrize("command", ["close_day", "verify_ledger"])
def test_a_command_whose_lease_was_taken_says_so_plainly(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def lost(*_: Any) -> None:
        raise jobs.Lost("another run has begun")

    monkeypatch.setattr(jobs.Run, "_end", lost)
    with pytest.raises(CommandError, match="another run"):
        call_command(command)


def test_fewer_shards_hide_nothing_from_the_close(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 12):
        two.transfer(number)
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 1)
    today = business_date(utcnow())
    totals.forget()
    close_through(today, "USD", now=utcnow() + timedelta(days=7))
    assert totals.day_totals(today, today, "USD")[0].count("transfer") == 11
