"""`/compliance/records`: all kinds of records; `/<kind>/<key>`: one record; `/<kind>/<key>/<tab>`: one of its lists."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.forms.fields import PlainField
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import ListQuery, ListView, Page
from compliance.queries.chains import is_key
from compliance.records import RECORDS
from compliance.records.finding import locate
from compliance.records.screen import OVERVIEW, VIEW, Group, Screen, Tab


def screen_for(code: str, reader: Any) -> Screen[Any]:
    """The kind with this code, or 404 for who may not see it."""
    if code not in RECORDS or not RECORDS[code].is_for(reader):
        raise Http404("There is no such kind of record.")
    return RECORDS[code]


class FindForm(forms.Form):
    """One box for every number that the bank gives out."""

    q = PlainField(
        label="Find by number",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "class": "form-control", "autocomplete": "off"}),
        help_text="An account number, or the id of a person, alert, case, filing, action, request, report or run.",
    )


class RecordsIndex(PermissionRequiredMixin, View):
    """Every kind that this person sees, and the box that leads straight to one record."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """The index; with `?q=` the record of that number."""
        form = FindForm(request.GET if "q" in request.GET else None)
        if form.is_bound and form.is_valid() and (asked := form.cleaned_data["q"]):
            if found := locate(asked, request.user):
                return redirect(found)
            form.add_error("q", "There is no record with this number that you may see. Compare it sign by sign.")
        order = {group: place for place, group in enumerate(Group)}
        seen = [one for one in RECORDS if one.is_for(request.user)]
        mine = sorted(seen, key=lambda one: (order[one.group], one.title))
        known = {
            "tab": "records",
            "form": form,
            "groups": [
                (group, [_shown(one, request.user) for one in some])
                for group, some in groupby(mine, key=lambda one: one.group)
            ],
        }
        return render(request, "compliance/records/index.html", known, status=UNPROCESSABLE if form.errors else 200)


def _shown(screen: Screen[Any], reader: Any) -> dict[str, Any]:
    add = screen.add if screen.add and screen.add.is_for(reader) else None
    return {"screen": screen, "url": screen.list_url(), "add": add, "add_url": add.url(None) if add else ""}


class KindView(PermissionRequiredMixin, View):
    """`/compliance/records/<kind>`: to the list of that kind, wherever it is worked with."""

    permission_required = VIEW

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """There."""
        return redirect(screen_for(kind, request.user).list_url())


class RecordView(ListView):
    """One record: its facts, or one of its lists. What this person may not see is not there."""

    permission_required = VIEW
    http_method_names = ("get", "head", "options")
    template_name = "compliance/records/record.html"
    screen: Screen[Any]
    item: Any
    tabs: list[Tab[Any]]
    shown: Tab[Any] | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the record before anything else is answered."""
        if self.has_permission():
            self.screen = screen_for(kwargs["kind"], request.user)
            self.item = self.screen.found(kwargs["key"], request.user) if is_key(kwargs["key"]) else None
            if self.item is None:
                raise Http404("There is no such record.")
            self.tabs = self.screen.tabs_of(self.item, request.user)
            self._choose(kwargs.get("tab", ""))
        return super().dispatch(request, *args, **kwargs)

    def _choose(self, code: str) -> None:
        """Which tab is shown: the facts ("") or a list, which gives this view its name and columns."""
        self.shown = next((one for one in self.tabs if one.code == code), None)
        if code and self.shown is None:
            raise Http404("There is no such part of it.")
        name = self.screen.name(self.item)
        self.name = f"record-{self.screen.code}-{code or OVERVIEW}"  # type: ignore[misc]
        self.title = f"{name}: {self.shown.title}" if self.shown else name  # type: ignore[misc]
        self.icon, self.export_formats = self.screen.icon, ListView.export_formats if self.shown else ()
        if self.shown:
            self.columns, self.empty_title = self.shown.shown, self.shown.empty

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of the tab."""
        return self.shown.rows(self.item, query.user, cursor, limit) if self.shown else Page([])

    def export_facts(self) -> list[tuple[str, str]]:
        """The file also says of which record it is."""
        note = self.shown.note(self.item) if self.shown else ""
        which = [("Which", note)] if note else []
        return [(self.screen.one, self.screen.key(self.item)), *which, *super().export_facts()]

    def extra_context(self) -> dict[str, Any]:
        """The head, the tabs, and the facts where no list is shown."""
        screen, item, reader, key = self.screen, self.item, self.request.user, self.screen.key(self.item)
        may_change = screen.change is not None and screen.change.is_for(reader)
        ways = [("", "Facts", screen.url(key))]
        ways += [(one.code, one.title, screen.url(key, one.code)) for one in self.tabs]
        return {
            "tab": "records",
            "screen": screen,
            "key": key,
            "record_name": screen.name(item),
            "badge": screen.badge(item),
            "ways": ways,
            "way": self.shown.code if self.shown else "",
            "note": self.shown.note(item) if self.shown else "",
            "facts": None if self.shown else screen.facts(item, reader),
            "kind_url": screen.list_url(),
            "work_url": screen.work_url(item),
            "change": screen.change if may_change else None,
            "change_url": screen.change.url(item) if screen.change and may_change else "",
        }
