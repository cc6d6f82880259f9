"""Change the state of an account, or ask for it: read what it means, give the reason, done and audited."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.forms.banking import label
from accounts.forms.overview import AskForm, CloseForm, ReasonForm
from accounts.http import actor_of, person
from accounts.ledger import CASH, CLOSED, Refused
from accounts.models import DepositAccount
from accounts.queries.people import users
from accounts.services.cash_closing import ask_to_close_in_cash, pending_closing
from accounts.services.deposits import change_state
from accounts.services.leaving import Due, close_account, due_at_closing, loans_paid_from, ways_out
from accounts.services.posting import Busy, NotKnownYet
from accounts.services.releasing import ask_change, pending_release
from accounts.states import CLOSE
from accounts.views.access import account_or_404
from accounts.views.state_actions import ACTIONS, StatusAction
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
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
        try:
            return super().dispatch(request, *args, **kwargs)
        except Busy as busy:  # what is due cannot be told just now
            messages.error(request, str(busy))
            return redirect("account", account_id=self.account.account_id)

    def get(self, request: HttpRequest, account_id: str, action: str) -> HttpResponse:
        """What it means, and the field for the reason."""
        return self.page(self.new_form())

    def post(self, request: HttpRequest, account_id: str, action: str) -> HttpResponse:
        """Do it, or ask for it."""
        form = self.new_form(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            return self.do(form.cleaned_data)
        except (Refused, Busy, NotKnownYet, NotAllowed) as refused:
            named = getattr(refused, "field", "")
            form.add_error(named if named in form.fields else None, str(refused))
            return self.page(form, UNPROCESSABLE)

    @property
    def due(self) -> Due | None:
        """What is paid out when it closes; None for every other change."""
        if self.action.transition is not CLOSE or self.account.status == CLOSED:
            return None
        return due_at_closing(self.account, business_date(utcnow()))

    def new_form(self, data: Any = None) -> ReasonForm:
        """The reason, and what the change needs beside it."""
        if due := self.due:
            return CloseForm(data, others=ways_out(self.account), is_due=due.total > 0)
        return AskForm(data) if self.action.transition.four_eyes else ReasonForm(data)

    def do(self, data: dict[str, Any]) -> HttpResponse:
        """The one domain call, and where it leads."""
        said: dict[str, Any] = {
            "account_id": self.account.account_id,
            "reason": data["reason"],
            "actor": actor_of(self.request),
            "now": utcnow(),
        }
        if self.action.transition.four_eyes:
            known = {"transition": self.action.transition, "key": data["key"], "name": person(self.request).name}
            asked = ask_change(**known, **said)
            messages.success(self.request, self.action.done)
            return redirect("approval", approval_id=asked.approval_id)
        if data.get("pay_to") == CASH:
            asked = ask_to_close_in_cash(key=data["key"], name=person(self.request).name, **said)
            messages.success(self.request, "Asked. A teller approves, counts out the cash, and the account is closed.")
            return redirect("approval", approval_id=asked.approval_id)
        if self.action.transition is CLOSE:
            close_account(pay_to=data.get("pay_to", ""), **said)
        else:
            change_state(transition=self.action.transition, **said)
        messages.success(self.request, self.action.done)
        return redirect("account", account_id=self.account.account_id)

    def pending(self) -> Approval | None:
        """The request for this very change that waits, if any."""
        if self.action.transition is CLOSE:
            return pending_closing(self.account.account_id, utcnow())
        return pending_release(self.account, utcnow()) if self.action.transition.four_eyes else None

    def page(self, form: ReasonForm, status: int = 200) -> HttpResponse:
        """The page with its form."""
        owner = users([self.account.owner_id or ""]).get(self.account.owner_id or "")
        known = {
            "form": form,
            "action": self.action,
            "account": self.account,
            "account_label": label(self.account),
            "owner": owner,
            "due": self.due,
            "pending": self.pending(),
            "loans": loans_paid_from(self.account) if self.action.transition is CLOSE else [],
        }
        return render(self.request, "accounts/account_status.html", known, status=status)
