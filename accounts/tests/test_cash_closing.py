"""An account is closed in cash by two people; never one that a loan is collected from."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import ACTIVE, CASH, CLOSED, Refused
from accounts.models import DepositAccount, User
from accounts.queries.ledger import history
from accounts.services import cash_closing
from accounts.services.leaving import close_account
from accounts.services.loans.collecting import change_loan_account
from accounts.services.loans.servicing import service_loan
from accounts.services.people import set_disabled
from accounts.services.posting import post
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_admin, signed_in
from accounts.tests.approving import decide, stored, the_one
from accounts.tests.conftest import instruct
from accounts.tests.lending import Borrower, applied_for, approve, as_actor, paid_out, request_of
from accounts.tests.makers import actor, an_account, balance, form_of, fresh
from cloudbank import approvals
from cloudbank.approvals import APPROVED, FAILED
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank", "quiet")


@pytest.fixture
def mary() -> User:
    return a_manager()


@pytest.fixture
def own() -> DepositAccount:
    return an_account(a_customer(), 4_000_000)


def ask(mary: User, own: DepositAccount, pay_to: str = CASH) -> Any:
    web, path = signed_in(Client(), mary), f"/accounts/{own.account_id}/close"
    return web.post(path, form_of(web, path) | {"reason": "Moves away", "pay_to": pay_to})


def test_a_manager_asks_and_a_teller_pays_whatever_the_amount(mary: User, own: DepositAccount) -> None:
    for account in (own, an_account(a_customer(), 5)):
        assert ask(mary, account).status_code == 302
        item = the_one()
        assert (fresh(account).status, item.state) == (ACTIVE, "pending")
        assert decide(a_manager(name="Max"), item).status_code == 403, "another manager has no till"
        page = signed_in(Client(), mary).get(f"/accounts/{account.account_id}/close").content.decode()
        assert "has asked for this already" in page
        amount = balance(account)
        decide(a_teller(), item)
        assert (fresh(account).status, stored(item).state) == (CLOSED, APPROVED)
        assert [(row.type, row.amount, row.counter) for row in history(account.account_id).rows][:1] == [
            ("withdrawal", -amount, CASH)
        ]
    assert verify("USD", full=True, now=utcnow()).problems == {}


def test_what_changed_since_it_was_read_is_not_paid(mary: User, own: DepositAccount) -> None:
    ask(mary, own)
    item = the_one()
    post(instruct("deposit", 100, CASH, own.account_id), now=utcnow())
    answer = decide(a_teller(), item)
    assert answer.status_code == 422 and "not what was asked about" in answer.content.decode()
    assert (fresh(own).status, balance(own)) == (ACTIVE, 4_000_100)
    ask(mary, own)  # the outdated request keeps nobody from asking anew
    newest = approvals.concerning(cash_closing.about_closing(own.account_id))[0]
    assert newest.content["total"] == 4_000_100


@pytest.mark.parametrize("begun", [False, True])
def test_a_crash_is_carried_on_unless_who_asked_is_shut_out_before_anything_moved(
    mary: User, own: DepositAccount, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    ask(mary, own)
    item, real = the_one(), cash_closing.close_account

    def dies(**more: Any) -> Any:
        monkeypatch.setattr(cash_closing, "close_account", real)
        if begun:
            real(**more)
        raise KeyboardInterrupt

    monkeypatch.setattr(cash_closing, "close_account", dies)
    with pytest.raises(KeyboardInterrupt):
        decide(a_teller(), item)
    set_disabled(user_id=mary.user_id, disabled=True, reason="x", actor=actor(an_admin()), now=utcnow())
    assert approvals.resume_due(now=utcnow() + timedelta(minutes=5)) == (1, 0)
    assert stored(item).state == (APPROVED if begun else FAILED)
    assert fresh(own).status == (CLOSED if begun else ACTIVE)


# Loans.
def closed(one: Borrower, pay_to: str) -> DepositAccount:
    who: dict[str, Any] = {"actor": as_actor(one.manager), "now": utcnow()}
    return close_account(account_id=one.account, reason="x", pay_to=pay_to, **who)


def test_an_account_that_a_loan_is_collected_from_is_closed_once_the_loan_has_another() -> None:
    one = paid_out(collects=True)
    other = an_account(one.customer, 1).account_id
    with pytest.raises(Refused, match="is collected from this account"):
        closed(one, other)
    web, path = signed_in(Client(), one.manager), f"/accounts/{one.account}/close"
    page = web.get(path).content.decode()
    assert f"/loans/{one.loan_id}/account" in page
    answer = web.post(path, form_of(web, path) | {"reason": "x", "pay_to": other})
    assert answer.status_code == 422 and "collected from this account" in answer.content.decode()
    borrower, change = signed_in(Client(), one.customer), f"/loans/{one.loan_id}/account"
    assert borrower.post(change, {"source": other, "collects": "on"}).status_code == 302
    assert (one.loan.pays_to, one.loan.collects) == (other, "yes")
    assert closed(one, other).status == CLOSED
    due = one.loan.loan().terms.due(1)
    assert "collected" in service_loan(loan_id=one.loan_id, day=due, currency="USD", now=utcnow())
    assert history(other).rows[0].type == "repayment"


def test_who_pays_by_hand_may_close_the_account_that_the_loan_was_paid_out_to() -> None:
    one = paid_out(collects=False)
    assert closed(one, an_account(one.customer).account_id).status == CLOSED


@pytest.mark.parametrize(("approved", "why"), [(False, "Have it decided first"), (True, "is to be paid out to this")])
def test_an_account_that_waits_for_a_loan_is_not_closed(approved: bool, why: str) -> None:
    one = applied_for()
    if approved:
        approve(one, request_of(one))
    with pytest.raises(Refused, match=why):
        closed(one, "")


def test_a_loans_account_is_one_of_the_borrowers_own_in_its_currency(client: Client) -> None:
    one, stranger = paid_out(), a_stranger()
    wrong = [an_account(stranger), an_account(one.customer, currency="EUR")]
    for account in wrong:
        with pytest.raises(Refused):
            change_loan_account(
                loan_id=one.loan_id, pays_to=account.account_id, collects=True, actor=one.actor(), now=utcnow()
            )
    path = f"/loans/{one.loan_id}/account"
    assert signed_in(client, stranger).post(path, {"source": wrong[0].account_id}).status_code == 404
    assert signed_in(client, a_teller()).post(path, {"source": one.account}).status_code == 302
    assert (one.loan.pays_to, one.loan.collects) == (one.account, "")
    assert signed_in(client, one.customer).post(path, {"source": wrong[1].account_id}).status_code == 422
    assert verify("USD", full=True, now=utcnow()).problems == {}
