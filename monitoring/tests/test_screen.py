"""Screening as a whole: badges, own accounts, failing rules, what cannot be judged, one alert a family."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from monitoring.activity import ALERT_ID, AMOUNT, COUNT, RANK, SCORE
from monitoring.rulebook import RULES, Hit
from monitoring.screen import RULE_FAILED, Screener
from monitoring.tests.makers import Town, codes, found, movement, town, unjudged


def test_the_worst_severity_gives_the_badge() -> None:
    here = town()
    assert here.cash_in(1000).badge == "OK"
    here.cash_in(950_000)
    here.cash_in(850_000, business_date=here.now.date().replace(day=3))
    outcome = here.cash_in(900_000, business_date=here.now.date().replace(day=4))
    assert codes(outcome) == {"structuring"}
    assert outcome.badge == "ALERT"
    assert here.cash_in(200_000, business_date=here.now.date().replace(day=4)).badge == "CRITICAL"


def test_between_own_accounts_no_rule_speaks() -> None:
    here = town()
    for _ in range(20):
        outcome = here.move(500_000, "ana", "ana/2")
        assert outcome.badge == "OK" and not outcome.findings
    state = here.state("ana")
    assert not state.daily and state.last_at, "neither income nor spending"


def test_a_failing_rule_is_an_alert_and_the_other_rules_still_speak() -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("no spread")

    rules = [replace(one, check=broken) if one.code == "structuring" else one for one in RULES]
    here = town()
    here.screener = Screener(rules)
    outcome = here.cash_in(1_000_001)
    assert codes(outcome) == {"structuring", "ctr_aggregate"}
    (failed,) = [one for one in found(outcome) if one.family == RULE_FAILED]
    assert failed.severity == "high"
    assert "no spread" in failed.hit.sentence and "Rule 3" in failed.hit.sentence
    assert {RULE_FAILED, "cash_reporting"} == set(here.state("ana").open_alerts)
    assert outcome.badge == "CRITICAL"


def test_another_currency_cannot_be_judged_and_leaves_the_amounts_alone() -> None:
    here = town()
    outcome = here.cash_in(5_000_000, currency="EUR")
    assert outcome.badge == "OK"
    assert unjudged(outcome) >= {"ctr_aggregate", "structuring", "near_miss"}
    assert here.state("ana").stats_in == [0, 0, 0]


def test_shares_of_a_movement_sum_to_one_hundred() -> None:
    here = town()
    for day in (2, 3):
        here.cash_in(900_050, business_date=here.now.date().replace(day=day))
    here.cash_in(900_050, business_date=here.now.date().replace(day=4))
    outcome = here.cash_in(900_050, business_date=here.now.date().replace(day=4))
    assert codes(outcome) == {"structuring", "near_miss", "ctr_aggregate"}
    assert sum(one.share for one in found(outcome)) == 100
    assert [one.points for one in found(outcome)] == [100, 50, 50]


def test_findings_of_a_family_join_one_open_alert() -> None:
    here = town("ctr_aggregate")
    (first,) = found(here.cash_in(1_000_001))
    (second,) = found(here.cash_in(250_000))
    assert first.opens and not second.opens
    assert first.alert_id == second.alert_id
    entry = here.state("ana").open_alerts["cash_reporting"]
    assert entry[ALERT_ID] == first.alert_id
    assert (entry[RANK], entry[COUNT], entry[SCORE], entry[AMOUNT]) == (0, 2, 100, 1_250_001)


def test_customers_and_families_have_alerts_of_their_own() -> None:
    here = town()
    (ana,) = found(here.cash_in(1_000_001, "ana"))
    (ben,) = found(here.cash_in(1_000_001, "ben"))
    assert ana.alert_id != ben.alert_id


def test_the_same_movement_always_opens_the_same_alert() -> None:
    ids = set()
    for _ in range(2):
        (finding,) = found(town("ctr_aggregate").cash_in(1_000_001, movement_id="mov_same"))
        ids.add(finding.alert_id)
    assert len(ids) == 1


def test_after_the_alert_is_closed_the_next_finding_opens_another() -> None:
    here = town("ctr_aggregate")
    (first,) = found(here.cash_in(1_000_001))
    del here.state("ana").open_alerts["cash_reporting"]
    (second,) = found(here.cash_in(100))
    assert second.opens and second.alert_id != first.alert_id


def test_a_worse_finding_leads_and_a_milder_one_does_not() -> None:
    here = town("deviation")
    severities = iter(["medium", "high", "high", "medium"])

    def scripted(*_: Any) -> Hit:
        return Hit(1, 1, "count", "x", severity=next(severities))

    here.screener = Screener([replace(RULES["deviation"], check=scripted, incoming=True, alone=True)])
    found_then = [found(here.move(1, "ben", "ana"))[0] for _ in range(4)]
    assert [one.leads for one in found_then] == [True, True, True, False]
    assert [one.raises for one in found_then] == [True, True, False, False]
    assert here.state("ana").open_alerts["deviation"][RANK] == 1


def test_when_a_rule_last_fired_is_remembered() -> None:
    here = town()
    here.cash_in(1_000_001)
    assert here.state("ana").fired == {1: int(here.now.timestamp())}


def test_a_conductor_unknown_to_the_bank_is_not_counted_and_harms_nothing() -> None:
    here = town("ctr_aggregate")
    one = movement(600_000, "house:cash", "ana", here.now, conductor_id="walk-in")
    outcome = here.screener.screen(one, {"ana": here.state("ana")}, {}, here.parameters)
    assert outcome.badge == "OK"


# --- rules that do not speak alone --------------------------------------------------------------


def scripted(severity: str) -> Callable[..., Hit]:
    return lambda *_: Hit(1, 1, "count", "x", severity=severity)


def with_support(main: str, support: str = "high") -> Town:
    """Rule 14 finds this much, and rule 12, which only supports, that."""
    here = town()
    rules = [replace(RULES["pass_through"], check=scripted(support), incoming=None)]
    if main:
        rules.append(replace(RULES["fan_in"], check=scripted(main), incoming=None, cash=None))
    here.screener = Screener(rules)
    return here


def test_what_does_not_speak_alone_is_silent_without_another_finding() -> None:
    here = with_support("")
    outcome = here.cash_in(100)
    assert outcome.badge == "OK" and not outcome.findings
    assert not here.state("ana").open_alerts and not here.state("ana").fired


def test_it_adds_its_points_to_the_alert_of_the_other_and_neither_leads_nor_worsens_it() -> None:
    here = with_support("low")
    fan, through = found(here.cash_in(100))
    assert (fan.rule, through.rule) == ("fan_in", "pass_through"), "it comes second, though its number is smaller"
    assert through.alert_id == fan.alert_id and through.family == "fan"
    assert (fan.opens, fan.leads, through.opens, through.leads) == (True, True, False, False)
    entry = here.state("ana").open_alerts["fan"]
    assert (entry[RANK], entry[COUNT], entry[SCORE], entry[AMOUNT]) == (3, 2, 60, 100)


def test_it_joins_an_alert_of_the_last_days_and_no_older_one() -> None:
    for seconds, joins in ((-1, True), (0, False)):
        here = with_support("")
        opened = int(here.now.timestamp())
        here.state("ana").open_alerts["velocity"] = ["alt_v", 2, opened, 1, 25, 1]
        here.state("ana").open_alerts[RULE_FAILED] = ["alt_f", 1, opened, 1, 50, 1]
        here.later(days=7, seconds=seconds)
        assert [one.alert_id for one in found(here.cash_in(100))] == (["alt_v"] if joins else [])


def test_it_adds_once_to_an_alert_and_again_to_the_next_one() -> None:
    here = with_support("")
    for wanted in (["alt_v"], [], []):
        opened = int(here.now.timestamp())
        here.state("ana").open_alerts.setdefault("velocity", ["alt_v", 2, opened, 1, 25, 1])
        assert [one.alert_id for one in found(here.cash_in(100))] == wanted
        here.later(hours=1)
    here.state("ana").open_alerts["velocity"] = ["alt_w", 2, int(here.now.timestamp()), 1, 25, 1]
    assert [one.alert_id for one in found(here.cash_in(100))] == ["alt_w"]


def test_the_alert_of_somebody_else_is_not_supported() -> None:
    here = with_support("")
    here.state("ben").open_alerts["velocity"] = ["alt_v", 2, int(here.now.timestamp()), 1, 25, 1]
    assert [one.customer_id for one in found(here.move(100, "ana", "ben"))] == ["ben"]
