"""Rules 3, 14 and 15 over more days, against the customer's own usual: who knows the short windows takes longer."""

from datetime import timedelta

import pytest

from accounts.ledger import CLEARING
from monitoring.screen import Outcome
from monitoring.tests.makers import Somebody, Town, codes, found, town, unjudged

SIDES = {"fan_in": ("paid in", "senders"), "fan_out": ("were paid", "receivers")}


def known(rule: str, *, days: int = 35) -> Town:
    """Ana pays something at another bank once a week, for so many days."""
    here = town(rule)
    end = here.now + timedelta(days=days)
    while here.now < end:
        here.move(2_000, "ana", CLEARING)
        here.later(days=7)
    here.now = end
    return here


def fan(
    here: Town, rule: str, number: int, *, each: int = 30_000, hours: float = 12, name: str = "new"
) -> list[Outcome]:
    """So many strangers pay Ana, or are paid by her, so many hours apart."""
    outcomes = []
    for one in range(number):
        sides = (f"{name}{one}", "ana") if rule == "fan_in" else ("ana", f"{name}{one}")
        outcomes.append(here.move(each, *sides))
        here.later(hours=hours)
    return outcomes


@pytest.mark.parametrize("rule", SIDES)
def test_the_fifth_stranger_within_a_week_fires(rule: str) -> None:
    outcomes = fan(known(rule), rule, 5)
    assert [codes(one) for one in outcomes] == [set()] * 4 + [{rule}]
    (finding,) = found(outcomes[-1])
    verb, what = SIDES[rule]
    assert finding.hit.sentence.startswith(f"5 different {what}, none seen before, {verb} 1,500.00")
    assert "within 7 days" in finding.hit.sentence and finding.hit.baseline == {"usual_new": 0.0}


@pytest.mark.parametrize("rule", SIDES)
@pytest.mark.parametrize(("hours", "fires"), [(41.9, True), (42, False)])
def test_a_week_is_full(rule: str, hours: float, fires: bool) -> None:
    assert bool(codes(fan(known(rule), rule, 5, hours=hours)[-1])) is fires


@pytest.mark.parametrize("rule", SIDES)
@pytest.mark.parametrize(("each", "fires"), [(19_999, False), (20_000, True), (20_001, True)])
def test_less_than_a_thousand_in_all_is_a_present(rule: str, each: int, fires: bool) -> None:
    assert bool(codes(fan(known(rule), rule, 5, each=each)[-1])) is fires


@pytest.mark.parametrize("rule", SIDES)
@pytest.mark.parametrize(("before", "fires"), [(6, True), (7, False)])
def test_who_meets_strangers_all_the_time_is_not_unusual(rule: str, before: int, fires: bool) -> None:
    """5 in a week are three times 6 / 4 in a week before, and not three times 7 / 4."""
    here = known(rule)
    fan(here, rule, before, each=1_000, hours=48, name="earlier")
    here.later(days=8)
    assert bool(codes(fan(here, rule, 5)[-1])) is fires


@pytest.mark.parametrize("rule", SIDES)
@pytest.mark.parametrize(("days", "fires"), [(26, True), (25, False)])
def test_who_is_known_for_less_than_four_weeks_cannot_be_judged(rule: str, days: int, fires: bool) -> None:
    here = known(rule, days=days)
    last = fan(here, rule, 5)[-1]  # two days after the first of them
    assert (codes(last), unjudged(last)) == (({rule}, set()) if fires else (set(), {rule}))


@pytest.mark.parametrize("rule", SIDES)
def test_trades_are_exempt_and_a_bank_may_look_at_one_day_only(rule: str) -> None:
    here = known(rule)
    here.people["ana"] = Somebody("ana", segment="business")
    assert not any(codes(one) for one in fan(here, rule, 9))
    here = known(rule)
    here.parameters[f"rule.{rule}.slow"] = 0
    assert not any(codes(one) or unjudged(one) for one in fan(here, rule, 9))


# --- 3: cash below the band -------------------------------------------------------------------------------


def bring(here: Town, amounts: list[int], *, days: float = 3) -> list[Outcome]:
    """Ana brings cash, so many days apart."""
    outcomes = []
    for amount in amounts:
        outcomes.append(here.cash_in(amount))
        here.later(days=days)
    return outcomes


@pytest.mark.parametrize(("last", "fires"), [(499_999, False), (500_000, True), (500_001, True)])
def test_cash_on_four_days_below_the_band_that_is_twenty_thousand(last: int, fires: bool) -> None:
    outcomes = bring(known("structuring"), [500_000, 500_000, 500_000, last])
    assert [bool(codes(one)) for one in outcomes] == [False, False, False, fires]
    if fires:
        (finding,) = found(outcomes[-1])
        assert "on 4 of the 14 days" in finding.hit.sentence and finding.hit.baseline == {"usual_cash": 0}


def test_two_weeks_are_full_and_days_are_counted_not_deposits() -> None:
    assert not any(codes(one) for one in bring(known("structuring"), [600_000] * 4, days=14 / 3))
    here = known("structuring")
    here.cash_in(300_000), here.cash_in(300_000)
    here.later(days=2)
    assert not any(codes(one) for one in bring(here, [700_000, 700_000]))


@pytest.mark.parametrize(("largest", "fires"), [(1_000_000, True), (1_000_001, False)])
def test_a_day_above_the_limit_is_reported_and_hides_nothing(largest: int, fires: bool) -> None:
    assert bool(codes(bring(known("structuring"), [largest, 500_000, 500_000, 500_000])[-1])) is fires


@pytest.mark.parametrize(("earlier", "fires"), [(999_999, True), (1_100_000, False)])
def test_who_always_brings_cash_is_not_unusual(earlier: int, fires: bool) -> None:
    """20,000.00 in 14 days against the 21 days before: three times 10,000.00 / 21 * 14."""
    here = known("structuring")
    bring(here, [earlier // 2, earlier - earlier // 2], days=2)
    here.later(days=10)
    assert bool(codes(bring(here, [500_000] * 4)[-1])) is fires


def test_new_customers_and_a_bank_that_looks_at_the_band_only() -> None:
    assert not any(codes(one) for one in bring(town("structuring"), [600_000] * 5))
    here = known("structuring")
    here.parameters["rule.structuring.wide_count"] = 0
    assert not any(codes(one) for one in bring(here, [600_000] * 5))
