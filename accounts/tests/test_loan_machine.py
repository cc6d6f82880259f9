"""Loans, whatever happens to them and in whatever order: the real bank does what the oracle says (see loan_oracle).

ORACLE_EXAMPLES says how many rows are tried.
"""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from accounts.ledger import CASH, Actor, Refused
from accounts.loans.state import broken_rule
from accounts.parameters import LOAN_FEE_MOST
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.loans.recoveries import recover_loan
from accounts.services.loans.remedies import CHARGE_OFF_AFTER, ask_charge_off
from accounts.services.loans.servicing import NON_ACCRUAL, caught_up, repay_loan
from accounts.services.posting import Receipt
from accounts.tests.images import image
from accounts.tests.lending import Borrower, approve, as_actor, paid_out
from accounts.tests.loan_oracle import RECOVERED, Lent
from accounts.tests.oracle import Move
from accounts.tests.side_by_side import DRAWS, MANAGER, TELLER, Drawn, SideBySide, run_machine
from cloudbank import parameters, store
from cloudbank.approvals import NotAllowed

KINDS = (
    *("deposits", "withdraws", "repays", "repays", "repays", "repays_in_cash", "repays_again", "charges_a_fee"),
    *("charges_off", "recovers", "time_passes", "days_end", "a_month_turns", "a_month_turns", "a_month_turns"),
)
LATE = 30
MOST_FEE = int(LOAN_FEE_MOST.default)


class LoanMachine(SideBySide):
    """Two loans of two people, one of them collected from the borrower's account."""

    tried = Counter()
    most_evenings, most_months = 14, 12

    @initialize(amount=st.sampled_from([100_000, 100_001, 123_457]), months=st.sampled_from([6, 7]))
    def two_loans(self, amount: int, months: int) -> None:
        for code in (NON_ACCRUAL.code, CHARGE_OFF_AFTER.code):
            parameters.set_value(
                code=code, value=LATE, effective_from=date(2020, 1, 1), reason="test", actor=MANAGER, now=self.now
            )
        parameters.forget()
        self.oracle.stops_at = self.oracle.charges_off_at = LATE
        self.paid: list[tuple[str, dict[str, Any], Move]] = []
        self.loans: dict[str, Borrower] = {}
        for who, cash in (("a", 30_000), ("b", 0)):
            self.open(who, "checking", 0)
            if cash:
                self.post("deposit", cash, CASH, self.names[-1])
            self.lends(who, self.names[-1], amount, months, collects=who == "a")

    def lends(self, who: str, account: str, amount: int, months: int, collects: bool) -> None:
        made = paid_out(
            customer=self.people[who], account=account, amount=amount, instalments=months, collects=collects, now=self.now
        )  # fmt: skip
        rate = made.loan.loan().terms.rate
        lent = Lent(amount, rate, months, self.today, account if collects else "", amount)
        self.oracle.lend(made.loan_id, f"usr_{who}", account, lent, self.today)
        self.loans[made.loan_id] = made

    @rule(kind=st.sampled_from(KINDS), drawn=DRAWS)
    def happens(self, kind: str, drawn: Drawn) -> None:
        getattr(self, kind)(drawn)

    # --- steps ----------------------------------------------------------------------------------------

    def a_loan(self, drawn: Drawn) -> tuple[Borrower, Lent]:
        """One of them, with what fell due by now in the books, as each repayment begins."""
        name = list(self.loans)[drawn.other % len(self.loans)]
        caught_up(loan_id=name, day=self.today, now=self.now)
        self.oracle.fall_due(name, self.today)
        self.before = image()
        return self.loans[name], self.oracle.loans[name]

    def sum_to_pay(self, drawn: Drawn, lent: Lent) -> int:
        """Mostly a figure of the loan, or a cent beside it."""
        owed = lent.due_now + lent.later
        figures = (lent.due_now, owed, owed + lent.running(self.today), lent.fees, lent.instalment, 1, 7_777)
        return figures[drawn.number % len(figures)] + (drawn.place % 3 - 1)

    def repays(self, drawn: Drawn) -> None:
        one, lent = self.a_loan(drawn)
        self.repay(one, lent, drawn, one.account, one.actor(), "online")

    def repays_in_cash(self, drawn: Drawn) -> None:
        one, lent = self.a_loan(drawn)
        self.repay(one, lent, drawn, CASH, TELLER, "branch")

    def repay(self, one: Borrower, lent: Lent, drawn: Drawn, source: str, actor: Actor, channel: str) -> None:
        amount, key = self.sum_to_pay(drawn, lent), self.key()
        values = {"loan_id": one.loan_id, "amount": amount, "source": source, "actor": actor, "channel": channel}
        asked = Move("repayment", amount, source, one.loan_id, channel=channel, actor=actor.user_id)
        self.send_payment(key, values, asked)
        self.paid.append((key, values, asked))

    def send_payment(self, key: str, values: dict[str, Any], asked: Move) -> None:
        def bank() -> Receipt:
            return repay_loan(**values, key=key, now=self.now)

        self.both(bank, lambda: self.oracle.repay(key, asked.credit, asked, self.today))

    def repays_again(self, drawn: Drawn) -> None:
        """The form sent again, perhaps days later: the answer is that of the first time."""
        if self.paid:
            key, values, asked = self.paid[drawn.number % len(self.paid)]
            caught_up(loan_id=asked.credit, day=self.today, now=self.now)
            self.oracle.fall_due(asked.credit, self.today)
            self.before = image()
            self.send_payment(key, values, asked)

    def charges_a_fee(self, drawn: Drawn) -> None:
        one, _ = self.a_loan(drawn)
        amount = (2_500, 1, 0, MOST_FEE + 1, 333)[drawn.number % 5]
        key = self.key()

        def bank() -> Receipt:
            return charge_loan_fee(
                loan_id=one.loan_id, amount=amount, reason="reminder", key=key, actor=TELLER, now=self.now
            )

        def oracle() -> bool:
            most = amount if amount <= MOST_FEE else -1
            return self.oracle.charge_fee(key, one.loan_id, most, TELLER.user_id, self.today)

        self.both(bank, oracle)

    def charges_off(self, drawn: Drawn) -> None:
        one, _ = self.a_loan(drawn)
        ground = "fraud" if drawn.number % 3 == 0 else "delinquency"
        asker = as_actor(one.analyst)
        values = {"ground": ground, "reason": "gone", "key": self.key(), "actor": asker, "name": one.analyst.name}

        def bank() -> None:
            try:
                approve(one, ask_charge_off(loan_id=one.loan_id, **values, now=self.now), self.now)
            except NotAllowed as no:
                raise Refused(no.code, str(no)) from no

        self.both(bank, lambda: self.oracle.charge_off(one.loan_id, ground == "delinquency", self.today))

    def recovers(self, drawn: Drawn) -> None:
        one, lent = self.a_loan(drawn)
        amount = max(1, (lent.claim, lent.claim + 1, lent.claim // 3, 1)[drawn.number % 4])
        source, actor, channel = (CASH, TELLER, "branch") if drawn.flag else (one.account, one.actor(), "online")
        values = {"amount": amount, "source": source, "actor": actor, "channel": channel, "key": self.key()}
        type_, to = ("repayment", one.loan_id) if drawn.flag else ("recovery", RECOVERED)
        asked = Move(type_, amount, source, to, channel=channel, actor=actor.user_id)
        self.both(
            lambda: recover_loan(loan_id=one.loan_id, **values, now=self.now),
            lambda: self.oracle.recover(str(values["key"]), one.loan_id, asked, self.today),
        )

    # --- what always holds ----------------------------------------------------------------------------

    @invariant()
    def each_loan_is_as_the_oracle_says(self) -> None:
        for name, lent in self.oracle.loans.items():
            loan = self.loans[name].loan
            state = loan.loan()
            assert broken_rule(state) == ""
            parts = (state.stage, state.fees, state.due_interest, state.principal_due, state.not_due, state.claim)
            due = (lent.sum("interest"), lent.sum("principal"))
            assert parts == (lent.stage, lent.fees, *due, lent.later, lent.claim)
            assert loan.balance == -lent.on_books == self.oracle.accounts[name].balance
            assert state.days_past_due(self.today) == lent.late(self.today)


@pytest.mark.slow
def test_loans_are_what_the_oracle_says(engine: Any, quiet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "LEDGER_SHARDS", 2)
    monkeypatch.setattr(store, "pause", lambda *_, **__: None)
    run_machine(LoanMachine, examples=3, steps=40)
    tried = LoanMachine.tried
    assert {"send_payment", "charges_a_fee", "charges_off", "again", "no overpaid", "no payoff"} <= tried.keys(), tried
