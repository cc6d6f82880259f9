"""A page with every component on it, for the look's tests only: rendered, photographed, checked by axe."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.test import override_settings
from django.urls import path
from django.utils.deprecation import MiddlewareMixin
from django.views.generic import FormView

from cloudbank.charts import ChartData, Dataset
from cloudbank.forms import IconField, MoneyField, UnprocessableFormMixin, layout
from cloudbank.lists import BulkAction, BulkResult, Column, ListQuery, ListView, Page
from cloudbank.roles import Role, permissions_of

NOW = datetime(2026, 3, 12, 18, 5, 9, tzinfo=UTC)


def site() -> override_settings:
    """The settings of a site that has only this gallery: no sessions, no tables, the real CSP."""
    templates: list[dict[str, Any]] = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(Path(__file__).parent / "templates")
    return override_settings(
        ROOT_URLCONF=__name__,
        TEMPLATES=templates,
        MIDDLEWARE=[
            "django.middleware.csrf.CsrfViewMiddleware",
            f"{__name__}.PersonMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "csp.middleware.CSPMiddleware",
        ],
    )


class Person:
    """A signed-in person of a role, without any table."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, role: str = Role.COMPLIANCE, pk: str = "usr_1", name: str = "Ana Lopez") -> None:
        self.role, self.pk, self.name = role, pk, name

    def get_full_name(self) -> str:
        """The name on the screen."""
        return self.name

    def get_username(self) -> str:
        """The sign-in name."""
        return "ana@bank.example"

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        """By the role table."""
        return permission in permissions_of(self.role)

    def has_perms(self, wanted: Any, obj: Any = None) -> bool:
        """All of them."""
        return all(self.has_perm(one) for one in wanted)


class PersonMiddleware(MiddlewareMixin):
    """Signs in who the X-Test-Role header names; nobody by "none"."""

    def process_request(self, request: HttpRequest) -> None:
        """Put the person on the request."""
        role = request.headers.get("X-Test-Role") or request.COOKIES.get("role", Role.ADMIN)
        person = Person(role, pk=request.headers.get("X-Test-Person", "usr_1"))
        request.user = AnonymousUser() if role == "none" else person  # type: ignore[assignment]


def movement(number: int) -> dict[str, Any]:
    """One row of the demo list."""
    return {
        "id": f"txn_{number:04d}",
        "name": ["Payroll Maxwell & Sons", "=HYPERLINK(1)", "<b>Corner Deli</b>", "Łódź Иван ₹"][number % 4],
        "memo": "Invoice 2026-0042",
        "at": NOW - timedelta(minutes=37 * number),
        "account": f"10020030{number:04d}",
        "minor": (-1) ** number * (1_234_50 + number * 1_017),
        "balance": 5_000_000 - number * 991,
        "status": ["ok", "ok", "ALERT", "ok", "CRITICAL"][number % 5],
        "severity": ["low", "medium", "high", "critical"][number % 4],
    }


ROWS = [movement(number) for number in range(137)]


class MovementFilter(forms.Form):
    """The filters of the demo list."""

    q = forms.CharField(label="Name starts with", required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "Any"), ("ok", "OK"), ("ALERT", "Alert"), ("CRITICAL", "Critical")],
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    least = MoneyField(label="At least", required=False)


def release(request: HttpRequest, ids: Any, reason: str) -> list[BulkResult]:
    """Refuses odd rows, to show both answers."""
    return [
        BulkResult(one, int(one[-1]) % 2 == 0, "Assigned" if int(one[-1]) % 2 == 0 else "Somebody else was faster")
        for one in ids
    ]


class Movements(ListView):
    """The demo list over rows in memory."""

    name = "movements"
    title = "Movements"
    intro = "Every movement of the bank, newest first."
    permission_required = "monitoring.view_alert"
    form_class = MovementFilter
    default_sort = "-at"
    empty_title = "No movements yet"
    empty_text = "The first deposit appears here within a second."
    bulk_actions = (
        BulkAction("take", "Assign to me", "person-check", "monitoring.work_alert", release),
        BulkAction(
            "close",
            "Close",
            "check2-circle",
            "monitoring.work_alert",
            release,
            reason_label="Why is it closed?",
            danger=True,
        ),
    )
    columns = (
        Column("name", "Counterparty", main=True, link=lambda row: f"/alerts/{row['id']}", note="memo"),
        Column("at", "When", "time", sort="at"),
        Column("account", "Account", "masked"),
        Column("severity", "Severity", "severity"),
        Column("status", "Screening", "badge"),
        Column("minor", "Amount", "money", sort="minor"),
        Column("balance", "Balance", "balance"),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """Filter, sort and cut the rows in memory."""
        wanted = query.filters.get("status")
        found = [
            row
            for row in ROWS
            if wanted in (None, row["status"]) and row["name"].startswith(query.filters.get("q", ""))
        ]
        found.sort(key=lambda row: row[query.sort], reverse=query.descending)
        start = cursor or 0
        end = start + limit
        return Page(found[start:end], end if end < len(found) else None)


class TransferForm(forms.Form):
    """A money form with icons, hints and a money field."""

    source = forms.ChoiceField(label="From", choices=[("1", "Everyday account ••0042 · 12,840.22 USD")])
    target = forms.CharField(label="To account", help_text="Twelve digits, as on the statement.", max_length=20)
    amount = MoneyField(label="Amount", help_text="Available 12,840.22 USD; limit today 10,000.00 USD.")
    memo = forms.CharField(label="Note", required=False, max_length=140)
    agree = forms.BooleanField(label="I checked the name of the receiver")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("source", "wallet2"),
            IconField("target", "person-vcard"),
            IconField("amount", "cash-coin", suffix="USD", size="lg"),
            IconField("memo", "pencil"),
            "agree",
        )


class TransferView(UnprocessableFormMixin, FormView):
    """Shows the form; an empty POST shows its errors."""

    form_class = TransferForm
    template_name = "gallery_form.html"
    success_url = "/gallery"


def _series(count: int, start: int, step: int) -> list[int]:
    return [start + step * (index * 7 % 11) for index in range(count)]


def context() -> dict[str, Any]:
    """What the gallery shows."""
    days = [f"{day} Mar" for day in range(1, 13)]
    return {
        "now": NOW,
        "by_type": ChartData(
            "Movements by type",
            "doughnut",
            ["Deposit", "Withdrawal", "Transfer", "Wire", "Fee"],
            [Dataset("Movements", [420, 310, 280, 64, 33], ["/alerts?type=deposit"])],
            unit="movements",
            period="last 30 days",
            category="Type",
        ),
        "volume": ChartData(
            "30-day volume",
            "line",
            days,
            [Dataset("In", _series(12, 90_000_00, 8_000_00)), Dataset("Out", _series(12, 70_000_00, 6_100_00))],
            period="1-12 Mar 2026",
            currency="USD",
        ),
        "activity": ChartData(
            "Daily activity",
            "stacked",
            days,
            [
                Dataset("Cash", _series(12, 40, 9)),
                Dataset("Wire", _series(12, 20, 5)),
                Dataset("Card", _series(12, 9, 3)),
            ],
            unit="movements",
            period="March 2026",
        ),
        "nothing": ChartData("Suspicious movements", "bar", [], unit="movements", period="today"),
        "facts": [
            ("From", "Everyday account ••0042", "Ana Lopez"),
            ("To", "1002 0030 0099", "Marek Nowak, Cloud Bank"),
            ("Fee", "0.00 USD", ""),
            ("Balance after", "11,605.72 USD", ""),
        ],
        "blank": forms.Form(),
        "statuses": [
            "OK",
            "ALERT",
            "CRITICAL",
            "active",
            "frozen",
            "closed",
            "in_progress",
            "overdue",
            "provisional",
            "warn",
            "breach",
        ],
    }


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page."""
    messages.success(request, "The transfer was posted.")
    messages.warning(request, "One control is close to its threshold.")
    return render(request, "gallery.html", context())


def receipt(request: HttpRequest) -> HttpResponse:
    """The receipt alone, for paper."""
    return render(request, "gallery_receipt.html", context())


def news(request: HttpRequest) -> HttpResponse:
    """The poll of the demo list: always three new ones."""
    return (
        JsonResponse({"count": 3, "word": "new alerts"}) if request.headers.get("X-Poll") else HttpResponse(status=204)
    )


def page(request: HttpRequest) -> HttpResponse:
    """A page that only has to be there, so that the navigation shows its link."""
    return render(request, "gallery_public.html", context())


def login(request: HttpRequest) -> HttpResponse:
    """A sign-in page."""
    return render(request, "gallery_public.html", context())


PATHS = (
    "dashboard",
    "transfer",
    "deposit",
    "withdraw",
    "accounts",
    "customers",
    "analytics",
    "reports",
    "compliance",
    "people",
)
urlpatterns = [
    path("gallery", gallery),
    path("form", TransferView.as_view()),
    path("receipt", receipt),
    path("news", news),
    path("alerts", Movements.as_view(live_url="/news"), name="alerts"),
    path("login", login, name="login"),
    path("register", login, name="register"),
    path("logout", page, name="logout"),
    path("password", page, name="password_change"),
    *[path(name, page, name=name) for name in PATHS],
]
