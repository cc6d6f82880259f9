"""/compliance/kyc: whose identity needs a person, in the order to do it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from accounts.http import actor_of
from accounts.models import User
from accounts.models.people import PENDING, VERIFIED
from cloudbank.clock import utcnow
from cloudbank.lists import BulkAction, BulkResult, Column, ListQuery, ListView, Page, Totals
from cloudbank.lists.sorting import Sorting
from compliance.kyc.forms import DeskFilter
from compliance.kyc.queries import Wanted, counts, desk
from compliance.kyc.services.filing import today_of
from compliance.services.reviews import complete_review
from compliance.steps import NotAllowed


def reviewed(request: HttpRequest, ids: Sequence[str], reason: str) -> Sequence[BulkResult]:
    """Keep the reviews of the ticked customers, one by one; those of high risk are refused."""
    return [_one_reviewed(request, customer_id, reason) for customer_id in ids]


def _one_reviewed(request: HttpRequest, customer_id: str, reason: str) -> BulkResult:
    try:
        done = complete_review(customer_id=customer_id, note=reason, actor=actor_of(request), now=utcnow())
    except NotAllowed as error:
        return BulkResult(customer_id, False, error.message)
    return BulkResult(customer_id, True, f"next review {done.kyc_review_on}", done.name)


REVIEWED = BulkAction(
    "reviewed", "Reviewed", "person-check", "accounts.verify_customer", reviewed, reason_label="What was reviewed"
)


def _next(one: User) -> date | None:
    """What comes next: the decision that is waited for since, or the review."""
    due = one.registered_on if one.kyc_status == PENDING else one.kyc_review_on
    return date.fromisoformat(due) if due else None


def _what(one: User) -> str:
    """What the date means."""
    if one.kyc_status == PENDING:
        return "waits since"
    if one.kyc_status != VERIFIED or not one.kyc_review_on:
        return ""
    return "overdue" if one.kyc_review_on < today_of(utcnow()).isoformat() else "review due"


RISKS = ("low", "medium", "high")
SORTS: dict[str, Callable[[User], Any]] = {
    "name": lambda one: (one.name.casefold(), one.user_id),
    "risk": lambda one: (RISKS.index(one.risk_rating) if one.risk_rating in RISKS else -1, one.name.casefold()),
    "date": lambda one: (_next(one) or date.max, one.name.casefold()),
}


class KycDesk(ListView):
    """Customers by what their identity needs."""

    name, title, icon = "kyc", "Customer identity", "person-vcard"
    saved_views = True
    intro = "Whose identity waits for a decision, a review or a paper, the longest first."
    permission_required = "compliance.view_kyc"
    template_name = "compliance/kyc/desk.html"
    form_class = DeskFilter
    filters_open = True
    row_id = "user_id"
    bulk_actions = (REVIEWED,)
    export_permission = "compliance.view_kyc"
    empty_title, empty_text = "Nobody here", "No customer matches. Choose another list or clear the filters."
    columns = (
        Column("name", "Customer", main=True, link=lambda one: reverse("kyc_file", args=[one.user_id]), sort="name"),
        Column("kyc_status", "Identity", "badge"),
        Column("risk_rating", "Risk", "severity", sort="risk"),
        Column("kind", "Kind", value=lambda one: "Company" if one.is_company else "Person"),
        Column("next", "Date", "date", value=_next, note=_what, sort="date"),
    )
    file_columns = (*columns, Column("what", "Date means", value=_what), Column("id", "Customer id", value="user_id"))

    @cached_property
    def sorting(self) -> Sorting:
        """The orders beside that of the list that is shown."""
        return Sorting(SORTS)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        return self.sorting.totals

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many each list holds."""
        return {"counts": counts(today_of(utcnow()))}

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By the index that fits the list."""
        wanted = Wanted(query.filters.get("name", ""), query.filters.get("risk", ""))
        today = today_of(utcnow())

        def read(place: Any, most: int) -> Page:
            return desk(query.filters.get("show", ""), wanted, today, place, most)

        return self.sorting.page(read, query, cursor, limit)

    def extra_context(self) -> dict[str, Any]:
        """Which tab this is."""
        return {"tab": "kyc"}
