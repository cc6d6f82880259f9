"""A fee that was paid on a loan which is over goes back to the borrower, once, and never more than was paid."""

from dataclasses import replace

import pytest

from accounts.ledger import CASH, Refused
from accounts.queries.ledger import history, movement_lines
from accounts.services.deposits import freeze_account
from accounts.services.loans.remedies import WRITE_OFF, ask_charge_off
from accounts.services.loans.servicing import repay_loan
from accounts.services.reversing import ask_reversal
from accounts.testing import an_officer
from accounts.tests.conftest import an_account, stored
from accounts.tests.lending import Borrower, approve, as_actor, paid_out, request_of
from accounts.tests.test_loan_fees import charge, problems, reverse
from accounts.verifying import LedgerCheck
from cloudbank import approvals
from cloudbank.approvals import Approval
from cloudbank.clock import utcnow
from cloudbank.conf import business_date

pytestmark = pytest.mark.usefixtures("bank", "quiet")


def repaid(one: Borrower, amount: int | None = None) -> None:
    """Pay it off, or so much."""
    owed = amount or one.loan.loan().payoff(business_date(utcnow()))
    repay_loan(
        loan_id=one.loan_id, amount=owed, source=CASH, key=f"pay{owed}", actor=one.actor(), channel="branch",
        now=utcnow(),
    )  # fmt: skip


def asked_back(one: Borrower, movement_id: str) -> Approval:
    """The manager's request to take a fee back."""
    return ask_reversal(
        movement_id=movement_id, reason="Wrong", key=f"k{movement_id}", actor=as_actor(one.manager), name="M",
        now=utcnow(),
    )  # fmt: skip


def test_a_fee_that_was_paid_on_a_loan_that_is_repaid_goes_back_to_the_borrower() -> None:
    one = paid_out()
    made = charge(one)
    repaid(one)
    before = one.cash
    assert (one.loan.stage, one.loan.loan().fees_paid) == ("closed", 2_500)
    asked = asked_back(one, made.movement_id)
    facts = {name: (value, note) for name, value, note in asked.shown["facts"]}
    assert facts["The loan is over"][1] == "it goes back to the borrower's account"
    assert facts["Goes back to"][1] == one.customer.name
    officer = an_officer()
    approvals.approve(
        approval_id=asked.approval_id, content_hash=asked.content_hash, actor=as_actor(officer), name="O", now=utcnow()
    )
    assert (one.cash, one.loan.balance, one.loan.loan().fees_paid) == (before + 2_500, 0, 0)
    line = history(one.account).rows[0]
    assert (line.type, line.link, line.memo) == ("reversal", made.movement_id, "Correction by the bank")
    assert reverse(made.movement_id, one.manager).movement_id == line.movement_id
    assert one.cash == before + 2_500
    assert problems() == {}


def test_of_a_charged_off_loan_no_more_fees_go_back_than_were_paid() -> None:
    one = paid_out()
    first, second = charge(one), charge(one, key="fee-2")
    repaid(one, 2_500)
    now = utcnow()
    ask_charge_off(
        loan_id=one.loan_id, ground="fraud", reason="x", key="k", actor=as_actor(one.analyst), name="A", now=now
    )
    approve(one, request_of(one, WRITE_OFF, now), now)
    claim, before = one.loan.loan().claim, one.cash
    reverse(first.movement_id, one.manager)
    assert (one.cash, one.loan.loan().claim) == (before + 2_500, claim)
    with pytest.raises(Refused, match="Only 0.00 of fees was paid"):
        reverse(second.movement_id, one.manager)
    with pytest.raises(Refused, match="Only 0.00 of fees was paid"):
        asked_back(one, second.movement_id)
    assert problems() == {}


def test_a_fee_goes_back_to_another_open_account_when_that_of_the_loan_is_closed() -> None:
    one = paid_out()
    made = charge(one)
    repaid(one)
    freeze_account(account_id=one.account, reason="x", actor=as_actor(one.manager), now=utcnow())
    with pytest.raises(Refused, match="has no open account in USD"):
        asked_back(one, made.movement_id)
    other = an_account(one.customer)
    reverse(made.movement_id, one.manager)
    assert stored(other).balance == 2_500
    assert problems() == {}


def test_a_refund_to_somebody_else_or_of_another_amount_is_found() -> None:
    one = paid_out()
    made = charge(one)
    repaid(one)
    back = reverse(made.movement_id, one.manager)
    (fee,), (line,) = ([item.line() for item in movement_lines(one)] for one in (made.movement_id, back.movement_id))
    for wrong in ({}, {"owner_id": "usr_x"}, {"amount": 2_501}, {"counter": CASH}):
        check = LedgerCheck(whole=True)
        check.reversals["m"] = replace(line, **wrong)
        check.nets_to_zero([fee], "m")
        assert list(check.problems) == (["I10 reversal"] if wrong else []), wrong
