"""What every page shares on which staff do something with an account beside moving its owner's money."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.banking import label
from accounts.http import person
from accounts.ledger import Refused
from accounts.models import LedgerAccount
from accounts.queries.people import users
from accounts.readback import amount_in_words
from accounts.services.posting import Busy, NotKnownYet
from accounts.views.access import account_or_404
from cloudbank.approvals import NotAllowed
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.money import format_amount
from cloudbank.wording import grouped

Fact = tuple[str, str, str]
REFUSALS = (Refused, Busy, NotKnownYet, NotAllowed)


def said(minor: int, currency: str) -> str:
    """ "1,234.50 USD"."""
    return f"{format_amount(minor, currency)} {currency}"


def account_facts(account: LedgerAccount) -> list[Fact]:
    """Which account, whose, and what is on it."""
    owner = users([account.owner_id or ""]).get(account.owner_id or "")
    held = f"{said(account.held, account.currency)} held" if account.held else ""
    return [
        ("Account", grouped(account.account_id), label(account)),
        ("Owner", owner.name if owner else "unknown", owner.email if owner else ""),
        ("Balance", said(account.balance, account.currency), held),
        ("Available", said(account.state().available, account.currency), ""),
    ]


class ServicingView(PermissionRequiredMixin, View):
    """One form about an account. Subclasses say what it is about, its words, and what it does."""

    heading: ClassVar[str]
    text: ClassVar[str]
    button: ClassVar[str]
    icon: ClassVar[str]
    danger: ClassVar[bool] = False
    account: LedgerAccount

    # What a subclass overrides.
    def find(self) -> None:
        """Set `account` and what else it is about; Http404 when it is not there for this person."""
        self.account = account_or_404(self.kwargs["account_id"], person(self.request))

    def new_form(self, data: Any = None) -> forms.Form:
        """The form, bound to `data` if any."""
        raise NotImplementedError

    def facts(self) -> list[Fact]:
        """What stands above the form."""
        return account_facts(self.account)

    def do(self, data: dict[str, Any], now: datetime) -> HttpResponse:
        """The one domain call, and where it leads."""
        raise NotImplementedError

    def read_back(self, form: forms.Form) -> HttpResponse | None:
        """What is read once more before money moves; None when nothing moves."""
        return None

    # The request.
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find what it is about before anything is answered."""
        if self.has_permission():
            self.find()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form."""
        return self.page(self.new_form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Do it, after the read-back where there is one."""
        form = self.new_form(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            shown = None if "confirm" in request.POST else self.read_back(form)
            return shown or self.do(form.cleaned_data, utcnow())
        except REFUSALS as refused:
            named = getattr(refused, "field", "")
            form.add_error(named if named in form.fields else None, str(refused))
            return self.page(form, UNPROCESSABLE)

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page with its form."""
        known = {
            "form": form,
            "words": self,
            "facts": self.facts(),
            "back_url": self.back_url(),
            "account_label": label(self.account),
            "account": self.account,
        }
        return render(self.request, "accounts/servicing.html", known | self.more(), status=status)

    def back_url(self) -> str:
        """Where Cancel leads."""
        return reverse("account", args=[self.account.account_id])

    def more(self) -> dict[str, Any]:
        """More context."""
        return {}

    def readback_page(self, form: forms.Form, title: str, minor: int, facts: list[Fact]) -> HttpResponse:
        """The house's read-back."""
        currency = self.account.currency
        known = {
            "title": title,
            "minor": minor,
            "currency": currency,
            "words": amount_in_words(minor, currency),
            "facts": [row for row in facts if row[1]],
            "form": form,
            "action": self.request.path,
            "back_url": self.request.path,
            "confirm": f"{self.button} {said(minor, currency)}",
            "danger": self.danger,
        }
        return render(self.request, "accounts/servicing_readback.html", known)
