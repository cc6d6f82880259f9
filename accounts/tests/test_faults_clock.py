"""Time and amounts at their edges, and storms: the lines of the fault list that no other test has."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.ledger import CASH, Refused
from accounts.services.holds import place_hold
from accounts.services.leaving import close_account
from accounts.services.posting import Busy, post
from accounts.services.reversals import reverse_movement
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, an_account, instruct, stored
from accounts.tests.images import image
from accounts.tests.test_concurrency import patiently, sound
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.money import MAX_MINOR

calendar = bank_calendar()


# --- clocks ---------------------------------------------------------------------------------------


def test_a_clock_that_ran_ahead_and_was_set_back_breaks_no_chain_and_raises_no_alarm(two: TwoPeople) -> None:
    now = utcnow()
    ahead = post(instruct("withdrawal", 5, two.mine, CASH), now=now + timedelta(days=9)).lines[0]
    back = post(instruct("withdrawal", 7, two.mine, CASH), now=now).lines[0]
    assert (back.posted_at, back.business_date) == (ahead.posted_at, ahead.business_date)
    assert back.business_date > business_date(now).isoformat()
    sound(now)


def test_a_clock_set_back_over_the_cut_off_stays_on_the_day_the_account_is_at(two: TwoPeople) -> None:
    late = datetime(2027, 6, 1, 22, 0, 1, tzinfo=UTC)  # 18:00:01 in New York: the next business day
    first = post(instruct("withdrawal", 5, two.mine, CASH), now=late).lines[0]
    again = post(instruct("withdrawal", 5, two.mine, CASH), now=late - timedelta(seconds=2)).lines[0]
    assert (first.business_date, again.business_date) == ("2027-06-02", "2027-06-02")
    other = post(instruct("deposit", 5, CASH, two.theirs), now=late - timedelta(seconds=2)).lines[0]
    assert other.business_date == "2027-06-01"
    sound(late)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2027-03-12T22:59:59Z", date(2027, 3, 12)),  # the Friday before the clocks go forward: 17:59:59 EST
        ("2027-03-12T23:00:00Z", date(2027, 3, 15)),
        ("2027-03-15T21:59:59Z", date(2027, 3, 15)),  # the Monday after: 17:59:59 EDT
        ("2027-03-15T22:00:00Z", date(2027, 3, 16)),
        ("2027-11-05T21:59:59Z", date(2027, 11, 5)),  # the Friday before they go back
        ("2027-11-08T22:59:59Z", date(2027, 11, 8)),
        ("2027-11-07T05:30:00Z", date(2027, 11, 8)),  # 01:30, which happens twice, on a Sunday
        ("2027-11-07T06:30:00Z", date(2027, 11, 8)),
        ("2028-02-29T17:00:00Z", date(2028, 2, 29)),  # the leap day
        ("2028-02-29T23:00:00Z", date(2028, 3, 1)),
        ("2027-04-01T03:59:59Z", date(2027, 4, 1)),  # quarter midnight: the evening before is the next quarter's
        ("2027-03-31T21:59:59Z", date(2027, 3, 31)),
        ("2027-12-31T23:00:00Z", date(2028, 1, 3)),  # new year, and its holiday
    ],
)
def test_the_business_date_at_the_turn_of_clocks_days_and_quarters(moment: str, day: date) -> None:
    assert calendar.business_date(datetime.fromisoformat(moment)) == day


# --- amounts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [0, -1, 1.0, float("nan"), float("inf"), "5", None, MAX_MINOR + 1, 10**400])
def test_what_is_no_amount_writes_nothing(two: TwoPeople, amount: Any) -> None:
    before = image()
    with pytest.raises(Refused):
        post(instruct("deposit", amount, CASH, two.mine), now=utcnow())
    assert image() == before


def test_the_largest_amount_goes_in_and_out_to_the_cent(two: TwoPeople) -> None:
    two.deposit(MAX_MINOR)
    assert stored(two.mine).balance == 100_000 + MAX_MINOR
    two.transfer(MAX_MINOR)
    two.transfer(100_000)
    assert two.balances() == (0, 100_000 + MAX_MINOR)
    sound()


# --- storms ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_storm_of_100_writers_on_one_account_ends_and_counts_right(two: TwoPeople) -> None:
    def one(number: int) -> bool:
        return patiently(lambda: post(instruct("deposit", 1 + number, CASH, two.mine, key=f"s{number}"), now=utcnow()))

    with ThreadPoolExecutor(100) as pool:
        assert all(pool.map(one, range(100)))
    assert stored(two.mine).balance == 100_000 + sum(range(1, 101))
    assert stored(two.mine).sequence == 101
    sound()


def test_rings_of_three_end_and_conserve_money(two: TwoPeople) -> None:
    third = an_account(two.stranger)
    for name in (two.theirs, third):
        two.deposit(100_000, to=name)
    ring = [two.mine, two.theirs, third]

    def one(number: int) -> bool:
        asked = instruct("transfer", 10, ring[number % 3], ring[(number + 1) % 3], key=f"r{number}")
        return patiently(lambda: post(asked, now=utcnow()))

    with ThreadPoolExecutor(9) as pool:
        assert all(pool.map(one, range(45)))
    assert [stored(name).balance for name in ring] == [100_000] * 3
    sound()


def test_many_reversals_of_one_movement_take_it_back_once(two: TwoPeople) -> None:
    made = two.transfer(2_500)

    def one(number: int) -> bool:
        actor = MANAGER if number % 2 else TELLER
        while True:
            try:
                done = reverse_movement(movement_id=made.movement_id, reason="mistake", actor=actor, now=utcnow())
                return not done.replayed
            except Busy:
                continue
            except Refused:
                return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(16))) == 1
    assert two.balances() == (100_000, 0)
    sound()


def test_an_account_that_is_closed_while_money_comes_in_keeps_none_of_it(two: TwoPeople) -> None:
    for number in range(8):
        name = an_account(two.stranger)

        def pay_in(name: str = name, number: int = number) -> bool:
            try:
                return not post(instruct("deposit", 5, CASH, name, key=f"c{number}"), now=utcnow()).replayed
            except Refused as refused:
                assert refused.code == "closed"
                return False

        def close(name: str = name) -> bool:
            try:
                return bool(close_account(account_id=name, reason="asked", actor=MANAGER, now=utcnow()))
            except Refused as refused:
                assert refused.code == "balance"
                return False

        with ThreadPoolExecutor(2) as pool:
            paid, closed = (one.result() for one in [pool.submit(pay_in), pool.submit(close)])
        assert paid != closed
        assert (stored(name).balance, stored(name).status) == ((5, "active") if paid else (0, "closed"))
    sound()


def test_a_hold_form_sent_again_with_another_last_day_is_refused(two: TwoPeople) -> None:
    hold: dict[str, Any] = {"account_id": two.mine, "amount": 5, "reason": "Hotel", "key": "h", "actor": TELLER}
    day = business_date(utcnow())
    made = place_hold(**hold, now=utcnow(), expires_on=day)
    assert place_hold(**hold, now=utcnow(), expires_on=day).transaction_id == made.transaction_id
    with pytest.raises(Refused) as caught:
        place_hold(**hold, now=utcnow(), expires_on=day + timedelta(days=1))
    assert (caught.value.code, caught.value.field) == ("key_reused", "expires_on")
    assert place_hold(**hold, now=utcnow() + timedelta(days=3)).transaction_id == made.transaction_id
