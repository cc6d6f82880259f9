"""Reversal: a new movement that takes an earlier one back, with a reason. Nothing is edited or removed (I10)."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from accounts.customer_texts import CORRECTION, REVERSALS, in_words
from accounts.ledger import FEE, OPENING, PAYROLL, RECOVERY, REVERSAL, Actor, Instruction, Line, Plan, Refused
from accounts.ledger.planning import TAKES_MONEY
from accounts.loans.remedies import refund_fee
from accounts.loans.state import CHARGED_OFF, CLOSED
from accounts.models import DepositAccount, Posting, Reversed
from accounts.models.loans import Loan
from accounts.queries.deposits import accounts_of
from accounts.queries.holds import reversal_of
from accounts.queries.ledger import movement_lines
from accounts.services.loans.postings import LoanChange, change_writes, existing, fee_taken_back
from accounts.services.loans.servicing import caught_up
from accounts.services.posting import Accounts, Busy, NotKnownYet, Receipt, post
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.store import Write


class _Mark:
    """Marks the movement as reversed in the transaction of its reversal: there is one mark, so one reversal.

    Why it is done stays in the audit trail of the account that gives the money back (of a loan: in its own).
    """

    def __init__(self, asked: Instruction, original: Line, reason: str, now: datetime) -> None:
        self._asked, self._original, self._reason, self._now = asked, original, reason, now
        self._movement_id = asked.link

    def before(self, accounts: Accounts) -> None:
        """Refuse a second reversal."""
        if reversal_of(self._movement_id):
            raise Refused("reversed", "This movement is reversed already; a movement is reversed once.")

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """The mark."""
        mark = Reversed.of(self._original, final.movement.lines[0], iso(self._now))
        return [store.new(mark), *self._why(final, accounts)]

    def _why(self, final: Plan, accounts: Accounts) -> list[Write]:
        asked, ends = self._asked, (self._asked.debit, self._asked.credit)
        account = next((item for one in ends if isinstance(item := accounts.get(one), DepositAccount)), None)
        after = {"movement": final.movement.movement_id, "reverses": self._movement_id}
        if account is None:
            return []
        return [audit.record(account, "reverse", actor=asked.actor, now=self._now, after=after, reason=self._reason)]


class _MarkAndLoan:
    """The mark, and the loan as if its fee had never been charged: both in the transaction of the reversal."""

    def __init__(self, mark: _Mark, loan: LoanChange) -> None:
        self._mark, self._loan = mark, loan

    def before(self, accounts: Accounts) -> None:
        """What either refuses."""
        self._mark.before(accounts)
        self._loan.before(accounts)

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """What either writes."""
        return [*self._mark.after(final, accounts), *self._loan.after(final, accounts)]


def reverse_movement(*, movement_id: str, reason: str, told: str = CORRECTION, actor: Actor, now: datetime) -> Receipt:
    """Take a movement back on the accounts it touched. Raises as `post` does.

    `reason` stays inside the bank, `told` (a code of customer_texts.REVERSALS) stands on the statement.
    """
    if not reason.strip():
        raise Refused("reason", "Give a reason; the customer does not read it.", "reason")
    lines = movement_lines(movement_id)
    if not lines:
        raise Refused("unknown_movement", "There is no such movement.")
    refuse_kinds(lines)
    line = lines[0]
    gave, took = (line.account_id or "", line.counter) if line.amount < 0 else (line.counter, line.account_id or "")
    instruction = Instruction(
        type=REVERSAL,
        key=f"reversal#{movement_id}",
        amount=abs(line.amount),
        currency=line.currency,
        debit=took,
        credit=gave,
        channel=line.channel,
        branch=line.branch,
        actor=actor,
        memo=in_words(REVERSALS, told),
        link=movement_id,
    )
    mark = _Mark(instruction, line.line(), reason.strip(), now)
    loan_id = loan_of(lines)
    if loan_id:
        return _reverse_fee(loan_id, instruction, line.line(), mark, reason.strip(), now)
    return post(instruction, now=now, companion=mark)


class _MarkAndRefund:
    """The mark, and the loan that is over with so much less paid in fees: both in the transaction of the refund."""

    def __init__(self, mark: _Mark, loan_id: str, asked: Instruction, reason: str, now: datetime) -> None:
        self._mark, self._loan_id, self._asked, self._reason, self._now = mark, loan_id, asked, reason, now

    def before(self, accounts: Accounts) -> None:
        """Refuse a second reversal, and more than was paid."""
        self._mark.before(accounts)
        self._loan = existing(self._loan_id)
        self._state = refund_fee(self._loan.loan(), self._asked.amount)

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """The mark and the loan, each with its audit record."""
        changed = change_writes(
            self._loan,
            self._state,
            "refund_fee",
            day=final.movement.business_date,
            actor=self._asked.actor,
            now=self._now,
            reason=self._reason,
        )
        return [*self._mark.after(final, accounts), *changed]


def refund_account(loan: Loan) -> str:
    """Where a fee goes back to when its loan is over: the loan's account, else another open one of the borrower's."""
    usable = [
        one.account_id
        for one in accounts_of(loan.owner_id or "")
        if one.status in TAKES_MONEY and one.currency == loan.currency
    ]
    if not usable:
        raise Refused("account", f"The borrower has no open account in {loan.currency}. Open one first.")
    return loan.pays_to if loan.pays_to in usable else usable[0]


def _reverse_fee(
    loan_id: str, instruction: Instruction, original: Line, mark: _Mark, reason: str, now: datetime
) -> Receipt:
    day, loan = business_date(now), existing(loan_id)
    if loan.stage in (CLOSED, CHARGED_OFF):
        refund = replace(instruction, credit=refund_account(loan))
        mark = _Mark(refund, original, reason, now)
        return post(refund, now=now, companion=_MarkAndRefund(mark, loan_id, refund, reason, now))
    caught_up(loan_id=loan_id, day=day, now=now)
    change = fee_taken_back(
        loan_id=loan_id, amount=instruction.amount, reason=reason, actor=instruction.actor, day=day, now=now
    )
    receipt = post(instruction, now=now, companion=_MarkAndLoan(mark, change), day=day)
    with suppress(Busy, NotKnownYet, store.StoreError):  # the reversal stands; the evening books the rest
        caught_up(loan_id=loan_id, day=day, now=now)
    return receipt


def loan_of(lines: list[Posting]) -> str:
    """The loan on which the movement moved money, or ""."""
    return next((line.account_id or "" for line in lines if not line.line().deposit), "")


def refuse_kinds(lines: list[Posting]) -> None:
    """Raise Refused for what is never reversed."""
    if loan_of(lines) and lines[0].type != FEE:
        raise Refused(
            "loan", "Of a loan only fees are reversed; what else was wrong is put right by its next movement."
        )
    if lines[0].type == RECOVERY:
        raise Refused(
            "recovery",
            "A recovery is not reversed: what the borrower owes shrank with it. Pay back in cash what was too much.",
        )
    if lines[0].type == PAYROLL:
        raise Refused(
            "payroll", "A part of a payroll is not reversed by itself: payer, clearing and payees must stay even."
        )
    if lines[0].type in (REVERSAL, OPENING):
        raise Refused("type", f"A movement of type {lines[0].type} is not reversed; post a new movement instead.")
