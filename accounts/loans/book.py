"""The loan book of one day as numbers: what the closed day, the portfolio's figures and the page add up. Pure.

Every figure counts the whole outstanding principal of a loan, never only its overdue part (PAR), and the
buckets are disjoint and sum to the gross loan portfolio. Minor units of one currency.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from accounts.loans.state import BUCKET_NAMES, NON_ACCRUAL, LoanState, bucket

AT_RISK = (0, 30, 60, 90)


def book_numbers(loan: LoanState, today: date) -> Counter[str]:
    """What one loan adds to the book of `today`; nothing when no principal is outstanding.

    glp: gross loan portfolio; par_x: principal of loans more than x days past due; npl: more than 90 days
    past due or not accruing; overdue: principal that fell due unpaid; on_books: what the ledger's accounts say.
    """
    numbers: Counter[str] = Counter()
    if not loan.is_live:
        return numbers
    late, principal = loan.days_past_due(today), loan.principal
    name = bucket(late)
    numbers.update({"loans": 1, f"loans_{name}": 1, "glp": principal, f"glp_{name}": principal})
    numbers.update({"overdue": loan.principal_due, "interest_due": loan.interest_due, "fees_due": loan.fees})
    numbers["on_books"] += loan.on_books
    numbers.update({f"par_{days}": principal for days in AT_RISK if late > days})
    if loan.stage == NON_ACCRUAL:
        numbers.update({"loans_non_accrual": 1, "non_accrual": principal})
    if late > 90 or loan.stage == NON_ACCRUAL:
        numbers["npl"] += principal
    if loan.restructured:
        numbers.update({"loans_restructured": 1, "restructured": principal})
    return Counter({key: number for key, number in numbers.items() if number})


def fold(loans: Iterable[LoanState], today: date) -> Counter[str]:
    """The numbers of a whole book."""
    whole: Counter[str] = Counter()
    for loan in loans:
        whole.update(book_numbers(loan, today))
    return whole


def by_bucket(numbers: Counter[str]) -> list[tuple[str, int, int]]:
    """(bucket, loans, principal) of every bucket, in order."""
    return [(name, numbers[f"loans_{name}"], numbers[f"glp_{name}"]) for name in BUCKET_NAMES]
