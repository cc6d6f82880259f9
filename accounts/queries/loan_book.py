"""The loan book as numbers, as the closed day keeps it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from accounts.loans.book import fold
from accounts.loans.bridge import Bridge, bridges
from accounts.models import ImportedLoanBook
from accounts.queries.loans_then import running_at_end
from accounts.queries.totals import day_totals, end_of
from cloudbank import store
from cloudbank.clock import ONE_DAY

LOOKS = 5
_PREFIX = "loan_"


def snapshot(day: date, currency: str, book: int) -> Counter[str]:
    """The book's figures at the end of a day (names of accounts.loans.book, "loan_" before them).

    What moved on loans since its cut-off is left out. `loan_residual` is the difference to `book`, what the day's own
    postings say that is owed: 0, unless a loan was tampered with. An index may lag a moment, so it is read again.
    """
    for attempt in range(LOOKS):
        numbers = _named(fold((one.state for one in running_at_end(day, currency)), day), book)
        if not numbers[f"{_PREFIX}residual"]:
            break
        store.pause(attempt, base=0.02)
    return numbers


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
