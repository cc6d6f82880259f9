"""The privacy desk's list: requests of customers about their own data, by due date or by answer."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property

from cloudbank.clock import utcnow
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.lists.sorting import Sorting
from compliance.privacy import queries
from compliance.privacy.desk import Row, rows_of
from compliance.privacy.forms import OPEN, OVERDUE, DeskFilter
from compliance.privacy.pasts import today
from compliance.privacy.periods import periods
from compliance.privacy.terms import OUTCOMES

DESK_SORTS: dict[str, Callable[[Row], Any]] = {
    "received": lambda row: (row.item.received_at, row.id),
    "due": lambda row: (row.item.due, row.id),
    "next": lambda row: (row.next, row.item.due, row.id),
}


class DeskView(ListView):
    """Requests of customers about their own data, by due date."""

    name, title, icon = "privacy-desk", "Privacy desk", "fingerprint"
    saved_views = True

    @property
    def intro(self) -> str:  # type: ignore[override]
        """With the periods in force."""
        known = periods(utcnow())
        return f"What customers ask about their own data: answered within {known['answer']}, {known['most']} extended."

    permission_required = "compliance.view_control"
    form_class = DeskFilter
    filters_open = True
    template_name = "compliance/privacy_desk.html"
    empty_title, empty_text = "Nothing waits", "Every request has been answered."
    columns = (
        Column(
            "about",
            "Request",
            main=True,
            value=lambda row: row.item.title,
            link=lambda row: reverse("privacy_request", args=[row.id]),
            note=lambda row: row.customer.name if row.customer else "",
        ),
        Column("received", "Received", "date", value=lambda row: row.item.received, sort="received"),
        Column("due", "Due", "date", value=lambda row: row.item.due, note=lambda row: row.time_left, sort="due"),
        Column("state", "State", "badge"),
        Column("next", "Next", note=lambda row: "extended" if row.item.is_extended else "", sort="next"),
        Column("outcome", "Outcome", value=lambda row: OUTCOMES.get(row.item.outcome, "")),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many each list holds."""
        return {"counted": queries.counts(today(utcnow()))}

    @cached_property
    def sorting(self) -> Sorting:
        """The orders beside that of the index."""
        return Sorting(DESK_SORTS)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        return self.sorting.totals

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By the index of due dates, or of answers."""
        show, about, day = query.filters.get("show", OPEN), query.filters.get("about", ""), today(utcnow())
        found = queries.waiting(about, before=day if show == OVERDUE else None)
        if show not in (OPEN, OVERDUE):
            found = queries.answered(about)

        def read(place: Any, most: int) -> Page:
            page = found.page(place, most)
            return Page(rows_of(page.rows, day), page.next_cursor)

        return self.sorting.page(read, query, cursor, limit)

    def extra_context(self) -> dict[str, Any]:
        """The tab."""
        return {"tab": "privacy"}
