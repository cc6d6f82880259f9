"""Precision, recall, average precision, time to detect, of what a configuration noted in a history. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitoring.evaluation.paid import DAY
from monitoring.evaluation.schemes import Scheme
from monitoring.evaluation.town import History
from monitoring.evaluation.watching import Noted
from monitoring.patternbook import only_supports
from monitoring.score import DAYS, Weighed, exact_score, rule_weights

STEP = 30
"""Days between two looks at every customer's score; the highest counts."""


@dataclass
class Counted:
    """So many right ones among so many."""

    right: int = 0
    all: int = 0

    def add(self, other: "Counted") -> None:
        """Pool two counts."""
        self.right += other.right
        self.all += other.all

    @property
    def share(self) -> float:
        """right / all; 0 when there are none."""
        return self.right / self.all if self.all else 0.0


@dataclass
class Figures:
    """What one configuration reached in one history, or in several together."""

    name: str
    accounts: int = 0
    movements: int = 0
    suspects: int = 0
    findings: int = 0
    alerts: Counted = field(default_factory=Counted)
    rules: dict[str, Counted] = field(default_factory=dict)
    """By rule: customers it flagged, and those of them rightly."""
    recall: dict[tuple[str, int], Counted] = field(default_factory=dict)
    """By typology and level: schemes, and those that were found."""
    steps: dict[str, list[int]] = field(default_factory=dict)
    """By typology: how many movements a found scheme had made by then."""
    flagged: Counted = field(default_factory=Counted)
    """Customers with an alert or named in one, and those of them who are members."""
    average_precision: list[float] = field(default_factory=list)
    at_100: list[float] = field(default_factory=list)
    curves: list[list[tuple[float, float]]] = field(default_factory=list)
    """(recall, precision) down the order of the score, one curve a history."""

    def add(self, other: "Figures") -> None:
        """Pool the figures of another history."""
        self.accounts += other.accounts
        self.movements += other.movements
        self.suspects += other.suspects
        self.findings += other.findings
        self.alerts.add(other.alerts)
        self.flagged.add(other.flagged)
        for rule, counted in other.rules.items():
            self.rules.setdefault(rule, Counted()).add(counted)
        for key, counted in other.recall.items():
            self.recall.setdefault(key, Counted()).add(counted)
        for typology, steps in other.steps.items():
            self.steps.setdefault(typology, []).extend(steps)
        self.average_precision += other.average_precision
        self.at_100 += other.at_100
        self.curves += other.curves

    def recall_of(self, typology: str) -> Counted:
        """All levels together."""
        whole = Counted()
        for (name, _), counted in self.recall.items():
            if name == typology:
                whole.add(counted)
        return whole

    @property
    def member_recall(self) -> float:
        """Share of the members who were flagged or named."""
        return self.flagged.right / self.suspects if self.suspects else 0.0

    @property
    def f1(self) -> float:
        """Of flagged customers against members."""
        precision, recall = self.flagged.share, self.member_recall
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def precision_at(self, recall: float) -> float:
        """Mean precision where the order of the score first reaches this recall; 0 where it never does."""
        found = [next((p for r, p in curve if r >= recall), 0.0) for curve in self.curves]
        return sum(found) / len(found) if found else 0.0

    @property
    def reach(self) -> float:
        """The recall of the whole order, in the worst history."""
        return min((curve[-1][0] if curve else 0.0) for curve in self.curves) if self.curves else 0.0


def measured(name: str, history: History, noted: Sequence[Noted]) -> Figures:
    """The figures of one configuration in one history."""
    suspects, planted = history.suspects, {n: one.scheme for n, one in enumerate(history.movements) if one.scheme >= 0}
    figures = Figures(name, len(history.people), len(history.movements), len(suspects), len(noted))
    noted = [one for one in noted if history.movements[one.line].at >= history.counts_from]
    speaking = [one for one in noted if one.alone]

    def right(one: Noted) -> bool:
        return one.customer in suspects or any(line in planted for line in (one.line, *one.lines))

    alerts: dict[tuple[str, str], bool] = {}
    flagged: dict[str, dict[str, bool]] = {}
    for one in speaking:
        key = (one.customer, one.family)
        alerts[key] = alerts.get(key, False) or right(one)
        known = flagged.setdefault(one.rule, {})
        known[one.customer] = known.get(one.customer, False) or right(one)
    figures.alerts = Counted(sum(alerts.values()), len(alerts))
    figures.rules = {rule: Counted(sum(known.values()), len(known)) for rule, known in flagged.items()}
    named = {who for one in speaking for who in (one.customer, *one.members)}
    figures.flagged = Counted(len(named & suspects), len(named))
    for scheme in history.schemes:
        _scheme(figures, scheme, speaking, planted)
    _ordered(figures, history, noted, suspects)
    return figures


def _scheme(figures: Figures, scheme: Scheme, noted: Sequence[Noted], planted: Mapping[int, int]) -> None:
    """A scheme is found by the first finding on one of its movements that names one of its main customers."""
    own = sorted(line for line, number in planted.items() if number == scheme.number)
    lines = set(own)
    hits = [one.line for one in noted if scheme.main & {one.customer, *one.members} and lines & {one.line, *one.lines}]
    counted = figures.recall.setdefault((scheme.typology, scheme.level), Counted())
    counted.add(Counted(bool(hits), 1))
    if hits:
        figures.steps.setdefault(scheme.typology, []).append(sum(line <= min(hits) for line in own))


def _ordered(figures: Figures, history: History, noted: Sequence[Noted], suspects: set[str]) -> None:
    scores = scores_of(history, noted)
    order = sorted(scores, key=lambda who: (-scores[who], who))
    right, precisions, curve = 0, 0.0, []
    for place, who in enumerate(order, 1):
        if who in suspects:
            right += 1
            precisions += right / place
            curve.append((right / len(suspects), right / place))
    figures.average_precision = [precisions / len(suspects)] if suspects else []
    figures.at_100 = [sum(who in suspects for who in order[:100]) / 100]
    figures.curves = [curve]


def scores_of(history: History, noted: Sequence[Noted]) -> dict[str, float]:
    """Each flagged customer's highest score: it is looked at every STEP days, over the last 90."""
    by_customer: dict[str, list[tuple[int, Weighed]]] = {}
    for one in noted:
        day = history.movements[one.line].at // DAY
        for who in dict.fromkeys((one.customer, *one.members)):
            head = who == one.customer
            weighed = Weighed(
                *(one.rule, one.severity, one.value, one.threshold, one.unit),
                head=head,
                scores=one.scores,
                supports=only_supports(one.rule),  # in every configuration: the score is one and the same
            )
            by_customer.setdefault(who, []).append((day, weighed))
    last = history.movements[-1].at // DAY
    ends = range(last, max(-1, last - 12 * STEP), -STEP)
    return {who: max(_score(findings, end) for end in ends) for who, findings in by_customer.items()}


def _score(findings: list[tuple[int, Weighed]], end: int) -> float:
    return exact_score(rule_weights(one for day, one in findings if end - DAYS < day <= end))
