"""Exempt persons: the list, one exemption with what is to be done for it, asking for a new one."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, View

from accounts.http import actor_of, person
from accounts.queries.people import user, users
from cloudbank import approvals, parameters
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE, UnprocessableFormMixin
from cloudbank.lists import Column, ListQuery, ListView, Page
from compliance.filings.exempting import (
    DOEP_DAYS,
    WORK,
    Wish,
    ask_exemption,
    designate,
    end_exemption,
    review_exemption,
)
from compliance.filings.exemptions import Exemption, all_exemptions, exemption_of
from compliance.filings.forms import DesignationForm, ExemptForm, ReasonForm
from compliance.filings.rows import events
from compliance.filings.terms import Refused, due_text

VIEW = "compliance.view_filing"


class Row:
    """An exemption with the person's name and what is to be done next."""

    def __init__(self, item: Exemption, name: str, doep_days: int, today: date) -> None:
        self.item, self.name, self.today = item, name, today
        self.doep = item.doep_due(doep_days)

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("exemption", args=[self.item.customer_id])

    @property
    def phase(self) -> str:
        """ "Phase II"."""
        return f"Phase {'I' * self.item.why.phase}"

    @property
    def next_on(self) -> date | None:
        """The next thing's day."""
        day = "" if self.item.until else self.doep or self.item.review_on
        return date.fromisoformat(day) if day else None

    @property
    def next_what(self) -> str:
        """What it is, and how long there is."""
        if self.item.until:
            return "ended"
        if self.next_on is None:
            return "nothing to do"
        return f"{'Form 110' if self.doep else 'review'}, {due_text((self.next_on - self.today).days)}"


def _row(item: Exemption, name: str) -> Row:
    now = utcnow()
    return Row(item, name, parameters.snapshot(now).number(DOEP_DAYS.code), bank_calendar().local(now).date())


class ExemptionList(ListView):
    """Everybody who is or was exempt."""

    name, title, icon = "exemptions", "Exempt persons", "shield-check"
    intro = "Whose own cash is not reported (31 CFR 1020.315). Exempt from Form 112, never from suspicious activity."
    permission_required = VIEW
    template_name = "compliance/filings/exemptions.html"
    empty_title = "Nobody is exempt"
    empty_text = "Banks, governments, listed companies and, under conditions, businesses can be exempt."
    columns = (
        Column("name", "Customer", main=True, link=lambda row: row.url, note="phase"),
        Column("basis", "Why", value=lambda row: row.item.why.label),
        Column("since", "Since", "date", value=lambda row: date.fromisoformat(row.item.since)),
        Column("next_on", "Next", "date", note="next_what"),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The next to be looked at first."""
        found, start = all_exemptions(), int(cursor or 0)
        page = found[start : start + limit]
        people = users({one.customer_id for one in page})
        named = [_row(one, people[one.customer_id].name if one.customer_id in people else "") for one in page]
        return Page(named, start + limit if len(found) > start + limit else None)

    def extra_context(self) -> dict[str, Any]:
        """The button."""
        return {"tab": "filings", "part": "exemptions", "may_work": self.request.user.has_perm(WORK)}


class NewExemption(UnprocessableFormMixin, PermissionRequiredMixin, FormView):
    """Ask a second person to exempt somebody."""

    permission_required = WORK
    form_class = ExemptForm
    template_name = "compliance/filings/exemption_form.html"
    extra_context = {"tab": "filings", "part": "exemptions"}

    def get_initial(self) -> dict[str, Any]:
        """From today on."""
        return {"since": bank_calendar().local(utcnow()).date()}

    def form_valid(self, form: ExemptForm) -> HttpResponse:
        """Ask, or show what is wrong at its field."""
        data = form.cleaned_data
        names = ("basis", "since", "reportable", "ineligible", "risk_assessed")
        wish = Wish(customer_id=data["customer"], **{name: data[name] for name in names})
        try:
            request = ask_exemption(
                wish=wish,
                reason=data["reason"],
                key=data["key"],
                actor=actor_of(self.request),
                name=person(self.request).name,
                now=utcnow(),
            )
        except approvals.NotAllowed as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.form_invalid(form)
        messages.success(self.request, "Asked. A second person decides.")
        return redirect("approval", approval_id=request.approval_id)


class ExemptionPage(PermissionRequiredMixin, View):
    """One exemption: its conditions, its history, and what is done about it."""

    permission_required = VIEW

    @cached_property
    def item(self) -> Exemption:
        """The exemption, or 404."""
        found = exemption_of(self.kwargs["customer_id"])
        if found is None:
            raise Http404("This customer was never exempt.")
        return found

    def get(self, request: HttpRequest, customer_id: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, customer_id: str) -> HttpResponse:
        """Review it, end it, or take down that Form 110 was filed."""
        item = self.item
        if not request.user.has_perm(WORK):
            raise PermissionDenied
        step = request.POST.get("step", "")
        form: forms.Form = DesignationForm(request.POST) if step == "designate" else ReasonForm(request.POST)
        if not form.is_valid():
            return self.page(form, step, UNPROCESSABLE)
        who: dict[str, Any] = {"customer_id": item.customer_id, "actor": actor_of(request), "now": utcnow()}
        data = form.cleaned_data
        try:
            if step == "designate":
                designate(number=data["number"], on=data["filed_on"], **who)
            elif step == "review":
                review_exemption(reason=data["reason"], **who)
            else:
                end_exemption(reason=data["reason"], **who)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            del self.item
            return self.page(form, step, UNPROCESSABLE)
        messages.success(request, "It is on record.")
        return redirect("exemption", customer_id=item.customer_id)

    def page(self, bound: forms.Form | None = None, step: str = "", status: int = 200) -> HttpResponse:
        """The page."""
        item, customer = self.item, user(self.item.customer_id)
        found = AuditRecord.by_subject.query(subject_of(item), scan_index_forward=False, limit=50)
        may_work = self.request.user.has_perm(WORK) and not item.until
        row = _row(item, customer.name if customer else item.customer_id)
        known = {
            "tab": "filings",
            "part": "exemptions",
            "row": row,
            "item": item,
            "events": events([one for one in found if isinstance(one, AuditRecord)]),
            "review_form": (bound if step == "review" else ReasonForm()) if may_work and item.why.designated else None,
            "end_form": (bound if step == "end" else ReasonForm()) if may_work else None,
            "designation_form": (bound if step == "designate" else DesignationForm())
            if may_work and item.why.designated and not item.designated_on
            else None,
        }
        return render(self.request, "compliance/filings/exemption.html", known, status=status)
