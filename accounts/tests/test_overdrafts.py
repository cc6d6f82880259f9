"""Overdrafts: one person asks, another grants, and then the owner may go so far below zero, and no cent further."""

import pytest
from django.test import Client

from accounts.ledger import Actor, Refused
from accounts.services.overdrafts import ask_overdraft
from accounts.services.verification import verify
from accounts.testing import a_manager, a_teller, signed_in
from accounts.tests.conftest import TwoPeople, an_account, set_by_hand, stored
from cloudbank import approvals
from cloudbank.approvals import AlreadyAsked
from cloudbank.clock import utcnow

MANAGER = Actor("usr_m1", "manager", "test")
OTHER = Actor("usr_m2", "manager", "test")


def asked(two: TwoPeople, limit: int, key: str = "k") -> approvals.Approval:
    """A manager asks."""
    said = {"account_id": two.mine, "limit": limit, "reason": "Salary comes in monthly", "key": key}
    return ask_overdraft(**said, actor=MANAGER, name="Mara", now=utcnow())


def granted(request: approvals.Approval) -> None:
    """Another manager grants it."""
    approvals.approve(
        approval_id=request.approval_id,
        content_hash=request.content_hash,
        note="",
        actor=OTHER,
        name="Otto",
        now=utcnow(),
    )


def test_a_granted_limit_is_there_and_not_a_cent_more(two: TwoPeople) -> None:
    request = asked(two, 50_000)
    with pytest.raises(Refused, match="1,000.00 USD available"):
        two.withdraw(100_001)
    granted(request)
    two.withdraw(150_000)
    assert stored(two.mine).balance == -50_000
    with pytest.raises(Refused, match="0.00 USD available"):
        two.withdraw(1)
    assert not verify("USD", full=True, now=utcnow()).problems


def test_a_limit_is_not_lowered_below_what_is_owed(two: TwoPeople) -> None:
    granted(asked(two, 50_000))
    two.withdraw(140_000)
    with pytest.raises(Refused, match="owes 400.00 USD"):
        asked(two, 39_999, key="lower")
    granted(asked(two, 40_000, key="exactly"))
    assert stored(two.mine).overdraft_limit == 40_000


def test_a_limit_that_changed_meanwhile_is_not_granted(two: TwoPeople) -> None:
    old = asked(two, 60_000)
    set_by_hand(two.mine, overdraft_limit=50_000)
    with pytest.raises(Exception, match="changed since"):
        granted(old)
    assert stored(two.mine).overdraft_limit == 50_000


def test_two_limits_of_one_account_are_not_asked_at_once_but_an_outdated_one_keeps_nobody_back(two: TwoPeople) -> None:
    asked(two, 60_000)
    with pytest.raises(AlreadyAsked, match="asked already.*600.00 USD"):
        asked(two, 70_000, key="second")
    set_by_hand(two.mine, overdraft_limit=50_000)
    granted(asked(two, 70_000, key="second"))
    assert stored(two.mine).overdraft_limit == 70_000


@pytest.mark.parametrize("limit", [-1, 1_000_001, 0])
def test_limits_outside_the_policy_or_without_change_are_refused(two: TwoPeople, limit: int) -> None:
    with pytest.raises(Refused):
        asked(two, limit)


def test_savings_are_never_overdrawn(two: TwoPeople) -> None:
    account = an_account(two.customer, "savings")
    with pytest.raises(Refused, match="checking"):
        ask_overdraft(account_id=account, limit=1, reason="r", key="k", actor=MANAGER, name="M", now=utcnow())


def test_the_page_asks_and_says_what_is_wrong(two: TwoPeople, client: Client) -> None:
    signed_in(client, a_manager())
    address = f"/accounts/{two.mine}/overdraft"
    page = client.get(address)
    key = page.context["form"]["key"].value()
    assert page.status_code == 200
    wrong = client.post(address, {"limit": "99,999,999", "reason": "r", "key": key})
    assert wrong.status_code == 422 and b"must lie between" in wrong.content
    done = client.post(address, {"limit": "500", "reason": "Salary", "key": key})
    assert done.status_code == 302 and done["Location"].startswith("/approvals/")
    signed_in(client, a_teller())
    assert client.get(address).status_code == 403
