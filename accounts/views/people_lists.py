"""The lists of people: the staff, the customers."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property

from accounts.forms.people import CustomerFilter, StaffFilter
from accounts.models import User
from accounts.models.people import HIGH, KYC_PENDING, KYC_REJECTED, PENDING
from accounts.names import role_name
from accounts.queries.people import (
    PeoplePage,
    customer_counts,
    customers_of_high_risk,
    customers_waiting,
    people_by_name,
    staff_by_name,
    staff_counts,
)
from cloudbank.clock import from_iso
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.lists.sorting import Sorting
from cloudbank.roles import Role


def _link(person: User) -> str:
    return reverse("person", args=[person.user_id])


def _standing(person: User) -> str:
    return "Disabled" if person.disabled else "Active"


def _standing_note(person: User) -> str:
    return "Restricted" if person.restricted_on else "Disabled" if person.disabled else ""


def _registered(person: User) -> date | None:
    return date.fromisoformat(person.registered_on) if person.registered_on else None


def _last_sign_in(person: User) -> datetime | None:
    return from_iso(person.last_sign_in_at) if person.last_sign_in_at else None


class PeopleView(ListView):
    """The staff, by role and name."""

    name, title, icon = "staff", "Staff", "person-badge"
    saved_views = True
    intro = "Who works at the bank, and in which role."
    permission_required = "accounts.view_staff"
    template_name = "accounts/people.html"
    form_class = StaffFilter
    row_id = "user_id"
    empty_title, empty_text = "No staff yet", "manage.py create_staff makes the first administrator."
    columns = (
        Column("name", "Name", main=True, link=_link, note="email", sort="name"),
        Column("role", "Role", value=lambda person: role_name(person.role), sort="role"),
        Column("standing", "Sign-in", "badge", value=_standing, sort="standing"),
        Column("last", "Last sign-in", "time", value=_last_sign_in, sort="last"),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many people each role has."""
        return {"counted": staff_counts()}

    @cached_property
    def sorting(self) -> Sorting:
        """The orders beside role by role."""
        return Sorting(STAFF_SORTS)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        return self.sorting.totals

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """Staff of one role, or of all of them, role by role."""
        role, name = query.filters.get("role", ""), query.filters.get("name", "")

        def read(place: Any, most: int) -> Page:
            found = staff_by_name(role, name, place, most)
            return Page(found.rows, found.cursor)

        return self.sorting.page(read, query, cursor, limit)


STAFF_SORTS: dict[str, Callable[[User], Any]] = {
    "name": lambda one: (one.name_key or "", one.user_id),
    "role": lambda one: (role_name(one.role), one.name_key or ""),
    "standing": lambda one: (_standing(one), one.name_key or ""),
    "last": lambda one: (one.last_sign_in_at or "", one.name_key or ""),
}


class CustomersView(ListView):
    """The customers by name, or those who wait for verification."""

    name, title, icon = "customers", "Customers", "people"
    saved_views = True
    intro = "Find a customer by name, or see who waits for a decision or is of high risk."
    permission_required = "accounts.view_customer"
    form_class = CustomerFilter
    filters_open = True
    row_id = "user_id"
    export_formats: Sequence[str] = ()
    empty_title, empty_text = "No customers yet", "They appear here as soon as they register."
    columns = (
        Column("name", "Name", main=True, link=_link, note=_standing_note, sort="name"),
        Column("kyc_status", "Identity", "badge"),
        Column("segment", "Segment", value=lambda person: person.segment.capitalize(), sort="segment"),
        Column("risk_rating", "Risk", value=lambda person: person.risk_rating.capitalize(), sort="risk"),
        Column("since", "Registered", "date", value=_registered, sort="since"),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many each list holds."""
        return {"counted": customer_counts()}

    @cached_property
    def sorting(self) -> Sorting:
        """The orders that no index has."""
        return Sorting(CUSTOMER_SORTS)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        return self.sorting.totals

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One question, one index; all of them by name from both ends, other orders among the first."""
        show, name = query.filters.get("show", ""), query.filters.get("name", "")
        if not show and query.sort == "name":
            return _page(people_by_name(Role.CUSTOMER, name, cursor or "", limit, backwards=query.descending))
        return self.sorting.page(lambda place, most: _customers(show, name, place, most), query, cursor, limit)


RISKS = ("low", "medium", "high")
CUSTOMER_SORTS: dict[str, Callable[[User], Any]] = {
    "name": lambda one: (one.name_key or "", one.user_id),
    "segment": lambda one: (one.segment, one.name_key or ""),
    "risk": lambda one: (RISKS.index(one.risk_rating) if one.risk_rating in RISKS else -1, one.name_key or ""),
    "since": lambda one: (one.registered_on or "", one.name_key or ""),
}


def _customers(show: str, name: str, cursor: Any, limit: int) -> Page:
    """Those of one list, or all by name, in the order of the index."""
    if show == HIGH:
        return _page(customers_of_high_risk(cursor or "", limit))
    if show:
        waiting = customers_waiting(cursor, limit, KYC_PENDING if show == PENDING else KYC_REJECTED)
        return Page(waiting.rows, waiting.cursor)
    return _page(people_by_name(Role.CUSTOMER, name, cursor or "", limit))


def _page(found: PeoplePage) -> Page:
    return Page(found.rows, found.cursor or None)
