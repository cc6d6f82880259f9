"""How well rules do, from the decisions people took on their alerts. Pure."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median

from monitoring.reported import Reports
from monitoring.rulebook import SEVERITIES

CONFIRMED, FALSE_POSITIVE = "confirmed", "false_positive"
NORMAL_95 = 1.959964
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A closed alert, as far as performance asks."""

    rules: frozenset[str]
    severity: str
    outcome: str
    opened_at: datetime
    closed_at: datetime
    due_at: datetime | None
    """None: found in history, where no deadline runs."""
    day: str
    """ISO date of the bank's calendar on which it was closed."""
    case_id: str = ""
    """The case that decided it, if one did."""

    @property
    def hours(self) -> float:
        """From opening to closing."""
        return (self.closed_at - self.opened_at).total_seconds() / 3600

    @property
    def in_time(self) -> bool | None:
        """Whether the deadline was met; None without one."""
        return None if self.due_at is None else self.closed_at <= self.due_at


@dataclass(frozen=True)
class RulePerformance:
    """What became of the alerts that a rule had a part in."""

    rule: str
    decided: int
    confirmed: int
    false_positive: int
    median_hours: float
    overlaps: tuple[tuple[str, int], ...] = field(default_factory=tuple)
    """The rules that stood on most of the same alerts, with the share in percent."""
    reported: int = 0
    """Of those decided, how many were in a case whose report on suspicious activity was filed."""

    @property
    def precision(self) -> tuple[int, int, int] | None:
        """Percent of confirmed among confirmed and false positives, with its 95 % interval; None without any."""
        return share_with_interval(self.confirmed, self.confirmed + self.false_positive)

    @property
    def yields(self) -> int:
        """Percent of the decided alerts that led to a filed report."""
        return round(100 * self.reported / self.decided)


def share_with_interval(part: int, whole: int) -> tuple[int, int, int] | None:
    """(percent, lowest, highest): a share with the 95 % score interval (E. B. Wilson, 1927); None of nothing."""
    if whole == 0:
        return None
    share, z2 = part / whole, NORMAL_95**2 / whole
    middle = (share + z2 / 2) / (1 + z2)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole)) / (1 + z2)
    return round(100 * share), max(0, round(100 * (middle - half))), min(100, round(100 * (middle + half)))


def by_rule(decisions: Iterable[Decision], *, overlaps: int = 2, filed: Collection[str] = ()) -> list[RulePerformance]:
    """One row a rule that stood on a decided alert, in the order of the codes. `filed`: cases that were reported."""
    of: dict[str, list[Decision]] = {}
    for one in decisions:
        for rule in one.rules:
            of.setdefault(rule, []).append(one)
    return [_row(rule, of[rule], overlaps, filed) for rule in sorted(of)]


def _row(rule: str, decisions: Sequence[Decision], overlaps: int, filed: Collection[str]) -> RulePerformance:
    outcomes = Counter(one.outcome for one in decisions)
    others = Counter(other for one in decisions for other in one.rules if other != rule)
    most = sorted(others.items(), key=lambda pair: (-pair[1], pair[0]))[:overlaps]
    return RulePerformance(
        rule,
        len(decisions),
        outcomes[CONFIRMED],
        outcomes[FALSE_POSITIVE],
        median(one.hours for one in decisions),
        tuple((other, round(100 * number / len(decisions))) for other, number in most),
        sum(one.case_id in filed for one in decisions),
    )


def deadlines(decisions: Iterable[Decision]) -> dict[str, tuple[int, int]]:
    """(met, missed) by severity, the most severe first; alerts without a deadline are left out."""
    met: Counter[tuple[str, bool]] = Counter()
    for one in decisions:
        if one.in_time is not None:
            met[one.severity, one.in_time] += 1
    return {severity: (met[severity, True], met[severity, False]) for severity in SEVERITIES}


def outcomes_by_day(decisions: Iterable[Decision], days: Sequence[str]) -> dict[str, list[int]]:
    """For each outcome, how many alerts were closed with it on each of the days."""
    counts = Counter((one.outcome, one.day) for one in decisions)
    outcomes = sorted({outcome for outcome, _ in counts})
    return {outcome: [counts[outcome, day] for day in days] for outcome in outcomes}


@dataclass(frozen=True)
class Reporting:
    """How confirmed cases became reports. Days are of the bank's calendar."""

    confirmed: int
    """Cases that were confirmed."""
    filed: int
    in_time: int
    """Filed by the last day of the law's clock, which runs from the determination."""
    delays: tuple[int, ...]
    """Days from the decision on each case to its report, the shortest first; 0 when the report came first."""
    on_the_way: int
    """Begun and not filed."""
    longest_wait: int
    """Days since the decision on the oldest case of these."""
    not_begun: int
    """Confirmed cases for which no report was begun: not all need one (cash is reported otherwise)."""

    @property
    def late(self) -> int:
        """Filed after the last day."""
        return self.filed - self.in_time

    @property
    def usual_delay(self) -> float | None:
        """The median delay in days; None while nothing was filed."""
        return median(self.delays) if self.delays else None


def reporting(decisions: Iterable[Decision], reports: Reports, today: date) -> Reporting:
    """From the decision on a case to its report (the SAR delay), over the cases that were confirmed."""
    decided = {
        one.case_id: date.fromisoformat(one.day) for one in decisions if one.case_id and one.outcome == CONFIRMED
    }
    begun = {case: report for case, report in reports.items() if case in decided}
    filed = [(decided[case], one.filed_on, one.due_on) for case, one in begun.items() if one.filed_on]
    waits = [(today - decided[case]).days for case, one in begun.items() if one.is_due and not one.filed_on]
    return Reporting(
        confirmed=len(decided),
        filed=len(filed),
        in_time=sum(on <= due for _, on, due in filed),
        delays=tuple(sorted(max(0, (on - day).days) for day, on, _ in filed)),
        on_the_way=len(waits),
        longest_wait=max(waits, default=0),
        not_begun=len(decided) - len(begun),
    )
