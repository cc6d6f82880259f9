"""Statements: a customer's own, with a summary; for staff those of every account. To a stranger none is there."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.http import actor_of, person
from accounts.models import DepositAccount, LedgerAccount
from accounts.names import product_name
from accounts.queries.deposits import accounts_of
from accounts.queries.visible import VIEW_ANY
from accounts.views.access import AnyPermissionMixin
from cloudbank.charts import ChartData, Dataset
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.forms import UNPROCESSABLE
from cloudbank.quarters import quarter_of
from cloudbank.throttle import Count, Limit, count
from reporting import preview, services, statement_queries
from reporting.forms import SpanForm, StatementForm
from reporting.pack import Pack
from reporting.periods import FootingError
from reporting.queries import NothingToReport
from reporting.statements import CLOSING, IN, OPENING, OUT, Entry, by_type, money_in, money_out
from reporting.views.files import attachment
from reporting.writers import WRITERS
from reporting.writers import in_order as writers_in_order

OWN = "reporting.view_own_statement"
HAND_OUT = "reporting.hand_out_statement"
"""Of staff who serve customers: a file leaves the bank, and taking it is on record."""
HANDED_OUT = (Limit("statement_minute", 10, 60), Limit("statement_hour", 60, 60 * 60))
"""So many files one of the staff takes: enough for a queue of customers, too little to copy the bank."""
ON_PAGE = 500
"""Most lines on the page; the files have all of them."""


@dataclass(frozen=True)
class Holding:
    """An account over the summary's period. Minor units."""

    account: DepositAccount
    product: str
    count: int
    money_in: int
    money_out: int
    url: str


def statement_url(account_id: str, first: date, last: date) -> str:
    """The address of a statement."""
    return f"{reverse('statement', args=[account_id])}?first={first.isoformat()}&last={last.isoformat()}"


class Statements(AnyPermissionMixin, View):
    """Choose an account and a period; below, what moved this quarter. Staff come here with the account chosen."""

    permission_required = (OWN, VIEW_ANY)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The page, or the statement that was chosen."""
        today, owner = business_date(utcnow()), person(request)
        asked = "account" in request.GET
        if not request.user.has_perm(OWN):
            return self.of_any(request, today) if asked else redirect("accounts")
        accounts = accounts_of(owner.user_id)
        choices = [*accounts, *statement_queries.own_loans(owner.user_id)]
        form = StatementForm(request.GET if asked else None, accounts=choices, today=today, initial=_initial(today))
        if asked and form.is_valid():
            return _chosen(form)
        known = {"form": form, "accounts": accounts} | _summary(accounts, today)
        return render(request, "reporting/statements.html", known, status=UNPROCESSABLE if asked else 200)

    def of_any(self, request: HttpRequest, today: date) -> HttpResponseBase:
        """The statement that staff chose, or the form with what is wrong."""
        account = statement_account_or_404(request.GET["account"], request)
        form = StatementForm(request.GET, accounts=[account], today=today)
        known = {"form": form, "accounts": [account]}
        if form.is_valid():
            return _chosen(form)
        return render(request, "reporting/statements.html", known, status=UNPROCESSABLE)


def statement_account_or_404(account_id: str, request: HttpRequest) -> LedgerAccount:
    """The account or loan that this person may see; to a customer other people's do not exist."""
    found = statement_queries.statement_account(account_id, person(request))
    if found is None:
        raise Http404("no such account")
    return found


def _chosen(form: StatementForm) -> HttpResponse:
    return redirect(statement_url(form.cleaned_data["account"], *form.cleaned_data["span"]))


def _initial(today: date) -> dict[str, str]:
    return {"period": f"{today:%Y-%m}"}


def _summary(accounts: list[DepositAccount], today: date) -> dict[str, Any]:
    """What moved this quarter over all accounts, by account and by type; one currency a table."""
    quarter = quarter_of(today)
    holdings, entries = [], dict[str, list[Entry]]()
    for account in accounts:
        lines = statement_queries.entries_of(account.account_id, quarter.first, quarter.last)
        entries.setdefault(account.currency, []).extend(lines)
        holdings.append(
            Holding(
                account=account,
                product=product_name(account.product),
                count=len(lines),
                money_in=money_in(lines),
                money_out=money_out(lines),
                url=statement_url(account.account_id, quarter.first, min(quarter.last, today)),
            )
        )
    kinds = [(currency, preview.table(by_type(lines, currency))) for currency, lines in entries.items() if lines]
    charts = [_chart(currency, lines, quarter.label) for currency, lines in entries.items() if lines]
    return {"quarter": quarter, "holdings": holdings, "kinds": kinds, "charts": charts}


def _chart(currency: str, lines: list[Entry], period: str) -> ChartData:
    months = sorted({entry.day[:7] for entry in lines})
    by_month = [[entry for entry in lines if entry.day[:7] == month] for month in months]
    datasets = [
        Dataset("Money in", [money_in(part) for part in by_month]),
        Dataset("Money out", [money_out(part) for part in by_month]),
    ]
    labels = [f"{date.fromisoformat(f'{month}-01'):%b %Y}" for month in months]
    return ChartData(f"Money in and out, {currency}", "bar", labels, datasets, "", period, currency, "Month")


def _span(data: Any) -> tuple[date, date]:
    """The days that the address or the button names."""
    form = SpanForm(data, today=business_date(utcnow()))
    if not form.is_valid():
        raise SuspiciousOperation("No such period.")
    first, last = form.cleaned_data["span"]
    return first, last


class StatementPage(AnyPermissionMixin, View):
    """The statement: opening and closing balance, lines, files."""

    permission_required = (OWN, VIEW_ANY)

    def get(self, request: HttpRequest, account_id: str) -> HttpResponse:
        """The page; it prints without navigation."""
        account = statement_account_or_404(account_id, request)
        first, last = _span(request.GET)
        today, own = business_date(utcnow()), request.user.has_perm(OWN)
        known = {"account": account, "product": product_name(account.product), "own": own}
        known |= {"first": first, "last": last, "writers": writers_in_order(), "now": utcnow()}
        known["may_take"] = own or request.user.has_perm(HAND_OUT)
        known["form"] = StatementForm(None, accounts=[account], today=today, initial=_initial(today))
        try:
            pack = statement_queries.statement_pack(account, first, last, utcnow())
        except (NothingToReport, FootingError) as error:
            return render(request, "reporting/statement.html", known | {"nothing": str(error)})
        return render(request, "reporting/statement.html", known | _shown(pack))


def _shown(pack: Pack) -> dict[str, Any]:
    section = pack.sections[0]
    figures = {name: section.figure(name).value for name in (OPENING, IN, OUT, CLOSING)}
    lines = pack.listing.rows if pack.listing else ()
    return {
        "pack": pack,
        "holder": pack.parameters["Account holder"],
        "opening": figures[OPENING],
        "money_in": figures[IN],
        "money_out": figures[OUT],
        "closing": figures[CLOSING],
        "lines": [(date.fromisoformat(str(row[0])), *row[1:]) for row in lines[:ON_PAGE]],
        "left_out": max(0, len(lines) - ON_PAGE),
        "kinds": [preview.table(one) for one in section.tables],
    }


class DownloadStatement(AnyPermissionMixin, View):
    """The statement as a file. By POST: taking it writes an audit record."""

    http_method_names = ["post"]
    permission_required = (OWN, HAND_OUT)

    def post(self, request: HttpRequest, account_id: str, code: str) -> HttpResponseBase:
        """The file."""
        account = statement_account_or_404(account_id, request)
        first, last = _span(request.POST)
        if code not in WRITERS:
            raise Http404("no such format")
        now = utcnow()
        if not request.user.has_perm(OWN):
            count([Count(limit, (person(request).user_id,)) for limit in HANDED_OUT], now)
        try:
            pack = statement_queries.statement_pack(account, first, last, now)
        except (NothingToReport, FootingError) as error:
            messages.error(request, str(error))
            return redirect(statement_url(account_id, first, last))
        taken = services.take_statement(
            pack=pack,
            account_id=account_id,
            owner_id=account.owner_id or "",
            writer=WRITERS[code],
            actor=actor_of(request),
            now=now,
        )
        return attachment(taken.content, taken.stem, WRITERS[code])
