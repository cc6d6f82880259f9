"""People screens: staff, customers, one person and what may be decided about a person."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.forms.people import (
    DisableForm,
    ReasonForm,
    RoleForm,
)
from accounts.http import actor_of
from accounts.ledger import Refused
from accounts.models import User
from accounts.names import role_name
from accounts.queries.changes import changes_of
from accounts.queries.deposits import accounts_of
from accounts.queries.people import (
    open_sessions,
    user,
)
from accounts.queries.standing import orders_of
from accounts.services.access import end_all_sessions, record_reveal
from accounts.services.people import set_disabled
from accounts.services.staffing import pending_role
from accounts.views.person_facts import facts_of
from accounts.views.standing import OrderRow
from cloudbank.approvals import NotAllowed
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.roles import Role


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
