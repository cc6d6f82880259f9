"""What-if: the replay is the live screening, other parameters gain and lose exactly the alerts they should, nothing is written."""

import json
from collections import Counter
from dataclasses import replace as other
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.ledger import Movement
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.tables import TABLES
from monitoring.forms.tuning import TryForm
from monitoring.listing import parties_of
from monitoring.models import AlertFinding, alert_subject
from monitoring.queries.history import movements_of
from monitoring.replay import DECIDED_AFTER, Opened, Run, customers_of, difference
from monitoring.rulebook import RULES
from monitoring.screen import Screener
from monitoring.services.tuning import NoHistory, recent_days, what_if
from monitoring.sides import sides_of
from monitoring.tests.conftest import OVER, Screened

LIMIT, PAYEE = "rule.ctr_aggregate.limit", "rule.new_payee.least"


def busy(screened: Screened) -> None:
    """A day with large and small cash, transfers, and a conductor."""
    for amount in (OVER, 5_000, 900_000):
        screened.cash_in(amount)
    screened.cash_in(950_000, screened.theirs, conductor_id=screened.customer.user_id)
    screened.transfer(300_000)
    screened.transfer(300_000)


def found_live(screened: Screened) -> Counter[str]:
    subjects = [alert_subject(alert.alert_id) for alert in screened.alerts()]
    items = [one for subject in subjects for one in AlertFinding.by_subject.query(subject)]
    return Counter(one.rule for one in items if isinstance(one, AlertFinding))


def test_movements_are_as_screening_saw_them(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    screen = Screener.screen

    def noting(self: Screener, movement: Any, *args: Any) -> Any:
        seen.append(movement)
        return screen(self, movement, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Screener, "screen", noting)
        busy(screened)
    again = movements_of(business_date(utcnow()), "USD")
    assert [judged(one) for one in again] == [judged(one) for one in seen] != []


def judged(movement: Movement) -> list[Any]:
    """All that screening makes of a movement: the customers' sides, its parties, what findings say of it."""
    known = {name: getattr(movement, name) for name in ("movement_id", "amount", "currency", "posted_at", "observed")}
    return [known, movement.business_date, customers_of(movement), sides_of(movement), parties_of(movement, {})]


def test_without_a_change_the_replay_finds_what_the_postings_found(screened: Screened) -> None:
    busy(screened)
    found = what_if(changes={}, now=utcnow())
    assert found.difference.before == found.difference.after == found_live(screened) != Counter()
    assert (found.difference.gained, found.difference.lost) == ([], [])
    assert found.difference.kept == len(screened.alerts()) and found.difference.movements == 6


def test_a_lower_limit_gains_the_alert_to_the_cent(screened: Screened) -> None:
    screened.cash_in(900_000)
    assert what_if(changes={LIMIT: 900_000}, now=utcnow()).difference.rules == []
    found = what_if(changes={LIMIT: 899_999}, now=utcnow()).difference
    (gained,) = found.gained
    assert (gained.rule, gained.customer_id) == ("ctr_aggregate", screened.customer.user_id)
    assert found.rules == [("ctr_aggregate", 0, 1, 1, 0)] and found.lost == []


def test_a_higher_amount_loses_it_to_the_cent(screened: Screened) -> None:
    screened.cash_in(300_000)
    screened.transfer(250_000)
    assert screened.alerts(rule="new_payee")
    assert what_if(changes={PAYEE: 250_000}, now=utcnow()).difference.rules == []
    found = what_if(changes={PAYEE: 250_001}, now=utcnow()).difference
    assert [one.rule for one in found.lost] == ["new_payee"] and found.gained == []


def test_nothing_is_written(screened: Screened) -> None:
    busy(screened)

    def everything() -> list[Any]:
        return [sorted(str(item.serialize()) for item in table.scan()) for table in TABLES]

    before = everything()
    what_if(changes={LIMIT: 100_000}, now=utcnow())
    assert everything() == before


def test_days_before_the_first_bring_the_activities_up_to_date_and_do_not_count(screened: Screened) -> None:
    calendar = bank_calendar()
    today = business_date(utcnow())
    day_before = calendar.on_or_before(today - timedelta(days=1))
    screened.cash_in(900_000)
    found = what_if(changes={LIMIT: 800_000}, now=utcnow(), first=day_before)
    assert len(found.difference.gained) == 1 and found.first == today, "the books begin today"
    with pytest.raises(NoHistory):
        what_if(changes={}, now=utcnow(), first=today + timedelta(days=1), last=today)


@pytest.mark.parametrize("code", ["alert.sla.high", "rule.nonsense", "limit.transfer"])
def test_only_parameters_of_rules_are_tried(screened: Screened, code: str) -> None:
    with pytest.raises(parameters.ParameterError, match="no parameter of a rule"):
        what_if(changes={code: 1}, now=utcnow())


def test_values_outside_their_bounds_are_refused(screened: Screened) -> None:
    with pytest.raises(parameters.ParameterError, match="must lie between"):
        what_if(changes={LIMIT: -1}, now=utcnow())


def test_an_empty_bank_has_nothing_to_replay(bank: Any) -> None:
    with pytest.raises(NoHistory, match="no movements yet"):
        what_if(changes={LIMIT: 500_000}, now=utcnow())


def an_alert(customer: str, day: int, family: str = "f") -> Opened:
    return Opened(f"{customer}{day}", customer, family, "r", "high", day * 86_400, day, "m", 1, "s")


def runs(before: list[Opened], after: list[Opened]) -> Any:
    screener = Screener([])
    return difference(Run(screener, {}, alerts=before), Run(screener, {}, alerts=after), 1)


def test_alerts_are_the_same_when_they_open_within_the_days_of_a_decision() -> None:
    assert runs([an_alert("a", 10)], [an_alert("a", 10 + DECIDED_AFTER)]).kept == 1
    late = runs([an_alert("a", 10)], [an_alert("a", 11 + DECIDED_AFTER)])
    assert (len(late.gained), len(late.lost), late.kept) == (1, 1, 0)
    assert runs([an_alert("a", 10)], [an_alert("b", 10)]).kept == 0
    assert runs([an_alert("a", 10)], [an_alert("a", 10, "g")]).kept == 0
    twice = runs([an_alert("a", 10)], [an_alert("a", 10), an_alert("a", 11)])
    assert (len(twice.gained), twice.kept) == (1, 1), "each alert stands for one"


def test_an_alert_counts_as_decided_after_some_days(screened: Screened) -> None:
    run = Run(Screener(), parameters.snapshot(utcnow()))
    screened.cash_in(OVER)
    (movement,) = movements_of(business_date(utcnow()), "USD")
    for days in (0, 1, DECIDED_AFTER + 1):
        later = movement.posted_at + timedelta(days=days)
        moved = other(movement, movement_id=f"m{days}", posted_at=later, business_date=business_date(later))
        run.take(moved, {}, True)
    assert [one.movement_id for one in run.alerts if one.family == "cash_reporting"] == ["m0", f"m{DECIDED_AFTER + 1}"]


def test_the_page_of_a_rule_replays_no_more_than_it_can(screened: Screened) -> None:
    busy(screened)
    today = business_date(utcnow())
    assert recent_days(utcnow(), most=6, days=30) == (today - timedelta(days=30), today)
    assert recent_days(utcnow(), most=5, days=30) == (today, today), "at least one day"


def test_the_command_says_what_changes_and_gives_all_of_it_as_json(screened: Screened) -> None:
    screened.cash_in(900_000)
    said = StringIO()
    call_command("what_if", "--set", f"{LIMIT}=800000", stdout=said)
    assert "1 alerts gained, 0 lost" in said.getvalue() and "Gained: " in said.getvalue()
    said = StringIO()
    call_command("what_if", "--set", f"{LIMIT}=800000", "--json", stdout=said)
    content = json.loads(said.getvalue())
    assert content["gained"][0]["amount"] == 900_000 and content["findings"]["after"]["ctr_aggregate"] == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [("nonsense", "CODE=VALUE"), (f"{LIMIT}=ten", "whole number"), ("rule.x=1", "no parameter of a rule")],
)
def test_the_command_refuses_nonsense_with_a_line_that_helps(screened: Screened, text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why) as refused:
        call_command("what_if", "--set", text, stdout=StringIO())
    assert refused.value.returncode == 1


def test_the_page_tries_a_rule_and_says_what_would_have_changed(screened: Screened) -> None:
    screened.cash_in(900_000)
    page = "/rules/ctr_aggregate/try"
    client = screened.client(screened.analyst)
    assert b"Nothing tried yet" in client.get(page).content
    answer = client.get(page, {"rule-ctr_aggregate-limit": "8,000.00", "days": "30"})
    assert answer.status_code == 200 and b"1 movement" in answer.content
    assert answer.content.count(b"ctr_aggregate") and screened.customer.name.encode() in answer.content
    same = client.get(page, {"rule-ctr_aggregate-limit": "10,000.00", "days": "30"})
    assert same.status_code == 422 and b"Change at least one value" in same.content
    wrong = client.get(page, {"rule-ctr_aggregate-limit": "ten", "days": "30"})
    assert wrong.status_code == 422
    assert client.get("/rules/nonsense/try").status_code == 404
    assert [screened.client(role).get(page).status_code for role in ("auditor", "teller", "customer")] == [403] * 3


def test_every_rule_can_be_tried(screened: Screened) -> None:
    client = screened.client(screened.analyst)
    for rule in RULES:
        assert client.get(f"/rules/{rule.code}/try").status_code == (200 if rule.parameters else 404), rule.code


@pytest.mark.parametrize(
    ("code", "field", "value", "status"),
    [
        ("fan_in", "rule-fan_in-exempt", "business", 200),
        ("high_risk_country", "", "", 422),
        ("impossible_travel", "", "", 422),
    ],
)
def test_rules_with_texts_can_be_tried(screened: Screened, code: str, field: str, value: str, status: int) -> None:
    """What the page itself would send: every field as it is in force, one changed."""
    client = screened.client(screened.analyst)
    screened.cash_in(900_000)
    form = client.get(f"/rules/{code}/try").context["form"]
    sent = {name: form.get_initial_for_field(one, name) for name, one in form.fields.items()}
    answer = client.get(f"/rules/{code}/try", sent | ({field: value} if field else {}))
    assert answer.status_code == status, answer.context["form"].errors
    if status == 422:
        assert answer.context["form"].errors == {"__all__": ["Change at least one value; these are the ones in force."]}


def test_values_below_their_bound_come_back_to_their_field(screened: Screened) -> None:
    screened.cash_in(900_000)
    client = screened.client(screened.analyst)
    tried = 0
    for rule in RULES:
        form = TryForm(rule=rule, in_force=dict(parameters.snapshot(utcnow())))
        sent = {name: form.get_initial_for_field(one, name) for name, one in form.fields.items()}
        for threshold in rule.parameters:
            if threshold.kind == "money" and threshold.minimum > 0:
                answer = client.get(f"/rules/{rule.code}/try", sent | {threshold.code.replace(".", "-"): "0"})
                assert answer.status_code == 422 and b"At least" in answer.content, threshold.code
                tried += 1
    text = client.get("/rules/high_risk_country/try", {"days": "30"})
    assert text.status_code == 422
    assert tried or not any(one.kind == "money" and one.minimum for rule in RULES for one in rule.parameters)
