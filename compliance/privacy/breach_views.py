"""The breach register's pages: the list, a new breach, one breach with what is left to do."""

from collections.abc import Callable
from dataclasses import dataclass
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
from accounts.queries.audit_words import told
from accounts.queries.people import users
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import from_iso, utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.ids import new_id
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.lists.sorting import Sorting
from compliance.privacy import breaches
from compliance.privacy.forms import AssessForm, AuthorityForm, BreachFilter, NewBreachForm, PersonsForm
from compliance.privacy.models import Breach
from compliance.privacy.services import WORK
from compliance.privacy.terms import RISKS
from compliance.steps import NotAllowed

MOST = 50


def _state(item: Breach) -> str:
    if not item.is_open:
        return "closed"
    if item.authority_waits:
        return "overdue" if item.due < utcnow() else "open"
    return "in progress"


SORTS: dict[str, Callable[[Breach], Any]] = {
    "aware": lambda item: (item.aware_at, item.transaction_id),
    "due": lambda item: (item.due, item.transaction_id),
    "risk": lambda item: (list(RISKS).index(item.risk), item.aware_at),
    "persons": lambda item: (item.persons, item.aware_at),
}


class BreachList(ListView):
    """Every breach of personal data, told or not (GDPR art. 33(5))."""

    name, title, icon = "breaches", "Breach register", "shield-exclamation"
    saved_views = True
    intro = "Every breach of personal data; the authority is told within 72 hours of awareness, or with the reasons."
    permission_required = "compliance.view_control"
    form_class = BreachFilter
    template_name = "compliance/breaches.html"
    empty_title, empty_text = "No breach is open", "Officers note one as soon as the bank is aware of it."
    columns = (
        Column(
            "title", "Breach", main=True, link=lambda item: reverse("breach", args=[item.transaction_id]), note="data"
        ),
        Column("aware", "Aware", "time", sort="aware"),
        Column("due", "Authority told by", "time", sort="due"),
        Column("risk", "Risk", value=lambda item: RISKS[item.risk].partition(":")[0], sort="risk"),
        Column("persons", "Persons", "number", sort="persons"),
        Column("state", "State", "badge", value=_state),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many are open, and closed."""
        return {"counted": {"": breaches.open_breaches().count(), "closed": breaches.closed_breaches().count()}}

    @cached_property
    def sorting(self) -> Sorting:
        """The orders beside that of the worklist."""
        return Sorting(SORTS)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        return self.sorting.totals

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By the worklist's keys."""
        found = breaches.closed_breaches() if query.filters.get("show") else breaches.open_breaches()
        return self.sorting.page(found.page, query, cursor, limit)

    def extra_context(self) -> dict[str, Any]:
        """The tab."""
        return {"tab": "privacy"}


class NewBreachView(PermissionRequiredMixin, View):
    """Note a breach."""

    permission_required = WORK

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.page(NewBreachForm(initial={"key": new_id("key"), "persons": 0}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Note it, or say what is wrong."""
        form = NewBreachForm(request.POST)
        if form.is_valid():
            cleaned = form.cleaned_data
            try:
                item = breaches.note_breach(
                    facts=form.facts(),
                    aware_at=cleaned["aware_at"],
                    key=cleaned["key"],
                    actor=actor_of(request),
                    now=utcnow(),
                )
            except NotAllowed as error:
                form.add_error(error.field or None, error.message)
            else:
                messages.success(request, "The breach is in the register; the clock runs.")
                return redirect("breach", breach_id=item.transaction_id)
        return self.page(form, UNPROCESSABLE)

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page."""
        return render(self.request, "compliance/breach_new.html", {"tab": "privacy", "form": form}, status=status)


@dataclass(frozen=True)
class Deed:
    """What can be done about a breach."""

    form: type[forms.Form] | None
    do: Callable[..., Breach]
    done: str


DEEDS = {
    "assess": Deed(AssessForm, breaches.assess_breach, "Kept."),
    "authority": Deed(AuthorityForm, breaches.tell_authority, "Kept: the authority was told."),
    "persons": Deed(PersonsForm, breaches.tell_persons, "Kept: the persons were told."),
    "close": Deed(None, breaches.close_breach, "The breach is closed; it stays in the register."),
}


class BreachView(PermissionRequiredMixin, View):
    """One breach."""

    permission_required: Any = "compliance.view_control"

    @cached_property
    def item(self) -> Breach:
        """The breach, or 404."""
        item = breaches.breach(self.kwargs["breach_id"])
        if item is None:
            raise Http404("There is no such breach.")
        return item

    def get(self, request: HttpRequest, breach_id: str) -> HttpResponse:
        """The page."""
        return self.page()

    def page(self, status: int = 200, **answered: Any) -> HttpResponse:
        """The page; `answered` are forms that were sent and have errors."""
        item = self.item
        records = AuditRecord.by_subject.query(subject_of(item), scan_index_forward=False, limit=MOST)
        people = users(item.customer_ids)
        version = {"version": item.version}
        may_work = item.is_open and self.request.user.has_perm(WORK)
        known: dict[str, Any] = {
            "tab": "privacy",
            "item": item,
            "state": _state(item),
            "late": item.authority_waits and item.due < utcnow(),
            "risk": RISKS[item.risk],
            "authority_at": from_iso(item.authority_at) if item.authority_at else None,
            "persons_at": from_iso(item.persons_at) if item.persons_at else None,
            "people": [people[one] for one in item.customer_ids if one in people],
            "history": [(one, from_iso(one.record.at)) for one in told(list(records))],
            "may_work": may_work,
            "missing": breaches.missing(item),
        }
        if may_work:
            asked = {name: getattr(item, name, "") for name in AssessForm.names} | {"categories": item.data}
            known["assess"] = AssessForm(initial=asked | version | {"customers": "\n".join(item.customer_ids)})
            known["authority"] = None if item.authority_at else AuthorityForm(initial=version)
            known["persons_form"] = None if item.persons_at else PersonsForm(initial=version)
        return render(self.request, "compliance/breach.html", known | answered, status=status)


class BreachDeedView(BreachView):
    """What is done about a breach: POST only."""

    permission_required = WORK
    http_method_names = ["post"]

    def post(self, request: HttpRequest, breach_id: str, code: str) -> HttpResponse:
        """Do it, or say why not."""
        if code not in DEEDS or self.item is None:
            raise Http404("There is no such thing to do.")
        deed = DEEDS[code]
        form = deed.form(request.POST) if deed.form else None
        if form is None or form.is_valid():
            try:
                self.do(deed, form)
            except NotAllowed as error:
                if form is None:
                    messages.error(request, error.message)
                    return redirect("breach", breach_id=breach_id)
                form.add_error(error.field if error.field in form.fields else None, error.message)
                del self.item
            else:
                messages.success(request, deed.done)
                return redirect("breach", breach_id=breach_id)
        return self.page(UNPROCESSABLE, **{"persons_form" if code == "persons" else code: form})

    def do(self, deed: Deed, form: forms.Form | None) -> None:
        """The one domain call."""
        who: dict[str, Any] = {"breach_id": self.item.transaction_id, "actor": actor_of(self.request), "now": utcnow()}
        if isinstance(form, AssessForm):
            deed.do(facts=form.facts(), version=form.cleaned_data["version"], **who)
        elif form is not None:
            deed.do(**form.cleaned_data, **who)
        else:
            version = self.request.POST.get("version", "")
            deed.do(version=int(version) if version.isascii() and version.isdigit() else 0, **who)
