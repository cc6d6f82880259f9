"""/compliance: how the bank stands, for staff; how I stand, for customers."""

import hashlib
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.generic import TemplateView, View

from accounts.http import person
from cloudbank.charts import ChartData, Dataset
from cloudbank.clock import from_iso, iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.roles import allows
from cloudbank.wording import day as day_in_words
from compliance.controls import CONTROLS
from compliance.forms import AskForm, DayForm
from compliance.models import ControlDay
from compliance.privacy import queries as privacy
from compliance.privacy.periods import holdings, periods
from compliance.queries import actions, notices, standing
from compliance.queries.own_standing import own_standing
from compliance.queries.standing import Standing
from compliance.score import HARD_CAP, State
from compliance.views import rows

VIEW, OWN = "compliance.view_control", "compliance.view_own_standing"
SHOWN_ACTIONS = 5


def digest(now: Standing) -> str:
    """A short text that changes when a control moves."""
    told = [(code, str(one.measure.count), one.measure.gauge, one.state) for code, one in now.readings.items()]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def news_url(now: Standing) -> str:
    """What an open page asks to hear whether a control has moved since."""
    return f"{reverse('compliance_news')}?{urlencode({'since': digest(now)})}"


class StandingView(PermissionRequiredMixin, TemplateView):
    """The board of controls and the score (`?day=` shows a past day), or a customer's own standing."""

    def has_permission(self) -> bool:
        """Either is enough; which page it is follows from the role."""
        user = self.request.user
        return user.has_perm(VIEW) or user.has_perm(OWN)

    def get_template_names(self) -> list[str]:
        """Customers never get the bank's page."""
        if not self.request.user.has_perm(VIEW):
            return ["compliance/own_standing.html"]
        return ["compliance/past_day.html" if self.chosen else "compliance/standing.html"]

    @property
    def chosen(self) -> date | None:
        """The past day that is asked for."""
        return DayForm(self.request.GET).chosen()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One of the three pages."""
        known = super().get_context_data(**kwargs)
        if not self.request.user.has_perm(VIEW):
            return known | own_context(self.request)
        if self.chosen:
            return known | past_context(self.chosen, person(self.request).role)
        return known | board_context(person(self.request).role)


def board_context(role: str) -> dict[str, Any]:
    """The bank's standing now, for somebody of this role."""
    now = utcnow()
    taken, today = standing.current(now).seen_by(role), bank_calendar().local(now).date()
    days = standing.history(today)
    told = {item.code: item for item in notices.open_notices()}
    cards = rows.cards(taken, days, today, told)
    waiting = actions.most_urgent(SHOWN_ACTIONS, may=lambda permission: allows(role, permission))
    return {
        "tab": "controls",
        "as_of": taken.as_of,
        "cards": cards,
        "urgent": urgent(cards),
        "score": score_context(taken, cards),
        "trend": trend(days, role),
        "mine": [row for row in urgent(cards) if row.crossed_at and str(row.control.owner) == role],
        "drifting": drifting(cards),
        "waived": [row for card in cards for row in card.rows if row.waived],
        "actions": [(item, rows.status_badge(item)) for item in waiting],
        "today": today,
        "news_url": news_url(taken),
    }


def urgent(cards: list[rows.FrameworkCard]) -> list[rows.ControlRow]:
    """What needs a person, in the order to do it: breached first, hard caps before others, then by weight."""

    def order(row: rows.ControlRow) -> tuple[bool, bool, int]:
        return row.reading.state is not State.BREACHED, not row.control.hard_cap, -row.control.weight

    return sorted((row for card in cards for row in card.rows if row.needs_somebody), key=order)


def drifting(cards: list[rows.FrameworkCard]) -> list[rows.ControlRow]:
    """The controls that reach a threshold soon at their present trend, the soonest first."""
    found = [row for card in cards for row in card.rows if row.heading]
    return sorted(found, key=lambda row: (row.heading.days or 0 if row.heading else 0, row.control.code))


def score_context(taken: Standing, cards: list[rows.FrameworkCard]) -> dict[str, Any]:
    """The score and each part of it."""
    score = taken.score
    return {
        "value": score.value,
        "uncapped": score.uncapped,
        "cap": HARD_CAP,
        "capping": [rows.ControlRow(taken.readings[part.code]) for part in score.capping],
        "excluded": [rows.ControlRow(taken.readings[part.code]) for part in score.excluded],
        "parts": [row for card in cards for row in card.rows],
        "points": rows.number(float(score.points)),
        "possible": score.possible,
        "counts": [(*rows.LOOKS[state], score.count(state)) for state in State if score.count(state)],
        "variant": variant(score.value),
    }


def variant(value: int | None) -> str:
    """The colour of a score; its number stands beside it."""
    if value is None:
        return "blue"
    return "green" if value >= 80 else "amber" if value > HARD_CAP else "red"


def trend(days: list[ControlDay], role: str) -> ChartData | None:
    """The score, as this role may know it, of the days that have a snapshot; None before the second."""
    measured = [(item.day, score) for item in days if (score := standing.score_for(item, role)) is not None]
    if len(measured) < 2:
        return None
    labels = [day_in_words(date.fromisoformat(day)) for day, _ in measured]
    links = [f"{reverse('compliance')}?{urlencode({'day': day})}" for day, _ in measured]
    scores = Dataset("Score", [score for _, score in measured], links)
    return ChartData("Score by day", "line", labels, [scores], unit="of 100", period=f"{labels[0]} to {labels[-1]}")


def past_context(chosen: date, role: str) -> dict[str, Any]:
    """A day as its snapshot has it; 404 when there is none."""
    item = standing.day(chosen)
    if item is None:
        raise Http404("No snapshot was taken on this day.")
    controls = {control.code: control for control in CONTROLS}
    score = standing.score_for(item, role)
    return {
        "tab": "controls",
        "item": item,
        "score": score,
        "day": chosen,
        "taken_at": from_iso(item.taken_at),
        "rows": [row for row in rows.past_rows(item, controls) if not row.needs or allows(role, row.needs)],
        "variant": variant(score),
    }


def own_context(request: HttpRequest, form: AskForm | None = None) -> dict[str, Any]:
    """A customer's own standing: identity, consent, data held, requests. Nothing else is read."""
    customer = person(request)
    return {
        "own": own_standing(customer, bank_calendar().local(utcnow()).date()),
        "now_iso": iso(utcnow()),
        "holdings": holdings(utcnow()),
        "answer_within": periods(utcnow())["answer"],
        "requests": privacy.requests_of(customer.user_id),
        "form": form or AskForm(),
    }


class NewsView(PermissionRequiredMixin, View):
    """What an open page asks every few seconds: 204, or how many controls have moved."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Compare with what the page shows."""
        taken = standing.current(utcnow()).seen_by(person(request).role)
        if request.GET.get("since", "") == digest(taken):
            return HttpResponse(status=204)
        return JsonResponse({"count": 1, "word": "or more controls have moved"})
