"""`/analytics`: staff see the bank, from day totals; a customer sees one of their own accounts, from its lines.

A customer is never shown what screening found (31 USC 5318(g)(2): no tipping off).
"""

from datetime import date, timedelta

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import View

from accounts.http import person
from accounts.models import DepositAccount
from accounts.models.ledger import PRODUCTS
from accounts.queries.deposits import accounts_of
from accounts.views.access import AnyPermissionMixin
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.wording import last_four
from monitoring.charting import period_text
from monitoring.forms.alerts import EARLIEST
from monitoring.own_charts import own_charts
from monitoring.queries.periods import DAYS, MOST_LINES, own_period
from monitoring.views.bank_analytics import VIEW as BANK
from monitoring.views.bank_analytics import BankAnalytics

OWN = "monitoring.view_own_analytics"


def _day(text: str, today: date) -> date:
    """The last day of the period that the address asks for; today unless told otherwise, never later."""
    if not text:
        return today
    try:
        return max(EARLIEST, min(date.fromisoformat(text), today))
    except ValueError as error:
        raise SuspiciousOperation("No such day.") from error


def _page_of(last: date, today: date, **more: str) -> dict[str, str]:
    """The addresses of the periods before and after; "" where there is none."""
    before = urlencode({"until": (last - timedelta(days=DAYS)).isoformat(), **more})
    after = urlencode({"until": min(last + timedelta(days=DAYS), today).isoformat(), **more})
    return {"earlier": f"?{before}", "later": f"?{after}" if last < today else ""}


class Analytics(AnyPermissionMixin, View):
    """One address, two pages."""

    permission_required = (BANK, OWN)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The page for this role."""
        if request.user.has_perm(BANK):
            return BankAnalytics.as_view()(request)
        today = business_date(utcnow())
        return self.own(_day(request.GET.get("until", ""), today), today)

    def own(self, last: date, today: date) -> HttpResponse:
        """One of the customer's accounts, chosen by tab."""
        held = sorted(accounts_of(person(self.request).user_id), key=lambda one: one.last_posted_at, reverse=True)
        if not held:
            return render(
                self.request, "monitoring/analytics_own.html", {"account": None, "open_url": reverse("open_account")}
            )
        account = _chosen(held, self.request.GET.get("account", ""))
        period = own_period(account.account_id, last)
        url = reverse("account", args=[account.account_id])
        into = sum(line.amount for line in period.lines if line.amount > 0)
        out = sum(-line.amount for line in period.lines if line.amount < 0)
        count = len(period.lines)
        known = {
            "account": account,
            "tabs": [(_label(one), f"?account={one.account_id}", one is account) for one in held],
            "text": period_text(period.first, period.last),
            "charts": own_charts(
                period.lines,
                period.first,
                period.last,
                account.currency,
                lambda **filters: f"{url}?{urlencode(filters)}",
            ),
            "rows_url": f"{url}?{urlencode({'first': period.first.isoformat(), 'last': period.last.isoformat()})}",
            "count": count,
            "into": into,
            "out": out,
            "average": round((into + out) / count) if count else 0,
            "cut": MOST_LINES if period.is_cut else 0,
            **_page_of(last, today, account=account.account_id),
        }
        return render(self.request, "monitoring/analytics_own.html", known)


def _chosen(held: list[DepositAccount], account_id: str) -> DepositAccount:
    """The account of the tab; another person's is not there."""
    if not account_id:
        return held[0]
    found = next((one for one in held if one.account_id == account_id), None)
    if found is None:
        raise Http404("no such account")
    return found


def _label(account: DepositAccount) -> str:
    return f"{PRODUCTS[account.product]} {last_four(account.account_id)}"
