"""The register of filings, one filing with its steps, and drafting by hand."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.http import actor_of
from accounts.queries.books import currencies_with_books
from cloudbank import approvals, store
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import BulkAction, BulkResult, Column, ListQuery, ListView, Page, Totals
from cloudbank.lists.sorting import Sorting
from compliance.filings import duty
from compliance.filings.batch_views import TOGETHER
from compliance.filings.bulk import REVIEW
from compliance.filings.drafting import draft_due, undrafted
from compliance.filings.forms import FilingsFilter, VersionForm
from compliance.filings.life import VIEW, WORK, filing
from compliance.filings.models import ActivityReport, CashReport, Filing, OfacReport
from compliance.filings.narrative import KINDS, QUESTIONS
from compliance.filings.ofac_drafting import draft_ofac
from compliance.filings.ofac_paper import target_rows
from compliance.filings.register import ALL_OPEN, RegisterFilter, counts, filings_page, records
from compliance.filings.rows import Row, events, movement_rows, person_rows
from compliance.filings.steps import STEPS
from compliance.filings.terms import CTR, FORM_NUMBERS, FORMS, LABELS, OFAC, SAR, Refused, Status
from compliance.steps import NotAllowed


def forms_for(user: Any) -> tuple[str, ...]:
    """The forms that this person may know of."""
    return tuple(form for form in FORMS if user.has_perm(VIEW[form]))


SORTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: (row.name.casefold(), row.item.due_on, row.id),
    "form": lambda row: (row.form, row.item.due_on, row.id),
    "amount": lambda row: (row.item.total, row.id),
    "due": lambda row: (row.item.due_on, row.id),
}


class Register(ListView):
    """All filings: to be filed with what is due first on top, or settled."""

    name, title, icon = "filings", "Filings", "send"
    saved_views = True
    intro = "Reports to FinCEN and OFAC, from the draft to the acknowledgement. What is due first stands on top."
    permission_required = VIEW[CTR]
    form_class = FilingsFilter
    filters_open = True
    row_id = "ticket"
    template_name = "compliance/filings/register.html"
    empty_title = "No filing here"
    empty_text = "Currency transaction reports draft themselves when a business day with cash over the limit is sealed."
    columns = (
        Column("name", "Person", main=True, link=lambda row: row.url, note="about", sort="name"),
        Column("form", "Form", value="short", note="more", sort="form", export="form"),
        Column(
            "total", "Amount", "balance",
            value=lambda row: row.item.total, currency=lambda row: row.item.currency, sort="amount",
        ),
        Column("due_on", "Due", "date", value=lambda row: row.item.due, note="left", sort="due"),
        Column("status", "State", "html", value="status", note="where", export="status_word"),
        Column("acknowledgement", "Identifier", value=lambda row: row.item.acknowledgement),
    )  # fmt: skip
    file_columns = (*columns, Column("id", "Reference", value="id"), Column("left", "Time left", value="left"))

    @property
    def is_secret(self) -> bool:  # type: ignore[override]
        """Whether reports on suspicious activity are in it, or counted in the words of its filter."""
        asked = dict(self.query.filters)
        return SAR in forms_for(self.request.user) and asked != {"form": CTR}

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many there are of each, of the forms that this person may know of."""
        mine = forms_for(self.request.user)
        return {"counted": counts(mine, self.today), "kinds": mine}

    @cached_property
    def today(self) -> Any:
        """The calendar day on the bank's clock."""
        return bank_calendar().local(utcnow()).date()

    bulk_actions = (REVIEW, TOGETHER)

    @cached_property
    def sorting(self) -> Sorting:
        """The orders beside the one in which they are to be done."""
        return Sorting(SORTS)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        return self.sorting.totals

    def answer(
        self, action: BulkAction, results: Sequence[BulkResult], template: str, status: int = 200
    ) -> HttpResponse:
        """The new file's page when all that was ticked went into it."""
        made = getattr(self.request, "made_batch", None)
        return redirect("filing_batch", made.batch_id) if made else super().answer(action, results, template, status)

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of what this person may read."""
        chosen, mine = query.filters.get("form"), forms_for(query.user)
        wanted = RegisterFilter(
            forms=(chosen,) if chosen in mine else mine,
            state=query.filters.get("state") or ALL_OPEN,
            text=str(query.filters.get("q", "")).strip(),
            today=self.today.isoformat(),
        )

        def read(place: Any, most: int) -> Page:
            rows, following = filings_page(wanted, place, most)
            return Page([Row(item, self.today) for item in rows], following)

        return self.sorting.page(read, query, cursor, limit)

    def extra_context(self) -> dict[str, Any]:
        """The days whose cash nobody looked through yet."""
        waiting = {code: len(days) for code in currencies_with_books() if (days := undrafted(code))}
        may_draft = self.request.user.has_perm(WORK[CTR])
        return {"tab": "filings", "part": "register", "waiting": sum(waiting.values()), "may_draft": may_draft}


class DraftNow(PermissionRequiredMixin, View):
    """Look through the sealed days now instead of tonight."""

    permission_required = WORK[CTR]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Draft, then the register."""
        try:
            made = draft_due(now=utcnow(), actor=actor_of(request))
            blocked = draft_ofac(now=utcnow(), actor=actor_of(request))
        except (store.StoreError, NotAllowed):
            messages.error(request, "The bank's books are busy just now. Try again in a moment.")
        else:
            said = f"{len(made)} currency transaction report{'' if len(made) == 1 else 's'} drafted."
            messages.success(request, f"{said} {len(blocked)} to OFAC." if blocked else said)
        return redirect("filings")


class OneFiling(PermissionRequiredMixin, View):
    """Views of one filing: 404 for whoever may not know of its form."""

    permission_required = VIEW[CTR]
    filing_id: str

    @cached_property
    def item(self) -> Filing:
        """The filing, or 404."""
        found = filing(self.kwargs["filing_id"])
        if found is None or not self.request.user.has_perm(VIEW[found.FORM]):
            raise Http404("There is no such filing.")
        return found

    @property
    def may_work(self) -> bool:
        """Whether this person may take its steps."""
        return bool(self.request.user.has_perm(WORK[self.item.FORM]))


class FilingPage(OneFiling):
    """One filing: facts, transactions, people, history, and the step that leads on."""

    def get(self, request: HttpRequest, filing_id: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, filing_id: str) -> HttpResponse:
        """Take a step, or show the page again with what is wrong."""
        item = self.item
        step = next((one for one in STEPS if one.code == request.POST.get("step") and one.is_for(item)), None)
        if step is None or not self.may_work:
            return self.handle_no_permission()
        form = step.form(request.POST)
        if form.is_valid():
            try:
                done = step.run(request, item, form.cleaned_data)
            except (Refused, NotAllowed, approvals.NotAllowed) as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
                del self.item
            else:
                messages.success(request, done.said)
                return redirect("filing", filing_id=done.filing_id)
        return self.page(form, UNPROCESSABLE)

    def page(self, bound: VersionForm | None = None, status: int = 200) -> HttpResponse:
        """The filing as it is."""
        item, today = self.item, bank_calendar().local(utcnow()).date()
        known = {
            "tab": "filings",
            "files_template": "compliance/filings/_files.html",
            "substance_template": f"compliance/filings/_{item.FORM}.html",
            "facts_template": f"compliance/filings/_{item.FORM}_facts.html",
            "item": item,
            "row": Row(item, today),
            "form_number": FORM_NUMBERS[item.FORM],
            "may_edit": self.may_work and item.FORM == SAR and item.status == Status.DRAFT,
            "may_write": self.may_work and item.FORM == OFAC and item.status == Status.DRAFT,
            "questions": [(words, item.answers.get(code, "")) for code, words in QUESTIONS.items()]
            if isinstance(item, ActivityReport)
            else [],
            "kinds": [KINDS[code][0] for code in item.kinds if code in KINDS]
            if isinstance(item, ActivityReport)
            else [],
            "duty": duty.in_words(item, utcnow()) if isinstance(item, ActivityReport) else "",
            "lines": movement_rows(item) if isinstance(item, CashReport) else [],
            "target": target_rows(item) if isinstance(item, OfacReport) else [],
            "people": person_rows(item),
            "events": events(records(item)),
            "stages": stages(item),
            "drafted_at": from_iso(item.drafted_at),
            "audit_url": f"{reverse('audit')}?subject={item.FORM}%23{item.filing_id}",
            **self._steps(bound),
        }
        return render(self.request, "compliance/filings/filing.html", known, status=status)

    def _steps(self, bound: VersionForm | None) -> dict[str, Any]:
        """The steps that lead on from here, for who may take them, each with its form."""
        item, found = self.item, []
        for step in STEPS:
            if not (self.may_work and step.is_for(item)):
                continue
            shown = bound if type(bound) is step.form else step.form(initial={"version": item.version})
            if bound is not None and shown is bound:
                shown.data = {
                    **dict(bound.data.items()),
                    "version": item.version,
                }  # what was typed, on what is there now
            found.append((step, shown))
        return {"steps": found, "problem": bound.errors if bound and not found else None}


def stages(item: Filing) -> list[tuple[str, str]]:
    """The way of a filing: each stage with "done", "now" or ""."""
    if item.status == Status.DISMISSED:
        return [(LABELS[Status.DRAFT], "done"), (LABELS[Status.REVIEWED], "done"), (LABELS[Status.DISMISSED], "done")]
    way = [Status.DRAFT, Status.REVIEWED, Status.APPROVED, Status.FILED]
    here = way.index(Status(item.status))
    return [
        (LABELS[one], "done" if place < here or item.status == Status.FILED else "now" if place == here else "")
        for place, one in enumerate(way)
    ]
