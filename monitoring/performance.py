"""How well rules do, from the decisions people took on their alerts. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

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

    @property
    def precision(self) -> tuple[int, int, int] | None:
        """Percent of confirmed among confirmed and false positives, with its 95 % interval; None without any."""
        return share_with_interval(self.confirmed, self.confirmed + self.false_positive)


def share_with_interval(part: int, whole: int) -> tuple[int, int, int] | None:
    """(percent, lowest, highest): a share with the 95 % score interval (E. B. Wilson, 1927); None of nothing."""
    if whole == 0:
        return None
    share, z2 = part / whole, NORMAL_95**2 / whole
    middle = (share + z2 / 2) / (1 + z2)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole)) / (1 + z2)
    return round(100 * share), max(0, round(100 * (middle - half))), min(100, round(100 * (middle + half)))


def by_rule(decisions: Iterable[Decision], *, overlaps: int = 2) -> list[RulePerformance]:
    """One row a rule that stood on a decided alert, in the order of the codes."""
    of: dict[str, list[Decision]] = {}
    for one in decisions:
        for rule in one.rules:
            of.setdefault(rule, []).append(one)
    return [_row(rule, of[rule], overlaps) for rule in sorted(of)]


def _row(rule: str, decisions: Sequence[Decision], overlaps: int) -> RulePerformance:
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
