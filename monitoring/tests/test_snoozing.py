"""A snoozed rule raises no alert for the customer until a day; what it finds is counted and kept; criticals always speak."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.ledger import Refused
from accounts.queries.totals import day_totals
from cloudbank import audit, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.testing import Requests
from monitoring.activity import QUIET, SNOOZES, UNTIL
from monitoring.models import Snooze
from monitoring.patternbook import catalogue, quiet_key, quieted
from monitoring.queries.snoozes import kept_quiet, running, snoozes_in
from monitoring.rulebook import CRITICAL, RULES
from monitoring.screen import Snoozed
from monitoring.services.snoozing import lift_snooze, snooze_rule
from monitoring.tests.conftest import OVER, Screened
from monitoring.tests.makers import codes, found, town
from monitoring.views.snoozes import rule_title

RULE = "velocity_count"


def today() -> date:
    return bank_calendar().local(utcnow()).date()


def snooze(
    screened: Screened, rule: str = RULE, days: int = 30, reason: str = "pays the same rent", **more: Any
) -> Snooze:
    return snooze_rule(
        customer_id=screened.customer.user_id,
        rule_code=rule,
        until=today() + timedelta(days=days),
        reason=reason,
        actor=screened.actor(),
        now=utcnow(),
        **more,
    )


@pytest.fixture(autouse=True)
def _something_to_pay_with(request: pytest.FixtureRequest) -> None:
    if "screened" in request.fixturenames:
        request.getfixturevalue("screened").cash_in(500_000)


def fire(screened: Screened, times: int = 5) -> None:
    for _ in range(times):
        screened.transfer(1_000)


# --- in the screening: pure -----------------------------------------------------------------------


def test_a_snoozed_finding_raises_no_alert_and_is_counted_by_rule() -> None:
    here = town("fan_in", "ctr_aggregate")
    here.state("ana").snoozed[RULES["fan_in"].number] = [here.now.date().toordinal(), 0]
    for number in range(5):
        outcome = here.move(10_000, f"payer{number}", "ana")
    assert found(outcome) == [] and outcome.badge == "OK"
    assert outcome.counts == {"rule_14_snoozed": 1}
    assert here.state("ana").snoozed[14][QUIET] == 1 and here.state("ana").open_alerts == {}
    assert 14 in here.state("ana").fired, "rules that build on it still know"


def test_it_ends_with_its_last_day() -> None:
    here = town("fan_in")
    here.state("ana").snoozed[14] = [here.now.date().toordinal() - 1, 0]
    for number in range(5):
        outcome = here.move(10_000, f"payer{number}", "ana")
    assert codes(outcome) == {"fan_in"}


def test_others_of_the_same_rule_are_not_quiet() -> None:
    here = town("fan_in")
    here.state("ana").snoozed[14] = [here.now.date().toordinal(), 0]
    for number in range(5):
        outcome = here.move(10_000, f"payer{number}", "bea")
    assert codes(outcome) == {"fan_in"}


def test_what_is_critical_always_raises_an_alert() -> None:
    """Even if a snooze of such a rule ever got into the risk state."""
    here = town("ctr_aggregate")
    here.state("ana").snoozed[RULES["ctr_aggregate"].number] = [here.now.date().toordinal() + 9, 0]
    assert codes(here.cash_in(OVER)) == {"ctr_aggregate"}


def test_a_failing_rule_speaks_though_it_is_snoozed(monkeypatch: pytest.MonkeyPatch) -> None:
    here = town("fan_in")
    here.state("ana").snoozed[14] = [here.now.date().toordinal(), 0]
    monkeypatch.setattr(type(RULES["fan_in"]), "check", property(lambda rule: 1 / 0), raising=False)
    outcome = here.move(10_000, "payer", "ana")
    assert [one.family for one in found(outcome)] == ["rule_failed"]
    assert not any(isinstance(one, Snoozed) for one in outcome.findings)


# --- in the bank ----------------------------------------------------------------------------------


def test_posting_reads_nothing_more_and_keeps_what_was_found(screened: Screened, requests_made: Requests) -> None:
    screened.transfer(2_000)  # he has moved money before
    requests_made.clear()
    screened.transfer(2_500)
    usual = requests_made.operations
    snooze(screened)
    requests_made.clear()
    fire(screened)
    assert requests_made.operations == usual * 5, "not one request more"
    assert not [one for one in screened.alerts() if RULE in one.rules]
    kept = list(kept_quiet(screened.customer.user_id))
    assert kept and {one.rule for one in kept} == {RULE} and all(one.alert_id == "" for one in kept)
    assert screened.activity().snoozed[RULES[RULE].number][QUIET] == len(kept)
    (totals,) = day_totals(business_date(utcnow()), business_date(utcnow()), "USD")
    assert totals.numbers[f"rule_{RULES[RULE].number}_snoozed"] == len(kept)


def test_it_is_audited_and_listed(screened: Screened) -> None:
    fire(screened, 1)
    made = snooze(screened, alert_id="alt_x")
    (record,) = audit.AuditRecord.by_subject.query(audit.subject_of(made))
    assert (record.action, record.reason, record.after["alert"]) == ("snooze", "pays the same rent", "alt_x")
    assert screened.activity().snoozed[RULES[RULE].number][UNTIL] == date.fromisoformat(made.until).toordinal()
    ((one,), following) = running()
    assert one.snooze.reason == "pays the same rent" and one.quiet == 0 and following == ""


def test_lifted_it_raises_alerts_again(screened: Screened) -> None:
    fire(screened, 1)
    snooze(screened)
    fire(screened, 4)
    lift_snooze(
        customer_id=screened.customer.user_id, rule_code=RULE, reason="new payee", actor=screened.actor(), now=utcnow()
    )
    assert running() == ([], "") and screened.activity().snoozed == {}
    fire(screened, 3)
    assert any(RULE in one.rules for one in screened.alerts())
    with pytest.raises(Refused, match="not snoozed"):
        lift_snooze(
            customer_id=screened.customer.user_id, rule_code=RULE, reason="x", actor=screened.actor(), now=utcnow()
        )


def test_asked_again_the_new_day_holds_and_the_count_goes_on(screened: Screened) -> None:
    fire(screened, 1)
    snooze(screened, days=3)
    fire(screened, 4)
    before = screened.activity().snoozed[RULES[RULE].number][QUIET]
    snooze(screened, days=60, reason="confirmed by the branch")
    until, quiet = screened.activity().snoozed[RULES[RULE].number]
    assert until == (today() + timedelta(days=60)).toordinal() and quiet == before > 0
    assert len(running()[0]) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"days": 181}, "until"),
        ({"days": -1}, "until"),
        ({"reason": " "}, "reason"),
        ({"rule": "no_such"}, "rule"),
        ({"rule": "ctr_aggregate"}, "rule"),
    ],
)
def test_what_is_refused(screened: Screened, changes: dict[str, Any], field: str) -> None:
    fire(screened, 1)
    with pytest.raises(Refused) as refusal:
        snooze(screened, **changes)
    assert refusal.value.field == field
    assert screened.activity().snoozed == {}


def test_no_critical_rule_can_be_snoozed(screened: Screened) -> None:
    fire(screened, 1)
    critical = [rule.code for rule in RULES if rule.severity == CRITICAL]
    assert critical
    for code in critical:
        with pytest.raises(Refused, match="never snoozed"):
            snooze(screened, code)
    snooze(screened, days=180)


def test_so_many_rules_and_not_one_more(screened: Screened) -> None:
    mild = [rule.code for rule in RULES if rule.severity != CRITICAL]
    for code in mild[:SNOOZES]:
        snooze(screened, code)
    with pytest.raises(Refused, match="lift one first"):
        snooze(screened, mild[SNOOZES])
    snooze(screened, mild[0], days=9)


def test_a_movement_that_comes_between_is_not_lost(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    fire(screened, 1)
    get, moved = store.get, list[Any]()

    def then_move(model: Any, key: str, **more: Any) -> Any:
        item = get(model, key, **more)
        if model.__name__ == "CustomerActivity" and not moved:
            moved.append(True)
            moved.append(screened.transfer(7_777))
        return item

    monkeypatch.setattr(store, "get", then_move)
    snooze(screened)
    state = screened.activity()
    assert any(amount == 7_777 for _, amount, _ in state.ring_out) and RULES[RULE].number in state.snoozed


# --- pages ----------------------------------------------------------------------------------------


def test_by_hand_from_the_alert_and_lifted_from_the_list(screened: Screened) -> None:
    fire(screened)
    (alert,) = [one for one in screened.alerts() if RULE in one.rules]
    client = screened.client()
    until = (today() + timedelta(days=10)).isoformat()
    asked = {"action": "snooze", "revision": 0, "rule": RULE, "until": until, "reason": "rent"}
    for role in ("manager", "auditor"):
        assert screened.client(role).post(f"/alerts/{alert.alert_id}", asked).status_code == 403
    refused = client.post(f"/alerts/{alert.alert_id}", asked | {"until": "2100-01-01"})
    assert refused.status_code == 422 and "Choose a day from" in refused.content.decode()
    assert client.post(f"/alerts/{alert.alert_id}", asked).status_code == 302
    fire(screened, 2)
    page = client.get(f"/alerts/{alert.alert_id}").content.decode()
    assert "Snoozed for this customer" in page and "kept quiet" in page
    listed = client.get("/snoozes").content.decode()
    assert "Carla Customer" in listed and "rent" in listed and "Running" in listed
    assert rule_title(RULE) in client.get(f"/snoozes/{screened.customer.user_id}").content.decode()
    row = f"{screened.customer.user_id}#{RULE}"
    answer = client.post("/snoozes", {"action": "lift", "ids": [row], "reason": "moved out"})
    assert "It raises alerts again." in answer.content.decode()
    assert "No rule is snoozed" in client.get("/snoozes").content.decode()


def test_one_that_was_snoozed_meanwhile_is_told_and_one_that_is_over_is_snoozed_again(screened: Screened) -> None:
    fire(screened)
    (alert,) = [one for one in screened.alerts() if RULE in one.rules]
    client, path = screened.client(), f"/alerts/{alert.alert_id}"
    asked = {
        "action": "snooze",
        "revision": 0,
        "rule": RULE,
        "until": (today() + timedelta(days=9)).isoformat(),
        "reason": "a",
    }
    snooze(screened, days=3, reason="rent")
    told = client.post(path, asked)
    assert told.status_code == 409 and "snoozed this rule for this customer until" in told.content.decode()
    assert screened.activity().snoozed[RULES[RULE].number][UNTIL] == (today() + timedelta(days=3)).toordinal()
    over = store.get(Snooze, Snooze.key(screened.customer.user_id, RULE))
    assert over is not None
    over.until = (today() - timedelta(days=1)).isoformat()
    over.file()
    store.save([store.changed(over)])
    page = client.get(path).content.decode()
    assert "Snoozed for this customer" not in page and "Snooze this rule" in page
    assert client.post(path, asked).status_code == 302


def test_a_critical_rule_has_no_snooze_on_its_alert(screened: Screened) -> None:
    alert = screened.alert()
    assert "Snooze this rule" not in screened.client().get(f"/alerts/{alert.alert_id}").content.decode()


@pytest.mark.parametrize("role", ["customer", "teller"])
def test_snoozes_are_secret(screened: Screened, role: str) -> None:
    for path in ("/snoozes", f"/snoozes/{screened.customer.user_id}"):
        assert screened.client(role).get(path).status_code == 403


def test_snoozes_of_nobody_are_not_found(screened: Screened) -> None:
    assert screened.client().get("/snoozes/usr_nobody").status_code == 404
    assert screened.client().get(f"/snoozes/{screened.analyst.user_id}").status_code == 404


@pytest.mark.parametrize("code", ["cycle", "stack", "bipartite", "velocity_count"])
def test_a_snoozed_pattern_is_shown_like_a_rule(screened: Screened, code: str) -> None:
    """Also where several patterns have one number."""
    snooze(screened, code)
    (shown,) = snoozes_in(screened.activity(), screened.customer.user_id)
    assert (shown.snooze.rule, shown.quiet) == (code, 0)


def test_every_rule_and_pattern_has_a_snooze_of_its_own() -> None:
    keys = [quiet_key(one) for one in catalogue()]
    assert len(set(keys)) == len(keys)


def test_a_snoozed_shape_of_rule_28_leaves_its_siblings_loud_and_one_lifted_leaves_them_quiet(
    screened: Screened,
) -> None:
    snooze(screened, "stack")
    snooze(screened, "bipartite")
    state = screened.activity()
    assert quieted(state.snoozed, "scatter_gather", 28) is None
    assert quieted(state.snoozed, "stack", 28) and quieted(state.snoozed, "bipartite", 28)
    lift_snooze(
        customer_id=screened.customer.user_id, rule_code="stack", reason="x", actor=screened.actor(), now=utcnow()
    )
    shown = snoozes_in(screened.activity(), screened.customer.user_id)
    assert [one.snooze.rule for one in shown] == ["bipartite"]


def test_a_snooze_of_before_the_shapes_had_their_own_goes_on_and_is_lifted() -> None:
    old = {28: [800_000, 3]}
    assert quieted(old, "stack", 28) == [800_000, 3] and quieted(old, "cycle", 27) is None
