"""People screens: staff, customers, one person and what may be decided about a person."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.forms.people import (
    CustomerFilter,
    DisableForm,
    ReasonForm,
    RoleForm,
    StaffFilter,
)
from accounts.http import actor_of
from accounts.ledger import Refused
from accounts.models import User
from accounts.models.people import HIGH, KYC_PENDING, KYC_REJECTED, PENDING
from accounts.names import role_name
from accounts.queries.changes import changes_of
from accounts.queries.deposits import accounts_of
from accounts.queries.people import (
    PeoplePage,
    customer_counts,
    customers_of_high_risk,
    customers_waiting,
    open_sessions,
    people_by_name,
    staff_by_name,
    user,
)
from accounts.queries.standing import orders_of
from accounts.services.access import end_all_sessions, record_reveal
from accounts.services.people import set_disabled
from accounts.services.staffing import pending_role
from accounts.views.person_facts import facts_of
from accounts.views.standing import OrderRow
from cloudbank.approvals import NotAllowed
from cloudbank.clock import from_iso, utcnow
from cloudbank.forms import UNPROCESSABLE
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
        Column("name", "Name", main=True, link=_link, note="email"),
        Column("role", "Role", value=lambda person: role_name(person.role)),
        Column("standing", "Sign-in", "badge", value=_standing),
        Column("last", "Last sign-in", "time", value=_last_sign_in),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """Staff of one role, or of all of them, role by role."""
        found = staff_by_name(query.filters.get("role", ""), query.filters.get("name", ""), cursor, limit)
        return Page(found.rows, found.cursor)


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


class PersonPage(PermissionRequiredMixin, View):
    """One person, for staff; who may not see staff finds only customers (404 for the others)."""

    permission_required: Any = ("accounts.view_customer",)
    unmasked = False

    @cached_property
    def person(self) -> User:
        """The person of the address, if this member of staff may see such a person."""
        found = user(self.kwargs["user_id"])
        sees = "accounts.view_customer" if found and found.role == Role.CUSTOMER else "accounts.view_staff"
        if found is None or not self.request.user.has_perm(sees):
            raise Http404
        return found

    def page(self, status: int = 200, **answered: forms.Form) -> HttpResponse:
        """The page; `answered` are forms that were sent and have errors."""
        return render(self.request, "accounts/person.html", self.context(answered), status=status)

    def context(self, answered: dict[str, forms.Form]) -> dict[str, Any]:
        """The person, and what this member of staff may see and do."""
        may, person = self.request.user.has_perm, self.person
        other = person.user_id != self.request.user.pk
        is_customer = person.role == Role.CUSTOMER
        sees_accounts = is_customer and may("accounts.view_any_account")
        return {
            "person": person,
            "is_customer": is_customer,
            "role": role_name(person.role),
            "facts": facts_of(person, unmasked=self.unmasked),
            "unmasked": self.unmasked,
            "may_reveal": is_customer and not self.unmasked and may("accounts.verify_customer"),
            "sees_kyc": is_customer and may("compliance.view_kyc"),
            "may_add_paper": is_customer and may("compliance.add_kyc_paper"),
            "may_change_role": not is_customer and other and may("accounts.change_role"),
            "pending_role": pending_role(person.user_id, utcnow()) if may("accounts.change_role") else None,
            "may_disable": other and may("accounts.disable_person"),
            "may_end_sessions": may("accounts.end_session"),
            "sessions": open_sessions(person) if may("accounts.end_session") else [],
            "changes": changes_of(person.user_id) if may("compliance.view_audit") else [],
            "accounts": accounts_of(person.user_id) if sees_accounts else [],
            "orders": [OrderRow(one) for one in orders_of(person.user_id)] if sees_accounts else [],
            "reveal": ReasonForm(prefix="reveal"),
            "role_form": RoleForm(prefix="role", initial={"role": person.role}),
            "disable": DisableForm(prefix="disable"),
            "end": ReasonForm(prefix="end"),
        } | answered


class PersonView(PersonPage):
    """The page."""

    def get(self, request: HttpRequest, user_id: str) -> HttpResponse:
        """Show it."""
        return self.page()


class PersonAction(PersonPage):
    """Something decided about a person: POST only; errors come back on the page."""

    http_method_names = ["post"]
    form_class: type[forms.Form] = ReasonForm
    name: str
    done: str

    def act(self, cleaned: dict[str, Any]) -> None:
        """The one domain call; may raise Refused or NotAllowed."""
        raise NotImplementedError

    def post(self, request: HttpRequest, user_id: str) -> HttpResponse:
        """Do it and show the person again, or say why not."""
        self.person  # noqa: B018  404 before anything else
        form = self.form_class(request.POST, prefix=self.prefix)
        if form.is_valid():
            try:
                self.act(form.cleaned_data)
            except (Refused, NotAllowed) as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                return self.answer()
        return self.page(UNPROCESSABLE, **{self.name: form})

    @property
    def prefix(self) -> str:
        """The prefix of the form's names, so that several stand on one page."""
        return {"role_form": "role"}.get(self.name, self.name)

    def answer(self) -> HttpResponse:
        """Back to the person."""
        messages.success(self.request, self.done)
        return redirect("person", user_id=self.person.user_id)


class RevealView(PersonAction):
    """Show the personal data unmasked, once, after the reason was kept."""

    permission_required = "accounts.verify_customer"
    name, done = "reveal", ""

    def act(self, cleaned: dict[str, Any]) -> None:
        """Keep the reason."""
        record_reveal(user_id=self.person.user_id, reason=cleaned["reason"], actor=actor_of(self.request), now=utcnow())

    def answer(self) -> HttpResponse:
        """The page in clear."""
        self.unmasked = True
        return self.page()


class DisableView(PersonAction):
    """Shut a person out, or let the person in again."""

    permission_required = "accounts.disable_person"
    form_class, name, done = DisableForm, "disable", "Done. It counts at once."

    def act(self, cleaned: dict[str, Any]) -> None:
        """Disable or enable."""
        set_disabled(
            user_id=self.person.user_id,
            disabled=cleaned["disabled"] == "yes",
            reason=cleaned["reason"],
            actor=actor_of(self.request),
            now=utcnow(),
        )


class EndSessionsView(PersonAction):
    """Sign a person out everywhere."""

    permission_required = "accounts.end_session"
    name, done = "end", "All sessions of this person are signed out."

    def act(self, cleaned: dict[str, Any]) -> None:
        """End them."""
        end_all_sessions(user_id=self.person.user_id, actor=actor_of(self.request), now=utcnow(), **cleaned)
