"""A rule in the shadow runs live, writes no alert and counts; others that build on it still know; it is left by four eyes."""

from datetime import date
from typing import Any

import pytest

from accounts.outcomes import ALERT, HOLD, POST
from accounts.queries.totals import day_totals
from accounts.testing import an_officer
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.parameters import ParameterError, set_value
from monitoring.rulebook import RULES, outcome_code
from monitoring.services.tuning import what_if
from monitoring.tests.conftest import Screened
from monitoring.tests.makers import codes, found, town


def shadow(code: str, screened: Screened, outcome: str = POST) -> None:
    set_value(
        code=outcome_code(code), value=outcome, effective_from=date(2020, 1, 1), actor=screened.actor(an_officer()),
        now=utcnow(), reason="new",
    )  # fmt: skip


def paying(screened: Screened) -> None:
    """The first large payment to somebody new: rule 19."""
    screened.cash_in(300_000)
    screened.transfer(250_000)


def test_in_the_shadow_it_finds_and_counts_and_raises_no_alert() -> None:
    here = town("fan_in")
    here.parameters[outcome_code("fan_in")] = POST
    for number in range(5):
        outcome = here.move(10_000, f"payer{number}", "ana")
    assert found(outcome) == [] and outcome.badge == "OK" and outcome.outcome == POST
    assert outcome.counts == {"rule_14_shadowed": 1}
    assert 14 in here.state("ana").fired and here.state("ana").open_alerts == {}
    here.parameters[outcome_code("fan_in")] = ALERT
    assert codes(here.move(10_000, "payer9", "ana")) == {"fan_in"}


def test_live_it_is_counted_in_the_days_totals_and_shown_on_the_rules_page(screened: Screened) -> None:
    shadow("new_payee", screened)
    paying(screened)
    assert screened.alerts(rule="new_payee") == []
    (totals,) = day_totals(business_date(utcnow()), business_date(utcnow()), "USD")
    assert totals.numbers["rule_19_shadowed"] == 1 and totals.numbers["rule_19_found"] == 0
    page = screened.client(screened.analyst).get("/rules").content.decode()
    assert "1 in the shadow" in page and page.count(">in the shadow<") + page.count("in the shadow</span>") >= 2


def test_what_if_says_what_leaving_the_shadow_would_bring(screened: Screened) -> None:
    shadow("new_payee", screened)
    paying(screened)
    found_then = what_if(changes={outcome_code("new_payee"): ALERT}, now=utcnow()).difference
    assert [one.rule for one in found_then.gained] == ["new_payee"] and found_then.lost == []


@pytest.mark.parametrize("code", ["ctr_aggregate", "near_miss"])
def test_what_the_law_asks_for_has_no_shadow(bank: Any, code: str) -> None:
    with pytest.raises(ParameterError):
        parameters.check(outcome_code(code), POST)


def test_every_other_rule_with_an_outcome_to_choose_can_be_put_there() -> None:
    """Unless it declares its own: countries, lists."""
    usual = [
        rule
        for rule in RULES
        if rule.alone and rule.outcome == ALERT and rule.code not in ("ctr_aggregate", "near_miss")
    ]
    assert len(usual) > 15
    for rule in usual:
        (outcome,) = [one for one in rule.parameters if one.code == outcome_code(rule.code)]
        assert {one for one, _ in outcome.choices} >= {ALERT, HOLD, POST}, rule.code
