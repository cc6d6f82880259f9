"""What keeps a customer's data: the holds of the law, a legal hold that an officer sets, the restriction."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.http import actor_of
from accounts.ledger import Refused
from accounts.models import User
from accounts.queries.people import user
from accounts.services.erasing import set_legal_hold, set_restricted
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.roles import Role
from compliance.privacy.desk import SEES_SECRETS, holds_in_words
from compliance.privacy.forms import HoldForm
from compliance.privacy.pasts import holds_on, today
from compliance.privacy.services import WORK


class HoldsView(PermissionRequiredMixin, View):
    """One customer's holds; an officer sets and releases the legal one, and lifts a restriction."""

    permission_required = WORK

    @cached_property
    def customer(self) -> User:
        """The customer, or 404."""
        found = user(self.kwargs["customer_id"])
        if found is None or found.role != Role.CUSTOMER or found.user_id == self.request.user.pk:
            raise Http404("There is no such customer.")
        return found

    def get(self, request: HttpRequest, customer_id: str) -> HttpResponse:
        """The page."""
        return self.page(HoldForm())

    def post(self, request: HttpRequest, customer_id: str) -> HttpResponse:
        """Change one of the two, or say why not."""
        self.customer  # noqa: B018  404 before anything else
        form = HoldForm(request.POST)
        if form.is_valid():
            change, reason = form.cleaned_data["change"], form.cleaned_data["reason"]
            who: dict[str, Any] = {"customer_id": customer_id, "actor": actor_of(request), "now": utcnow()}
            try:
                if change in ("restrict", "lift"):
                    set_restricted(restricted=change == "restrict", reason=reason, **who)
                else:
                    set_legal_hold(held=change == "hold", reason=reason, **who)
            except Refused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            else:
                messages.success(request, "Kept, with your reason.")
                return redirect("data_holds", customer_id=customer_id)
        return self.page(form, UNPROCESSABLE)

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page."""
        now = utcnow()
        secrets = self.request.user.has_perm(SEES_SECRETS)
        since = self.customer.restricted_on
        known = {
            "restricted_on": date.fromisoformat(since) if since else None,
            "tab": "privacy",
            "customer": self.customer,
            "holds": holds_in_words(holds_on(self.customer, now), today(now), secrets=secrets),
            "form": form,
        }
        return render(self.request, "compliance/holds.html", known, status=status)
