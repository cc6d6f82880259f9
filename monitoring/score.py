"""A customer's score: what the rules found of them in the last 90 days, each rule's share shown. Pure.

A finding weighs by its severity (WEIGHTS) and by how far it is over its threshold, up to a quarter more: what is over
is not comparable between rules, a second distance of three from a mean is nothing beside a second circle. Medium rules
flag ordinary people as well, so one high finding outweighs several of them. Of one rule the heaviest finding counts
whole and every further one a tenth, together at most as much again, so that a rule that fires every day does not drown
the others. A customer whom a pattern only names counts four fifths: the others in a circle are as deep in it as its
head. What only supports other rules is too common to speak alone, so it weighs a quarter here as well. The rules'
weights add up to W; the score is 100 W / (W + 100): additive inside, never above 100, and two customers tie only when
all they did weighs the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloudbank.money import largest_remainder
from monitoring.rulebook import CRITICAL, HIGH, LOW, MEDIUM

DAYS = 90
WEIGHTS = {CRITICAL: 60, HIGH: 50, MEDIUM: 12, LOW: 4}
"""Of a finding by its severity. Chosen on seeds 0 and 1."""
REPORTS = frozenset({"ctr_aggregate", "instrument_log"})
"""Rules of what the law wants reported or logged, whoever it is: no suspicion, so they weigh as LOW."""
OVER = 0.25
"""What a finding at twice its threshold or more weighs on top."""
HALF = 100.0
"""The weight at which the score is 50."""
AGAIN = 0.1
MEMBER = 0.8
SUPPORT = 0.25
"""Of a rule that only supports others. Chosen on seeds 0 to 2: a half and a tenth order nearly as well."""
LESS_IS_WORSE = frozenset({"days", "hours"})
"""Units of values that lie below their threshold when a rule fires."""


@dataclass(frozen=True)
class Weighed:
    """One finding, as far as the score asks. `scores` False: it only names members of what was found before."""

    rule: str
    severity: str
    value: float
    threshold: float
    unit: str
    head: bool = True
    """The finding is about this customer; False: it names them among others."""
    scores: bool = True
    supports: bool = False
    """Its rule opens no alert."""


def weight(one: Weighed) -> float:
    """What one finding weighs: by its severity, more when it is over its threshold, less when it only names one."""
    if not one.scores:
        return 0.0
    over = 0.0
    if one.unit not in LESS_IS_WORSE and one.threshold > 0:
        over = min(1.0, max(0.0, one.value / one.threshold - 1))
    base = WEIGHTS[LOW if one.rule in REPORTS else one.severity]
    return base * (1 + OVER * over) * (1 if one.head else MEMBER) * (SUPPORT if one.supports else 1)


def rule_weights(findings: Iterable[Weighed]) -> dict[str, float]:
    """What each rule adds, by code."""
    by_rule: dict[str, list[float]] = {}
    for one in findings:
        by_rule.setdefault(one.rule, []).append(weight(one))
    return {rule: _together(weights) for rule, weights in by_rule.items() if max(weights) > 0}


def _together(weights: list[float]) -> float:
    heaviest = max(weights)
    return heaviest + min(heaviest, AGAIN * (sum(weights) - heaviest))


def exact_score(weights: Mapping[str, float]) -> float:
    """The score of these rules' weights, 0 to 100, not rounded: for ordering."""
    whole = sum(weights.values())
    return 100 * whole / (whole + HALF)


def shares(weights: Mapping[str, float]) -> dict[str, int]:
    """Each rule's whole percent of the score, the greatest first; together 100."""
    ordered = sorted(weights.items(), key=lambda one: (-one[1], one[0]))
    if not ordered:
        return {}
    parts = largest_remainder(100, [round(1_000 * value) for _, value in ordered])
    return {rule: part for (rule, _), part in zip(ordered, parts, strict=True)}
