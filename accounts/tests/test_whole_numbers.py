"""Money is a whole number: True, which Python takes for 1, and floats are refused at every entry, not deep inside."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from accounts.ledger import CASH, DEPOSIT, Actor, Instruction, Refused, check
from accounts.loans.remedies import recover
from accounts.loans.schedule import check_terms
from accounts.loans.servicing import charge_fee, refuse_unless_amount, repay
from accounts.models import DepositAccount
from accounts.parameters import LOAN_FEE_MOST
from accounts.services.holds import capture_hold, place_hold
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.loans.servicing import repay_loan
from accounts.services.overdrafts import ask_overdraft
from accounts.services.posting import post
from accounts.services.standing import Wish, check_wish
from accounts.testing import a_customer, a_manager
from accounts.tests.lending import paid_out
from accounts.tests.makers import actor, an_account, balance
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.money import is_whole
from cloudbank.tables import IntegerAttribute

NO_MONEY = [True, False, 1.0, 1.5, float("nan"), "1", None]
TELLER = Actor("usr_t", "teller", "test")
PAID_IN = Instruction(
    type=DEPOSIT, key="k", amount=1, currency="USD", debit=CASH, credit="A", channel="branch", branch="main",
    actor=TELLER,
)  # fmt: skip


@pytest.mark.parametrize("value", NO_MONEY)
class TestPure:
    def test_no_whole_number(self, value: Any) -> None:
        assert not is_whole(value) and is_whole(1)

    def test_the_ledger(self, value: Any) -> None:
        with pytest.raises(Refused) as refused:
            check(replace(PAID_IN, amount=value))
        assert refused.value.field == "amount"
        check(PAID_IN)

    def test_loans(self, value: Any) -> None:
        for terms in ((value, 600, 12), (1_000_000, 600, value)):
            with pytest.raises(Refused):
                check_terms(*terms)
        with pytest.raises(Refused):
            refuse_unless_amount(value)

    def test_stored_numbers(self, value: Any) -> None:
        with pytest.raises(TypeError):
            IntegerAttribute().serialize(value)

    def test_parameters(self, value: Any) -> None:
        with pytest.raises(parameters.ParameterError):
            parameters.check(LOAN_FEE_MOST.code, value)
        assert parameters.check(LOAN_FEE_MOST.code, 1) is LOAN_FEE_MOST


@pytest.fixture
def own(bank: Any, quiet: None) -> DepositAccount:
    return an_account(a_customer(), 100_000)


@pytest.mark.parametrize("value", [True, 1.0, 0, -1])
def test_services_refuse_it_and_nothing_moves(own: DepositAccount, value: Any) -> None:
    now, mary = utcnow(), actor(a_manager())
    owner = Actor(own.owner_id or "", "customer", "test")
    kept = {"account_id": own.account_id, "reason": "x", "actor": mary, "now": now}
    hold = place_hold(**kept, amount=5, key="h").transaction_id
    wish = Wish(own.account_id, an_account(a_customer()).account_id, value, "monthly", date(2099, 1, 1))
    for wrong in (
        lambda: post(replace(PAID_IN, credit=own.account_id, amount=value), now=now),
        lambda: place_hold(**kept, amount=value, key="g"),
        lambda: capture_hold(hold_id=hold, amount=value, actor=TELLER, now=now),
        lambda: check_wish(wish, actor=owner, now=now),
    ):
        with pytest.raises(Refused):
            wrong()
    assert balance(own) == 100_000


def test_an_overdraft_limit_is_a_number(own: DepositAccount) -> None:
    for value in (True, 100.0, -1):
        with pytest.raises(Refused, match="between 0 and"):
            ask_overdraft(
                account_id=own.account_id, limit=value, reason="x", key="k", actor=actor(a_manager()), name="M",
                now=utcnow(),
            )  # fmt: skip


def test_a_loan_takes_whole_amounts(own: DepositAccount) -> None:
    one = paid_out()
    state = one.loan.loan()
    for value in (True, 1.0):
        for wrong in (
            lambda v: charge_fee(state, v),
            lambda v: repay(state, v, date(2099, 1, 1)),
            lambda v: recover(state, v),
        ):
            with pytest.raises(Refused):
                wrong(value)
        with pytest.raises(Refused):
            charge_loan_fee(
                loan_id=one.loan_id, amount=value, reason="x", key="k", actor=actor(a_manager()), now=utcnow()
            )
        with pytest.raises(Refused):
            repay_loan(
                loan_id=one.loan_id, amount=value, source=CASH, key="p", actor=TELLER, channel="branch", now=utcnow()
            )
    assert one.loan.loan() == state
