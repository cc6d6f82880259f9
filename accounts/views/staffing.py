"""Asking for a new colleague or another role; a second person approves in the inbox."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.generic import FormView

from accounts import mail
from accounts.forms.people import RoleForm, StaffForm
from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.services.staffing import ask_new_staff, ask_role
from accounts.views.people import PersonAction
from cloudbank.approvals import NotAllowed
from cloudbank.clock import utcnow
from cloudbank.forms import UnprocessableFormMixin


class NewColleague(PermissionRequiredMixin, UnprocessableFormMixin, FormView):
    """`/people/new`: who, as what and why; nobody can sign in before a second person has approved."""

    permission_required = "accounts.create_staff"
    template_name = "accounts/create_staff.html"
    form_class = StaffForm

    def form_valid(self, form: StaffForm) -> HttpResponse:
        """Ask."""
        who: dict[str, Any] = {"actor": actor_of(self.request), "asker": person(self.request).name}
        try:
            asked = ask_new_staff(**form.cleaned_data, site=mail.site(self.request), now=utcnow(), **who)
        except (Refused, NotAllowed) as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self.form_invalid(form)
        messages.success(self.request, "Asked. Once another person approves, your colleague gets a link by e-mail.")
        return redirect("approval", approval_id=asked.approval_id)


class AskRole(PersonAction):
    """Ask for another role of a colleague."""

    permission_required = "accounts.change_role"
    form_class, name = RoleForm, "role_form"
    done = "Asked. The role changes once another person approves."

    def act(self, cleaned: dict[str, Any]) -> None:
        """Ask."""
        who: dict[str, Any] = {"actor": actor_of(self.request), "asker": person(self.request).name}
        ask_role(user_id=self.person.user_id, now=utcnow(), **cleaned, **who)
