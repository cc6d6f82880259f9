"""`/rules/<code>/try`: what other parameters of a rule or pattern would have changed lately. Nothing is written."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import View

from accounts.queries.people import users
from accounts.views.access import AnyPermissionMixin
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.parameters import Value
from monitoring.forms.tuning import DEFAULT_DAYS, TryForm, as_typed
from monitoring.patternbook import Pattern, catalogue, named
from monitoring.queries.workers import WORK
from monitoring.replay import Opened
from monitoring.rulebook import Rule, Threshold
from monitoring.services.pattern_tuning import PatternWhatIf, what_if_patterns
from monitoring.services.patterns import LONGEST
from monitoring.services.tuning import NoHistory, WhatIf, recent_days, what_if
from monitoring.views.rules import in_words

MOST = 10_000
"""Movements that a page replays; `manage.py what_if` takes them all."""
SAMPLES = 20
APPROVES = "compliance.approve_threshold"


class TryRule(AnyPermissionMixin, View):
    """The form, and below it the answer: for who works on alerts, and for who approves other values."""

    permission_required = (WORK, APPROVES)

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """The parameters as they are in force; with values in the address the answer too, so that it can be shared."""
        rule = _rule(code)
        in_force = dict(parameters.snapshot(utcnow()))
        if "days" not in request.GET:
            return self._page(rule, TryForm(rule=rule, in_force=in_force))
        form = TryForm(request.GET, rule=rule, in_force=in_force)
        if not form.is_valid():
            return self._page(rule, form, status=UNPROCESSABLE)
        try:
            found, cut = _tried(rule, form.changes, form.cleaned_data["days"])
        except NoHistory as error:
            form.add_error(None, str(error))
            return self._page(rule, form, status=UNPROCESSABLE)
        return self._page(rule, form, answer=_answer(rule, found, in_force) | {"cut": cut})

    def _page(self, rule: Rule | Pattern, form: TryForm, *, answer: Any = None, status: int = 200) -> HttpResponse:
        known = {"rule": rule, "form": form, "answer": answer, "most": MOST, "is_pattern": isinstance(rule, Pattern)}
        return render(self.request, "monitoring/try_rule.html", known, status=status)


def trial_url(code: str, value: Value) -> str:
    """Where a value that somebody asks for is tried on history; "" when no rule or pattern has this parameter."""
    for rule in catalogue():
        known = {threshold.code: threshold for threshold in rule.parameters}
        if code in known and not (isinstance(rule, Pattern) and rule.make is None):
            values = {**parameters.snapshot(utcnow()), code: value}
            typed = {one.replace(".", "-"): as_typed(threshold, values[one]) for one, threshold in known.items()}
            return f"{reverse('try_rule', args=[rule.code])}?{urlencode({**typed, 'days': DEFAULT_DAYS})}"
    return ""


def _rule(code: str) -> Rule | Pattern:
    rule = named(code)
    if rule is None or not rule.parameters or (isinstance(rule, Pattern) and rule.make is None):
        raise Http404("no such rule, or nothing to try")
    return rule


def _tried(rule: Rule | Pattern, changes: dict[str, Value], days: int) -> tuple[WhatIf | PatternWhatIf, bool]:
    """The answer, and whether it is about fewer days than asked for."""
    now = utcnow()
    if isinstance(rule, Pattern):
        start, last = recent_days(now, MOST, days + LONGEST)
        first = max(start, last - timedelta(days=days))
        return what_if_patterns(changes=changes, now=now, first=first, last=last, start=start), first == start
    start, last = recent_days(now, MOST, days)
    return what_if(changes=changes, now=now, first=start, last=last, start=start), (last - start).days < days


def _answer(rule: Rule | Pattern, found: WhatIf | PatternWhatIf, in_force: dict[str, Any]) -> dict[str, Any]:
    by_code: dict[str, Threshold] = {threshold.code: threshold for threshold in rule.parameters}
    return {
        "found": found,
        "difference": found.difference,
        "changes": [
            (by_code[code].label, in_words(by_code[code], in_force[code]), in_words(by_code[code], value))
            for code, value in found.changes.items()
        ],
        "rules": [
            (named(code), before, after, gained, lost) for code, before, after, gained, lost in found.difference.rules
        ],
        "kinds": [
            ("Gained", "plus-circle", len(found.difference.gained), _samples(found, found.difference.gained)),
            ("Lost", "dash-circle", len(found.difference.lost), _samples(found, found.difference.lost)),
        ],
        "currency": settings.BANK_CURRENCY,
    }


def _samples(found: WhatIf | PatternWhatIf, alerts: list[Opened]) -> list[tuple[Opened, str, date]]:
    """The newest, with the customer's name and the day."""
    shown = alerts[:SAMPLES]
    names: Mapping[str, Any] = users({one.customer_id for one in shown}) if shown else {}
    return [
        (one, names[one.customer_id].name if one.customer_id in names else one.customer_id, date.fromordinal(one.day))
        for one in shown
    ]
