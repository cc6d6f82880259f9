"""`/reports/postings`: the postings of any days as one CSV that streams; for who may take the whole ledger away."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.generic import View

from cloudbank import wording
from cloudbank.addresses import source_of
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.exports import safe_filename
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists.taken import Taker, take_away
from cloudbank.quarters import quarter_of
from reporting.postings import Extent, NoSuchDays, PostingsFile, extent

TAKE = "reporting.export_in_full"


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}))


class PostingsForm(forms.Form):
    """The days and the currency; `extent` is what they hold."""

    first, last = _day("From"), _day("To")
    currency = forms.ChoiceField(
        label="Currency", required=False, widget=forms.Select(attrs={"class": "form-select"}),
        choices=lambda: [(one, one) for one in settings.BANK_CURRENCIES],
    )  # fmt: skip
    extent: Extent | None = None

    def clean(self) -> dict[str, Any]:
        """Counts the postings: what cannot be exported is said here."""
        cleaned = self.cleaned_data
        if not self.errors:
            currency = cleaned.get("currency") or settings.BANK_CURRENCY
            try:
                self.extent = extent(cleaned["first"], cleaned["last"], currency, utcnow())
            except NoSuchDays as refused:
                self.add_error("first", str(refused))
        return cleaned


class ExportPostings(PermissionRequiredMixin, View):
    """GET counts, POST takes: handing the file out writes an audit record."""

    permission_required = TAKE
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form, and how many rows the file will have; the quarter that is over unless said otherwise."""
        return self._page(request, PostingsForm({**_usual(), **request.GET.dict()}))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """The file, from its first row on; when something breaks it ends without its last line."""
        form = PostingsForm(request.POST)
        if not form.is_valid() or form.extent is None:
            return self._page(request, form)
        user, now = request.user, utcnow()
        by = str(getattr(user, "name", "") or user.get_username())
        facts = [*form.extent.facts(), ("Exported", f"{wording.absolute(now, bank_calendar().zone)} by {by}")]
        taker = Taker(str(user.pk), str(getattr(user, "role", "")), source_of(request))
        take_away(taker, path=request.path, extension="csv", facts=facts, now=now)
        return _download(form.extent, PostingsFile(form.extent, facts=facts).chunks())

    def _page(self, request: HttpRequest, form: PostingsForm) -> HttpResponse:
        known = {"form": form, "extent": form.extent if form.is_valid() else None}
        return render(request, "reporting/postings.html", known, status=200 if form.is_valid() else UNPROCESSABLE)


def _usual() -> dict[str, str]:
    """The quarter before this one."""
    this = quarter_of(business_date(utcnow()), settings.FISCAL_YEAR_START_MONTH)
    return {"first": this.previous().first.isoformat(), "last": (this.first - ONE_DAY).isoformat()}


def _download(of: Extent, pieces: Iterator[bytes]) -> HttpResponseBase:
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, safe_filename(of.stem, "csv")) or "attachment"
    return answer
