"""Change the state of an account, or ask for it: read what it means, give the reason, done and audited."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.forms.banking import label
from accounts.forms.overview import AskForm, ReasonForm
from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.models import DepositAccount
from accounts.queries.people import users
from accounts.services.deposits import change_state
from accounts.services.posting import Busy
from accounts.services.releasing import ask_change, pending_release
from accounts.views.access import account_or_404
from accounts.views.state_actions import ACTIONS, StatusAction
from cloudbank.approvals import NotAllowed
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE


class ChangeStatus(PermissionRequiredMixin, View):
    """`/accounts/<account_id>/<transition>`: freeze, unfreeze, block-debits, ..., see accounts.states."""

    action: StatusAction
    account: DepositAccount

    def get_permission_required(self) -> tuple[str, ...]:
        """The permission of the action the address names."""
        return (ACTIONS[self.kwargs["action"]].transition.permission,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the action and the account."""
        if kwargs["action"] not in ACTIONS:
            raise Http404("no such action")
        self.action = ACTIONS[kwargs["action"]]
        if self.has_permission():
            self.account = account_or_404(kwargs["account_id"], person(request))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, account_id: str, action: str) -> HttpResponse:
        """What it means, and the field for the reason."""
        return self.page(self.form_class())

    def post(self, request: HttpRequest, account_id: str, action: str) -> HttpResponse:
        """Do it, or ask for it."""
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            return self.do(form.cleaned_data)
        except (Refused, Busy, NotAllowed) as refused:
            form.add_error(None, str(refused))
            return self.page(form, UNPROCESSABLE)

    @property
    def form_class(self) -> type[ReasonForm]:
        """What asking needs beside the reason."""
        return AskForm if self.action.transition.four_eyes else ReasonForm

    def do(self, data: dict[str, Any]) -> HttpResponse:
        """The one domain call, and where it leads."""
        said: dict[str, Any] = {
            "transition": self.action.transition,
            "account_id": self.account.account_id,
            "reason": data["reason"],
            "actor": actor_of(self.request),
            "now": utcnow(),
        }
        if self.action.transition.four_eyes:
            asked = ask_change(key=data["key"], name=person(self.request).name, **said)
            messages.success(self.request, self.action.done)
            return redirect("approval", approval_id=asked.approval_id)
        change_state(**said)
        messages.success(self.request, self.action.done)
        return redirect("account", account_id=self.account.account_id)

    def page(self, form: ReasonForm, status: int = 200) -> HttpResponse:
        """The page with its form."""
        owner = users([self.account.owner_id or ""]).get(self.account.owner_id or "")
        known = {
            "form": form,
            "action": self.action,
            "account": self.account,
            "account_label": label(self.account),
            "owner": owner,
            "pending": pending_release(self.account, utcnow()) if self.action.transition.four_eyes else None,
        }
        return render(self.request, "accounts/account_status.html", known, status=status)
