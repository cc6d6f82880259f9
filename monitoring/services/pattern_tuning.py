"""What-if of patterns over several customers: the payments of some days searched twice, with two sets of parameters.

One pass over the days in order of time finds what the nights find: the search is fed day by day in both, and what a
night looks at again has the same id (decision 0060). Nothing is written.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from cloudbank import parameters
from cloudbank.conf import bank_calendar
from cloudbank.parameters import Value
from monitoring.activity import DAY_SECONDS
from monitoring.patternbook import PATTERNS, Found, Search
from monitoring.queries.edges import edges_by_day
from monitoring.replay import DECIDED_AFTER, Opened, difference
from monitoring.services.patterns import LONGEST, standing
from monitoring.services.tuning import WhatIf, check_changes, days_to_compare


@dataclass
class PatternRun:
    """One set of parameters on its way through the payments."""

    parameters: Mapping[str, Any]
    decided_after: int = DECIDED_AFTER
    findings: Counter[str] = field(default_factory=Counter)
    alerts: list[Opened] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _open: dict[tuple[str, str], int] = field(default_factory=dict)
    """Customer and family -> when the last alert was opened."""

    def __post_init__(self) -> None:
        self.search = Search(self.parameters, LONGEST)

    def take(self, found: Found, counted: bool) -> None:
        """A pattern that stands: it joins the alert of its head and family that is open, or opens one."""
        if found.finding_id in self._seen:
            return
        self._seen.add(found.finding_id)
        pattern, last = PATTERNS[found.rule], found.last
        subject = (found.customer_id, pattern.family)
        opens = last.at - self._open.get(subject, 0) > self.decided_after * DAY_SECONDS
        if opens:
            self._open[subject] = last.at
        if not counted or pattern.names_members:
            return
        self.findings[found.rule] += 1
        if opens:
            severity, amount = found.severity or pattern.severity, sum(one.amount for one in found.path)
            facts = (found.finding_id, found.customer_id, pattern.family, found.rule, severity)
            self.alerts.append(Opened(*facts, last.at, last.day, last.movement_id, amount, found.hit.sentence))


@dataclass(frozen=True)
class PatternWhatIf(WhatIf):
    """The answer, and what was searched for it; `capped`: searches cut short."""

    capped: int
    """How often a search of either set was ended by its cap, or a payment let go early: never silently."""


def pattern_parameters() -> set[str]:
    """The codes that can be tried here."""
    searched = (pattern for pattern in PATTERNS if pattern.make and not pattern.names_members)
    return {one.code for pattern in searched for one in pattern.parameters}


def what_if_patterns(
    *,
    changes: Mapping[str, Value],
    now: datetime,
    first: date | None = None,
    last: date | None = None,
    start: date | None = None,
    progress: Callable[[int], None] = lambda number: None,
) -> PatternWhatIf:
    """Search the payments from `start` (else LONGEST days before `first`) with both sets; compare from `first`.

    Raises parameters.ParameterError and NoHistory.
    """
    check_changes(changes, pattern_parameters(), "pattern")
    currency = settings.BANK_CURRENCY
    begins, wanted, last = days_to_compare(first, last, now)
    start = max(start or wanted - timedelta(days=LONGEST), begins)
    in_force, edges_seen = dict(parameters.snapshot(now)), 0
    runs = PatternRun(in_force), PatternRun({**in_force, **changes})
    for day, edges in edges_by_day(list(bank_calendar().days(start, last)), currency):
        edges_seen += len(edges) if day >= wanted else 0
        for run in runs:
            for found in standing(run.search.take_day(edges), run.parameters):
                run.take(found, day >= wanted)
        progress(len(edges))
    capped = sum(run.search.capped + run.search.window.dropped for run in runs)
    return PatternWhatIf(difference(*runs, edges_seen), dict(changes), start, wanted, last, capped)
