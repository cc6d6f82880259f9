"""The first page after signing in: what this person needs now, in the order to do it."""

import hashlib
from datetime import datetime
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.banking import label
from accounts.forms.overview import FindForm
from accounts.http import person
from accounts.ledger import CLOSED
from accounts.models import DepositAccount
from accounts.queries.deposits import accounts_of
from accounts.queries.people import security_card
from accounts.queries.visible import latest_postings
from accounts.views.boards import BOARDS
from accounts.views.history import rows_for
from accounts.views.overview import totals_by_currency
from accounts.views.standing import problems_of
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.roles import Role

LATEST = 6


def greeting(now: datetime) -> str:
    """By the bank's clock."""
    hour = bank_calendar().local(now).hour
    if hour < 12:
        return "Good morning"
    return "Good afternoon" if hour < 18 else "Good evening"


def fingerprint(own: list[DepositAccount]) -> str:
    """Changes when a balance, a status or the list of accounts does."""
    text = " ".join(f"{item.account_id}:{item.version}" for item in own)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def holdings(request: HttpRequest, own: list[DepositAccount]) -> dict[str, Any]:
    """What `accounts/_holdings.html` shows: the accounts, their total, the latest movements."""
    shown = [item for item in own if item.status != CLOSED]
    moved = [item.last_posted_at for item in shown if item.last_posted_at]
    return {
        "cards": [(item, label(item)) for item in shown],
        "totals": totals_by_currency(shown),
        "latest": rows_for(latest_postings(shown, LATEST), person(request)),
        "refresh_url": f"{reverse('holdings')}?seen={fingerprint(own)}",
        "last_at": from_iso(max(moved)) if moved else None,
    }


class Dashboard(LoginRequiredMixin, View):
    """`/dashboard`: a customer's money, or a role's board."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page of this role."""
        someone, now = person(request), utcnow()
        known: dict[str, Any] = {"greeting": greeting(now), "security": security_card(request)}
        if someone.role == Role.CUSTOMER:
            return render(request, "accounts/dashboard.html", known | self.customer(request))
        board = BOARDS[Role(someone.role)](now)
        return render(request, "accounts/dashboard_staff.html", known | {"board": board, "form": FindForm()})

    def customer(self, request: HttpRequest) -> dict[str, Any]:
        """Balances, the latest movements, where identity checks stand."""
        own = accounts_of(person(request).user_id)
        someone = person(request)
        return holdings(request, own) | {"kyc_status": someone.kyc_status, "problems": problems_of(someone.user_id)}


class Holdings(PermissionRequiredMixin, View):
    """The customer's balances again, asked by the open dashboard; 204 while nothing has changed."""

    permission_required = "accounts.view_own_account"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The fragment, or nothing new."""
        own = accounts_of(person(request).user_id)
        if request.GET.get("seen") == fingerprint(own):
            return HttpResponse(status=204)
        return render(request, "accounts/_holdings.html", holdings(request, own))
