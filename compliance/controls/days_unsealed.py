"""Business days that are over but not closed and sealed."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from accounts.models import Books
from cloudbank import store
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from cloudbank.roles import Role
from cloudbank.wording import day as day_in_words
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.queries.selections import Counted, Listed


@dataclass(frozen=True)
class UnsealedDay:
    """A business day that waits for `close_day`."""

    day: date
    age: int


@control("days-unsealed")
class DaysUnsealed(Control):
    """Each business day is closed, proved against its postings and sealed before the next one is over."""

    title = "Business days not sealed"
    framework = Framework.LEDGER
    obligation = (
        "Books and records are complete and accurate: each business day is closed, its totals are proved against its "
        "postings, and the result is sealed."
    )
    source = "12 CFR 363 (internal control over records); 31 CFR 1010.430; design of this house, section 6"
    counts = ("day", "days")
    gauge_label = "Days waiting to be closed"
    unit = ("day", "days")
    formula = "Business days after the last sealed one and before the current business date."
    warn = 0
    breach = 1
    weight = 4
    owner = Role.MANAGER
    columns = (
        Column("day", "Business day", "date", main=True),
        Column("age", "Age in days", "number"),
    )
    empty_text = "Every business day that is over has been sealed."

    def offenders(self, scope: Scope) -> Listed:
        """The days, oldest first."""
        books = self._books(scope)
        return Listed(self._days(books, scope) if books else ())

    def _books(self, scope: Scope) -> Books | None:
        return scope.once("books", lambda: store.get(Books, Books.key(settings.BANK_CURRENCY)))

    def _days(self, books: Books, scope: Scope) -> list[UnsealedDay]:
        started = books.last_closed or books.first_day
        if not started:
            return []
        first = date.fromisoformat(started) + (ONE_DAY if books.last_closed else ONE_DAY * 0)
        days = bank_calendar().days(first, scope.business_day - ONE_DAY)
        return [UnsealedDay(day, (scope.today - day).days) for day in days]

    def measure(self, scope: Scope) -> Measure:
        """How many; not measurable before the first movement."""
        books = self._books(scope)
        if books is None or not (books.first_day or books.last_closed):
            return Measure(Counted(0), None, "The books have not begun: no movement was ever posted.")
        days = self._days(books, scope)
        says = "no day was ever sealed"
        if books.last_closed:
            says = f"sealed up to {day_in_words(date.fromisoformat(books.last_closed))}"
        return Measure(Counted(len(days)), len(days), says)
