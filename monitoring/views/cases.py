"""`/cases`: what is under investigation, by age; and what is taken out of a case (files, PDF, JSON)."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.generic import View

from accounts.http import actor_of, person, signed_in_person
from accounts.models import User
from accounts.queries.people import users
from cloudbank import documents
from cloudbank.clock import from_iso, iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.documents import StoredDocument
from cloudbank.exports import safe_filename
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.lists.taken import Taker, take_away
from monitoring.case_paper import as_json, as_pdf
from monitoring.case_showing import paper_of
from monitoring.casework import OUTCOMES, STATUSES, CaseFile
from monitoring.forms.cases import CaseFilterForm
from monitoring.queries.casework import MOST_SORTED, OPEN, CaseFilter, age_of, ages, cases_page, dossier_of, get_case
from monitoring.queries.workers import workers

VIEW = "monitoring.view_case"
TYPES = {"pdf": "application/pdf", "json": "application/json"}


@dataclass(frozen=True)
class Row:
    """A case in the list, with the names of its people."""

    case: CaseFile
    people: dict[str, User]
    now: datetime

    @property
    def id(self) -> str:
        """The case."""
        return self.case.case_id

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("case", args=[self.case.case_id])

    @property
    def customers(self) -> str:
        """Whom it is about: two names, and how many more."""
        names = [self._name(one) for one in self.case.customers]
        return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")

    @property
    def owner(self) -> str:
        """Who investigates."""
        return self._name(self.case.owner_id) if self.case.owner_id else ""

    @property
    def age(self) -> str:
        """ "12 days", on the bank's calendar."""
        last = from_iso(self.case.closed_at) if self.case.closed_at else self.now
        days = age_of(self.case.opened_at, _local(last))
        return f"{days} day{'' if days == 1 else 's'}"

    @property
    def state(self) -> str:
        """Its status; of a closed one how it ended."""
        return OUTCOMES.get(self.case.outcome, STATUSES[self.case.state_at(iso(self.now))])

    def _name(self, user_id: str) -> str:
        found = self.people.get(user_id)
        return found.name if found else user_id


def _local(moment: datetime) -> date:
    return bank_calendar().local(moment).date()


class Cases(ListView):
    """The list, the oldest first."""

    name = "cases"
    saved_views = True
    title = "Cases"
    intro = "Alerts that belong together, investigated and decided as one. The oldest stands first."
    icon = "folder2-open"
    permission_required = VIEW
    form_class = CaseFilterForm
    default_sort = "opened"
    template_name = "monitoring/cases.html"
    empty_title = "No open case"
    empty_text = "An alert that needs an investigation is escalated on its page, or several of them in the queue."
    columns = (
        Column("title", "Case", main=True, value=lambda row: row.case.title, link=lambda row: row.url, note="id"),
        Column("severity", "Severity", "severity", value=lambda row: row.case.severity, sort="severity"),
        Column("customers", "About"),
        Column("alerts", "Alerts", "number", value=lambda row: len(row.case.alert_ids), sort="alerts"),
        Column("age", "Age", sort="opened"),
        Column("changed", "Last change", "time", value=lambda row: from_iso(row.case.changed_at), sort="changed"),
        Column("status", "Status", "badge", value="state", note="owner"),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """The colleagues to choose from."""
        me = signed_in_person(self.request).user_id
        named = [(one.user_id, "Me" if one.user_id == me else one.name) for one in workers()]
        return {"workers": named, "aged": self.aged}

    @cached_property
    def aged(self) -> dict[str, int]:
        """How many cases are open, by age."""
        return ages(self.now)

    is_cut = False
    """Whether there are more cases than were sorted."""

    @cached_property
    def now(self) -> datetime:
        """One instant for the page."""
        return utcnow()

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of cases, read strongly."""
        wanted = query.filters
        chosen = CaseFilter(
            now=self.now,
            status=wanted.get("status") or OPEN,
            severity=wanted.get("severity", ""),
            owner_id=wanted.get("owner", ""),
            age=wanted.get("age", ""),
            customer_id=wanted.get("customer", ""),
        )
        page = cases_page(chosen, sort=query.sort, descending=query.descending, cursor=cursor or "", limit=limit)
        found, self.is_cut = page.rows, page.is_cut
        named = {one for case in found for one in (*case.customers, case.owner_id)} - {""}
        people = users(sorted(named))
        return Page([Row(case, people, self.now) for case in found], page.cursor or None)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        if not self.is_cut:
            return None
        return Totals("More cases than are sorted", [("sorted are those opened first", f"{MOST_SORTED:,}")])

    def extra_context(self) -> dict[str, Any]:
        """The tiles: open cases by age (for a whole page only)."""
        whole = "HX-Request" not in self.request.headers
        me = signed_in_person(self.request).user_id
        return {
            "ages": list(self.aged.items()) if whole else None,
            "cases_url": reverse("cases"),
            "me": me,
        }


class TakeOut(PermissionRequiredMixin, View):
    """Base of what leaves a case as a file: counted and kept in the trail of who took it."""

    permission_required = VIEW

    def found(self, case_id: str) -> CaseFile:
        """The case, or 404."""
        case = get_case(case_id)
        if case is None:
            raise Http404("no such case")
        return case

    def taken(self, request: HttpRequest, case: CaseFile, what: str, extension: str) -> None:
        """Note it before a byte leaves. Raises throttle.TooMany, store.Unavailable."""
        actor = actor_of(request)
        facts = [("Case", case.case_id), ("What", what)]
        taker = Taker(actor.user_id, actor.role, actor.source)
        take_away(taker, path=request.path, extension=extension, facts=facts, now=utcnow())

    def sent(self, content: bytes, stem: str, extension: str, content_type: str) -> HttpResponse:
        """Always a download: nothing that somebody uploaded is ever shown by the bank's own pages."""
        name = safe_filename(stem, extension)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type=content_type, headers=headers)


class CaseExport(TakeOut):
    """`/cases/<case_id>.<pdf|json>`: the whole case."""

    def get(self, request: HttpRequest, case_id: str, extension: str) -> HttpResponse:
        """The file."""
        case = self.found(case_id)
        if extension not in TYPES:
            raise Http404("no such format")
        self.taken(request, case, "the whole case", extension)
        now = utcnow()
        paper = paper_of(dossier_of(case), bank=settings.BANK_NAME, taken_by=person(request).name, now=now)
        content = as_pdf(paper) if extension == "pdf" else as_json(paper)
        stem = f"case {case.title[:40]} {bank_calendar().local(now):%Y-%m-%d %H%M}"
        return self.sent(content, stem, extension, TYPES[extension])


class CasePaperFile(TakeOut):
    """`/cases/<case_id>/files/<paper>`: a file that somebody put into the case."""

    def get(self, request: HttpRequest, case_id: str, paper: str) -> HttpResponse:
        """The bytes, proven to be those that were stored."""
        case = self.found(case_id)
        found = case.paper(paper)
        if found is None:
            raise Http404("no such file")
        self.taken(request, case, f"the file {found.title}.{found.extension}, {found.sha256}", found.extension)
        content = documents.read_document(StoredDocument(found.stored, found.size, found.sha256))
        return self.sent(content, found.title, found.extension, "application/octet-stream")
