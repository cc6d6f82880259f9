"""`/rules`: the catalogue of rules with the parameters in force. Read-only: one loop over the registry."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from accounts.queries.totals import day_totals
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.parameters import Value
from cloudbank.wording import measured
from monitoring.queries.periods import DAYS
from monitoring.rulebook import RULES, Rule, Threshold
from monitoring.screen import found_name, unjudged_name
from monitoring.views.queue import VIEW


def in_words(threshold: Threshold, value: Value) -> str:
    """A parameter's value as people read it."""
    if threshold.kind == "choice":
        return dict(threshold.choices).get(str(value), str(value))
    return measured(value, threshold.kind, threshold.unit, settings.BANK_CURRENCY)


@dataclass(frozen=True)
class Shown:
    """A rule with what is in force."""

    rule: Rule
    parameters: list[tuple[Threshold, str, bool]]
    """Parameter, its value in words, whether it differs from the default."""
    found: int
    """Findings in the last DAYS days."""
    unjudged: int
    """Sides of movements it could not judge in the same days."""


def _counts(today: date) -> Counter[str]:
    """What the day totals count of each rule over DAYS calendar days."""
    counts: Counter[str] = Counter()
    for totals in day_totals(today - timedelta(days=DAYS - 1), today, settings.BANK_CURRENCY):
        counts.update({name: number for name, number in totals.numbers.items() if name.startswith("rule_")})
    return counts


class Rules(PermissionRequiredMixin, View):
    """The page."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Every rule of the registry."""
        snapshot, counts = parameters.snapshot(utcnow()), _counts(business_date(utcnow()))
        rules = [
            Shown(
                rule,
                [
                    (one, in_words(one, snapshot[one.code]), snapshot[one.code] != one.default)
                    for one in rule.parameters
                ],
                counts[found_name(rule.number)],
                counts[unjudged_name(rule.number)],
            )
            for rule in sorted(RULES, key=lambda rule: rule.number)
        ]
        return render(request, "monitoring/rules.html", {"rules": rules, "days": DAYS, "version": snapshot.version})
