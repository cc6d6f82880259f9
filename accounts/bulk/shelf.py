"""Loans of a bulk run as items: opened from an event, finished with what the ledger says of them."""

from accounts.bulk.events import NewLoan
from accounts.ledger import LOAN, AccountState
from accounts.models import Loan
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar


def opened(event: NewLoan, *, decided_by: str, import_id: str) -> Loan:
    """An approved loan, before it is paid out."""
    day = bank_calendar().business_date(event.asked_at)
    loan = Loan(
        account_id=event.loan_id,
        version=1,
        owner_id=event.owner_id,
        product=LOAN,
        currency=event.currency,
        branch=event.branch,
        opened_at=iso(event.asked_at),
        opened_on=day.isoformat(),
        import_id=import_id,
        stage=event.state.stage,
        offer=event.offer,
        purpose=event.purpose,
        monthly_income=event.monthly_income,
        pays_to=event.pays_to,
        collects=event.collects,
        entered_by=event.owner_id,
        decided_by=decided_by,
        decided_on=day.isoformat(),
        parts={},
    )
    loan.put(event.state, day)
    return loan


def finished(loan: Loan, state: AccountState) -> Loan:
    """The loan with the balance, sequence and head of its account; refused when the two disagree."""
    loan.prepared = loan.loan()
    loan.take(state)
    return loan
