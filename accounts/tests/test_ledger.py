"""The pure ledger."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.ledger import (
    CASH,
    GENESIS,
    AccountState,
    Instruction,
    Plan,
    Refused,
    finish,
    line_hash,
    plan,
)
from accounts.tests.conftest import instruct

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
DAY = date(2026, 3, 2)


def a_state(account_id: str = "A", **values: object) -> AccountState:
    """An active account with 100.00."""
    known = {
        "owner_id": f"owner-{account_id}",
        "product": "checking",
        "currency": "USD",
        "status": "active",
        "balance": 10_000,
        "overdraft_limit": 0,
        "sequence": 4,
        "head": GENESIS,
        "last_posted_at": "",
        "last_business_date": "",
    }
    return AccountState(account_id=account_id, **(known | values))


def planned(instruction: Instruction, *states: AccountState) -> Plan:
    """The plan over these accounts, sealed."""
    return finish(plan(instruction, {state.account_id: state for state in states}, NOW, DAY), "OK", {})


def refusal(instruction: Instruction, *states: AccountState) -> str:
    """The code with which the instruction is refused."""
    with pytest.raises(Refused) as caught:
        planned(instruction, *states)
    return caught.value.code


def test_a_transfer_is_two_lines_that_cancel_out() -> None:
    made = planned(instruct("transfer", 2_500, "A", "B"), a_state("A"), a_state("B"))
    debit, credit = made.movement.lines
    assert (debit.amount, credit.amount) == (-2_500, 2_500)
    assert (debit.balance_after, credit.balance_after) == (7_500, 12_500)
    assert (debit.counter, credit.counter) == ("B", "A")
    assert [state.sequence for state in made.states] == [5, 5]
    assert [state.head for state in made.states] == [debit.hash, credit.hash]


def test_cash_is_one_line_against_the_house() -> None:
    made = planned(instruct("deposit", 1, CASH, "A"), a_state())
    assert len(made.movement.lines) == 1
    assert made.movement.cash
    assert made.movement.lines[0].counter == CASH


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"balance": 2_499}, "insufficient_funds"),
        ({"status": "frozen"}, "frozen"),
        ({"status": "closed"}, "closed"),
        ({"currency": "EUR"}, "currency"),
    ],
)
def test_what_an_account_does_not_allow_is_refused(change: dict[str, object], code: str) -> None:
    assert refusal(instruct("transfer", 2_500, "A", "B"), a_state("A", **change), a_state("B")) == code


def test_a_frozen_receiver_refuses_as_well() -> None:
    assert refusal(instruct("transfer", 1, "A", "B"), a_state("A"), a_state("B", status="frozen")) == "frozen"


def test_the_last_cent_may_leave_and_the_overdraft_counts() -> None:
    assert planned(instruct("withdrawal", 10_000, "A", CASH), a_state()).states[0].balance == 0
    lent = a_state(overdraft_limit=500)
    assert planned(instruct("withdrawal", 10_500, "A", CASH), lent).states[0].balance == -500
    assert refusal(instruct("withdrawal", 10_501, "A", CASH), lent) == "insufficient_funds"


@pytest.mark.parametrize(
    ("instruction", "code"),
    [
        (instruct("transfer", 5, "A", "A"), "same_account"),
        (instruct("transfer", 0, "A", "B"), "amount"),
        (instruct("transfer", -5, "A", "B"), "amount"),
        (instruct("transfer", 10**14 + 1, "A", "B"), "amount"),
        (instruct("transfer", 5, "house:cash", "house:clearing"), "house"),
        (instruct("gift", 5, "A", "B"), "type"),
        (instruct("transfer", 5, "A", "B", channel="pigeon"), "channel"),
        (instruct("transfer", 5, "A", "nobody"), "unknown_account"),
    ],
)
def test_what_no_bank_could_post_is_refused(instruction: Instruction, code: str) -> None:
    assert refusal(instruction, a_state("A"), a_state("B")) == code


def test_observed_history_is_not_refused_for_funds() -> None:
    made = planned(instruct("transfer", 10_001, "A", "B", observed=True), a_state("A"), a_state("B"))
    assert made.states[0].balance == -1


def test_time_and_date_never_go_back_on_an_account() -> None:
    ahead = a_state("A", last_posted_at="2026-03-02T15:00:05.000000Z", last_business_date="2026-03-03")
    line = planned(instruct("transfer", 5, "A", "B"), ahead, a_state("B")).movement.lines[1]
    assert (line.posted_at, line.business_date) == ("2026-03-02T15:00:05.000000Z", "2026-03-03")


def test_every_field_of_a_line_is_under_its_hash() -> None:
    line = planned(instruct("deposit", 5, CASH, "A"), a_state()).movement.lines[0]
    assert line.hash == line_hash(line)
    for name in line.__slots__:
        if name != "hash":
            value = getattr(line, name)
            other = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
            assert line_hash(replace(line, **{name: other})) != line.hash, name


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC"), st.integers(1, 15_000)), max_size=40))
def test_any_row_of_transfers_conserves_money_and_keeps_chains(moves: list[tuple[str, str, int]]) -> None:
    states = {name: a_state(name, sequence=0) for name in "ABC"}
    heads = dict.fromkeys("ABC", GENESIS)
    for debit, credit, amount in moves:
        try:
            made = finish(plan(instruct("transfer", amount, debit, credit), states, NOW, DAY), "OK", {})
        except Refused:
            continue
        for line, state in zip(made.movement.lines, made.states, strict=True):
            assert line.previous_hash == heads[line.account_id]
            assert line.sequence == states[line.account_id].sequence + 1
            heads[line.account_id] = line.hash
            states[state.account_id] = state
        assert sum(state.balance for state in states.values()) == 30_000
        assert min(state.balance for state in states.values()) >= 0
