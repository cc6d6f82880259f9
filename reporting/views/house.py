"""The statement of a house account: opening, movements, closing, tied to the trial balance; page and files."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import View

from accounts.http import actor_of
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.forms import UNPROCESSABLE
from reporting import preview, services
from reporting.forms import HouseForm
from reporting.house import CLOSING, CREDITS, DEBITS, OPENING
from reporting.house_queries import house_pack
from reporting.pack import Pack
from reporting.periods import FootingError
from reporting.queries import NothingToReport
from reporting.views.files import attachment
from reporting.views.statements import ON_PAGE
from reporting.writers import WRITERS
from reporting.writers import in_order as writers_in_order

SEE = "reporting.view_house_statement"


def house_statement_url(code: str, currency: str, first: date, last: date) -> str:
    """The address of a house account's statement."""
    asked = {"account": code.removeprefix("house:"), "currency": currency}
    return f"{reverse('house_statement')}?{urlencode(asked | {'first': first.isoformat(), 'last': last.isoformat()})}"


class HouseStatementPage(PermissionRequiredMixin, View):
    """`/house-statements?account=&currency=&first=&last=`; cash of this month unless said otherwise."""

    permission_required = SEE
    raise_exception = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page; it prints without navigation."""
        today = business_date(utcnow())
        usual = {"account": "cash", "currency": settings.BANK_CURRENCY}
        usual |= {"first": today.replace(day=1).isoformat(), "last": today.isoformat()}
        form = HouseForm(usual | request.GET.dict(), today=today)
        known: dict[str, Any] = {"form": form, "writers": writers_in_order(), "now": utcnow()}
        if not form.is_valid():
            return render(request, "reporting/house_statement.html", known, status=UNPROCESSABLE)
        asked = form.cleaned_data
        known |= {"asked": asked, "name": dict(form.fields["account"].choices)[request.GET.get("account", "cash")]}  # type: ignore[attr-defined]
        first, last = asked["span"]
        try:
            pack = house_pack(asked["account"], asked["currency"], first, last, utcnow())
        except (NothingToReport, FootingError) as error:
            return render(request, "reporting/house_statement.html", known | {"nothing": str(error)})
        return render(request, "reporting/house_statement.html", known | _shown(pack))


def _shown(pack: Pack) -> dict[str, Any]:
    section = pack.sections[0]
    rows = pack.listing.rows if pack.listing else ()
    return {
        "pack": pack,
        **{name: section.figure(of).value for name, of in FIGURES.items()},
        "lines": [(date.fromisoformat(str(row[0])), *row[1:]) for row in rows[:ON_PAGE]],
        "left_out": max(0, len(rows) - ON_PAGE),
        "kinds": [preview.table(one) for one in section.tables],
    }


FIGURES = {"opening": OPENING, "debits": DEBITS, "credits": CREDITS, "closing": CLOSING}


class DownloadHouseStatement(PermissionRequiredMixin, View):
    """The statement as a file. By POST: taking it writes an audit record."""

    http_method_names = ["post"]
    permission_required = SEE
    raise_exception = True

    def post(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """The file in the format of this code."""
        now = utcnow()
        form = HouseForm(request.POST, today=business_date(now))
        if code not in WRITERS:
            raise Http404("no such format")
        if not form.is_valid():
            raise SuspiciousOperation("No such statement.")
        house, currency = form.cleaned_data["account"], form.cleaned_data["currency"]
        first, last = form.cleaned_data["span"]
        try:
            pack = house_pack(house, currency, first, last, now)
        except (NothingToReport, FootingError) as error:
            messages.error(request, str(error))
            return redirect(house_statement_url(house, currency, first, last))
        writer, actor = WRITERS[code], actor_of(request)
        taken = services.take_house_statement(pack=pack, code=house, writer=writer, actor=actor, now=now)
        return attachment(taken.content, taken.stem, writer)
