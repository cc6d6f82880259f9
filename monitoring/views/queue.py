"""`/alerts`: the queue, most severe first; what is new; the dashboard's tile."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import View

from accounts.http import signed_in_person
from accounts.models import User
from accounts.queries.people import users
from cloudbank.clock import from_iso, iso, utcnow
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.templatetags.bank import when
from monitoring.forms.alerts import AlertFilterForm
from monitoring.keys import QUEUE
from monitoring.queries.alerts import MOST_SORTED, alerts_page, get_alert, queue_size, row_after
from monitoring.queries.news import Mark, mark_now, news_since, read_mark
from monitoring.queries.size import size_as_of
from monitoring.queries.workers import workers
from monitoring.views.bulk import ACTIONS
from monitoring.views.came import came_from, list_of
from monitoring.views.rows import Row

VIEW = "monitoring.view_alert"


_COLUMNS = (
    Column("title", "Why", main=True, link=lambda row: row.url, note=lambda row: row.alert.headline),
    Column("severity", "Severity", "severity", value=lambda row: row.alert.severity),
    Column("customer", "Customer", value="customer"),
    Column("score", "Score", "number", value=lambda row: row.alert.score, note="findings", sort="score"),
    Column(
        "amount", "Flagged", "balance",
        value=lambda row: row.alert.amount, currency=lambda row: row.alert.currency, sort="amount",
    ),
    Column("last_at", "Last finding", "time", value=lambda row: from_iso(row.alert.last_at), sort="last"),
    Column("due", "Decide in", "html", value="due", export=lambda row: row.alert.due_at, sort="due"),
    Column("status", "Status", "badge", value="state", note="assignee"),
)  # fmt: skip
_FILE = (
    *_COLUMNS,
    Column("opened_at", "Opened", "time", value=lambda row: from_iso(row.alert.opened_at)),
    Column("findings", "Findings", "number", value=lambda row: row.alert.finding_count),
    Column("assignee", "Assigned to", value="assignee"),
    Column("headline", "Sentence", value=lambda row: row.alert.headline),
    Column("id", "Alert", value="id"),
)


class AlertQueue(ListView):
    """The list, live."""

    name = "alerts"
    saved_views = True
    title = "Alerts"
    intro = "Most severe first, then by the time left to decide. New ones come in by themselves within a second."
    icon = "bell"
    permission_required = VIEW
    form_class = AlertFilterForm
    columns: Sequence[Column] = _COLUMNS
    template_name = "monitoring/alerts.html"
    fragment_name = "monitoring/_alert_table.html"
    empty_title = "No open alerts"
    empty_text = "Every movement is screened as it is posted; what needs a person appears here within a second."
    bulk_actions = ACTIONS
    row_id = "tick"
    is_cut = False
    """Whether there are more alerts than were sorted."""

    @cached_property
    def workers(self) -> list[User]:
        """Who may be chosen."""
        return workers()

    def get_form_kwargs(self) -> dict[str, Any]:
        """The colleagues to choose from."""
        me = signed_in_person(self.request).user_id
        return {"workers": [(one.user_id, "Me" if one.user_id == me else one.name) for one in self.workers]}

    @cached_property
    def pulse_url(self) -> str:
        """Where the page asks for news: since just before its rows were read."""
        return f"{reverse('alerts_pulse')}?{urlencode({'since': self.mark.text})}"

    @cached_property
    def mark(self) -> Mark:
        """The newest findings, from before anything that is shown was read."""
        return mark_now(utcnow())

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of alerts, read strongly."""
        _ = self.mark  # the mark is taken before the rows are read, so that nothing falls between
        now = utcnow()
        here = list_of(dict(query.filters), iso(now), query.order)
        found = alerts_page(here.wanted, cursor=cursor or "", limit=limit)
        named = {person for one in found.rows for person in (one.customer_id, one.assignee_id, one.lease_by)} - {""}
        people = users(sorted(named))
        self.is_cut = found.is_cut
        return Page([Row(alert, people, now, here) for alert in found.rows], found.cursor or None)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        if not self.is_cut:
            return None
        return Totals("More alerts than are sorted", [("sorted are the first of the queue", f"{MOST_SORTED:,}")])

    def export(self, extension: str) -> Any:
        """A file has room for more columns than a screen."""
        self.columns = _FILE
        return super().export(extension)

    def extra_context(self) -> dict[str, Any]:
        """The mark for the live bar, and how long the queue is (for a whole page only)."""
        whole = "HX-Request" not in self.request.headers
        return {
            "pulse_url": self.pulse_url,
            "queue": size_as_of(self.mark) if whole else None,
            "alerts_url": reverse("alerts"),
            "live_auto": "cursor" not in self.request.GET,
            "me": signed_in_person(self.request).user_id,
            "keys": QUEUE,
        }


class NextAlert(PermissionRequiredMixin, View):
    """`/alerts/next?after=<alert_id>`: leads to the row after it, in the list whose filters the address carries."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """There, or to the list when that was its last row."""
        here = came_from(request.GET, iso(utcnow()))
        after = request.GET.get("after", "")[:64]
        alert = get_alert(after) if after else None
        following = row_after(alert, here.wanted) if alert else ""
        if not following:
            messages.info(request, "That was the last alert of this list.")
        return redirect(here.alert_url(following) if following else here.list_url)


class AlertsPulse(PermissionRequiredMixin, View):
    """`/alerts/pulse?since=<mark>`: 204, or how many alerts are new. Without a mark: a mark to begin with."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Cheap: about one small query and one batched look-up of the watchers a second a process."""
        now = utcnow()
        mark = read_mark(request.GET.get("since", ""))
        if mark is None:
            url = f"{reverse('alerts_pulse')}?{urlencode({'since': mark_now(now).text})}"
            return JsonResponse({"count": 0, "next": url})
        news = news_since(mark, now)
        if not news.count:
            return HttpResponse(status=204)
        word = "new alert" if news.count == 1 else "new alerts"
        return JsonResponse({"count": news.count, "word": f"or more {word}" if news.is_cut else word})


class AlertsTile(PermissionRequiredMixin, View):
    """`/alerts/tile`: the open alerts as a tile of the dashboard."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """The number, and how many of them are critical."""
        return render(request, "monitoring/_tile.html", {"queue": queue_size(), "now": when(utcnow())})


class AlertsTiles(PermissionRequiredMixin, View):
    """`/alerts/tiles`: the tiles above the queue, which ask for themselves when there is news."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Open alerts by severity."""
        known = {"queue": queue_size(), "alerts_url": reverse("alerts")}
        return render(request, "monitoring/_queue_tiles.html", known)
