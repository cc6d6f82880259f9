"""`/alerts`: the queue, most severe first; what is new; the dashboard's tile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.generic import View

from accounts.http import actor_of, signed_in_person
from accounts.ledger import Actor, Refused
from accounts.models import User
from accounts.queries.people import users
from accounts.services.posting import Busy
from cloudbank.clock import from_iso, utcnow
from cloudbank.lists import BulkAction, BulkResult, Column, ListQuery, ListView, Page
from cloudbank.templatetags.bank import icon, when
from monitoring.deadlines import Due, due
from monitoring.forms.alerts import AlertFilterForm
from monitoring.models import FALSE_POSITIVE, OUTCOMES, STATUSES, Alert
from monitoring.queries.alerts import AlertFilter, alerts_page, get_alert, queue_size
from monitoring.queries.news import mark_now, news_since, read_mark
from monitoring.queries.workers import workers
from monitoring.rulebook import RANK, RULES
from monitoring.screen import RULE_FAILED
from monitoring.services.alerts import assign_alert, close_alert

VIEW, WORK = "monitoring.view_alert", "monitoring.work_alert"


def due_of(alert: Alert, now: datetime) -> Due:
    """What is said of the alert's deadline."""
    closed = from_iso(alert.closed_at) if alert.closed_at else None
    deadline = from_iso(alert.due_at) if alert.due_at else None
    return due(from_iso(alert.opened_at), deadline, closed, now)


def due_tag(alert: Alert, now: datetime) -> SafeString:
    """The deadline: colour, icon and words, the instant in its title."""
    said = due_of(alert, now)
    title = f"decide by {alert.due_at}" if alert.due_at else "found in imported history: no deadline runs"
    return format_html(
        '<span class="tag tag-{}" title="{}">{}{}</span>', said.variant, title, icon(said.icon), said.text
    )


def rule_titles(alert: Alert) -> str:
    """The names of the rules that found something, in the order of the alert's page: what only supports stands last."""
    if alert.family == RULE_FAILED:
        return "A rule failed"
    known = sorted(
        (RULES[code] for code in alert.rules if code in RULES),
        key=lambda one: (not one.alone, RANK[one.severity], one.number),
    )
    return ", ".join([one.title for one in known] + sorted(code for code in alert.rules if code not in RULES))


@dataclass(frozen=True)
class Row:
    """An alert in the queue, with the names of its people."""

    alert: Alert
    people: dict[str, User]
    now: datetime

    @property
    def id(self) -> str:
        """For the tick box."""
        return self.alert.alert_id

    @property
    def url(self) -> str:
        """The alert's page."""
        return reverse("alert", args=[self.alert.alert_id])

    @property
    def title(self) -> str:
        """Its rules."""
        return rule_titles(self.alert)

    def name_of(self, user_id: str) -> str:
        """A person's name, else their id."""
        found = self.people.get(user_id)
        return found.name if found else user_id

    @property
    def customer(self) -> str:
        """Whose alert."""
        return self.name_of(self.alert.customer_id)

    @property
    def assignee(self) -> str:
        """Who works on it."""
        return self.name_of(self.alert.assignee_id) if self.alert.assignee_id else ""

    @property
    def findings(self) -> str:
        """ "3 findings"."""
        count = self.alert.finding_count
        return f"{count:,} finding{'' if count == 1 else 's'}"

    @property
    def state(self) -> str:
        """Its status; of a closed one how it ended."""
        return OUTCOMES.get(self.alert.outcome, STATUSES[self.alert.status])

    @property
    def due(self) -> SafeString:
        """The deadline's tag."""
        return due_tag(self.alert, self.now)


_COLUMNS = (
    Column("title", "Why", main=True, link=lambda row: row.url, note=lambda row: row.alert.headline),
    Column("severity", "Severity", "severity", value=lambda row: row.alert.severity),
    Column("customer", "Customer", value="customer"),
    Column("score", "Score", "number", value=lambda row: row.alert.score, note="findings"),
    Column("amount", "Flagged", "balance", value=lambda row: row.alert.amount, currency=lambda row: row.alert.currency),
    Column("last_at", "Last finding", "time", value=lambda row: from_iso(row.alert.last_at)),
    Column("due", "Decide in", "html", value="due", export=lambda row: row.alert.due_at),
    Column("status", "Status", "badge", value="state", note="assignee"),
)
_FILE = (
    *_COLUMNS,
    Column("opened_at", "Opened", "time", value=lambda row: from_iso(row.alert.opened_at)),
    Column("findings", "Findings", "number", value=lambda row: row.alert.finding_count),
    Column("assignee", "Assigned to", value="assignee"),
    Column("headline", "Sentence", value=lambda row: row.alert.headline),
    Column("id", "Alert", value="id"),
)


def _each(ids: Sequence[str], change: Callable[[Alert], Any], done: str) -> list[BulkResult]:
    """Change the alerts one by one; each row says what became of it."""
    results = []
    for alert_id in ids:
        alert = get_alert(alert_id)
        if alert is None:
            results.append(BulkResult(alert_id, False, "There is no such alert."))
            continue
        label = f"{rule_titles(alert)}, {alert.headline}"
        try:
            change(alert)
        except (Refused, Busy) as refused:
            results.append(BulkResult(alert_id, False, str(refused), label))
        else:
            results.append(BulkResult(alert_id, True, done, label))
    return results


def _take(request: HttpRequest, ids: Sequence[str], reason: str) -> Sequence[BulkResult]:
    actor, now = actor_of(request), utcnow()

    def take(alert: Alert) -> None:
        assign_alert(alert_id=alert.alert_id, assignee_id=actor.user_id, revision=alert.revision, actor=actor, now=now)

    return _each(ids, take, "Assigned to you.")


def _dismiss(request: HttpRequest, ids: Sequence[str], reason: str) -> Sequence[BulkResult]:
    actor, now = actor_of(request), utcnow()

    def dismiss(alert: Alert) -> None:
        _refuse_critical(alert, actor)
        close_alert(
            alert_id=alert.alert_id, outcome=FALSE_POSITIVE, note=reason, revision=alert.revision, actor=actor, now=now
        )

    return _each(ids, dismiss, "Closed as false positive.")


def _refuse_critical(alert: Alert, actor: Actor) -> None:
    if alert.severity == "critical":
        raise Refused("critical", "Critical alerts are judged one by one; open this one.")


class AlertQueue(ListView):
    """The list, live."""

    name = "alerts"
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
    bulk_actions = (
        BulkAction("take", "Assign to me", "person-check", WORK, _take),
        BulkAction("dismiss", "Close as false positive", "check2-all", WORK, _dismiss, reason_label="what you found"),
    )

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
        return f"{reverse('alerts_pulse')}?{urlencode({'since': mark_now(utcnow()).text})}"

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of alerts, read strongly."""
        _ = self.pulse_url  # the mark is taken before the rows are read, so that nothing falls between
        wanted, now = query.filters, utcnow()
        chosen = AlertFilter(
            status=wanted.get("status") or "open",
            severity=wanted.get("severity", ""),
            rule=wanted.get("rule", ""),
            assignee_id=wanted.get("assignee", ""),
            customer_id=wanted.get("customer", ""),
            first=wanted.get("first"),
            last=wanted.get("last"),
        )
        found = alerts_page(chosen, cursor=cursor or "", limit=limit)
        named = {person for one in found.rows for person in (one.customer_id, one.assignee_id)} - {""}
        people = users(sorted(named))
        return Page([Row(alert, people, now) for alert in found.rows], found.cursor or None)

    def export(self, extension: str) -> Any:
        """A file has room for more columns than a screen."""
        self.columns = _FILE
        return super().export(extension)

    def extra_context(self) -> dict[str, Any]:
        """The mark for the live bar, and how long the queue is (for a whole page only)."""
        whole = "HX-Request" not in self.request.headers
        return {
            "pulse_url": self.pulse_url,
            "queue": queue_size() if whole else None,
            "alerts_url": reverse("alerts"),
            "live_auto": "cursor" not in self.request.GET,
            "me": signed_in_person(self.request).user_id,
        }


class AlertsPulse(PermissionRequiredMixin, View):
    """`/alerts/pulse?since=<mark>`: 204, or how many alerts are new. Without a mark: a mark to begin with."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Cheap: at most one small query every 100 ms a process, however many people watch."""
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
