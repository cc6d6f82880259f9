"""The register of requests under 314(a), taking one in, and one request. For all others these pages are not there."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, View

from accounts.http import actor_of
from accounts.queries.people import users
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE, UnprocessableFormMixin
from cloudbank.lists import Column, ListQuery, ListView, Page
from compliance.filings.forms import VersionForm
from compliance.filings.terms import Refused, due_text
from compliance.queries.selections import Selected, Selection
from compliance.requests314.forms import DecideForm, DiscardForm, ReplyForm, RequestForm, RequestsFilter
from compliance.requests314.matching import Finding
from compliance.requests314.models import REQUESTS, InformationRequest
from compliance.requests314.services import (
    close_request,
    decide_subject,
    discard_request,
    information_request,
    papers_of,
    receive_request,
    search_request,
)
from compliance.requests314.subjects import KINDS, Subject
from compliance.requests314.terms import LOOKS, REVIEW, SEARCH, STATES, TO_SEARCH, VIEW
from compliance.steps import NotAllowed

MOST_SHOWN = 50
"""Subjects with findings on a page; those that wait for a decision stand first."""


class Hidden(PermissionRequiredMixin):
    """404 for who lacks the permission, whatever is asked for."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As if there was no such page."""
        if not self.has_permission():
            raise Http404("There is no such page.")
        return super().dispatch(request, *args, **kwargs)


def _today() -> date:
    return bank_calendar().local(utcnow()).date()


class Row:
    """A request in the list."""

    def __init__(self, item: InformationRequest, today: date) -> None:
        self.item, self.today = item, today

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("request_314a", args=[self.item.request_id])

    @property
    def state(self) -> str:
        """Where it stands."""
        return STATES[self.item.status]

    @property
    def left(self) -> str:
        """ "8 days left"; "" when it is closed."""
        return due_text((self.item.due - self.today).days) if self.item.is_open else ""

    @property
    def answer(self) -> str:
        """ "2 matches told on 2026-11-20", "no match"; "" while it is open."""
        if self.item.is_open or not self.item.searched_at:
            return ""
        number = len(self.item.matches)
        return f"{number} match{'' if number == 1 else 'es'} told" if number else "no match, no reply"


class RequestList(Hidden, ListView):
    """Every request, the newest first."""

    name, title, icon = "requests-fincen", "314(a) requests", "search"
    intro = "FinCEN's lists of subjects (31 CFR 1010.520): searched within two weeks; a match is told to FinCEN alone."
    permission_required = VIEW
    form_class = RequestsFilter
    template_name = "compliance/requests314/list.html"
    empty_title = "No request yet"
    empty_text = "Take in the files that FinCEN posts every two weeks."
    columns = (
        Column("tracking", "Request", main=True, value=lambda row: row.item.tracking, link=lambda row: row.url),
        Column("posted_on", "Posted", "date", value=lambda row: row.item.posted),
        Column("due_on", "Due", "date", value=lambda row: row.item.due, note="left"),
        Column("subjects", "Subjects", "number", value=lambda row: row.item.subjects),
        Column("state", "State", "badge"),
        Column("answer", "Answer"),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By when they came in."""
        state = query.filters.get("state")
        only = (InformationRequest.status == state) if state else None
        found = Selected([Selection(InformationRequest, "by_day", REQUESTS, only=only, newest_first=True)])
        page, today = found.page(cursor, limit), _today()
        return Page([Row(one, today) for one in page.rows], page.next_cursor)

    def extra_context(self) -> dict[str, Any]:
        """The tab."""
        return {"tab": "filings", "part": "requests_314a"}


class NewRequest(Hidden, UnprocessableFormMixin, FormView):
    """Takes in FinCEN's files."""

    permission_required = SEARCH
    form_class = RequestForm
    template_name = "compliance/requests314/new.html"

    def get_initial(self) -> dict[str, Any]:
        """Most are taken in on their day."""
        return {"posted_on": _today()}

    def form_valid(self, form: RequestForm) -> HttpResponse:
        """Kept whole, or what is wrong."""
        said = form.cleaned_data
        files = {name: said[name].read() if said[name] else b"" for name in ("persons", "businesses")}
        try:
            item = receive_request(
                tracking=said["tracking"], posted_on=said["posted_on"], actor=actor_of(self.request), now=utcnow(),
                **files,
            )  # fmt: skip
        except (Refused, NotAllowed) as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.form_invalid(form)
        messages.success(self.request, f"{item.subjects:,} subjects are here. Search for them now.")
        return redirect("request_314a", request_id=item.request_id)


class Found:
    """A subject of whom something was found, with the form of its decision."""

    def __init__(self, subject: Subject, finding: Finding, names: Mapping[str, str], form: DecideForm | None) -> None:
        self.subject, self.finding, self.form = subject, finding, form
        self.kind = KINDS[subject.kind]
        self.places = [(one, names.get(one.customer_id, one.customer_id)) for one in finding.places]
        self.decided_by = names.get(finding.decided_by, finding.decided_by)


class RequestPage(Hidden, View):
    """One request: its search, what was found, the reply. Names are for those alone who may search."""

    permission_required = VIEW
    steps: Mapping[str, tuple[type[forms.Form], Callable[..., InformationRequest]]] = {
        "search": (VersionForm, search_request),
        "decide": (DecideForm, decide_subject),
        "reply": (ReplyForm, close_request),
        "close": (VersionForm, close_request),
        "discard": (DiscardForm, discard_request),
    }

    @cached_property
    def item(self) -> InformationRequest:
        """The request, or 404."""
        found = information_request(self.kwargs["request_id"])
        if found is None:
            raise Http404("There is no such request.")
        return found

    def get(self, request: HttpRequest, request_id: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, request_id: str) -> HttpResponse:
        """One step."""
        step = request.POST.get("step", "")
        if not request.user.has_perm(SEARCH) or step not in self.steps:
            raise Http404("There is no such step.")
        form_class, service = self.steps[step]
        form = form_class(request.POST)
        if form.is_valid():
            said = form.cleaned_data | ({"replied_on": None} if step == "close" else {})
            try:
                item = service(request_id=self.item.request_id, actor=actor_of(request), now=utcnow(), **said)
                messages.success(request, _said(step, item))
                return redirect("request_314a", request_id=request_id)
            except (Refused, NotAllowed) as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
                del self.item
        return self.page(step, form, UNPROCESSABLE)

    def page(self, step: str = "", form: forms.Form | None = None, status: int = 200) -> HttpResponse:
        """The request as it is; `form`: the one that was sent with this step and refused."""
        item = self.item
        may = self.request.user.has_perm(SEARCH)
        subjects, findings = papers_of(item) if may else ({}, {})
        people = {one.customer_id for some in findings.values() for one in some.places}
        people |= {one.decided_by for one in findings.values()} | {item.received_by, item.searched_by, item.closed_by}
        names = {key: one.name for key, one in users(filter(None, people)).items()}
        order = sorted(findings, key=lambda number: (bool(findings[number].decision), number))
        known = {
            "tab": "filings",
            "part": "requests_314a",
            "item": item,
            "row": Row(item, _today()),
            "look": LOOKS[item.status],
            "may": may,
            "names": names,
            "is_unsearched": item.status == TO_SEARCH,
            "is_decided": item.status == REVIEW and not item.undecided,
            "received_at": from_iso(item.received_at),
            "searched_at": from_iso(item.searched_at) if item.searched_at else None,
            "closed_at": from_iso(item.closed_at) if item.closed_at else None,
            "received_by": names.get(item.received_by, item.received_by),
            "searched_by": names.get(item.searched_by, item.searched_by),
            "closed_by": names.get(item.closed_by, item.closed_by),
            "looked_at": item.looked_at,
            "found": [
                Found(subjects[number], findings[number], names, self.decide_form(number, step, form))
                for number in order[:MOST_SHOWN]
            ],
            "unseen": max(0, len(order) - MOST_SHOWN),
            "reply_form": form if step == "reply" else ReplyForm(initial=self.known(replied_on=_today())),
            "discard_form": form if step == "discard" else DiscardForm(initial=self.known(), auto_id="discard_%s"),
            "problem": form.errors if form and step in ("search", "close") else None,
        }
        return render(self.request, "compliance/requests314/request.html", known, status=status)

    def known(self, **more: Any) -> dict[str, Any]:
        """What every form carries."""
        return {"version": self.item.version} | more

    def decide_form(self, number: str, step: str, form: forms.Form | None) -> DecideForm | None:
        """The form for a subject; the refused one where it was sent for this subject."""
        if self.item.status != REVIEW:
            return None
        if step == "decide" and isinstance(form, DecideForm) and form["subject"].value() == number:
            return form
        return DecideForm(initial=self.known(subject=number), auto_id=f"subject_{number}_%s")


def _said(step: str, item: InformationRequest) -> str:
    """What became of it."""
    if step == "search" and item.status == TO_SEARCH:
        return "A part of the records is searched. Search on."
    if step == "search":
        return f"All records are searched: something was found of {item.found:,} of {item.subjects:,} subjects."
    if step == "decide":
        return "Decided."
    return "Discarded, its names are deleted." if step == "discard" else "Closed, its names are deleted."
