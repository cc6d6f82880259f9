"""The customer's score: what weighs, what does not, and that it adds up."""

import pytest

from monitoring.patternbook import only_supports
from monitoring.rulebook import RULES
from monitoring.score import REPORTS, WEIGHTS, Weighed, exact_score, rule_weights, shares, weight


def found(rule: str = "fan_in", severity: str = "medium", value: float = 5, threshold: float = 5, unit: str = "count", **more: bool) -> Weighed:  # fmt: skip
    return Weighed(rule, severity, value, threshold, unit, **more)


@pytest.mark.parametrize(("value", "times"), [(5, 1), (7.5, 1.125), (10, 1.25), (500, 1.25), (4, 1)])
def test_a_finding_weighs_up_to_a_quarter_more_by_how_far_it_is_over(value: float, times: float) -> None:
    assert weight(found(value=value)) == WEIGHTS["medium"] * times


def test_where_less_is_worse_nothing_is_over() -> None:
    assert weight(found(value=40, threshold=10, unit="hours")) == WEIGHTS["medium"]
    assert weight(found(value=40, threshold=0)) == WEIGHTS["medium"]


def test_who_is_only_named_counts_less_and_naming_members_counts_nothing() -> None:
    assert weight(found(head=False)) == pytest.approx(0.8 * WEIGHTS["medium"])
    assert weight(found(scores=False)) == 0 and rule_weights([found(scores=False)]) == {}


def test_what_must_be_reported_is_no_suspicion() -> None:
    assert weight(found("ctr_aggregate", "critical")) == weight(found("instrument_log")) == WEIGHTS["low"]
    assert weight(found("sanctions", "critical")) == WEIGHTS["critical"]
    assert all(code in RULES for code in REPORTS)


def test_what_only_supports_weighs_a_quarter() -> None:
    assert weight(found(severity="high", supports=True)) == 0.25 * WEIGHTS["high"]
    assert only_supports("pass_through") and not only_supports("fan_in") and not only_supports("cycle")
    assert not only_supports("no such rule")


def test_a_rule_that_fires_every_day_counts_twice_at_most() -> None:
    assert rule_weights([found()] * 3) == {"fan_in": pytest.approx(14.4)}
    assert rule_weights([found()] * 500) == {"fan_in": pytest.approx(24)}
    assert rule_weights([found(severity="high"), found()]) == {"fan_in": pytest.approx(51.2)}


def test_rules_add_up_and_the_score_stays_below_a_hundred() -> None:
    one, both = rule_weights([found()]), rule_weights([found(), found("cycle", "high")])
    assert both == {"fan_in": 12, "cycle": 50}
    assert exact_score({}) == 0 and exact_score({"x": 100}) == 50
    assert exact_score(one) < exact_score(both) < exact_score({"x": 1e9}) <= 100


def test_the_shares_are_whole_percents_of_the_score() -> None:
    assert shares({"a": 50, "b": 25, "c": 25}) == {"a": 50, "b": 25, "c": 25}
    parts = shares({"a": 1, "b": 1, "c": 1})
    assert sum(parts.values()) == 100 and list(parts) == ["a", "b", "c"]
    assert shares({}) == {}
