"""Alerts are written in the posting's transaction, on the real engine, also when many post at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from accounts import participants
from accounts.ledger import Movement
from accounts.queries.ledger import movement_lines
from accounts.queries.totals import day_totals
from accounts.services.closing import close_through
from accounts.services.posting import Busy, Receipt
from accounts.testing import a_customer
from accounts.tests.conftest import an_account
from cloudbank import parameters, store
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import business_date
from cloudbank.tables import TransactionsItem
from cloudbank.testing import Requests
from monitoring.models import CLOSED, Alert, AlertFinding, alert_subject
from monitoring.parameters import decide_by
from monitoring.queries import lists
from monitoring.queries.alerts import queue_size
from monitoring.rulebook import RULES
from monitoring.screen import Screener
from monitoring.screening import Screening
from monitoring.services.closing import close_alert
from monitoring.showing import flagged_rules
from monitoring.tests import makers
from monitoring.tests.conftest import OVER, Screened


def findings_of(alert: Alert) -> list[AlertFinding]:
    return list(AlertFinding.by_subject.query(alert_subject(alert.alert_id)))


def persistently(act: Callable[[], Any]) -> Any:
    """What a person does on Busy: once more."""
    while True:
        try:
            return act()
        except Busy:
            continue


def test_a_movement_over_the_limit_opens_an_alert_that_explains_itself(screened: Screened) -> None:
    receipt = screened.cash_in(OVER)
    assert receipt.badge == "CRITICAL"
    assert {line.badge for line in movement_lines(receipt.movement_id)} == {"CRITICAL"}
    (alert,) = screened.alerts()
    assert (alert.severity, alert.status, alert.rules, alert.score) == ("critical", "new", {"ctr_aggregate"}, 100)
    assert (alert.finding_count, alert.amount, alert.customer_id) == (1, OVER, screened.customer.user_id)
    assert "10,000.01" in alert.headline
    (finding,) = findings_of(alert)
    assert (finding.value, finding.threshold, finding.share) == (OVER, 1_000_000, 100)
    assert finding.movement_id == receipt.movement_id
    assert finding.parameters_version == parameters.snapshot(utcnow()).version
    assert screened.activity().open_alerts["cash_reporting"][0] == alert.alert_id


def test_at_the_limit_nothing_is_written(screened: Screened) -> None:
    assert screened.cash_in(OVER - 1).badge == "OK"
    assert screened.alerts() == []
    assert queue_size().total == 0


def test_the_deadline_follows_severity_and_imported_history_has_none(screened: Screened) -> None:
    screened.cash_in(OVER)
    (alert,) = screened.alerts()
    opened = from_iso(alert.opened_at).replace(microsecond=0)
    assert from_iso(alert.due_at) == decide_by(opened, "critical", parameters.snapshot(opened))
    other = an_account(a_customer())
    screened.cash_in(OVER, other, observed=True)
    imported = next(one for one in screened.alerts() if one.alert_id != alert.alert_id)
    assert imported.due_at == "" and imported.observed
    assert [one.alert_id for one in screened.alerts(status="open")] == [alert.alert_id, imported.alert_id]


def test_the_next_finding_joins_the_open_alert(screened: Screened) -> None:
    screened.cash_in(OVER)
    screened.cash_in(5_000)
    (alert,) = screened.alerts()
    assert (alert.finding_count, alert.amount) == (2, OVER + 5_000)
    assert "10,050.01" in alert.headline, "the newest total leads"
    assert len(findings_of(alert)) == 2


def test_sixty_four_postings_in_parallel_make_one_alert_with_every_finding(screened: Screened) -> None:
    screened.cash_in(OVER)

    def one(number: int) -> Receipt:
        return persistently(lambda: screened.cash_in(1_000 + number, key=f"parallel-{number}"))

    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(one, range(64)))
    assert {receipt.badge for receipt in receipts} == {"CRITICAL"}
    (alert,) = screened.alerts()
    findings = findings_of(alert)
    assert alert.finding_count == len(findings) == 66
    (benford,) = [one for one in findings if one.rule == "benford"]  # supports it once, from the fiftieth amount on
    findings.remove(benford)
    assert alert.amount == sum(finding.amount for finding in findings) == OVER + sum(1_000 + n for n in range(64))
    assert {finding.movement_id for finding in findings} >= {receipt.movement_id for receipt in receipts}
    assert screened.activity().open_alerts["cash_reporting"][3] == 66


def test_a_supporting_rule_raises_the_score_and_neither_leads_nor_worsens_the_alert(screened: Screened) -> None:
    screened.cash_in(OVER)
    screened.transfer(OVER)
    (alert,) = screened.alerts(rule="new_payee")
    assert alert.rules == {"new_payee", "pass_through"}
    assert (alert.severity, alert.score, alert.finding_count, alert.amount) == ("medium", 75, 2, OVER)
    assert "never paid before" in alert.headline
    shown = flagged_rules(findings_of(alert), "USD")
    assert [(one.code, one.severity) for one in shown] == [("new_payee", "medium"), ("pass_through", "high")]
    assert shown[1].value == "100\N{NO-BREAK SPACE}%"


def test_closing_while_others_post_loses_no_finding(screened: Screened) -> None:
    """Every finding is on exactly one alert, and only the last alert may be open."""
    screened.cash_in(OVER)

    def post_one(number: int) -> None:
        persistently(lambda: screened.cash_in(1_000 + number, key=f"racing-{number}"))

    def close_one(_: int) -> None:
        for alert in screened.alerts(status="open"):
            persistently(
                partial(
                    close_alert,
                    alert_id=alert.alert_id,
                    reason_code="reportable",
                    note="seen",
                    revision=alert.revision,
                    actor=screened.actor(),
                    now=utcnow(),
                )
            )

    with ThreadPoolExecutor(12) as pool:
        closing = [pool.submit(close_one, 0)]
        posting = [pool.submit(post_one, number) for number in range(24)]
        closing += [pool.submit(close_one, number) for number in range(3)]
        for job in posting:
            job.result()
        for job in closing:
            job.exception()  # a closer who came second was refused, which is right
    alerts = screened.alerts()
    assert sum(alert.finding_count for alert in alerts) == 25
    for alert in alerts:
        assert len(findings_of(alert)) == alert.finding_count
    still_open = [alert.alert_id for alert in alerts if alert.is_open]
    known = screened.activity().open_alerts.get("cash_reporting")
    assert still_open == ([known[0]] if known else [])


def test_a_finding_never_joins_an_alert_that_was_closed_meanwhile(
    screened: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed between the posting's read and its write: the posting loads again and opens a new alert."""
    first = screened.alert()
    decide, closed = Screening.decide, list[bool]()

    def close_in_between(self: Screening, *args: Any) -> Any:
        if not closed:
            closed.append(True)
            close_alert(
                alert_id=first.alert_id,
                reason_code="reportable",
                note="filed",
                revision=0,
                actor=screened.actor(),
                now=utcnow(),
            )
        return decide(self, *args)

    monkeypatch.setattr(Screening, "decide", close_in_between)
    screened.cash_in(2_000)
    alerts = {alert.alert_id: alert for alert in screened.alerts()}
    assert len(alerts) == 2
    assert alerts[first.alert_id].status == CLOSED
    assert alerts[first.alert_id].finding_count == 1
    (second,) = [alert for alert in alerts.values() if alert.is_open]
    assert screened.activity().open_alerts["cash_reporting"][0] == second.alert_id


def test_the_join_itself_refuses_a_closed_alert(screened: Screened) -> None:
    alert = screened.alert()
    here = makers.town("ctr_aggregate")
    outcome = here.cash_in(OVER)
    here.state("ana").open_alerts["cash_reporting"][0] = alert.alert_id
    outcome.findings[0].opens = False  # type: ignore[union-attr]
    outcome.findings[0].alert_id = alert.alert_id  # type: ignore[union-attr]
    close_alert(
        alert_id=alert.alert_id, reason_code="reportable", note="x", revision=0, actor=screened.actor(), now=utcnow()
    )
    moved = makers.movement(OVER, "house:cash", "ana", here.now)
    verdict = participants.Verdict("CRITICAL", outcome.findings)
    with pytest.raises(store.ConditionFailed):
        store.save(Screening().writes(moved, verdict, here.states))


def test_a_rule_that_raises_alerts_and_the_money_moves(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("bad rule")

    rules = [replace(rule, check=broken, alone=True) if rule.code == "deviation" else rule for rule in RULES]
    monkeypatch.setattr("accounts.services.posting.participant", lambda: Screening(Screener(rules)))
    receipt = screened.cash_in(5_000)
    assert receipt.badge == "ALERT"
    assert receipt.lines[0].balance_after == 5_000
    (alert,) = screened.alerts()
    assert (alert.family, alert.severity) == ("rule_failed", "high")
    assert "bad rule" in alert.headline


@pytest.mark.parametrize("rules", [0, 1, 5, len(RULES)])
def test_the_number_of_requests_is_the_same_whatever_the_rules(
    rules: int, screened: Screened, monkeypatch: pytest.MonkeyPatch, requests_made: Requests
) -> None:
    chosen = Screening(Screener(list(RULES)[:rules]))
    monkeypatch.setattr("accounts.services.posting.participant", lambda: chosen)
    screened.cash_in(5_000)
    parameters.snapshot(utcnow())
    requests_made.clear()
    screened.transfer(1_000)
    assert requests_made.operations == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_deciding_reads_nothing(screened: Screened, requests_made: Requests) -> None:
    parameters.snapshot(makers.NOON)
    lists.book()
    requests_made.clear()
    screening = Screening()
    moved: Movement = makers.movement(OVER, "house:cash", "ana", makers.NOON)
    states = {"ana": screening.load(None)}
    verdict = screening.decide(moved, states, {})
    assert verdict.badge == "CRITICAL"
    assert screening.dump(states["ana"])
    assert screening.writes(moved, verdict, states)
    assert requests_made == []


def as_stored(item: Any) -> dict[str, Any]:
    """The attribute map; a set of texts has no order."""
    raw = item.serialize()
    return {name: {"SS": sorted(value["SS"])} if "SS" in value else value for name, value in raw.items()}


def test_the_bulk_path_makes_the_very_same_items(screened: Screened) -> None:
    """Live writes and absorbed items agree, joins included."""
    memory: dict[str, Any] = {}
    live, bulk = makers.town(), makers.town()
    screening = Screening(Screener(list(RULES)))
    for number, amount in enumerate((OVER, 2_000, 3_000)):
        for town, into in ((live, None), (bulk, memory)):
            moved = makers.movement(amount, "house:cash", "ana", town.now, movement_id=f"mov_{number}")
            states = {"ana": town.state("ana")}
            verdict = screening.decide(moved, states, {})
            if into is None:
                store.save(screening.writes(moved, verdict, states))
            else:
                screening.absorb(moved, verdict, states, into)
            town.later(minutes=1)
    stored = store.load(TransactionsItem, list(memory))
    # The alert, three findings of rule 1, and one of rule 18: nobody told the rules when the account was opened.
    assert len(memory) == 5 and set(stored) == set(memory)
    for key, item in memory.items():
        assert as_stored(item) == as_stored(stored[key])
    assert live.states == bulk.states


def test_the_bulk_path_joins_an_alert_of_an_earlier_run(screened: Screened) -> None:
    first = screened.alert()
    screening, memory = Screening(), dict[str, Any]()
    states = {screened.customer.user_id: screened.activity()}
    moved = makers.movement(2_000, "house:cash", screened.customer.user_id, utcnow())
    moved = replace(moved, business_date=date.fromisoformat(first.opened_on))
    known = participants.Profile(screened.customer.user_id, "Ana", "verified", "", "retail", "2020-01-02")
    verdict = screening.decide(moved, states, {known.customer_id: known})
    screening.absorb(moved, verdict, states, memory)
    assert memory[first.alert_id].finding_count == 2


def test_the_days_totals_count_what_each_rule_found_and_could_not_judge(screened: Screened) -> None:
    screened.cash_in(OVER)
    screened.cash_in(5_000)
    day = business_date(utcnow())
    (totals,) = day_totals(day, day, "USD")
    assert totals.numbers["rule_1_found"] == 2
    assert totals.numbers["rule_11_unjudged"] == 1, "one movement is large, and there is no history yet"
    page = screened.client("auditor").get("/rules").content.decode()
    assert "2 findings" in page and "1 not evaluable" in page
    sealed = close_through(day, "USD", now=utcnow() + timedelta(days=5))
    assert sealed, "the counts do not get in the way of the proof"
    (totals,) = day_totals(day, day, "USD")
    assert totals.closed and totals.numbers["rule_1_found"] == 2
