"""Ask for another overdraft limit; a second person grants it in the inbox."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.forms.banking import label
from accounts.forms.overdrafts import OverdraftForm
from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.models import DepositAccount
from accounts.queries.people import user
from accounts.services.overdrafts import ask_overdraft
from accounts.views.access import account_or_404
from cloudbank.approvals import NotAllowed
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE


class AskOverdraft(PermissionRequiredMixin, View):
    """`/accounts/<account_id>/overdraft`."""

    permission_required = "accounts.ask_overdraft"

    def get(self, request: HttpRequest, account_id: str) -> HttpResponse:
        """The account as it is, and the form."""
        account = account_or_404(account_id, person(request))
        return self.page(account, OverdraftForm(currency=account.currency))

    def post(self, request: HttpRequest, account_id: str) -> HttpResponse:
        """Ask."""
        account = account_or_404(account_id, person(request))
        form = OverdraftForm(request.POST, currency=account.currency)
        if not form.is_valid():
            return self.page(account, form, UNPROCESSABLE)
        said: dict[str, Any] = {name: form.cleaned_data[name] for name in ("limit", "reason", "key")}
        actor, name = actor_of(request), person(request).name
        try:
            asked = ask_overdraft(account_id=account_id, actor=actor, name=name, now=utcnow(), **said)
        except (Refused, NotAllowed) as refused:
            field = "limit" if isinstance(refused, Refused) and refused.field == "limit" else None
            form.add_error(field, str(refused))
            return self.page(account, form, UNPROCESSABLE)
        messages.success(request, "Asked. Another person must grant it.")
        return redirect("approval", approval_id=asked.approval_id)

    def page(self, account: DepositAccount, form: OverdraftForm, status: int = 200) -> HttpResponse:
        """The page with its form."""
        known = {
            "form": form,
            "account": account,
            "account_label": label(account),
            "owner": user(account.owner_id or ""),
        }
        return render(self.request, "accounts/overdraft.html", known, status=status)
