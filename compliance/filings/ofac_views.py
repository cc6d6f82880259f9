"""Writing a report to OFAC; the yearly list of blocked property, on the screen, as a table and on paper."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, View

from accounts.http import actor_of, person
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.exports import safe_filename
from cloudbank.forms import UnprocessableFormMixin
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.lists.taken import Taker, take_away
from cloudbank.money import format_amount
from cloudbank.wording import absolute, day_of
from compliance.filings.life import VIEW, WORK, filing
from compliance.filings.models import OfacReport
from compliance.filings.ofac_forms import BlockedFilter, OfacForm
from compliance.filings.ofac_life import YEARLY_AS_OF, YEARLY_DUE, blocked_on, edit_ofac
from compliance.filings.rows import Row
from compliance.filings.terms import OFAC, Refused, Status
from compliance.steps import NotAllowed
from monitoring.case_paper import CasePaper, Section, as_pdf


class EditOfac(UnprocessableFormMixin, PermissionRequiredMixin, FormView):
    """Write a draft."""

    permission_required = WORK[OFAC]
    form_class = OfacForm
    template_name = "compliance/filings/report_form.html"

    @cached_property
    def item(self) -> OfacReport:
        """The draft, or 404."""
        found = filing(self.kwargs["filing_id"])
        if not isinstance(found, OfacReport) or found.status != Status.DRAFT:
            raise Http404("There is no such draft.")
        return found

    def get_initial(self) -> dict[str, Any]:
        """As it is; the list names the program."""
        item = self.item
        return {
            "authority": item.authority or item.target.get("programs", ""),
            "description": item.description,
            "version": item.version,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The words around the form."""
        return super().get_context_data(
            heading="Write the report to OFAC",
            intro=f"{Row(self.item, _today()).about}. What the books and the list say is filled in.",
            button="Save",
            back=reverse("filing", args=[self.item.filing_id]),
            **kwargs,
        )

    def form_valid(self, form: OfacForm) -> HttpResponse:
        """Save it."""
        try:
            edit_ofac(filing_id=self.item.filing_id, **form.cleaned_data, actor=actor_of(self.request), now=utcnow())
        except (Refused, NotAllowed) as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.form_invalid(form)
        return redirect("filing", filing_id=self.item.filing_id)


def _today() -> date:
    return bank_calendar().local(utcnow()).date()


def latest_year(today: date) -> int:
    """The year of the last June 30 that is over."""
    return today.year if today > date(today.year, *YEARLY_AS_OF) else today.year - 1


class BlockedProperty(ListView):
    """All property that was blocked on June 30 of a year."""

    name, title, icon = "blocked-property", "Blocked property", "lock"
    permission_required = VIEW[OFAC]
    form_class = BlockedFilter
    template_name = "compliance/filings/blocked.html"
    empty_title = "No blocked property"
    empty_text = "Without blocked property on June 30 no yearly report is due."
    columns = (
        Column("name", "Person", main=True, link=lambda row: row.url, value=lambda row: row.name),
        Column("day", "Blocked", "date", value=lambda row: date.fromisoformat(row.item.day)),
        Column("total", "Value", "balance", value=lambda row: row.item.total, currency=lambda row: row.item.currency),
        Column("authority", "Legal authority", value=lambda row: row.item.authority or "not written yet"),
        Column("acknowledgement", "OFAC reference", value=lambda row: row.item.acknowledgement or "not filed yet"),
    )
    file_columns = (
        *columns,
        Column("accounts", "Accounts", value=lambda row: property_in_words(row.item)),
        Column("description", "Description", value=lambda row: row.item.description),
        Column("target", "Entry of the list", value=lambda row: row.item.target.get("entry", "")),
        Column("released", "Released since", value=lambda row: row.item.released_on),
        Column("id", "Reference", value=lambda row: row.id),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The earliest first."""
        today, start = _today(), int(cursor or 0)
        found = blocked_on(date(query.filters.get("year") or latest_year(today), *YEARLY_AS_OF))
        rows = [Row(item, today) for item in found[start : start + limit]]
        return Page(rows, start + limit if len(found) > start + limit else None)

    def extra_context(self) -> dict[str, Any]:
        """Which year, and until when it is reported."""
        year = self.query.filters.get("year") or latest_year(_today())
        due = date(year, *YEARLY_DUE).isoformat()
        return {"tab": "filings", "part": "blocked", "year": year, "due": day_of(due)}


def property_in_words(item: OfacReport) -> str:
    """ "Checking account 1234567890: 10.00 USD; ..."."""
    return "; ".join(
        f"{one['what']} {one['account_id']}: {format_amount(one['amount'], one['currency'])} {one['currency']}"
        for one in item.lines
    )


class BlockedPaper(PermissionRequiredMixin, View):
    """The list on paper."""

    permission_required = VIEW[OFAC]

    def get(self, request: HttpRequest, year: int) -> HttpResponse:
        """Who took it out is kept before a byte leaves."""
        if not 2000 <= year <= 2100:
            raise Http404("There is no such year.")
        now, actor = utcnow(), actor_of(request)
        found = blocked_on(date(year, *YEARLY_AS_OF))
        facts = [("What", f"blocked property as of June 30, {year}"), ("Records", str(len(found)))]
        take_away(
            Taker(actor.user_id, actor.role, actor.source), path=request.path, extension="pdf", facts=facts, now=now
        )
        content = blocked_pdf(found, year, taken_by=person(request).name, now=now)
        name = safe_filename(f"Blocked property {year}", "pdf")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type="application/pdf", headers=headers)


def blocked_pdf(found: list[OfacReport], year: int, *, taken_by: str, now: Any) -> bytes:
    """The yearly list as A4: each property a row of its own (OFAC's guidance on the annual report)."""
    rows = [
        (
            str(item.main.get("name") or item.main.get("person_id", "")),
            day_of(item.day),
            property_in_words(item),
            item.authority or "not written yet",
            item.acknowledgement or "not filed yet",
        )
        for item in found
    ]
    heads = ("Owner", "Blocked", "Property", "Legal authority", "OFAC reference")
    made = f"taken out {absolute(now, bank_calendar().zone)} by {taken_by}"
    facts = [
        ("As of", f"June 30, {year}"),
        ("Due", day_of(date(year, *YEARLY_DUE).isoformat())),
        ("Records", str(len(found))),
        ("Rule", "31 CFR 501.603(b)(2)"),
    ]
    section = Section("Blocked property", heads, (3, 2, 6, 4, 3), rows, "The bank held no blocked property.")
    title = f"Annual report of blocked property {year}"
    return as_pdf(CasePaper(title, settings.BANK_NAME, made, facts, [section], at=now))
