"""`/rules`: the catalogue of rules with the parameters in force. Read-only: one loop over the registry."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from accounts.outcomes import POST
from accounts.queries.totals import day_numbers
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.parameters import Value
from cloudbank.wording import measured
from monitoring.patternbook import PATTERNS, Pattern, catalogue
from monitoring.queries.periods import DAYS
from monitoring.queries.runs import found_since
from monitoring.rulebook import Rule, Threshold, outcome_code
from monitoring.screen import found_name, shadowed_name, snoozed_name, unjudged_name
from monitoring.views.queue import VIEW


def in_words(threshold: Threshold, value: Value) -> str:
    """A parameter's value as people read it."""
    if threshold.kind == "choice":
        return dict(threshold.choices).get(str(value), str(value))
    return measured(value, threshold.kind, threshold.unit, settings.BANK_CURRENCY)


@dataclass(frozen=True)
class Shown:
    """A rule with what is in force."""

    rule: Rule | Pattern
    parameters: list[tuple[Threshold, str, bool]]
    """Parameter, its value in words, whether it differs from the default."""
    found: int
    """Findings in the last DAYS days."""
    unjudged: int
    """Sides of movements it could not judge in the same days."""
    snoozed: int
    """Findings that raised no alert, because it is snoozed for the customer."""
    shadowed: int = 0
    """Findings that raised no alert, because it only counted."""
    in_shadow: bool = False
    """It only counts now."""

    @property
    def nightly(self) -> bool:
        """It needs other people's movements, so a command looks for it every night."""
        return isinstance(self.rule, Pattern)

    @property
    def can_be_tried(self) -> bool:
        """Whether other values can be tried on history: all but what is looked for in customers' records."""
        return not isinstance(self.rule, Pattern) or self.rule.make is not None

    @property
    def members_named(self) -> str:
        """What the nightly command adds to a rule that is judged inside the posting."""
        return PATTERNS[self.rule.code].definition if self.rule.code in PATTERNS and not self.nightly else ""


def counts_of_days(today: date, days: int) -> Counter[str]:
    """What the day totals count of each rule over so many calendar days."""
    counts: Counter[str] = Counter()
    for numbers in day_numbers(today - timedelta(days=days - 1), today, settings.BANK_CURRENCY):
        counts.update({name: number for name, number in numbers.items() if name.startswith("rule_")})
    return counts


class Rules(PermissionRequiredMixin, View):
    """The page."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Every rule and pattern of the registries."""
        now = utcnow()
        snapshot, today = parameters.snapshot(now), now.date()
        counts, nightly = counts_of_days(business_date(now), DAYS), found_since(now, DAYS)
        rules = [
            Shown(
                rule,
                [
                    (one, in_words(one, snapshot[one.code]), snapshot[one.code] != parameters.initial(one.code, today))
                    for one in rule.parameters
                ],
                nightly[rule.code] if isinstance(rule, Pattern) else counts[found_name(rule.number)],
                0 if isinstance(rule, Pattern) else counts[unjudged_name(rule.number)],
                0 if isinstance(rule, Pattern) else counts[snoozed_name(rule.number)],
                counts[shadowed_name(rule.number)],
                snapshot.get(outcome_code(rule.code)) == POST,
            )
            for rule in catalogue()
        ]
        return render(request, "monitoring/rules.html", {"rules": rules, "days": DAYS, "version": snapshot.version})
