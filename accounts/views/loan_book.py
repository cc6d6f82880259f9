"""The bank's loan book: one state at a time, in order of what needs somebody; arrears as a filter."""

from datetime import date
from typing import Any

from django.urls import reverse

from accounts.forms.loans import WORDS, BookFilter, bucket_in_words
from accounts.loans.state import ACTIVE, STAGES, LoanState, bucket
from accounts.models import User
from accounts.models.loans import Loan
from accounts.queries.loans import MOST_COUNTED, book_page, book_summary
from accounts.queries.people import users
from accounts.views.loans import percent, title_of
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.lists.query import query_string


class BookRow:
    """A loan as the book shows it."""

    def __init__(self, loan: Loan, owner: User | None, today: date) -> None:
        self.loan, self.owner, self.today = loan, owner, today
        self.state: LoanState = loan.loan()

    @property
    def name(self) -> str:
        """The borrower."""
        return self.owner.name if self.owner else "Unknown"

    @property
    def url(self) -> str:
        """The loan's page."""
        return reverse("loan", args=[self.loan.loan_id])

    @property
    def what(self) -> str:
        """ "Personal loan, 11.90 %"."""
        return f"{title_of(self.loan)}, {percent(self.state.terms.rate)}"

    @property
    def late(self) -> int:
        """Days past due."""
        return self.state.days_past_due(self.today)

    @property
    def next(self) -> date | None:
        """The oldest unpaid due date, else the next one."""
        return self.state.needs_attention_on if self.state.is_live else None


class LoanBook(ListView):
    """`/loan-book`: counts by state, the loans of one."""

    name = "loan-book"
    title = "Loan book"
    permission_required = "accounts.view_any_loan"
    icon = "bank2"
    form_class = BookFilter
    above_template = "accounts/_loan_book_head.html"
    empty_title = "No loans in this state"
    empty_text = "Choose another state above."
    columns = (
        Column("name", "Borrower", main=True, link=lambda row: row.url, note=lambda row: row.what),
        Column("loan_id", "Loan", "account", value=lambda row: row.loan.loan_id),
        Column("state", "State", "badge", value=lambda row: WORDS[row.loan.stage]),
        Column(
            "due", "Due", "date", value=lambda row: row.next,
            note=lambda row: bucket_in_words(bucket(row.late)) if row.late else None,
        ),
        Column(
            "now", "To be paid", "balance", value=lambda row: row.state.due_now, currency=lambda row: row.loan.currency
        ),
        Column(
            "principal", "Outstanding", "balance",
            value=lambda row: row.state.principal or row.state.claim or row.state.terms.principal,
            currency=lambda row: row.loan.currency,
        ),
    )  # fmt: skip
    file_columns = (
        *columns,
        Column("owner_id", "Customer", value=lambda row: row.loan.owner_id),
        Column("late", "Days past due", "number"),
        Column("bucket", "Bucket", value=lambda row: bucket_in_words(bucket(row.late))),
        Column("disbursed_on", "Paid out on", value=lambda row: row.loan.disbursed_on),
        Column("rate", "Rate, basis points", "number", value=lambda row: row.state.terms.rate),
        Column("worst", "Worst days past due", "number", value=lambda row: row.state.worst),
        Column("restructured", "New terms", "number", value=lambda row: row.state.restructured),
    )

    @property
    def stage(self) -> str:
        """The book that is open."""
        return str(self.query.filters.get("state") or ACTIVE)

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of the book."""
        today = business_date(utcnow())
        rows, following = book_page(
            self.stage, late=query.filters.get("late", ""), today=today, cursor=cursor or "", limit=limit
        )
        people = users({row.owner_id or "" for row in rows})
        return Page([BookRow(row, people.get(row.owner_id or ""), today) for row in rows], following or None)

    def extra_context(self) -> dict[str, Any]:
        """How many loans each state holds, and each bucket of arrears."""
        counts, buckets = book_summary(business_date(utcnow()))
        params = self.request.GET
        stages = [
            (WORDS[one], f"{counts[one]:,}" if counts[one] <= MOST_COUNTED else f"{MOST_COUNTED:,}+", one == self.stage,
             query_string(params, state=one, late=""))
            for one in STAGES
        ]  # fmt: skip
        late = [
            (bucket_in_words(name), number, query_string(params, state=self.stage, late=name))
            for name, number in buckets.get(self.stage, {}).items()
        ]
        return {"stages": stages, "late_counts": late}
