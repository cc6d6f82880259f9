"""The checker names a hold, a reversal or an interest payment that does not fit what it explains."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from accounts.ledger import INTEREST, INTEREST_EXPENSE, Line, sealed
from accounts.models import DepositAccount, Hold, Posting
from accounts.queries.ledger import movement_lines
from accounts.services.holds import capture_hold, place_hold, release_hold
from accounts.services.posting import post
from accounts.services.reversals import reverse_movement
from accounts.services.verification import verify
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, an_account, instruct, stored
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.clock import utcnow


def problems(full: bool = True) -> dict[str, str]:
    """The first broken item of each kind."""
    return {code: one.first for code, one in verify("USD", full=full, now=utcnow()).problems.items()}


@pytest.mark.parametrize("full", [True, False])
def test_a_held_amount_that_no_hold_explains(two: TwoPeople, full: bool) -> None:
    place_hold(account_id=two.mine, amount=500, reason="Hotel", key="h", actor=TELLER, now=utcnow())
    assert not problems(full)
    store.save([store.Update(DepositAccount, two.mine, [DepositAccount.held.set(400)])])
    assert f"account {two.mine}: stored 400, its open holds give 500" in problems(full)["I3 held"]


def test_a_hold_that_was_made_larger_or_removed(two: TwoPeople) -> None:
    made = place_hold(account_id=two.mine, amount=500, reason="Hotel", key="h", actor=TELLER, now=utcnow())
    store.save([store.Update(Hold, made.transaction_id, [Hold.amount.set(600)])])
    assert "stored 500, its open holds give 600" in problems()["I3 held"]
    store.save([store.Delete(Hold, made.transaction_id)])
    assert "stored 500, its open holds give 0" in problems()["I3 held"]


@pytest.mark.parametrize(
    ("name", "value"), [("sent_today", 7), ("last_own_on", "2020-01-01"), ("product", "savings"), ("held", 1)]
)
def test_each_new_field_of_an_account_is_checked(two: TwoPeople, name: str, value: object) -> None:
    store.save([store.Update(DepositAccount, two.mine, [getattr(DepositAccount, name).set(value)])])
    assert any(two.mine in what for what in problems().values())


def test_the_balance_days_of_savings_are_checked(two: TwoPeople) -> None:
    account = an_account(two.customer, "savings")
    two.deposit(500, to=account)
    assert not problems()
    store.save([store.Update(DepositAccount, account, [DepositAccount.month_days.set({"2026-01": 10**6})])])
    assert account in problems()["I16 days"]


def lines_of(two: TwoPeople) -> tuple[LedgerCheck, list[Line], Line]:
    """A transfer, and its reversal's line that stands for it."""
    sent = two.transfer(300)
    back = reverse_movement(movement_id=sent.movement_id, reason="Wrong", actor=MANAGER, now=utcnow())
    line = next(one for one in back.lines if one.stands_for_movement)
    return LedgerCheck(whole=False), [item.line() for item in movement_lines(sent.movement_id)], line


def test_a_reversal_of_another_amount_or_account_is_named(two: TwoPeople) -> None:
    for change in ({"amount": -299}, {"account_id": "X"}, {"counter": "house:cash"}):
        check, original, line = lines_of(two)
        check.reversals[line.link] = replace(line, **change)
        check.nets_to_zero(original, line.link)
        assert "is not the opposite" in check.problems["I10 reversal"].first
    check, original, line = lines_of(two)
    check.reversals[line.link] = line
    check.nets_to_zero(original, line.link)
    assert not check.problems


def test_a_reversal_with_a_cut_link_is_found(two: TwoPeople) -> None:
    sent = two.transfer(300)
    back = reverse_movement(movement_id=sent.movement_id, reason="Wrong", actor=MANAGER, now=utcnow())
    for line in back.lines:
        forged = sealed(replace(line, link="mov_other"), line.badge, line.segment)
        actions = [Posting.link.set(forged.link), Posting.hash.set(forged.hash)]
        store.save([store.Update(Posting, line.posting_id, actions)])
    assert "is not the opposite of mov_other" in problems()["I10 reversal"]


def test_interest_paid_twice_for_a_month_is_named(two: TwoPeople) -> None:
    account = an_account(two.customer, "savings")
    for key in ("one", "two"):
        asked = instruct(INTEREST, 5, INTEREST_EXPENSE, account, key=key, channel="system", link="2026-01")
        post(asked, now=utcnow())
    assert stored(account).balance == 10
    assert "interest for 2026-01 was paid before" in problems()["I16 interest"]


def test_holds_placed_and_resolved_while_the_checker_reads_raise_no_alarm(two: TwoPeople) -> None:
    stop = threading.Event()

    def hold_and_free() -> int:
        number = 0
        while not stop.is_set():
            hold: dict[str, Any] = {"account_id": two.mine, "amount": 5, "reason": "Hotel", "key": f"n{number}"}
            made = place_hold(**hold, actor=TELLER, now=utcnow()).transaction_id
            if number % 2:
                capture_hold(hold_id=made, amount=3, actor=TELLER, now=utcnow())
            else:
                release_hold(hold_id=made, reason="left", actor=TELLER, now=utcnow())
            number += 1
        return number

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold_and_free)
        try:
            found = [list(verify("USD", full=True, now=utcnow()).problems.values()) for _ in range(5)]
        finally:
            stop.set()
        assert holding.result() > 5
    assert found == [[]] * 5
