"""What an attacker found in what landed on 22 and 23 November 2026, each first red, then mended."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CASH, DEPOSIT, Actor, Refused
from accounts.models import DepositAccount, User
from accounts.models.payroll import CHECKED, Payroll
from accounts.queries.holds import holds_on
from accounts.queries.payroll import payroll
from accounts.services.holds import capture_hold
from accounts.services.loans import till
from accounts.services.loans.fees import check_loan_fee
from accounts.services.loans.recoveries import recover_loan
from accounts.services.loans.remedies import ask_charge_off
from accounts.services.loans.till import Payment
from accounts.services.overdrafts import ask_overdraft
from accounts.services.payroll import check, receive
from accounts.services.payroll_release import OVER_PAYROLL, release
from accounts.services.people import set_disabled
from accounts.services.posting import Receipt, post
from accounts.services.reversals import reverse_movement
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_analyst, make_user, signed_in
from accounts.tests.approving import decide
from accounts.tests.conftest import MANAGER, instruct, stored
from accounts.tests.lending import Borrower, approve, as_actor, paid_out
from accounts.tests.makers import actor, an_account, balance, form_of
from accounts.tests.test_loan_till import a_claim
from accounts.tests.test_over_limit import handed_in, set_limit, transfer
from accounts.tests.test_payroll import Firm
from accounts.views.movements import cash_warning
from cloudbank import approvals
from cloudbank.approvals import Approval, carrying
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank", "quiet")
OVER = 5_000_001


# Money lost.
def recovered(one: Borrower, amount: int) -> Receipt:
    """From the borrower's account, after the charge-off."""
    post(instruct(DEPOSIT, amount, CASH, one.account), now=utcnow())
    return recover_loan(
        loan_id=one.loan_id, amount=amount, source=one.account, key="recover-acct-1", actor=as_actor(one.manager),
        channel="branch", now=utcnow(),
    )  # fmt: skip


def test_a_recovery_is_not_reversed_while_the_debt_stays_smaller() -> None:
    one = a_claim()
    paid, before = recovered(one, 30_000), one.cash
    page = signed_in(Client(), one.manager).get(f"/receipts/{paid.movement_id}").content.decode()
    assert "/reverse" not in page
    with pytest.raises(Refused, match="what the borrower owes shrank"):
        reverse_movement(movement_id=paid.movement_id, reason="x", actor=MANAGER, now=utcnow())
    assert (one.cash, one.loan.loan().claim, one.loan.loan().recovered) == (before, 970_000, 30_000)
    assert verify("USD", full=True, now=utcnow()).problems == {}


# One person for what takes two.
@pytest.mark.parametrize("who", [an_analyst, a_teller, a_manager])
def test_nobody_takes_much_money_by_a_hold_alone(who: Any) -> None:
    """A role that may not post a single movement could place a hold on any account and take it to clearing."""
    alone, own = who(), an_account(a_customer(), 10_000_000)
    web = signed_in(Client(), alone)
    path = f"/accounts/{own.account_id}/holds/new"
    asked = form_of(web, path) | {"amount": "50,000.01", "reason": "x"}
    assert web.post(path, asked).status_code == 302
    (hold,) = holds_on(own.account_id)
    take = f"/holds/{hold.transaction_id}/capture"
    for sent in ({}, {"confirm": "yes"}):
        answer = web.post(take, form_of(web, take) | sent)
        assert answer.status_code == 422 and "another person takes it" in answer.content.decode()
    assert balance(own) == 10_000_000
    other = signed_in(Client(), a_teller(name="Another Teller"))
    assert other.post(take, form_of(other, take) | {"confirm": "yes"}).status_code == 302
    assert balance(own) == 10_000_000 - OVER


def test_what_somebody_asked_who_is_shut_out_since_is_not_carried_out_in_their_name() -> None:
    tom, mary, own = a_teller(), a_manager(), an_account(a_customer(), 10_000_000)
    asked = handed_in(transfer(tom, own, an_account(a_stranger())))
    assert isinstance(asked, Approval)
    admin = actor(make_user("admin", name="Ada Admin"))
    shut_out = {"user_id": tom.user_id, "reason": "Fraud", "actor": admin, "now": utcnow()}
    set_disabled(disabled=True, **shut_out)
    answer = decide(mary, asked)
    assert answer.status_code == 422 and "Tom Teller has been shut out" in answer.content.decode()
    assert balance(own) == 10_000_000
    set_disabled(disabled=False, **shut_out)
    decide(mary, asked)
    assert balance(own) == 10_000_000 - OVER


def test_up_to_the_limit_who_placed_a_hold_takes_it() -> None:
    alone, own = a_teller(), an_account(a_customer(), 10_000_000)
    web = signed_in(Client(), alone)
    path = f"/accounts/{own.account_id}/holds/new"
    web.post(path, form_of(web, path) | {"amount": "60,000", "reason": "x"})
    (hold,) = holds_on(own.account_id)
    capture_hold(hold_id=hold.transaction_id, amount=5_000_000, actor=actor(alone), now=utcnow())
    assert balance(own) == 5_000_000


class TestPayroll:
    """Who brought it and who releases it decide whose limits hold."""

    @pytest.fixture(autouse=True)
    def _documents(self, settings: Any, tmp_path: Path) -> None:
        options = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
        settings.STORAGES = settings.STORAGES | {"documents": options}

    @pytest.fixture
    def firm(self) -> Firm:
        set_limit(OVER_PAYROLL.limit.code, 100_000)
        return Firm()

    def released(self, item: Payroll, by: User) -> Payroll | Approval:
        return release(payroll_id=item.payroll_id, key="k", reason="x", actor=actor(by), name="N", now=utcnow())

    def brought_online(self, firm: Firm) -> Payroll:
        payer = replace(firm.payer, actor=Actor(firm.owner.user_id, "customer", "test"), channel="online")
        return receive(check(firm.file(), payer, now=utcnow()), file_name="o.csv", again=False, now=utcnow())[0]

    def test_an_owner_does_not_release_what_a_branch_brought_past_all_limits(self, firm: Firm) -> None:
        set_limit("limit.movement", 50_000)
        item = firm.brought()
        web = signed_in(Client(), firm.owner)
        said = "two people of the bank release it. Ask your branch."
        assert said in web.get(f"/payroll/{item.payroll_id}").content.decode()
        answer = web.post(f"/payroll/{item.payroll_id}/confirm", {"reason": "x"}, follow=True)
        assert said in answer.content.decode()
        assert firm.balances()[0] == 500_000 and payroll(item.payroll_id).state == CHECKED  # type: ignore[union-attr]

    def test_a_teller_does_not_release_alone_what_its_owner_only_brought(self, firm: Firm) -> None:
        item = self.brought_online(firm)
        assert isinstance(self.released(item, a_teller()), Approval)
        assert firm.balances()[0] == 500_000
        assert isinstance(self.released(item, firm.owner), Payroll)
        assert firm.balances()[0] == 376_550


# A crash between two steps.
def test_cash_that_is_in_the_books_is_not_called_failed_when_the_loan_moved_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies after the posting, the loan is charged off, then the request is carried on."""
    one, now, real = paid_out(amount=5_000_000), utcnow(), carrying._marked
    payment = Payment(one.loan_id, 2_600_000, CASH, "key-key-key-key-1", "branch", "main")
    asked = till.hand_in(payment=payment, reason="x", actor=actor(a_teller()), name="T", now=now)
    assert isinstance(asked, Approval)
    monkeypatch.setattr(carrying, "_marked", _dies)
    with pytest.raises(KeyboardInterrupt):
        approve(one, asked, now)
    monkeypatch.setattr(carrying, "_marked", real)
    said = {"ground": "bankruptcy", "reason": "x", "key": "k", "name": "A", "now": now}
    approve(one, ask_charge_off(loan_id=one.loan_id, actor=actor(one.analyst), **said), now)
    done = approvals.resume(approval_id=asked.approval_id, now=now + timedelta(minutes=5))
    assert (done.state, done.outcome, one.loan.loan().claim) == ("approved", "Posted.", 2_400_000)


def test_a_key_that_meant_another_movement_is_not_called_posted() -> None:
    one, tom, now = paid_out(amount=5_000_000), a_teller(), utcnow()
    payment = Payment(one.loan_id, 2_600_000, CASH, "key-key-key-key-1", "branch", "main")
    asked = till.hand_in(payment=payment, reason="x", actor=actor(tom), name="T", now=now)
    assert isinstance(asked, Approval)
    post(instruct(DEPOSIT, 100, CASH, one.account, payment.key, actor=actor(tom)), now=now)
    assert approve(one, asked, now).state == "failed"


def _dies(*_: Any) -> None:
    raise KeyboardInterrupt


# A page that broke.
def test_a_history_to_the_end_of_time_is_a_page() -> None:
    owner = a_customer()
    own = an_account(owner, 100)
    for day in ("9999-12-31", "0001-01-01"):
        for name in ("last", "on"):
            assert signed_in(Client(), owner).get(f"/accounts/{own.account_id}?{name}={day}").status_code == 200


# Limits of money in another currency than the bank's.
def in_(currency: str) -> DepositAccount:
    return an_account(a_customer(), currency=currency)


def test_the_largest_fee_on_a_loan_is_in_units_of_its_currency() -> None:
    loan = paid_out().loan
    for currency, most in (("USD", 25_000), ("JPY", 250), ("KWD", 250_000)):
        loan.currency = currency
        check_loan_fee(loan, most, "x", utcnow())
        with pytest.raises(Refused, match="at most 250"):
            check_loan_fee(loan, most + 1, "x", utcnow())


def test_the_largest_overdraft_is_in_units_of_its_currency() -> None:
    said: dict[str, Any] = {"reason": "x", "actor": MANAGER, "name": "M", "now": utcnow()}
    for currency, most in (("JPY", 10_000), ("KWD", 10_000_000)):
        own = in_(currency)
        with pytest.raises(Refused, match="between 0 and 10,000"):
            ask_overdraft(account_id=own.account_id, limit=most + 1, key="a", **said)
        ask_overdraft(account_id=own.account_id, limit=most, key=f"b{currency}", **said)
        assert stored(own.account_id).overdraft_limit == 0


def test_the_till_minds_reportable_cash_in_units_of_its_currency() -> None:
    for currency, limit, shown in (
        ("USD", 1_000_000, "10,000.00"),
        ("JPY", 10_000, "10,000"),
        ("KWD", 10_000_000, "10,000.000"),
    ):
        assert cash_warning(limit, currency) == ""
        assert f"Cash over {shown} {currency} is reported" in cash_warning(limit + 1, currency)
