"""How an alert ends: reason codes, duplicates, a second person for refuted criticals, and opening it again."""

from typing import Any

import pytest

from accounts.ledger import Refused
from accounts.models import User
from accounts.testing import a_manager, an_analyst, an_officer
from cloudbank import approvals, audit
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import from_iso, iso, utcnow
from monitoring.models import REASONS, Alert
from monitoring.queries.alerts import get_alert, queue_size
from monitoring.services.alerts import assign_alert
from monitoring.services.changing import TakenOver
from monitoring.services.closing import checked, close_alert, reopen_alert
from monitoring.services.refuting import ask_to_refute
from monitoring.tests.conftest import OVER, Screened


def stored(alert: Alert) -> Alert:
    found = get_alert(alert.alert_id)
    assert found is not None
    return found


def close(screened: Screened, alert: Alert, reason_code: str = "reportable", **more: Any) -> Alert:
    known = {"alert_id": alert.alert_id, "revision": stored(alert).revision, "note": "x"} | more
    return close_alert(reason_code=reason_code, actor=screened.actor(), now=utcnow(), **known)


def milder(screened: Screened) -> Alert:
    """An alert that one person may close alone."""
    for number in range(5):
        screened.transfer(1_000 + number)
    (found,) = [one for one in screened.alerts(status="open") if one.severity != "critical"]
    return found


def refute(screened: Screened, alert: Alert, reason_code: str = "mistake", note: str = "entered twice") -> Approval:
    return ask_to_refute(
        alert_id=alert.alert_id,
        ending=checked(reason_code, note),
        revision=stored(alert).revision,
        key="k",
        actor=screened.actor(),
        name="Ana Analyst",
        now=utcnow(),
    )


def decide(screened: Screened, request: Approval, who: User, agrees: bool = True) -> Approval:
    act = approvals.approve if agrees else approvals.reject
    return act(
        approval_id=request.approval_id,
        content_hash=request.content_hash,
        note="looked at the slips",
        actor=screened.actor(who),
        name=who.name,
        now=utcnow(),
    )


def actions(alert: Alert) -> list[str]:
    return [one.action for one in audit.AuditRecord.by_subject.query(audit.subject_of(alert))]


def test_the_reason_says_how_it_ends(screened: Screened) -> None:
    screened.cash_in(500_000)
    alert = milder(screened)
    close(screened, alert, "expected")
    after = stored(alert)
    assert (after.outcome, after.reason_code) == ("false_positive", "expected")
    assert len({code for reasons in REASONS.values() for code in reasons}) == sum(map(len, REASONS.values()))


def test_a_duplicate_names_another_alert_of_the_customer(screened: Screened) -> None:
    critical = screened.alert()
    screened.cash_in(OVER, screened.theirs)
    alert = milder(screened)
    (others,) = [one for one in screened.alerts() if one.customer_id != alert.customer_id]
    for wrong in ("", others.alert_id, alert.alert_id, "alt_none"):
        with pytest.raises(Refused) as refusal:
            close(screened, alert, "same_facts", duplicate_of=wrong)
        assert refusal.value.field == "duplicate_of"
    close(screened, alert, "same_facts", duplicate_of=critical.alert_id)
    assert stored(alert).duplicate_of == critical.alert_id


@pytest.mark.parametrize("reason_code", ["mistake", "explained"])
def test_nobody_refutes_a_critical_alert_alone(screened: Screened, reason_code: str) -> None:
    alert = screened.alert()
    with pytest.raises(Refused, match="second person"):
        close(screened, alert, reason_code)
    assert stored(alert).is_open


def test_a_second_person_closes_it(screened: Screened) -> None:
    alert, officer = screened.alert(), an_officer()
    request = refute(screened, alert)
    waiting = stored(alert)
    assert waiting.is_pending_at(iso(utcnow())) and waiting.is_open
    with pytest.raises(NotAllowed):
        decide(screened, request, screened.analyst)
    with pytest.raises(NotAllowed):
        decide(screened, request, an_analyst(name="Bob Brown"))
    decide(screened, request, officer)
    after = stored(alert)
    assert (after.status, after.outcome, after.reason_code) == ("closed", "false_positive", "mistake")
    assert (after.closed_by, after.approved_by) == (screened.analyst.user_id, officer.user_id)
    assert actions(alert) == ["ask_to_close", "close"]
    assert screened.activity().open_alerts == {} and queue_size().total == 0


def test_who_does_not_agree_leaves_it_open(screened: Screened) -> None:
    alert = screened.alert()
    decide(screened, refute(screened, alert), a_manager(), agrees=False)
    after = stored(alert)
    assert after.is_open and not after.is_pending_at(iso(utcnow()))
    assert actions(alert) == ["ask_to_close", "not_closed"]


def test_more_findings_set_the_request_aside(screened: Screened) -> None:
    alert = screened.alert()
    request = refute(screened, alert)
    screened.cash_in(700_000)
    with pytest.raises(NotAllowed, match="More was found"):
        decide(screened, request, an_officer())
    assert stored(alert).is_open


def test_work_meanwhile_sets_the_request_aside(screened: Screened) -> None:
    alert, bob = screened.alert(), an_analyst(name="Bob Brown")
    request = refute(screened, alert)
    assign_alert(alert_id=alert.alert_id, assignee_id=bob.user_id, revision=1, actor=screened.actor(bob), now=utcnow())
    assert not stored(alert).is_pending_at(iso(utcnow()))
    with pytest.raises(NotAllowed, match="Somebody worked on the alert"):
        decide(screened, request, an_officer())


def test_others_are_told_that_a_second_person_was_asked(screened: Screened) -> None:
    alert = screened.alert()
    refute(screened, alert)
    with pytest.raises(TakenOver, match="Ana Analyst asked a second person to close this alert as false positive"):
        close_alert(
            alert_id=alert.alert_id, reason_code="reportable", note="x", revision=0,
            actor=screened.actor(an_analyst(name="Bob Brown")), now=utcnow(),
        )  # fmt: skip


def test_opened_again_it_is_in_the_queue_with_new_time_and_findings_join_it(screened: Screened) -> None:
    alert = screened.alert()
    close(screened, alert)
    now = utcnow()
    reopen_alert(alert_id=alert.alert_id, reason="new papers", revision=1, actor=screened.actor(), now=now)
    again = stored(alert)
    assert (again.status, again.outcome, again.closed_at, again.reopened) == ("new", "", "", 1)
    assert from_iso(again.due_at) > now and queue_size().total == 1
    assert actions(alert) == ["close", "reopen"]
    screened.cash_in(500_000)
    assert [one.finding_count for one in screened.alerts()] == [2], "one alert, with what joined"


def test_while_a_newer_one_is_open_it_stays_closed(screened: Screened) -> None:
    alert = screened.alert()
    close(screened, alert)
    screened.cash_in(500_000)
    with pytest.raises(Refused, match="A newer alert"):
        reopen_alert(alert_id=alert.alert_id, reason="x", revision=1, actor=screened.actor(), now=utcnow())
    assert stored(alert).status == "closed"


def test_opening_again_needs_a_closed_alert_and_a_reason(screened: Screened) -> None:
    alert = screened.alert()
    for reason, match in ((" ", "Say why"), ("x", "Only a closed")):
        with pytest.raises(Refused, match=match):
            reopen_alert(alert_id=alert.alert_id, reason=reason, revision=0, actor=screened.actor(), now=utcnow())


# --- pages --------------------------------------------------------------------------------------


def test_by_hand_a_second_person_is_asked_in_the_inbox(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    asked = {"action": "close", "revision": 0, "reason_code": "mistake", "note": "entered twice"}
    assert client.post(f"/alerts/{alert.alert_id}", asked).status_code == 302
    page = client.get(f"/alerts/{alert.alert_id}").content.decode()
    assert "Waits for a second person" in page
    assert "Pending approval" in client.get("/alerts").content.decode()
    request_id = stored(alert).pending_approval
    inbox = screened.client("compliance").get(f"/approvals/{request_id}").content.decode()
    assert "entered twice" in inbox and "false positive (mistaken entry or wrong data)" in inbox


def test_by_hand_a_closed_alert_is_opened_again(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    close(screened, alert)
    assert "Open again" in client.get(f"/alerts/{alert.alert_id}").content.decode()
    assert "Open again" not in screened.client("auditor").get(f"/alerts/{alert.alert_id}").content.decode()
    again = {"action": "reopen", "revision": 1, "reason": "new papers"}
    assert screened.client("auditor").post(f"/alerts/{alert.alert_id}", again).status_code == 403
    assert client.post(f"/alerts/{alert.alert_id}", again).status_code == 302
    page = client.get(f"/alerts/{alert.alert_id}").content.decode()
    assert "Opened again" in page and "new papers" in page
