"""Cash for a loan at the till: alone up to the teller's limit; above it a manager approves before it changes hands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts import ledger, numbers
from accounts.ledger import CASH, REPAYMENT, Actor, Instruction, Refused
from accounts.limits import keep_within
from accounts.loans import remedies, servicing
from accounts.loans.products import PRODUCTS
from accounts.loans.state import CHARGED_OFF, LoanState
from accounts.models.loans import Loan
from accounts.names import branch_name
from accounts.parameters import limits_of
from accounts.queries.deposits import accounts
from accounts.queries.ledger import movement_lines
from accounts.queries.people import users
from accounts.readback import amount_in_words
from accounts.services.counter import OVER_CASH, SECOND, Rule, about_movement, asker_of, balance_change, money
from accounts.services.loans.postings import existing
from accounts.services.loans.recoveries import recover_loan
from accounts.services.loans.servicing import repay_loan
from accounts.services.posting import Busy, NotKnownYet, Receipt
from cloudbank import approvals
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.conf import business_date
from cloudbank.ids import derived_id

OVER_LOAN_CASH = Rule(
    "teller_loan_cash", OVER_CASH.limit, OVER_CASH.says, "Where the cash comes from, which document you saw."
)


@dataclass(frozen=True)
class Payment:
    """Money for a loan, as a form hands it in: a repayment, or a recovery after the charge-off. Minor units."""

    loan_id: str
    amount: int
    source: str
    """A deposit account, or house:cash."""
    key: str
    channel: str
    branch: str = ""

    def post(self, actor: Actor, now: datetime) -> Receipt:
        """Post it as the loan's stage has it. Raises as `post` does."""
        act = recover_loan if existing(self.loan_id).stage == CHARGED_OFF else repay_loan
        return act(**vars(self), actor=actor, now=now)

    def refuse_uncovered(self, loan: Loan, actor: Actor, now: datetime) -> None:
        """Refuse what the paying account or its owner's limits would refuse when it is posted; cash is at hand."""
        if self.source == CASH:
            return
        paying = accounts([self.source])
        asked = Instruction(
            type=REPAYMENT,
            key=self.key,
            amount=self.amount,
            currency=loan.currency,
            debit=self.source,
            credit=loan.loan_id,
            channel=self.channel,
            branch=self.branch,
            actor=actor,
        )
        states = {key: one.state() for key, one in paying.items()} | {loan.loan_id: loan.state()}
        decided = ledger.plan(asked, states, now, business_date(now))
        owners = users({one.owner_id or "" for one in paying.values()})
        if loan.stage != CHARGED_OFF:  # a recovery is no movement of the owner's own
            keep_within(decided, {key: limits_of(owner.kyc_status, now) for key, owner in owners.items()})

    def after(self, loan: Loan, now: datetime) -> LoanState:
        """What the loan would be; refused when it may not be."""
        today = business_date(now)
        state = servicing.as_of(loan.loan(), today)
        if loan.stage == CHARGED_OFF:
            return remedies.recover(state, self.amount)
        return servicing.repay(state, self.amount, today)[0]

    def movement_id(self, actor_id: str) -> str:
        """The movement that it becomes."""
        return derived_id("mov", actor_id, self.key)


def rule_over(payment: Payment, currency: str, now: datetime) -> Rule | None:
    """The rule by which this payment needs a second person, if any."""
    is_over = payment.source == CASH and payment.amount > OVER_LOAN_CASH.most(currency, now)
    return OVER_LOAN_CASH if is_over else None


def asked_before(payment: Payment, actor: Actor) -> Approval | None:
    """The request that this very form has led to, if any."""
    return approvals.find(approvals.approval_id_for(OVER_LOAN_CASH.code, actor.user_id, payment.key))


def hand_in(*, payment: Payment, reason: str, actor: Actor, name: str, now: datetime) -> Receipt | Approval:
    """Post it, or ask for what is over the limit; the same key always leads to the same movement.

    Raises what `post` raises, and approvals.NotAllowed.
    """
    movement_id = payment.movement_id(actor.user_id)
    if not rule_over(payment, existing(payment.loan_id).currency, now) or movement_lines(movement_id):
        return payment.post(actor, now)
    return approvals.ask(
        code=OVER_LOAN_CASH.code,
        content=vars(payment),
        about=about_movement(movement_id),
        key=payment.key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


@approvals.effect(
    OVER_LOAN_CASH.code,
    label="Cash for a loan over the teller's limit",
    icon="cash-stack",
    asks="accounts.post_any_movement",
    permission=SECOND,
    separately=True,
)
class LoanCash(approvals.Effect):
    """Posted in transactions of its own, under the key of the teller's form: once, however often it is tried."""

    refusals = (Refused,)
    doubts = (Busy, NotKnownYet)

    def shown(self, content: Any, now: datetime) -> Shown:
        """The payment as the loan would take it now; refused when it would not."""
        payment = Payment(**content)
        loan = existing(payment.loan_id)
        before, after = servicing.as_of(loan.loan(), business_date(now)), payment.after(loan, now)
        owner = users([loan.owner_id or ""]).get(loan.owner_id or "")
        name, currency = owner.name if owner else "an unknown borrower", loan.currency
        amount = money(payment.amount, currency)
        is_claim = loan.stage == CHARGED_OFF
        owed = (before.claim, after.claim) if is_claim else (before.owed, after.owed)
        return Shown(
            f"Take in {amount} in cash, {'charged-off loan' if is_claim else 'loan'} of {name}",
            facts=[
                ("Amount", amount, amount_in_words(payment.amount, currency)),
                OVER_LOAN_CASH.fact(currency, now),
                ("Loan", numbers.grouped(loan.loan_id), PRODUCTS[loan.offer].label),
                ("Borrower", name, loan.owner_id or ""),
                ("Branch", branch_name(payment.branch), ""),
            ],
            changes=[balance_change("Owed", currency, *owed)],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """What is owed now; the request waits on when it is less."""
        payment = Payment(**request.content)
        if not movement_lines(payment.movement_id(request.maker_id)):
            payment.after(existing(payment.loan_id), now)

    def begun(self, request: Approval) -> bool:
        """Whether it is posted."""
        return bool(movement_lines(Payment(**request.content).movement_id(request.maker_id)))

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Post the teller's payment; what is in the books counts, whatever became of the loan since."""
        payment, movement_id = Payment(**request.content), Payment(**request.content).movement_id(request.maker_id)
        there = [(line.account_id, line.amount) for line in movement_lines(movement_id)]
        if (payment.loan_id, payment.amount) not in there:
            payment.post(asker_of(request), now)
        return Outcome("Posted.", reverse("receipt", args=[movement_id]))

    def link(self, content: Any) -> tuple[str, str]:
        """The loan's page."""
        return "Open the loan", reverse("loan", args=[content["loan_id"]])
