"""Reversals: a movement is taken back once, by a movement of its own, and nets to zero."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.ledger import Refused
from accounts.queries.ledger import movement_lines
from accounts.services.posting import Receipt
from accounts.services.reversals import reverse_movement
from accounts.services.verification import verify
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople
from cloudbank.clock import utcnow


def reverse(movement_id: str, actor: object = MANAGER) -> Receipt:
    """Take it back."""
    return reverse_movement(movement_id=movement_id, reason="Wrong account", actor=actor, now=utcnow())


def test_a_transfer_goes_back_where_it_came_from(two: TwoPeople) -> None:
    sent = two.transfer(30_000)
    back = reverse(sent.movement_id)
    assert two.balances() == (100_000, 0)
    assert {line.link for line in back.lines} == {sent.movement_id}
    assert movement_lines(sent.movement_id)[0].amount == -30_000, "the first movement stays as it was"
    assert not verify("USD", full=True, now=utcnow()).problems


def test_a_cash_deposit_goes_back_to_cash(two: TwoPeople) -> None:
    made = two.deposit(500)
    reverse(made.movement_id)
    assert two.balances()[0] == 100_000


def test_a_movement_is_reversed_once_by_whomever(two: TwoPeople) -> None:
    sent = two.transfer(30_000)
    first = reverse(sent.movement_id)
    assert reverse(sent.movement_id).movement_id == first.movement_id
    with pytest.raises(Refused, match="reversed already"):
        reverse(sent.movement_id, TELLER)
    assert two.balances() == (100_000, 0)


def test_two_people_at_once_reverse_it_once(two: TwoPeople) -> None:
    for _ in range(4):
        sent = two.transfer(1_000)
        with ThreadPoolExecutor(2) as pool:
            ends = [
                future.exception() for future in [pool.submit(reverse, sent.movement_id, a) for a in (TELLER, MANAGER)]
            ]
        assert sorted(type(end).__name__ for end in ends) == ["NoneType", "Refused"]
    assert two.balances() == (100_000, 0)


def test_a_reversal_is_not_reversed(two: TwoPeople) -> None:
    back = reverse(two.transfer(30_000).movement_id)
    with pytest.raises(Refused, match="not reversed"):
        reverse(back.movement_id)


def test_money_that_is_gone_cannot_be_taken_back(two: TwoPeople) -> None:
    made = two.deposit(500)
    two.withdraw(100_500)
    with pytest.raises(Refused, match="available"):
        reverse(made.movement_id)


def test_a_reason_is_asked_for(two: TwoPeople) -> None:
    with pytest.raises(Refused) as refusal:
        reverse_movement(movement_id=two.transfer(1).movement_id, reason=" ", actor=MANAGER, now=utcnow())
    assert refusal.value.field == "reason"
