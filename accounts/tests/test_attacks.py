"""Attacks on the ledger core: keys, lost answers, openings, freezing, jobs."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.ledger import CASH, Refused
from accounts.models import DepositAccount
from accounts.queries import totals
from accounts.services import deposits, posting
from accounts.services.closing import close_through
from accounts.services.deposits import freeze_account, open_account
from accounts.services.posting import NotKnownYet, post
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, instruct, stored
from cloudbank import jobs, store, tables
from cloudbank.clock import utcnow
from cloudbank.conf import business_date


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr(store, "pause", lambda *_, **__: None)


# --- one key, one movement --------------------------------------------------------------------------


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
    close_through(business_date(utcnow()), "USD", now=utcnow() + timedelta(days=7))
    again = two.transfer(2_500, key="once")
    assert again.replayed and again.lines == made.lines


# --- what is known after a fault --------------------------------------------------------------------


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


# --- opening ----------------------------------------------------------------------------------------


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


# --- freezing ---------------------------------------------------------------------------------------


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


# --- jobs -------------------------------------------------------------------------------------------


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
