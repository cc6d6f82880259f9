"""Money after a charge-off: it shrinks what the borrower owes, and is income of the bank."""

from contextlib import suppress
from datetime import datetime

from accounts.ledger import CASH, LOAN_RECOVERY, RECOVERY, REPAYMENT, Actor, Instruction, Plan, Refused
from accounts.loans import remedies
from accounts.loans.state import CHARGED_OFF, LoanState
from accounts.models.loans import Loan
from accounts.services.loans.postings import LoanChange, change_writes, existing, instruct, posted
from accounts.services.loans.servicing import caught_up
from accounts.services.posting import Accounts, Busy, NotKnownYet, Receipt, post
from cloudbank import store
from cloudbank.conf import business_date
from cloudbank.store import Write


class _Recovery:
    """The claim shrinks in the transaction of the recovery, which does not touch the loan's account."""

    def __init__(self, loan_id: str, amount: int, actor: Actor, now: datetime) -> None:
        self._loan_id, self._amount, self._actor, self._now = loan_id, amount, actor, now

    def before(self, accounts: Accounts) -> None:
        """Refuse more than the claim."""
        self._loan = existing(self._loan_id)
        self._state = remedies.recover(self._loan.loan(), self._amount)

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """The loan and its audit record."""
        day = final.movement.business_date
        return change_writes(self._loan, self._state, "recover", day=day, actor=self._actor, now=self._now)


def recover_loan(
    *, loan_id: str, amount: int, source: str, key: str, actor: Actor, channel: str, now: datetime, branch: str = ""
) -> Receipt:
    """Money after the charge-off, from a deposit account or from house:cash at the counter. Raises as `post` does."""
    loan = existing(loan_id)
    if loan.stage != CHARGED_OFF:
        raise Refused("stage", "This loan is not charged off.")
    more = {"actor": actor, "channel": channel, "branch": branch or loan.branch}
    more["memo"] = f"Recovery, loan {loan.loan_id[-4:]}"
    if source == CASH:
        return _recover_cash(loan, instruct(loan, REPAYMENT, key, amount, CASH, loan_id, **more), now)
    instruction = instruct(loan, RECOVERY, key, amount, source, LOAN_RECOVERY, **more)
    return post(instruction, now=now, companion=_Recovery(loan_id, amount, actor, now))


def _recover_cash(loan: Loan, instruction: Instruction, now: datetime) -> Receipt:
    """Cash first, income second: a movement needs a customer's account on one side, so the loan's takes it in."""
    amount, day = instruction.amount, business_date(now)

    def change(state: LoanState) -> tuple[LoanState, int]:
        return remedies.recover_cash(state, amount), amount

    companion = LoanChange(loan.loan_id, amount, change, "recover", instruction.actor, now)
    receipt = posted(instruction, companion, now=now, day=day)
    with suppress(Busy, NotKnownYet, store.StoreError):  # the cash is in; the evening books the rest
        caught_up(loan_id=loan.loan_id, day=day, now=now)
    return receipt
