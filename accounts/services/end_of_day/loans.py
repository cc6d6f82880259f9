"""Loans at the end of a day: due dates are demanded and collected, late ones move on, the latest stop accruing."""

from collections import Counter

from accounts.services.end_of_day import Evening, step
from accounts.services.loans.servicing import due_on, service_loan


@step("loans", order=40)
def service_loans(evening: Evening) -> Counter[str]:
    """Every loan with a due date up to this day that is unpaid or not demanded yet."""

    def service(loan_id: str) -> str:
        done = service_loan(loan_id=loan_id, day=evening.day, currency=evening.currency, now=evening.now)
        return "_and_".join(done)

    return evening.each(due_on(evening.day), service)
