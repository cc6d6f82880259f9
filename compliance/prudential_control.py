"""What prudential controls share: the sealed end of a day, loans by days past due, rows of figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from django.conf import settings
from django.urls import reverse
from pynamodb.expressions.condition import Condition

from accounts.loans.state import ACTIVE, NON_ACCRUAL
from accounts.models.loans import Loan, book_of
from accounts.prudential import share
from cloudbank.lists import Column
from cloudbank.roles import Role
from cloudbank.tables import AccountsItem
from cloudbank.wording import day as day_in_words
from compliance.control import BASIS_POINTS, Control, Framework, Measure, Scope, percent
from compliance.queries.sealed import SealedDay, last_sealed
from compliance.queries.selections import Counted, Selected, Selection

NOTHING_SEALED = "No business day is sealed yet: run manage.py close_day."
NO_LOANS = "The bank has lent nothing."


def books_of(scope: Scope) -> SealedDay | None:
    """The last closed day, read once for all controls of a moment."""
    return scope.once("sealed", last_sealed)


@dataclass(frozen=True)
class LoanLine:
    """A loan with the days that its oldest unpaid instalment is late."""

    item: Loan
    today: date

    @property
    def days(self) -> int:
        """Days past due."""
        return self.item.loan().days_past_due(self.today)

    @property
    def principal(self) -> int:
        """Outstanding, minor units."""
        return self.item.loan().principal


def late_loans(stage: str, today: date, *, more: int, most: int | None = None) -> Selection:
    """Loans of a stage more than `more` days past due (up to `most`): the book's order is the oldest unpaid date."""
    order = AccountsItem.book_order
    before = (today - timedelta(days=more)).isoformat()
    wanted: Condition = order < before
    if most is not None:
        wanted = order.between((today - timedelta(days=most)).isoformat(), before)
    return Selection(Loan, "by_book", book_of(stage), wanted, keys_only=True)


class LoanShare(Control):
    """The principal of loans that are late or bad as a share of all; its rows are those loans."""

    framework = Framework.PRUDENTIAL
    counts = ("loan", "loans")
    unit = BASIS_POINTS
    owner = Role.MANAGER
    weight = 2
    more: ClassVar[int]
    """More days past due than this."""
    most: ClassVar[int | None] = None
    with_all_bad: ClassVar[bool] = False
    """Loans that accrue no interest count however late they are."""
    columns = (
        Column(
            "loan",
            "Loan",
            "account",
            main=True,
            value=lambda row: row.item.loan_id,
            link=lambda row: reverse("loan", args=[row.item.loan_id]),
        ),
        Column("days", "Days past due", "number"),
        Column("principal", "Principal", "balance", currency=lambda row: row.item.currency),
        Column("stage", "Stage", "badge", value=lambda row: row.item.stage),
        Column("branch", "Branch", value=lambda row: row.item.branch),
    )
    empty_text = "No loan counts here."

    def part(self, end: Mapping[str, int]) -> int:
        """The principal above the line, of what a day ended with."""
        raise NotImplementedError

    def offenders(self, scope: Scope) -> Selected:
        """The loans, the latest first, as they stand now."""
        bad = late_loans(NON_ACCRUAL, scope.today, more=self.more, most=self.most)
        if self.with_all_bad:
            bad = Selection(Loan, "by_book", book_of(NON_ACCRUAL), keys_only=True)
        late = late_loans(ACTIVE, scope.today, more=self.more, most=self.most)
        return Selected([bad, late], row=lambda item: LoanLine(item, scope.today))

    def measure(self, scope: Scope) -> Measure:
        """Their principal / gross loans, as the last closed day ended."""
        books = books_of(scope)
        number = self.offenders(scope).count()
        if books is None:
            return Measure(number, None, NOTHING_SEALED)
        ratio = share(self.part(books.end), books.end.get("book_principal"))
        if ratio is None:
            return Measure(number, None, NO_LOANS)
        return Measure(number, ratio, f"{percent(ratio)} of gross loans at the end of {day_in_words(books.day)}")


@dataclass(frozen=True)
class FigureLine:
    """One figure that a ratio is made of."""

    name: str
    amount: int
    note: str = ""
    day: date | None = None

    @property
    def currency(self) -> str:
        """The bank's own."""
        return str(settings.BANK_CURRENCY)


def figure_columns(link: str = "") -> tuple[Column, ...]:
    """Columns of FigureLine rows; `link`: the name of the page with all of them."""
    return (
        Column("name", "Figure", main=True, note="note", link=(lambda row: reverse(link)) if link else None),
        Column("amount", "Amount", "balance", currency="currency"),
        Column("day", "As of", "date"),
    )


def not_counted(says: str) -> Measure:
    """Not measurable, with no rows."""
    return Measure(Counted(0), None, says)
