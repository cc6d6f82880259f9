"""The bridge of the loan book: from the principal at the start of each month to that at its end."""

from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings

from accounts.forms.loans import BridgeFilter
from accounts.loans.bridge import Bridge
from accounts.loans.schedule import months_after
from accounts.queries.loan_book import principal_bridge
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.lists import Column, ListQuery, ListView, Page

MONTHS = 12
"""How many months before this one the page shows."""


def _money(key: str, label: str, sign: int = 1) -> Column:
    return Column(key, label, "balance", value=lambda row: sign * getattr(row, key), currency="currency")


def _month(row: Bridge) -> str:
    return f"{row.first:%B %Y}"


class LoanBridge(ListView):
    """`/loan-book/bridge?currency=`: principal lent, added, repaid and written off, month by month; it foots."""

    name, title, icon = "loan-bridge", "Bridge of the loan book", "graph-up"
    permission_required = "accounts.view_any_loan"
    form_class = BridgeFilter
    above_template = "accounts/_loan_bridge_head.html"
    empty_title = "No loans so far"
    empty_text = "Each month with a movement on a loan appears here."
    columns = (
        Column("month", "Month", value=_month, main=True, note=lambda row: "" if row.sealed is not None else "so far"),
        _money("opening", "Opening"),
        _money("disbursed", "Paid out"),
        _money("capitalised", "Interest added"),
        _money("repaid", "Principal repaid", -1),
        _money("charged_off", "Charged off", -1),
        _money("closing", "Closing"),
    )
    file_columns = (
        *columns,
        _money("interest_paid", "Interest paid"),
        _money("fees_paid", "Fees paid"),
        _money("residual", "Residual"),
    )

    @property
    def currency(self) -> str:
        """The bank's own unless said otherwise."""
        return str(self.query.filters.get("currency") or settings.BANK_CURRENCY)

    @cached_property
    def months(self) -> list[Bridge]:
        """The months of this request, the newest first."""
        today = business_date(utcnow())
        first = months_after(date(today.year, today.month, 1), -MONTHS)
        found = principal_bridge(first, today, self.currency)
        return [one for one in reversed(found) if one.moved or one.opening]

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """All of them: at most thirteen."""
        return Page(self.months)

    def extra_context(self) -> dict[str, Any]:
        """Whether they foot, what borrowers paid beside principal, and what the loans themselves say."""
        newest = self.months[0] if self.months else None
        sealed = next((one for one in self.months if one.loans is not None), None)
        return {
            "newest": newest,
            "sealed": sealed,
            "apart": sealed.loans - sealed.closing if sealed and sealed.loans is not None else 0,
            "unit": self.currency,
            "residual": sum(one.residual for one in self.months),
        }
