"""Fees on loans: charged by staff with a reason; taken back by a reversal (accounts.services.reversals)."""

from datetime import datetime

from accounts.ledger import Actor, Refused
from accounts.models.loans import Loan
from accounts.parameters import LOAN_FEE_MOST
from accounts.services.loans.postings import existing, post_fee
from accounts.services.posting import Receipt
from cloudbank import parameters
from cloudbank.conf import business_date
from cloudbank.money import format_amount


def charge_loan_fee(*, loan_id: str, amount: int, reason: str, key: str, actor: Actor, now: datetime) -> Receipt:
    """A fee that the borrower owes from now on. Raises as `post` does."""
    loan = existing(loan_id)
    check_loan_fee(loan, amount, reason, now)
    return post_fee(loan=loan, amount=amount, key=key, reason=reason, actor=actor, day=business_date(now), now=now)


def check_loan_fee(loan: Loan, amount: int, reason: str, now: datetime) -> None:
    """Refuse a fee without its reason or above what staff may charge; for the read-back too."""
    if not reason.strip():
        raise Refused("reason", "Say what the fee is for; it stands on the loan's statement.", "reason")
    most = parameters.snapshot(now).number(LOAN_FEE_MOST.code)
    if amount > most:
        limit = f"{format_amount(most, loan.currency)} {loan.currency}"
        raise Refused("amount", f"A fee on a loan is at most {limit}; a larger one needs another threshold.", "amount")
