"""Who closes the last account has left the bank; who opens another one is back. The day counts both."""

import pytest

from accounts.ledger import Refused
from accounts.queries.people import user
from accounts.queries.totals import end_of
from accounts.services.deposits import open_account
from accounts.services.holds import place_hold
from accounts.services.leaving import close_account
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, an_account, stored
from cloudbank.clock import utcnow
from cloudbank.conf import business_date


def customers() -> int:
    """How many the books count now."""
    return end_of(business_date(utcnow()), "USD").get("customers", 0)


def close(account_id: str) -> None:
    """At the owner's wish."""
    close_account(account_id=account_id, reason="Moves away", actor=MANAGER, now=utcnow())


def exited_on(user_id: str) -> str:
    """As stored."""
    found = user(user_id)
    assert found is not None
    return found.exited_on


def test_closing_one_of_two_accounts_is_no_exit(two: TwoPeople) -> None:
    second, before = an_account(two.stranger), customers()
    close(second)
    assert not exited_on(two.stranger.user_id) and customers() == before


def test_closing_the_last_account_is_an_exit_and_opening_another_a_return(two: TwoPeople) -> None:
    before, today = customers(), business_date(utcnow()).isoformat()
    close(two.theirs)
    assert exited_on(two.stranger.user_id) == today and customers() == before - 1
    close(two.theirs)  # again: nothing more happens
    assert customers() == before - 1
    an_account(two.stranger)
    assert not exited_on(two.stranger.user_id) and customers() == before


def test_the_same_form_opens_one_account_and_counts_one(two: TwoPeople) -> None:
    for _ in range(2):
        open_account(
            owner_id=two.stranger.user_id,
            product="savings",
            currency="USD",
            branch="main",
            key="one form",
            actor=TELLER,
            now=utcnow(),
        )
    found = user(two.stranger.user_id)
    assert found is not None and found.open_accounts == 2


def test_an_account_with_a_hold_is_not_closed(two: TwoPeople) -> None:
    two.deposit(500, to=two.theirs)
    place_hold(account_id=two.theirs, amount=500, reason="Hotel", key="h", actor=TELLER, now=utcnow())
    with pytest.raises(Refused):
        close(two.theirs)
    assert stored(two.theirs).status == "active"
