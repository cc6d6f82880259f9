"""The accounts a person may look into, finding one of the bank's, and opening a new one."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.banking import label
from accounts.forms.overview import FindForm, OpenAccountForm
from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.models import DepositAccount, User
from accounts.queries.deposits import account, accounts_of
from accounts.queries.people import find_customers, user
from accounts.queries.visible import sees_all
from accounts.services.deposits import open_account
from accounts.services.posting import Busy
from accounts.views.access import AnyPermissionMixin
from accounts.views.receipts import VIEW
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.roles import Role


def customer(user_id: str) -> User | None:
    """The customer with this id, or None."""
    found = user(user_id) if user_id else None
    return found if found and found.role == Role.CUSTOMER else None


def totals_by_currency(accounts: list[DepositAccount]) -> list[tuple[str, int]]:
    """What the accounts hold together, a currency at a time."""
    sums: dict[str, int] = {}
    for item in accounts:
        sums[item.currency] = sums.get(item.currency, 0) + item.balance
    return sorted(sums.items())


class Accounts(AnyPermissionMixin, View):
    """`/accounts`: a customer's own; for staff, a search that leads to one account or one customer's accounts."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list or the search."""
        if sees_all(person(request)):
            return self.search(request)
        own = accounts_of(person(request).user_id)
        known = {"cards": [(item, label(item)) for item in own], "totals": totals_by_currency(own)}
        return render(request, "accounts/accounts.html", known)

    def search(self, request: HttpRequest) -> HttpResponse:
        """By number straight to the account; by name or e-mail to the customers, by customer to their accounts."""
        form = FindForm(request.GET if "q" in request.GET else None)
        known: dict[str, Any] = {"form": form, "may_open": request.user.has_perm("accounts.open_any_account")}
        if "customer" in request.GET:
            known |= self.of_customer(request.GET["customer"])
        elif form.is_bound and form.is_valid():
            number = form.account_number()
            if number and account(number):
                return redirect("account", account_id=number)
            if number:
                form.add_error("q", "There is no account with this number.")
            elif form.is_valid():
                known["found"] = find_customers(form.cleaned_data["q"])
        status = UNPROCESSABLE if form.is_bound and form.errors else 200
        return render(request, "accounts/accounts_find.html", known, status=status)

    def of_customer(self, user_id: str) -> dict[str, Any]:
        """One customer's accounts."""
        owner = customer(user_id)
        held = accounts_of(owner.user_id) if owner else []
        return {"owner": owner, "asked_owner": True, "cards": [(item, label(item)) for item in held]}


class OpenAccount(AnyPermissionMixin, View):
    """`/accounts/open`: a customer for themselves; a teller for a customer found by name or e-mail."""

    permission_required = ("accounts.open_own_account", "accounts.open_any_account")

    @property
    def for_others(self) -> bool:
        """Whether this person opens accounts for customers."""
        return self.request.user.has_perm("accounts.open_any_account")

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form; at the counter first the customer."""
        if not self.for_others:
            return self.page(OpenAccountForm(initial={"product": "checking"}), person(request))
        owner = customer(request.GET.get("customer", ""))
        if owner:
            return self.page(OpenAccountForm(initial={"product": "checking"}), owner)
        return self.choose(FindForm(request.GET if "q" in request.GET else None))

    def choose(self, form: FindForm) -> HttpResponse:
        """Find the customer."""
        found = find_customers(form.cleaned_data["q"]) if form.is_bound and form.is_valid() else None
        status = UNPROCESSABLE if form.is_bound and form.errors else 200
        return render(self.request, "accounts/open_account_find.html", {"form": form, "found": found}, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open it; the same form opens one account, however often it is sent."""
        owner = customer(request.POST.get("customer", "")) if self.for_others else person(request)
        if owner is None:
            messages.error(request, "Choose the customer first.")
            return redirect("open_account")
        form = OpenAccountForm(request.POST)
        if not form.is_valid():
            return self.page(form, owner, UNPROCESSABLE)
        try:
            opened = open_account(
                owner_id=owner.user_id,
                product=form.cleaned_data["product"],
                currency=form.cleaned_data["currency"],
                branch=owner.branch,
                key=form.cleaned_data["key"],
                actor=actor_of(request),
                now=utcnow(),
            )
        except (Refused, Busy) as refused:
            form.add_error(None, str(refused))
            return self.page(form, owner, UNPROCESSABLE)
        if opened.product != form.cleaned_data["product"]:
            form.add_error("product", "This form was sent before for another kind of account. Open the form again.")
            return self.page(form, owner, UNPROCESSABLE)
        messages.success(request, f"The account ending {opened.account_id[-4:]} is open.")
        return redirect("account", account_id=opened.account_id)

    def page(self, form: OpenAccountForm, owner: User, status: int = 200) -> HttpResponse:
        """The form of one owner."""
        known = {
            "form": form,
            "owner": owner,
            "for_others": self.for_others,
            "currency": settings.BANK_CURRENCY,
            "many_currencies": len(settings.BANK_CURRENCIES) > 1,
            "back_url": reverse("open_account") if self.for_others else reverse("dashboard"),
        }
        return render(self.request, "accounts/open_account.html", known, status=status)
