"""`/rules/performance`: what became of each rule's alerts, and how the queue was worked."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property

from cloudbank.charts import ChartData, Dataset
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.lists import Column, ListQuery, ListView, Page
from monitoring.deadlines import length
from monitoring.forms.performance import DEFAULT_DAYS, PeriodForm
from monitoring.models import OUTCOMES
from monitoring.patternbook import Pattern, catalogue
from monitoring.performance import RulePerformance, by_rule, deadlines, outcomes_by_day
from monitoring.queries.decisions import MOST, Decisions, decisions_since
from monitoring.rulebook import Rule
from monitoring.screen import found_name
from monitoring.views.queue import VIEW
from monitoring.views.rules import counts_of_days

_NONE = "\N{EM DASH}"


@dataclass(frozen=True)
class Row:
    """A rule and what became of its alerts."""

    rule: Rule | Pattern
    found: int | None
    """Findings of the days; None of a pattern, which has no day totals."""
    did: RulePerformance | None
    titles: dict[str, str]

    @property
    def precision(self) -> str:
        """ "30 % (18 to 45 %)", of how many."""
        share = self.did.precision if self.did else None
        return f"{share[0]} % ({share[1]} to {share[2]} %)" if share else _NONE

    @property
    def median(self) -> str:
        """The usual time to a decision."""
        return length(timedelta(hours=self.did.median_hours)) if self.did else _NONE

    @property
    def overlap(self) -> str:
        """Which rules stand on the same alerts."""
        told = [f"{self.titles.get(code, code)} {share} %" for code, share in self.did.overlaps] if self.did else []
        return ", ".join(told) or _NONE


_COLUMNS = (
    Column(
        "title", "Rule", value=lambda row: f"{row.rule.number} {row.rule.title}", main=True,
        link=lambda row: f"{reverse('rules')}#{row.rule.code}",
    ),
    Column("found", "Findings", "number", value="found"),
    Column("decided", "Alerts decided", "number", value=lambda row: row.did.decided if row.did else 0),
    Column("confirmed", "Confirmed", "number", value=lambda row: row.did.confirmed if row.did else 0),
    Column("false", "False positives", "number", value=lambda row: row.did.false_positive if row.did else 0),
    Column("precision", "Precision (95 % interval)", value="precision"),
    Column("median", "Usual time to decide", value="median"),
    Column("overlap", "Stands beside", value="overlap"),
)  # fmt: skip


class Performance(ListView):
    """One row a rule; above it the deadlines and the outcomes of each day."""

    name, title, icon = "rule-performance", "How rules do", "clipboard-data"
    intro = "From the decisions taken on alerts. Precision: confirmed of all that were confirmed or false positives."
    permission_required = VIEW
    form_class = PeriodForm
    template_name = "monitoring/performance.html"
    columns = _COLUMNS
    empty_title, empty_text = "No rules", "The catalogue is empty."

    @property
    def days(self) -> int:
        """How far back."""
        return int(self.query.filters.get("days") or DEFAULT_DAYS)

    @cached_property
    def decisions(self) -> Decisions:
        """Read once a page."""
        return decisions_since(utcnow() - timedelta(days=self.days))

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """Every rule of the catalogue, those that nobody decided on too."""
        did = {one.rule: one for one in by_rule(self.decisions.rows)}
        counts = counts_of_days(business_date(utcnow()), self.days)
        rules = list(catalogue())
        titles = {rule.code: rule.title for rule in rules}
        return Page([self._row(rule, counts, did, titles) for rule in rules], None)

    def _row(
        self, rule: Rule | Pattern, counts: Counter[str], did: dict[str, RulePerformance], titles: dict[str, str]
    ) -> Row:
        found = None if isinstance(rule, Pattern) else counts[found_name(rule.number)]
        return Row(rule, found, did.get(rule.code), titles)

    def extra_context(self) -> dict[str, Any]:
        """Deadlines by severity, outcomes by day."""
        today = bank_calendar().local(utcnow()).date()
        days = [(today - place * ONE_DAY).isoformat() for place in range(self.days - 1, -1, -1)]
        rows = self.decisions.rows
        series = [Dataset(OUTCOMES.get(name, name), data) for name, data in outcomes_by_day(rows, days).items()]
        late = deadlines(rows)
        met, missed = (sum(pair[place] for pair in late.values()) for place in (0, 1))
        return {
            "decided": len(rows),
            "met": met,
            "missed": missed,
            "deadlines": [(severity, *pair) for severity, pair in late.items() if any(pair)],
            "cut": MOST if self.decisions.is_cut else 0,
            "days": self.days,
            "chart": ChartData("Decisions", "stacked", days, series, unit="alerts", period=f"{self.days} days"),
        }
