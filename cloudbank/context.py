"""What every page knows: the links of this person's role, the environment and the build.

The only data read here is the number of requests that wait for this person, when the bar is drawn.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, is_valid_path, reverse

from cloudbank import approvals, store
from cloudbank.clock import utcnow
from cloudbank.wording import initials

THEMES = ("light", "dark", "auto")


@dataclass(frozen=True)
class Link:
    """One link of the navigation bar; shown to who holds any of `permissions` (none named: to everybody)."""

    label: str
    url: str
    icon: str
    permissions: tuple[str, ...] = ()
    children: tuple["Link", ...] = ()
    current: bool = False
    segment: str = ""
    """Of customers, only to those of this segment."""
    counts: bool = False
    """The number of requests that wait for this person stands beside it."""


_POST = ("accounts.post_own_movement", "accounts.post_any_movement")
_WIRE = ("accounts.post_own_movement", "accounts.post_any_wire")

NAVIGATION = (
    Link("Dashboard", "/dashboard", "speedometer2"),
    Link(
        "Move money",
        "",
        "arrow-left-right",
        (*_POST, *_WIRE, "accounts.import_statement"),
        (
            Link("Transfer", "/transfer", "arrow-left-right", _POST),
            Link("Deposit", "/deposit", "box-arrow-in-down", _POST),
            Link("Withdraw", "/withdraw", "box-arrow-up", _POST),
            Link("Wire", "/wire", "globe", _WIRE),
            Link("Incoming wire", "/wire/incoming", "globe", ("accounts.post_any_wire",)),
            Link("Check or money order", "/instruments/sell", "receipt", ("accounts.post_any_movement",)),
            Link("Standing orders", "/standing-orders", "arrow-repeat", ("accounts.post_own_movement",)),
            Link("Payroll", "/payroll", "people", ("accounts.run_any_payroll",)),
            Link("Payroll", "/payroll", "people", ("accounts.run_own_payroll",), segment="business"),
            Link("Statement files", "/statement-files", "file-earmark-arrow-down", ("accounts.import_statement",)),
        ),
    ),
    Link("Accounts", "/accounts", "wallet2", ("accounts.view_own_account",)),
    Link(
        "Customers",
        "",
        "people",
        ("accounts.view_any_account",),
        (
            Link("Customers", "/customers", "people", ("accounts.view_customer",)),
            Link("Accounts", "/accounts", "wallet2", ("accounts.view_any_account",)),
            Link("Loan book", "/loan-book", "bank2", ("accounts.view_any_loan",)),
            Link("Trial balance", "/trial-balance", "journal-check", ("accounts.view_trial_balance",)),
            Link("Instruments sold", "/instruments", "receipt", ("accounts.view_instrument_register",)),
        ),
    ),
    Link("Loans", "/loans", "bank2", ("accounts.view_own_loan",)),
    Link(
        "Alerts",
        "",
        "bell",
        ("monitoring.view_alert",),
        (
            Link("Alerts", "/alerts", "bell", ("monitoring.view_alert",)),
            Link("Cases", "/cases", "folder2-open", ("monitoring.view_case",)),
            Link("Held movements", "/held-movements", "hourglass-split", ("monitoring.view_alert",)),
            Link("Lists", "/lists", "shield-lock", ("monitoring.view_list",)),
        ),
    ),
    Link("Analytics", "/analytics", "graph-up", ("monitoring.view_own_analytics", "monitoring.view_bank_analytics")),
    Link("Reports", "/reports", "file-earmark-bar-graph", ("reporting.view_own_statement", "reporting.view_report")),
    Link("Compliance", "/compliance", "shield-check", ("compliance.view_own_standing", "compliance.view_control")),
    Link("Approvals", "/approvals", "check2-square", ("accounts.view_approval",), counts=True),
    Link(
        "Staff",
        "",
        "person-badge",
        ("accounts.view_staff",),
        (
            Link("Staff", "/people", "person-badge", ("accounts.view_staff",)),
            Link("Messages", "/messages", "send", ("accounts.view_message",)),
            Link("Webhooks", "/webhooks", "link-45deg", ("accounts.set_webhook",)),
            Link("Operations", "/operations", "activity", ("compliance.view_operations",)),
        ),
    ),
)


@cache
def _url_of(name: str, urlconf: str) -> str:
    try:
        return reverse(name, urlconf)
    except NoReverseMatch:
        return ""


def url_of(name: str) -> str:
    """The address of a named view, or "" while no app has it."""
    return _url_of(name, settings.ROOT_URLCONF)


@cache
def _exists(path: str, urlconf: str) -> bool:
    return bool(is_valid_path(path, urlconf))


def _allowed(user: Any, link: Link) -> bool:
    if link.segment and getattr(getattr(user, "item", None), "segment", "") != link.segment:
        return False
    return not link.permissions or any(user.has_perm(permission) for permission in link.permissions)


def _is_current(path: str, url: str) -> bool:
    return bool(url) and (path == url or path.startswith(f"{url}/"))


def navigation(user: Any, path: str, links: Iterable[Link] = NAVIGATION) -> list[Link]:
    """The links this person may follow, the current one marked; a link to a page that is not there is left out."""
    shown = []
    for link in links:
        children = tuple(navigation(user, path, link.children))
        if _allowed(user, link) and (children or (link.url and _exists(link.url, settings.ROOT_URLCONF))):
            current = _is_current(path, link.url) or any(child.current for child in children)
            shown.append(replace(link, children=children, current=current))
    return shown


def _person(user: Any) -> dict[str, Any]:
    name = user.get_full_name() or user.get_username()
    return {
        "person": name,
        "initials": initials(name),
        "role": str(getattr(user, "role", "")).replace("_", " ").capitalize(),
    }


def _theme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else "light"


def waiting(user: Any) -> Callable[[], str]:
    """How many requests wait for this person's decision: "", "7" or "99+". Asked for at most once a page.

    A page never fails for it: it is also on the page that says that the engine does not answer.
    """

    @cache
    def count() -> str:
        try:
            number = approvals.waiting_for(str(user.pk), str(getattr(user, "role", "")), utcnow())
        except store.StoreError:
            return ""
        most = approvals.MOST_COUNTED
        return f"{most}+" if number > most else str(number or "")

    return count


def house(request: HttpRequest) -> dict[str, dict[str, Any]]:
    """The context processor: everything under one name, `house`."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    known: dict[str, Any] = {
        "bank": settings.BANK_NAME,
        "zone": settings.BANK_TIMEZONE,
        "environment": settings.ENVIRONMENT,
        "production": settings.PRODUCTION,
        "build": getattr(settings, "BUILD_ID", ""),
        "theme": _theme(request),
        "home_url": url_of("dashboard") if signed_in else url_of("login"),
        "login_url": url_of("login"),
        "logout_url": url_of("logout"),
        "register_url": url_of("register"),
        "password_url": url_of("password_change"),
        "notices_url": url_of("notices")
        if user is not None and user.is_authenticated and user.has_perm("monitoring.work_alert")
        else "",
        "nav": navigation(user, request.path) if signed_in else [],
        "waiting": waiting(user) if signed_in else "",
    }
    return {"house": known | (_person(user) if signed_in else {})}
