"""The bank's loan book: one state at a time, in order of what needs somebody; arrears as a filter."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from accounts.forms.loans import WORDS, BookFilter, bucket_in_words
from accounts.loans.state import ACTIVE, LIVE, STAGES
from accounts.queries.loans import MOST_COUNTED, book_page, book_summary
from accounts.queries.people import users
from accounts.views.loan_columns import IN_FILE, BookRow, columns_of
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.lists import ListQuery, ListView, Page
from cloudbank.lists.query import query_string


class LoanBook(ListView):
    """`/loan-book`: counts by state, the loans of one."""

    name = "loan-book"
    saved_views = True
    title = "Loan book"
    permission_required = "accounts.view_any_loan"
    icon = "bank2"
    form_class = BookFilter
    above_template = "accounts/_loan_book_head.html"
    empty_title = "No loans in this state"
    empty_text = "Choose another state above."
    file_columns = IN_FILE

    @property
    def stage(self) -> str:
        """The book that is open."""
        return str(self.query.filters.get("state") or ACTIVE)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The book in the columns that fit its loans."""
        self.columns = columns_of(self.stage)
        return super().get(request, *args, **kwargs)

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
        return {"stages": stages, "late_counts": late, "running": self.stage in LIVE}
