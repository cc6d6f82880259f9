"""Posting on the real engine: the idempotency contract, refusals, requests, the gate."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.ledger import CASH, Instruction, Refused
from accounts.models import CustomerActivity, DepositAccount, Posting
from accounts.queries.ledger import movement_lines
from accounts.queries.totals import day_totals
from accounts.services import posting
from accounts.services.deposits import freeze_account, open_account
from accounts.services.leaving import close_account
from accounts.services.posting import NotKnownYet, post
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, instruct, stored
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.tables import TABLES


def everything() -> dict[str, Any]:
    """Every item of the three tables (a test may scan)."""
    found: dict[str, Any] = {}
    for base in TABLES:
        for raw in base._get_connection().scan()["Items"]:
            found[f"{base.Meta.table_name}/{raw[base._hash_keyname]['S']}"] = raw
    return found


def test_a_new_key_is_executed(two: TwoPeople) -> None:
    made = two.transfer(2_500)
    assert not made.replayed
    assert two.balances() == (97_500, 2_500)
    assert [line.hash for line in made.lines] == [item.hash for item in movement_lines(made.movement_id)]


def test_the_same_key_and_content_gives_the_same_result_and_writes_nothing(two: TwoPeople) -> None:
    first = two.transfer(2_500, key="once")
    before = everything()
    again = two.transfer(2_500, key="once")
    assert again.replayed
    assert again.lines == first.lines
    assert everything() == before


def test_the_same_key_finds_its_result_when_the_money_is_gone_since(two: TwoPeople) -> None:
    two.withdraw(100_000, key="all")
    assert two.withdraw(100_000, key="all").replayed
    assert two.balances() == (0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", 2_501), ("memo", "other"), ("channel", "online"), ("type", "deposit"), ("currency", "EUR")],
)
def test_the_same_key_with_another_field_is_refused_naming_it(two: TwoPeople, field: str, value: Any) -> None:
    first = instruct("transfer", 2_500, two.mine, two.theirs, key="once")
    post(first, now=utcnow())
    before = everything()
    with pytest.raises(Refused) as caught:
        post(replace(first, **{field: value}), now=utcnow())
    assert (caught.value.code, caught.value.field) == ("key_reused", field)
    assert everything() == before


@pytest.mark.parametrize("side", ["debit", "credit"])
def test_the_same_key_with_another_account_is_refused_naming_the_side(two: TwoPeople, side: str) -> None:
    first = instruct("transfer", 2_500, two.mine, two.theirs, key="once")
    post(first, now=utcnow())
    other = {"debit": CASH} if side == "debit" else {"credit": CASH}
    with pytest.raises(Refused) as caught:
        post(replace(first, **other), now=utcnow())
    assert caught.value.field == side


def test_the_same_key_of_another_person_is_another_movement(two: TwoPeople) -> None:
    two.transfer(100, key="once")
    assert not two.transfer(100, key="once", actor=MANAGER).replayed


def test_a_refused_operation_leaves_every_item_as_it_was(two: TwoPeople) -> None:
    before = everything()
    with pytest.raises(Refused):
        two.withdraw(100_001)
    assert everything() == before


def test_a_posting_reads_each_table_at_most_once_and_writes_once(two: TwoPeople, requests_made: Any) -> None:
    requests_made.clear()
    two.transfer(100)
    assert requests_made.operations == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    tables = [next(iter(arguments["RequestItems"])) for name, arguments in requests_made if name == "BatchGetItem"]
    assert len(tables) == len(set(tables))


def test_a_lost_answer_is_found_by_reading(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    real, lost = store.save, iter([True])

    def commit_then_drop(writes: Any) -> None:
        real(writes)
        if next(lost, False):
            raise store.OutcomeUnknown("ReadTimeout")

    monkeypatch.setattr(store, "save", commit_then_drop)
    made = two.transfer(2_500)
    assert made.replayed
    assert two.balances() == (97_500, 2_500)


def test_an_engine_that_stays_silent_gives_a_reference_and_the_key_stays_safe(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(writes: Any) -> None:
        raise store.OutcomeUnknown("ReadTimeout")

    asked: Instruction = instruct("transfer", 2_500, two.mine, two.theirs, key="once")
    with monkeypatch.context() as broken:
        broken.setattr(store, "save", silent)
        broken.setattr(store, "pause", lambda attempt: None)
        with pytest.raises(NotKnownYet) as caught:
            post(asked, now=utcnow())
    assert caught.value.reference == asked.movement_id
    assert not post(asked, now=utcnow()).replayed
    assert two.balances() == (97_500, 2_500)


def test_endless_conflicts_end_in_busy(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    def conflict(writes: Any) -> None:
        raise store.Conflict("TransactionConflict")

    monkeypatch.setattr(store, "save", conflict)
    monkeypatch.setattr(store, "pause", lambda attempt: None)
    with pytest.raises(posting.Busy):
        two.transfer(1)


def test_a_freeze_between_load_and_save_wins(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.save

    def freeze_first(writes: Any) -> None:
        monkeypatch.setattr(store, "save", real)
        freeze_account(account_id=two.mine, reason="suspicion", actor=MANAGER, now=utcnow())
        real(writes)

    monkeypatch.setattr(store, "save", freeze_first)
    with pytest.raises(Refused) as caught:
        two.transfer(1)
    assert caught.value.code == "frozen"
    assert two.balances() == (100_000, 0)


def test_only_an_empty_account_closes_and_then_nothing_moves_on_it(two: TwoPeople) -> None:
    with pytest.raises(Refused):
        close_account(account_id=two.mine, reason="leaving", actor=MANAGER, now=utcnow())
    two.withdraw(100_000)
    assert close_account(account_id=two.mine, reason="leaving", actor=MANAGER, now=utcnow()).closed_on
    with pytest.raises(Refused):
        two.deposit(1)


def test_opening_with_the_same_key_opens_one_account(two: TwoPeople) -> None:
    def opened() -> DepositAccount:
        return posting_open(two.customer.user_id, "same")

    assert opened().account_id == opened().account_id


def posting_open(owner_id: str, key: str) -> DepositAccount:
    """Open a savings account under a key."""
    return open_account(
        owner_id=owner_id, product="savings", currency="USD", branch="main", key=key, actor=TELLER, now=utcnow()
    )


def test_totals_and_activity_move_with_the_money(two: TwoPeople) -> None:
    two.transfer(2_500)
    today = business_date(utcnow())
    totals = day_totals(today, today, "USD", with_cells=True)[0]
    assert totals.count("deposit") == totals.count("transfer") == 1
    assert totals.sum("deposit", "transfer") == 102_500
    assert totals.numbers["house_cash"] == -100_000
    assert totals.numbers["new_checking"] == 100_000
    assert sum(cell["n"] for cell in totals.cells.values()) == 2
    activity = store.get(CustomerActivity, CustomerActivity.key(two.customer.user_id))
    assert activity is not None
    assert activity.last_movement_on == today.isoformat()
    assert store.get(CustomerActivity, CustomerActivity.key(two.stranger.user_id)).last_movement_on == ""  # type: ignore[union-attr]


def test_a_posting_item_carries_its_line_whole(two: TwoPeople) -> None:
    made = two.transfer(1, memo="Łódź Иван ₹")
    item = movement_lines(made.movement_id)[0]
    assert isinstance(item, Posting)
    assert item.line() == made.lines[0]
    assert stored(two.mine).head == item.hash
