"""Loans of a bulk run as items: opened from an event, finished with what the ledger says of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from accounts.bulk.events import NewLoan
from accounts.ledger import LOAN, AccountState
from accounts.loans.book import fold
from accounts.loans.state import DECLINED, LoanState
from accounts.models import ImportedLoanBook, Loan
from accounts.models.loans import shown_change
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar


class Shelf:
    """A run's loans, and what they add up to at the end of each of its business days."""

    def __init__(self, import_id: str, decided_by: str) -> None:
        self._import_id, self._decided_by = import_id, decided_by
        self._loans: dict[str, Loan] = {}
        self._day: date | None = None
        self._books: dict[tuple[str, date], Counter[str]] = {}

    def open(self, event: NewLoan) -> Loan:
        """An approved loan, before it is paid out."""
        loan = _opened(event, self._decided_by, self._import_id)
        self._loans[loan.loan_id] = loan
        return loan

    @property
    def loans(self) -> Mapping[str, Loan]:
        """The loans by id, as they are now."""
        return self._loans

    def state(self, loan_id: str) -> LoanState:
        """What the loan is now."""
        return self._loans[loan_id].loan()

    def change(self, loan_id: str, state: LoanState, day: date) -> tuple[Loan, dict[str, Any], dict[str, Any]]:
        """The loan as it is from now on, and what the change is (before, after)."""
        loan = self._loans[loan_id]
        before, after = shown_change(loan.loan(), state)
        loan.put(state, day)
        return loan, before, after | {"day": day.isoformat()}

    def reach(self, day: date) -> None:
        """It is this business day now: the books of those before it are what the loans say at this moment."""
        if self._loans and self._day and day > self._day:
            for ended in bank_calendar().days(self._day, day):
                if ended < day:
                    self._note(ended)
        self._day = day

    def _note(self, day: date) -> None:
        for currency in {loan.currency for loan in self._loans.values()}:
            mine = (loan.loan() for loan in self._loans.values() if loan.currency == currency)
            self._books[currency, day] = fold(mine, day)

    def books(self) -> Iterator[ImportedLoanBook]:
        """What closing the run's days reads; also of the last one, which the run ends in."""
        if self._day:
            self._note(self._day)
        for (currency, day), numbers in self._books.items():
            key = ImportedLoanBook.key(currency, day.isoformat(), self._import_id)
            yield ImportedLoanBook(account_id=key, version=1, numbers=dict(numbers))

    def finished(self, states: Mapping[str, AccountState]) -> Iterator[Loan]:
        """The loans with the balance, sequence and head of their accounts; refused when the two disagree."""
        for loan_id, loan in self._loans.items():
            if states[loan_id].sequence:  # nothing was ever posted on one that was declined
                loan.prepared, changed_on = loan.loan(), loan.changed_on
                loan.take(states[loan_id])
                loan.changed_on = changed_on  # taking its account sets the day of its last posting
            yield loan


def _opened(event: NewLoan, decided_by: str, import_id: str) -> Loan:
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
        closed_on=day.isoformat() if event.state.stage == DECLINED else None,
        parts={},
    )
    loan.put(event.state, day)
    return loan
