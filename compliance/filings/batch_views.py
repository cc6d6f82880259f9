"""Files of several cash reports: the list, one file with its reports, its bytes, and the system's answer."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.http import actor_of
from accounts.queries.people import users
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.documents import Damaged
from cloudbank.exports import safe_filename
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import BulkAction, BulkResult, Column, ListQuery, ListView, Page
from cloudbank.lists.taken import Taker, take_away
from compliance.filings.batching import MADE, STATES, acknowledge, batch, dissolve, file_of, make_batch, reports_in
from compliance.filings.bulk import seen
from compliance.filings.forms import AcknowledgementForm, VersionForm
from compliance.filings.life import VIEW, WORK
from compliance.filings.models import BATCHES, FilingBatch
from compliance.filings.rows import Row
from compliance.filings.terms import CTR, FORM_NUMBERS, Refused
from compliance.queries.selections import Selected, Selection
from compliance.steps import NotAllowed

LOOKS = {"made": "open", "acknowledged": "done", "rejected": "rejected", "dissolved": "closed"}


def _make(request: HttpRequest, ids: Any, reason: str) -> list[BulkResult]:
    """All of the ticked reports or none."""
    try:
        item = make_batch(filing_ids=[seen(one)[0] for one in ids], actor=actor_of(request), now=utcnow())
    except (Refused, NotAllowed) as error:
        return [BulkResult(seen(one)[0], False, error.message) for one in ids]
    request.made_batch = item  # type: ignore[attr-defined]
    return [BulkResult(seen(one)[0], True, "In the file.") for one in ids]


TOGETHER = BulkAction("batch", "One XML file of them", "download", WORK[CTR], _make)
"""In the register."""


class BatchRow:
    """A file in the list."""

    def __init__(self, item: FilingBatch, names: dict[str, str]) -> None:
        self.item, self.who = item, names.get(item.made_by, item.made_by)

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("filing_batch", args=[self.item.batch_id])

    @property
    def name(self) -> str:
        """ "3 reports"."""
        number = len(self.item.filing_ids)
        return f"{number} report{'' if number == 1 else 's'}"


class BatchList(ListView):
    """Every file of several reports, the newest first."""

    name, title, icon = "filing-batches", "Files for E-Filing", "send"
    intro = "Approved cash reports that were sent together, and what the E-Filing System answered."
    permission_required = VIEW[CTR]
    template_name = "compliance/filings/batches.html"
    empty_title = "No file yet"
    empty_text = "Tick approved cash reports in the register and make one file of them."
    columns = (
        Column("name", "File", main=True, link=lambda row: row.url, note="who"),
        Column("made_at", "Made", "time", value=lambda row: from_iso(row.item.made_at)),
        Column("total", "Cash", "balance", value=lambda row: row.item.total, currency=lambda row: "USD"),
        Column("status", "State", "badge", value=lambda row: STATES[row.item.status]),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By when they were made."""
        page = Selected([Selection(FilingBatch, "by_day", BATCHES, newest_first=True)]).page(cursor, limit)
        names = {key: one.name for key, one in users({one.made_by for one in page.rows}).items()}
        return Page([BatchRow(one, names) for one in page.rows], page.next_cursor)

    def extra_context(self) -> dict[str, Any]:
        """The tab."""
        return {"tab": "filings", "part": "batches"}


class OneBatch(PermissionRequiredMixin, View):
    """Views of one file."""

    permission_required = VIEW[CTR]

    @cached_property
    def item(self) -> FilingBatch:
        """The file, or 404."""
        found = batch(self.kwargs["batch_id"])
        if found is None:
            raise Http404("There is no such file.")
        return found


class BatchPage(OneBatch):
    """One file: its reports in their order, what was answered, and what is next."""

    def get(self, request: HttpRequest, batch_id: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, batch_id: str) -> HttpResponse:
        """Take in the answer, or take the file apart."""
        if not request.user.has_perm(WORK[CTR]):
            return self.handle_no_permission()
        known: dict[str, Any] = {"batch_id": self.item.batch_id, "actor": actor_of(request), "now": utcnow()}
        apart = request.POST.get("step") == "dissolve"
        form: forms.Form = VersionForm(request.POST) if apart else AcknowledgementForm(request.POST, request.FILES)
        if form.is_valid():
            said = dict(form.cleaned_data)
            try:
                if apart:
                    dissolve(**said, **known)
                    messages.success(request, "The reports can be filed alone, or in another file.")
                else:
                    content = said.pop("file").read()
                    self.tell(acknowledge(content=content, **said, **known))
                return redirect("filing_batch", batch_id=batch_id)
            except (Refused, NotAllowed) as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
                del self.item
        return self.page(form, UNPROCESSABLE)

    def tell(self, item: FilingBatch) -> None:
        """What became of it."""
        number = len(item.numbers)
        if item.status == "rejected":
            messages.error(self.request, "The system rejected the file. Its reports can be corrected and sent anew.")
        else:
            messages.success(self.request, f"{number} report{'s are' if number != 1 else ' is'} filed.")

    def page(self, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
        """The file as it is."""
        item, today = self.item, bank_calendar().local(utcnow()).date()
        shown = form if isinstance(form, AcknowledgementForm) else self.fresh(today)
        known = {
            "tab": "filings",
            "part": "batches",
            "item": item,
            "state": STATES[item.status],
            "look": LOOKS[item.status],
            "form_number": FORM_NUMBERS[CTR],
            "rows": list(enumerate((Row(one, today) for one in reports_in(item)), 1)),
            "made_at": from_iso(item.made_at),
            "made_by": next((one.name for one in users({item.made_by}).values()), item.made_by),
            "answered_at": from_iso(item.answered_at) if item.answered_at else None,
            "form": shown if item.status == MADE and self.request.user.has_perm(WORK[CTR]) else None,
            "problem": form.errors if form and not isinstance(form, AcknowledgementForm) else None,
        }
        return render(self.request, "compliance/filings/batch.html", known, status=status)

    def fresh(self, today: date) -> AcknowledgementForm:
        """The empty form."""
        return AcknowledgementForm(initial={"version": self.item.version, "filed_on": today})


class BatchFile(OneBatch):
    """The file's bytes, as they were made; who took them is kept."""

    def get(self, request: HttpRequest, batch_id: str) -> HttpResponse:
        """A download."""
        item, actor = self.item, actor_of(request)
        taker = Taker(actor.user_id, actor.role, actor.source)
        facts = [("What", f"{len(item.filing_ids)} reports, {item.stored[2]}")]
        take_away(taker, path=request.path, extension="xml", facts=facts, now=utcnow())
        try:
            content = file_of(item)
        except Damaged:
            messages.error(request, "The file is not what was made. Take it apart and make it anew.")
            return redirect("filing_batch", batch_id=batch_id)
        name = safe_filename(f"CTRX {item.made_at[:10]} {item.batch_id}", "xml")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type="application/xml", headers=headers)
