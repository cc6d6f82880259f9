"""`/rules/performance`: what became of alerts by rule, how queue and cases were worked, what was reported."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode

from cloudbank.charts import ChartData, Dataset
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.lists import Column, ListQuery, ListView, Page
from monitoring.casework import STATUSES
from monitoring.deadlines import length
from monitoring.forms.performance import DEFAULT_DAYS, PeriodForm
from monitoring.models import OUTCOMES
from monitoring.patternbook import Pattern, catalogue
from monitoring.performance import Reporting, RulePerformance, by_rule, deadlines, outcomes_by_day, reporting
from monitoring.queries.casework import AGES, by_status_and_age
from monitoring.queries.decisions import MOST, Decisions, decisions_since
from monitoring.reported import Reports, may_know, reports_of
from monitoring.rulebook import Rule, counted
from monitoring.screen import found_name
from monitoring.views.cases import VIEW as VIEW_CASE
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

    @property
    def led_to_report(self) -> str:
        """ "3 of 40": of its decided alerts, how many led to a report that was filed."""
        return f"{self.did.reported} of {self.did.decided}".replace(" ", "\N{NO-BREAK SPACE}") if self.did else _NONE

    @property
    def yields(self) -> str:
        """ "8 %": the same as a share."""
        return f"{self.did.yields} %" if self.did else ""

    @property
    def is_quiet(self) -> bool:
        """Whether it found nothing, and nobody decided on an alert of it."""
        return not self.found and self.did is None


_COLUMNS = (
    Column(
        "title", "Rule", value=lambda row: f"{row.rule.number} {row.rule.title}", main=True,
        link=lambda row: f"{reverse('rules')}#{row.rule.code}",
    ),
    Column("found", "Findings", "number", value="found", sort="found"),
    Column("decided", "Alerts decided", "number", value=lambda row: row.did.decided if row.did else 0, sort="decided"),
    Column("confirmed", "Confirmed", "number", value=lambda row: row.did.confirmed if row.did else 0),
    Column("false", "False positives", "number", value=lambda row: row.did.false_positive if row.did else 0),
    Column("precision", "Precision (95 % interval)", value="precision", sort="precision"),
    Column("median", "Usual time to decide", value="median", sort="median"),
    Column("overlap", "Stands beside", value="overlap"),
)  # fmt: skip
_YIELD = Column("reported", "Led to a SAR", value="led_to_report", note="yields", sort="yield")
"""Only for who may know that such reports exist."""
_SORTS: dict[str, Callable[[RulePerformance], float]] = {
    "decided": lambda did: did.decided,
    "precision": lambda did: did.precision[0] if did.precision else -1,
    "median": lambda did: did.median_hours,
    "yield": lambda did: did.yields,
}


class Performance(ListView):
    """One row a rule; above it the deadlines and the outcomes of each day."""

    name, title, icon = "rule-performance", "How rules do", "clipboard-data"
    saved_views = True
    intro = "From the decisions taken on alerts. Precision: confirmed of all that were confirmed or false positives."
    permission_required = VIEW
    form_class = PeriodForm
    template_name = "monitoring/performance.html"
    columns: Sequence[Column] = _COLUMNS
    empty_title, empty_text = "Nothing yet", "In these days no rule found anything, and no alert was decided."

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """One column more, on the page and in its file, for who may know of reports on suspicious activity."""
        super().setup(request, *args, **kwargs)
        if may_know(request.user):
            self.columns = (*_COLUMNS, _YIELD)

    @property
    def days(self) -> int:
        """How far back."""
        return int(self.query.filters.get("days") or DEFAULT_DAYS)

    @cached_property
    def decisions(self) -> Decisions:
        """Read once a page."""
        return decisions_since(utcnow() - timedelta(days=self.days))

    @cached_property
    def reports(self) -> Reports:
        """The reports of the cases that decided alerts; none to who may not know of them."""
        return reports_of({one.case_id for one in self.decisions.rows} - {""}, self.request.user)

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The rules of the catalogue that found or decided anything, or all of them."""
        filed = {case for case, report in self.reports.items() if report.filed_on}
        did = {one.rule: one for one in by_rule(self.decisions.rows, filed=filed)}
        counts = counts_of_days(business_date(utcnow()), self.days)
        rules = list(catalogue())
        titles = {rule.code: rule.title for rule in rules}
        rows = [self._row(rule, counts, did, titles) for rule in rules]
        if query.filters.get("rules") != "all":
            rows = [row for row in rows if not row.is_quiet]
        if query.sort:
            rows.sort(key=lambda row: _worth(row, query.sort), reverse=query.descending)
        return Page(rows, None)

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
            "reporting": self._reporting(),
            **self._cases(),
            "chart": ChartData("Decisions", "stacked", days, series, unit="alerts", period=f"{self.days} days"),
        }

    def _reporting(self) -> list[tuple[str, object, str, str, str]] | None:
        """The tiles of how confirmed cases became reports; nothing to who may not know."""
        if not may_know(self.request.user):
            return None
        return _tiles(reporting(self.decisions.rows, self.reports, bank_calendar().local(utcnow()).date()))

    def _cases(self) -> dict[str, Any]:
        """Open cases by status and age, for who sees cases."""
        if not self.request.user.has_perm(VIEW_CASE):
            return {}
        url = reverse("cases")
        rows = [
            (
                STATUSES[status],
                [(age, count, f"{url}?{urlencode({'status': status, 'age': age})}") for age, count in by_age.items()],
            )
            for status, by_age in by_status_and_age(utcnow()).items()
        ]
        return {"case_ages": [*AGES], "case_rows": rows}


def _worth(row: Row, sort: str) -> float:
    """What a row is sorted by; one that says nothing of it stands below all others."""
    if sort == "found":
        return -1 if row.found is None else row.found
    return _SORTS[sort](row.did) if row.did else -2


def _tiles(told: Reporting) -> list[tuple[str, object, str, str, str]]:
    """(label, value, icon, note, colour)."""
    usual, longest = told.usual_delay, f"at most {_days(max(told.delays))}" if told.delays else "nothing filed yet"
    waits = f"the oldest decided {_days(told.longest_wait)} ago; " if told.on_the_way else ""
    return [
        ("Reports filed", told.filed, "send", f"of {counted(told.confirmed, 'confirmed case')}", "teal"),
        (
            "Usual delay",
            _NONE if usual is None else _days(usual),
            "hourglass-split",
            longest,
            "blue",
        ),
        ("Filed in time", told.in_time, "check-circle", f"{told.late} late", "green"),
        ("On the way", told.on_the_way, "clock", f"{waits}{told.not_begun} not begun", "amber"),
    ]


def _days(number: float) -> str:
    """ "1 day", "2.5 days"."""
    return f"{number:g} day{'' if number == 1 else 's'}"
