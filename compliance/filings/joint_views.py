"""`/compliance/joint-holders`: look up an account, see who holds it, name a joint holder."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.conductor import person_meant
from accounts.forms.fields import AccountNumberField, PlainField, reason_field
from accounts.http import actor_of
from accounts.queries.deposits import account
from accounts.queries.people import users
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE, IconField, layout
from compliance.filings.joint import WORK, joint_holders_of, set_joint_holder
from compliance.filings.terms import Refused
from compliance.steps import NotAllowed


class FindForm(forms.Form):
    """Which account."""

    account = AccountNumberField(label="Account number")


class HolderForm(FindForm):
    """Who holds it too, or no more."""

    customer = PlainField(label="Customer", max_length=254, help_text="Name, e-mail, account number or customer id.")
    holds = forms.ChoiceField(label="What", choices=[("yes", "Holds this account too"), ("no", "Holds it no more")])
    reason = reason_field("Why")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].widget = forms.HiddenInput()
        self.helper = layout("account", IconField("customer", "person"), "holds", "reason")

    def clean_customer(self) -> str:
        """The one customer that is meant."""
        return person_meant(self.cleaned_data["customer"]).user_id


class JointHoldersView(PermissionRequiredMixin, View):
    """One account's holders; cash on it counts for all of them."""

    permission_required = "compliance.view_filing"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page; with an account in the address its holders."""
        find = FindForm(request.GET) if "account" in request.GET else FindForm()
        number = find.cleaned_data["account"] if find.is_bound and find.is_valid() else ""
        return self.page(find, HolderForm(initial={"account": number}), number)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Name one, or take one back."""
        if not request.user.has_perm(WORK):
            raise PermissionDenied
        form = HolderForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                set_joint_holder(
                    account_id=data["account"],
                    customer_id=data["customer"],
                    holds=data["holds"] == "yes",
                    reason=data["reason"],
                    actor=actor_of(request),
                    now=utcnow(),
                )
            except (Refused, NotAllowed) as error:
                form.add_error(error.field or None, error.message)
            else:
                messages.success(request, "The holders are on record.")
                return redirect(f"{reverse('joint_holders')}?account={data['account']}")
        number = str(form.cleaned_data.get("account", ""))
        return self.page(FindForm({"account": request.POST.get("account", "")}), form, number, UNPROCESSABLE)

    def page(self, find: FindForm, form: HolderForm, number: str, status: int = 200) -> HttpResponse:
        """The page."""
        held = account(number) if number else None
        if number and held is None and not find.errors:
            find.add_error("account", "There is no such account.")
        joint = joint_holders_of(number) if held else None
        ids = [str(held.owner_id), *(joint.people if joint else [])] if held else []
        known = users(ids)
        found = {
            "tab": "filings",
            "part": "joint",
            "find": find,
            "held": held,
            "holders": [(one, known[one].name if one in known else one) for one in ids],
            "form": form if held and self.request.user.has_perm(WORK) else None,
        }
        return render(self.request, "compliance/filings/joint_holders.html", found, status=status)
