"""`/rules/<code>/try`: what other parameters of a rule would have changed in the last weeks. Nothing is written."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE
from monitoring.forms.tuning import TryForm
from monitoring.patternbook import PATTERNS
from monitoring.queries.workers import WORK
from monitoring.replay import Opened
from monitoring.rulebook import RULES, Rule, Threshold
from monitoring.services.tuning import NoHistory, WhatIf, recent_days, what_if
from monitoring.views.rules import in_words

MOST = 10_000
"""Movements that a page replays; `manage.py what_if` takes them all."""
SAMPLES = 20


class TryRule(PermissionRequiredMixin, View):
    """The form, and below it the answer."""

    permission_required = WORK

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """The parameters as they are in force; with values in the address the answer too, so that it can be shared."""
        rule = _rule(code)
        in_force = dict(parameters.snapshot(utcnow()))
        if "days" not in request.GET:
            return self._page(rule, TryForm(rule=rule, in_force=in_force))
        form = TryForm(request.GET, rule=rule, in_force=in_force)
        if not form.is_valid():
            return self._page(rule, form, status=UNPROCESSABLE)
        now = utcnow()
        start, last = recent_days(now, MOST, form.cleaned_data["days"])
        try:
            found = what_if(changes=form.changes, now=now, first=start, last=last, start=start)
        except NoHistory as error:
            form.add_error(None, str(error))
            return self._page(rule, form, status=UNPROCESSABLE)
        cut = (last - start).days < form.cleaned_data["days"]
        return self._page(rule, form, answer=_answer(rule, found, in_force) | {"cut": cut})

    def _page(self, rule: Rule, form: TryForm, *, answer: Any = None, status: int = 200) -> HttpResponse:
        known = {"rule": rule, "form": form, "answer": answer, "most": MOST, "patterns": PATTERNS}
        return render(self.request, "monitoring/try_rule.html", known, status=status)


def _rule(code: str) -> Rule:
    if code not in RULES or not RULES[code].parameters:
        raise Http404("no such rule, or nothing to try")
    return RULES[code]


def _answer(rule: Rule, found: WhatIf, in_force: dict[str, Any]) -> dict[str, Any]:
    by_code: dict[str, Threshold] = {threshold.code: threshold for threshold in rule.parameters}
    return {
        "found": found,
        "difference": found.difference,
        "changes": [
            (by_code[code].label, in_words(by_code[code], in_force[code]), in_words(by_code[code], value))
            for code, value in found.changes.items()
        ],
        "rules": [
            (RULES[code], before, after, gained, lost) for code, before, after, gained, lost in found.difference.rules
        ],
        "kinds": [
            ("Gained", "plus-circle", len(found.difference.gained), _samples(found, found.difference.gained)),
            ("Lost", "dash-circle", len(found.difference.lost), _samples(found, found.difference.lost)),
        ],
        "currency": settings.BANK_CURRENCY,
    }


def _samples(found: WhatIf, alerts: list[Opened]) -> list[tuple[Opened, str, date]]:
    """The newest, with the customer's name and the day."""
    names = found.profiles
    return [
        (one, names[one.customer_id].name if one.customer_id in names else one.customer_id, date.fromordinal(one.day))
        for one in alerts[:SAMPLES]
    ]
