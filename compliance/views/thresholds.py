"""`/compliance/thresholds`: each adjustable number of the bank; `/<code>`: its history, asking for another value."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.generic import View

from accounts.http import actor_of, person
from cloudbank.approvals import NotAllowed
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.parameters import Parameter, Value, declared
from cloudbank.templatetags import bank
from compliance.forms import ThresholdFilter, ThresholdForm
from compliance.queries import thresholds as queries
from compliance.queries.thresholds import Threshold
from compliance.services.thresholds import CHANGE, ask_threshold, bounds, in_words, room_of, unit_note
from monitoring.views.tuning import APPROVES, WORK, trial_url

DEFAULT_TAG = format_html('<span class="tag">{}</span>', "Default")
SET_TAG = format_html('<span class="tag tag-amber">{}</span>', "Set")
VIEW, SET = "compliance.view_control", "compliance.set_threshold"


@dataclass(frozen=True)
class Row:
    """A threshold in the list."""

    threshold: Threshold
    today: date
    waits: bool

    @property
    def parameter(self) -> Parameter:
        """What is declared."""
        return self.threshold.parameter

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("threshold", args=[self.parameter.code])

    @property
    def value(self) -> str:
        """What is in force."""
        return in_words(self.parameter, self.threshold.on(self.today))

    @property
    def is_changed(self) -> bool:
        """Whether that differs from the default."""
        return self.threshold.on(self.today) != self.parameter.initial(self.today)

    @property
    def state(self) -> SafeString:
        """Default or set, and whether a change waits or is planned."""
        shown = [SET_TAG if self.is_changed else DEFAULT_TAG]
        if self.threshold.planned(self.today):
            shown.append(bank.badge("queued", "Planned"))
        if self.waits:
            shown.append(bank.badge("pending", "Waits for approval"))
        return format_html("{} " * len(shown), *shown)

    @property
    def in_plain(self) -> str:
        """The same for a file."""
        return "set" if self.is_changed else "default"


def _in_rooms(row: Row) -> tuple[str, str]:
    return room_of(row.parameter.code), row.parameter.code


def _since(row: Row) -> tuple[str, str]:
    since = row.threshold.since(row.today)
    return since.isoformat() if since else "", row.parameter.code


SORTS: dict[str, Callable[[Row], tuple[str, str]]] = {
    "label": lambda row: (row.parameter.label.casefold(), row.parameter.code),
    "room": _in_rooms,
    "since": _since,
}


class ThresholdList(ListView):
    """All parameters that the rooms declare, with what is in force today."""

    name, title, icon = "thresholds", "Thresholds", "sliders"
    saved_views = True
    intro = "Every limit, rule and deadline with the value in force today. A change needs a second person."
    permission_required = VIEW
    form_class = ThresholdFilter
    template_name = "compliance/thresholds.html"
    page_sizes = (100, 50, 25)
    columns: Sequence[Column] = (
        Column(
            "label",
            "Threshold",
            main=True,
            value=lambda row: row.parameter.label,
            link=lambda row: row.url,
            note=lambda row: row.parameter.code,
            sort="label",
        ),
        Column("room", "Of", value=lambda row: room_of(row.parameter.code), sort="room"),
        Column("value", "In force", value="value"),
        Column("since", "Since", "date", value=lambda row: row.threshold.since(row.today), sort="since"),
        Column("state", "State", "html", value="state", export="in_plain"),
        Column("source", "Source", value=lambda row: row.parameter.source),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many each room declares."""
        return {"counted": Counter(room for one in declared() for room in ("", one.code.partition(".")[0]))}

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """A small set, in memory; the cursor is the number of rows before the page."""
        now, wanted = utcnow(), query.filters
        waits = queries.waiting_codes(CHANGE, now)
        rows = [Row(one, now.date(), one.parameter.code in waits) for one in queries.thresholds()]
        room = wanted.get("room", "")
        rows = [row for row in rows if not room or row.parameter.code.startswith(f"{room}.")]
        rows = [row for row in rows if not wanted.get("changed") or row.is_changed]
        rows.sort(key=SORTS.get(query.sort, _in_rooms), reverse=query.descending)
        start = int(cursor or 0)
        return Page(rows[start : start + limit], start + limit if start + limit < len(rows) else None)

    def extra_context(self) -> dict[str, Any]:
        """The tab."""
        return {"tab": "thresholds"}


class ThresholdPage(PermissionRequiredMixin, View):
    """One threshold. A change posts here, and is asked of a second person."""

    permission_required = VIEW

    @cached_property
    def threshold(self) -> Threshold:
        """The threshold of this address, or 404."""
        found = queries.threshold(self.kwargs["code"])
        if found is None:
            raise Http404("There is no such threshold.")
        return found

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Ask for another value."""
        if not request.user.has_perm(SET):
            raise PermissionDenied
        form = ThresholdForm(request.POST, parameter=self.threshold.parameter)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        asked = form.cleaned_data
        try:
            item = ask_threshold(
                code=code,
                value=asked["value"],
                effective_from=asked["effective_from"],
                reason=asked["reason"],
                key=asked["key"],
                actor=actor_of(request),
                name=person(request).name,
                now=utcnow(),
            )
        except NotAllowed as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self.page(form, UNPROCESSABLE)
        messages.success(request, "Asked. Nothing changes until another person approves.")
        return redirect("approval", approval_id=item.approval_id)

    def page(self, form: ThresholdForm | None = None, status: int = 200) -> HttpResponse:
        """The whole page."""
        now, found = utcnow(), self.threshold
        parameter, today = found.parameter, now.date()
        value = found.on(today)
        start = {"value": value, "effective_from": today}
        known = {
            "tab": "thresholds",
            "parameter": parameter,
            "room": room_of(parameter.code),
            "value": in_words(parameter, value),
            "default": in_words(parameter, parameter.initial(today)),
            "is_default": value == parameter.initial(today),
            "is_published": bool(parameter.published),
            "since": found.since(today),
            "bounds": bounds(parameter),
            "unit_note": unit_note(parameter),
            "planned": self._in_words(found.planned(today)),
            "changes": [(one, self._in_words(one.entries)) for one in queries.changes(parameter.code)],
            "waiting": [(one, self._trial(one.content["value"])) for one in queries.waiting(parameter.code, now)],
            "form": (form or ThresholdForm(initial=start, parameter=parameter))
            if self.request.user.has_perm(SET)
            else None,
        }
        return render(self.request, "compliance/threshold.html", known, status=status)

    def _trial(self, value: Value) -> str:
        """Where the value that is asked for is tried on history, for who may; "" when it is no rule's."""
        user = self.request.user
        may = user.has_perm(APPROVES) or user.has_perm(WORK)
        return trial_url(self.threshold.parameter.code, value) if may else ""

    def _in_words(self, entries: list[tuple[date, Value]]) -> list[tuple[date, str]]:
        return [(day, in_words(self.threshold.parameter, value)) for day, value in entries]
