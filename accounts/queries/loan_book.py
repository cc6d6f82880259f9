"""The loan book as numbers, as the closed day keeps it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from accounts.loans.book import fold
from accounts.loans.bridge import Bridge, bridges
from accounts.loans.state import LIVE
from accounts.models import ImportedLoanBook
from accounts.models.loans import Loan, book_of
from accounts.queries.loans import loans
from accounts.queries.totals import day_totals, end_of
from cloudbank import store
from cloudbank.clock import ONE_DAY

_PREFIX = "loan_"


def running_loans(currency: str) -> Iterator[Loan]:
    """All loans with something outstanding, streamed; states read strongly."""
    for stage in LIVE:
        keys = (key for _, key in store.index_keys(Loan, "by_book", book_of(stage)))
        while some := list(islice(keys, store.BATCH_GET)):
            yield from (loan for loan in loans(some).values() if loan.currency == currency)


def snapshot(day: date, currency: str, book: int) -> Counter[str]:
    """The book's figures at the end of a day (names of accounts.loans.book, "loan_" before them).

    Read when the day is sealed: `loan_residual` is what moved on loans since its cut-off, the difference to
    `book`, what the day's own postings say that is owed. 0 on an evening without such movements.
    """
    return _named(fold((loan.loan() for loan in running_loans(currency)), day), book)


def imported_snapshot(day: date, currency: str, book: int, import_ids: Iterable[str]) -> Counter[str]:
    """The same for a day that was brought in whole: as the runs that brought it say it ended."""
    keys = [ImportedLoanBook.key(currency, day.isoformat(), one) for one in import_ids]
    numbers: Counter[str] = Counter()
    for item in store.load(ImportedLoanBook, keys).values():
        numbers.update(item.numbers)
    return _named(numbers, book)


def _named(numbers: Counter[str], book: int) -> Counter[str]:
    if numbers or book:
        numbers["residual"] = numbers["on_books"] - book
    return Counter({f"{_PREFIX}{name}": number for name, number in numbers.items()})


def principal_bridge(first: date, last: date, currency: str) -> list[Bridge]:
    """From the principal outstanding before `first` to that of `last`, by month; open days as far as they have come."""
    opening = end_of(first - ONE_DAY, currency).get("book_principal", 0)
    return bridges(currency, opening, day_totals(first, last, currency))
