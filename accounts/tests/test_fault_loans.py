"""Loans through a network that loses, delays and doubles: each payment, fee and due date once, and the answer is true.

Half of FAULT_SEEDS (see test_fault_proxy) are tried.
"""

import random
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from accounts.ledger import CASH, Refused
from accounts.loans.state import broken_rule
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.loans.servicing import caught_up, repay_loan, service_loan
from accounts.services.posting import post
from accounts.testing import a_customer
from accounts.tests.conftest import TELLER, instruct
from accounts.tests.fault_proxy import FAULTS, FaultProxy
from accounts.tests.images import accounts_in, broken_in, image
from accounts.tests.lending import an_account_at, paid_out
from accounts.tests.loan_oracle import LendingBank, Lent
from accounts.tests.oracle import Account, Move, No
from accounts.tests.test_concurrency import sound
from accounts.tests.test_fault_proxy import SEEDS, patiently
from accounts.tests.test_fault_proxy import proxy as proxy
from cloudbank.conf import bank_calendar, business_date

START = datetime(2028, 1, 31, 15, tzinfo=UTC)


class LoanStory:
    """One borrower with one loan, and the oracle beside; one thing at a time."""

    def __init__(self) -> None:
        self.now, self.number, self.seed = START, 0, 0
        customer = a_customer()
        account = an_account_at(customer, START)
        self.oracle = LendingBank(bank_calendar())
        self.oracle.accounts[account] = Account(customer.user_id, "checking", self.today)
        self.move("deposit", 50_000, CASH, account)
        self.one = paid_out(customer=customer, account=account, amount=100_000, instalments=60, now=START)
        rate = self.one.loan.loan().terms.rate
        self.name = self.one.loan_id
        lent = Lent(100_000, rate, 60, self.today, "", 100_000)
        self.oracle.lend(self.name, customer.user_id, account, lent, self.today)

    @property
    def today(self) -> Any:
        return business_date(self.now)

    @property
    def lent(self) -> Lent:
        return self.oracle.loans[self.name]

    def key(self) -> str:
        self.number += 1
        return f"{self.seed}-{self.number}"

    def move(self, type_: str, amount: int, debit: str, credit: str) -> None:
        asked = instruct(type_, amount, debit, credit, key=self.key())
        patiently(lambda: post(asked, now=self.now))
        self.oracle.move(asked.key, Move(type_, amount, debit, credit), self.today)

    def both(self, bank: Any, oracle: Any) -> bool:
        """What the bank answers in the end is what the oracle says."""
        try:
            oracle()
        except No as no:
            with pytest.raises(Refused) as caught:
                patiently(bank)
            assert caught.value.code in no.reasons
            return False
        patiently(bank)
        return True

    def falls_due(self) -> None:
        """As each repayment begins."""
        patiently(partial(caught_up, loan_id=self.name, day=self.today, now=self.now))
        self.oracle.fall_due(self.name, self.today)

    def repays(self, chance: random.Random) -> None:
        self.falls_due()
        source = chance.choice([CASH, self.one.account])
        amount = chance.choice([self.lent.due_now, 1, self.lent.fees + 1, self.lent.instalment, 10**7])
        key, actor = self.key(), TELLER if source == CASH else self.one.actor()
        asked = Move("repayment", amount, source, self.name, channel="branch", actor=actor.user_id)
        values = {"loan_id": self.name, "amount": amount, "source": source, "actor": actor, "channel": "branch"}
        pay = partial(repay_loan, **values, key=key, now=self.now)
        if self.both(pay, lambda: self.oracle.repay(key, self.name, asked, self.today)):
            assert patiently(pay).replayed

    def charges_a_fee(self, chance: random.Random) -> None:
        key, amount = self.key(), chance.choice([1, 2_500])
        charge = partial(charge_loan_fee, loan_id=self.name, amount=amount, reason="reminder", key=key, actor=TELLER)
        self.both(
            partial(charge, now=self.now),
            lambda: self.oracle.charge_fee(key, self.name, amount, TELLER.user_id, self.today),
        )

    def a_month_passes(self, chance: random.Random) -> None:
        self.now += timedelta(days=chance.choice([1, 16, 31]))
        evening = {"loan_id": self.name, "day": self.today, "currency": "USD", "now": self.now}
        patiently(partial(service_loan, **evening))
        self.oracle.serve_loans(self.today)

    def money_comes(self, chance: random.Random) -> None:
        self.move("deposit", chance.choice([1, 9_000]), CASH, self.one.account)


@pytest.mark.slow
def test_a_loan_is_what_it_would_be_on_a_good_network(proxy: FaultProxy) -> None:
    story = LoanStory()
    kinds = [story.repays, story.repays, story.charges_a_fee, story.a_month_passes, story.money_comes]
    for seed in range(SEEDS // 2):
        chance, story.seed = random.Random(f"loan {seed}"), seed
        with proxy.faulty(seed, share=chance.choice([0.15, 0.3, 0.5])):
            for _ in range(3):
                chance.choice(kinds)(chance)
        there, state, lent = accounts_in(stored := image()), story.one.loan.loan(), story.lent
        assert {name: one.balance for name, one in there.items()} == {
            name: one.balance for name, one in story.oracle.accounts.items()
        }, f"seed {seed}"
        parts = (state.stage, state.fees, state.due_interest, state.principal_due, state.not_due)
        assert parts == (lent.stage, lent.fees, lent.sum("interest"), lent.sum("principal"), lent.later), f"seed {seed}"
        assert not broken_in(stored), f"seed {seed}"
        assert broken_rule(state) == "", f"seed {seed}"
    assert all(proxy.done[fault] for fault in FAULTS), proxy.done
    sound(story.now)
