"""Holds: money set aside counts at once, resolves once, and is never more than there was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from accounts.ledger import Refused
from accounts.models.holds import CAPTURED, EXPIRED, OPEN, RELEASED
from accounts.queries.holds import due_holds, hold, holds_on
from accounts.services.holds import capture_hold, expire_hold, place_hold, release_hold
from accounts.services.verification import verify
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, stored
from cloudbank.clock import utcnow
from cloudbank.conf import business_date


def placed(two: TwoPeople, amount: int = 40_000, key: str = "hold-1") -> str:
    """A hold on the customer's account of 1,000.00; its id."""
    made = place_hold(account_id=two.mine, amount=amount, reason="Hotel", key=key, actor=TELLER, now=utcnow())
    return made.transaction_id


def test_a_held_amount_cannot_be_spent(two: TwoPeople) -> None:
    placed(two, 40_000)
    assert stored(two.mine).state().available == 60_000
    with pytest.raises(Refused, match="600.00 USD available"):
        two.withdraw(60_001)
    two.withdraw(60_000)


def test_the_same_key_holds_once(two: TwoPeople) -> None:
    assert placed(two) == placed(two)
    assert stored(two.mine).held == 40_000
    with pytest.raises(Refused) as refusal:
        placed(two, 40_001)
    assert refusal.value.field == "amount"


def test_more_than_there_is_cannot_be_held(two: TwoPeople) -> None:
    with pytest.raises(Refused, match="1,000.00 USD available"):
        placed(two, 100_001)
    assert stored(two.mine).held == 0


def test_capture_in_part_moves_the_part_and_frees_the_rest(two: TwoPeople) -> None:
    hold_id = placed(two, 40_000)
    made = capture_hold(hold_id=hold_id, amount=25_000, actor=TELLER, now=utcnow())
    account, resolved = stored(two.mine), hold(hold_id)
    assert resolved is not None
    assert (account.balance, account.held) == (75_000, 0)
    assert (resolved.state, resolved.captured, resolved.movement_id) == (CAPTURED, 25_000, made.movement_id)
    assert made.lines[0].link == hold_id


def test_a_capture_never_exceeds_its_hold(two: TwoPeople) -> None:
    hold_id = placed(two, 40_000)
    with pytest.raises(Refused, match="Only 400.00 USD is held"):
        capture_hold(hold_id=hold_id, amount=40_001, actor=TELLER, now=utcnow())


def test_a_capture_finds_its_money_although_nothing_else_is_left(two: TwoPeople) -> None:
    hold_id = placed(two, 100_000)
    capture_hold(hold_id=hold_id, amount=100_000, to=two.theirs, actor=TELLER, now=utcnow())
    assert two.balances() == (0, 100_000)


def test_a_second_capture_is_the_first_ones_answer_and_another_one_is_refused(two: TwoPeople) -> None:
    hold_id = placed(two)
    first = capture_hold(hold_id=hold_id, amount=10_000, actor=TELLER, now=utcnow())
    again = capture_hold(hold_id=hold_id, amount=10_000, actor=TELLER, now=utcnow())
    assert again.replayed and again.movement_id == first.movement_id
    with pytest.raises(Refused, match="captured already"):
        capture_hold(hold_id=hold_id, amount=10_000, actor=MANAGER, now=utcnow())


def test_a_released_hold_is_free_and_stays_released(two: TwoPeople) -> None:
    hold_id = placed(two)
    released = release_hold(hold_id=hold_id, reason="Guest left", actor=TELLER, now=utcnow())
    assert released.state == RELEASED and stored(two.mine).held == 0
    assert release_hold(hold_id=hold_id, reason="Guest left", actor=TELLER, now=utcnow()).state == RELEASED
    assert stored(two.mine).held == 0
    with pytest.raises(Refused, match="released already"):
        capture_hold(hold_id=hold_id, amount=1, actor=TELLER, now=utcnow())


def test_holds_expire_after_their_last_day(two: TwoPeople) -> None:
    hold_id, day = placed(two), business_date(utcnow())
    made = hold(hold_id)
    assert made is not None and not list(due_holds(day))
    after = day + timedelta(days=8)
    assert [one.transaction_id for one in due_holds(after)] == [hold_id]
    with pytest.raises(Refused, match="expired on"):
        capture_hold(hold_id=hold_id, amount=1, actor=TELLER, now=utcnow() + timedelta(days=12))
    assert expire_hold(hold_id=hold_id, actor=TELLER, now=utcnow()).state == EXPIRED
    assert stored(two.mine).held == 0 and not list(due_holds(after))


def test_capture_release_and_expiry_at_once_resolve_it_once(two: TwoPeople) -> None:
    for number in range(6):
        hold_id = placed(two, 5_000, key=f"race-{number}")
        acts = [
            lambda h=hold_id: capture_hold(hold_id=h, amount=5_000, actor=TELLER, now=utcnow()),
            lambda h=hold_id: release_hold(hold_id=h, reason="race", actor=MANAGER, now=utcnow()),
            lambda h=hold_id: expire_hold(hold_id=h, actor=MANAGER, now=utcnow()),
        ]
        with ThreadPoolExecutor(3) as pool:
            ends = [future.exception() for future in [pool.submit(act) for act in acts]]
        assert sum(end is None for end in ends) == 1
        assert all(end is None or isinstance(end, Refused) for end in ends)
    assert stored(two.mine).held == 0
    moved = sum(one.captured for one in holds_on(two.mine))
    assert stored(two.mine).balance == 100_000 - moved


def test_many_holds_at_once_never_exceed_the_balance(two: TwoPeople) -> None:
    def one(number: int) -> bool:
        try:
            placed(two, 30_000, key=f"many-{number}")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 3
    assert stored(two.mine).held == 90_000
    assert len([one for one in holds_on(two.mine) if one.state == OPEN]) == 3


def test_the_books_verify_with_holds_on_them(two: TwoPeople) -> None:
    placed(two)
    assert not verify("USD", full=True, now=utcnow()).problems
