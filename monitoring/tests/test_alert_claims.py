"""Who works on an alert: claim with a lease, take-over with a reason, the next one that is free."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.ledger import Refused
from accounts.models import User
from accounts.testing import an_analyst
from cloudbank import audit
from cloudbank.clock import iso, utcnow
from monitoring.models import Alert
from monitoring.queries.alerts import get_alert, next_in_queue
from monitoring.services.alerts import assign_alert, claim_alert, release_alert
from monitoring.services.changing import TakenOver
from monitoring.services.closing import close_alert
from monitoring.tests.conftest import OVER, Screened

MINUTE = timedelta(minutes=1)


@pytest.fixture
def bob(screened: Screened) -> User:
    return an_analyst(name="Bob Brown")


def stored(alert: Alert) -> Alert:
    found = get_alert(alert.alert_id)
    assert found is not None
    return found


def claim(screened: Screened, alert: Alert, who: User | None = None, now: datetime | None = None) -> Alert:
    return claim_alert(
        alert_id=alert.alert_id, revision=stored(alert).revision, actor=screened.actor(who), now=now or utcnow()
    )


def confirm(screened: Screened, alert: Alert, who: User | None = None, now: datetime | None = None) -> Alert:
    return close_alert(
        alert_id=alert.alert_id,
        reason_code="reportable",
        note="x",
        revision=stored(alert).revision,
        actor=screened.actor(who),
        now=now or utcnow(),
    )


def actions(alert: Alert) -> list[str]:
    return [one.action for one in audit.AuditRecord.by_subject.query(audit.subject_of(alert))]


def test_who_opens_it_to_work_holds_it_for_some_minutes(screened: Screened, bob: User) -> None:
    alert, now = screened.alert(), utcnow()
    claim(screened, alert, now=now)
    held = stored(alert)
    assert held.state_at(iso(now)) == "in_review" and held.holder_at(iso(now)) == screened.analyst.user_id
    with pytest.raises(TakenOver, match="Ana Analyst has been working on this alert since"):
        claim(screened, alert, bob, now + MINUTE)
    with pytest.raises(TakenOver, match="Ana Analyst"):
        confirm(screened, alert, bob, now + MINUTE)
    assert stored(alert).is_open


def test_a_claim_lapses_by_the_clock_alone(screened: Screened, bob: User) -> None:
    alert, now = screened.alert(), utcnow()
    claim(screened, alert, now=now)
    later = now + 6 * MINUTE
    assert stored(alert).state_at(iso(later)) == "new" and stored(alert).holder_at(iso(later)) == ""
    claim(screened, alert, bob, later)
    assert stored(alert).lease_by == bob.user_id


def test_renewing_keeps_it_without_another_audit_record(screened: Screened, bob: User) -> None:
    alert, now = screened.alert(), utcnow()
    before = stored(alert).version
    for minute in range(0, 20, 4):
        claim(screened, alert, now=now + minute * MINUTE)
    assert actions(alert) == ["claim"]
    assert stored(alert).version == before + 1, "what is kept of its findings stays good"
    with pytest.raises(TakenOver):
        claim(screened, alert, bob, now + 20 * MINUTE)


def test_an_alert_that_was_given_to_a_colleague_is_not_claimed(screened: Screened, bob: User) -> None:
    alert = screened.alert()
    assign_alert(alert_id=alert.alert_id, assignee_id=bob.user_id, revision=0, actor=screened.actor(), now=utcnow())
    with pytest.raises(TakenOver, match="Bob Brown has this alert since"):
        claim(screened, alert)


def test_taking_over_needs_a_reason_and_the_loser_is_told_who_when_and_why(screened: Screened, bob: User) -> None:
    alert, now = screened.alert(), utcnow()
    claim(screened, alert, now=now)
    taking: dict[str, Any] = {"alert_id": alert.alert_id, "assignee_id": bob.user_id, "revision": 0, "now": now}
    with pytest.raises(Refused, match="Say why") as refusal:
        assign_alert(actor=screened.actor(bob), **taking)
    assert refusal.value.field == "reason"
    assign_alert(actor=screened.actor(bob), reason="Ana is at lunch", **taking)
    with pytest.raises(TakenOver, match=r"Bob Brown took this alert over \(Ana is at lunch\) at .*\d\d:\d\d"):
        claim_alert(alert_id=alert.alert_id, revision=0, actor=screened.actor(), now=now)
    assert actions(alert) == ["claim", "take_over"]
    assert stored(alert).lease_by == bob.user_id


def test_only_who_works_on_it_puts_it_back(screened: Screened, bob: User) -> None:
    alert = screened.alert()
    claim(screened, alert)
    with pytest.raises(TakenOver):
        release_alert(alert_id=alert.alert_id, revision=0, actor=screened.actor(bob), now=utcnow())
    release_alert(alert_id=alert.alert_id, revision=0, actor=screened.actor(), now=utcnow())
    assert stored(alert).holder_at(iso(utcnow())) == ""


def test_of_two_who_open_it_at_once_one_holds_it(screened: Screened, bob: User) -> None:
    alert = screened.alert()

    def attempt(who: User) -> str:
        try:
            claim_alert(alert_id=alert.alert_id, revision=0, actor=screened.actor(who), now=utcnow())
        except TakenOver as taken:
            return taken.message
        return "held"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, [screened.analyst, bob] * 4))
    held = stored(alert).lease_by
    assert answers.count("held") == 4, "the winner asks four times, the other is told four times"
    winner = "Ana Analyst" if held == screened.analyst.user_id else "Bob Brown"
    assert all(f"{winner} has been working" in one for one in answers if one != "held")
    assert actions(alert) == ["claim"]


def test_the_next_alert_is_one_that_nobody_else_works_on(screened: Screened, bob: User) -> None:
    now = utcnow()
    screened.cash_in()
    screened.cash_in(OVER, screened.theirs)
    first, second = sorted(screened.alerts(), key=lambda one: one.worklist_order or "")
    assert next_in_queue(bob.user_id, now) == first.alert_id
    claim(screened, first, now=now)
    assert next_in_queue(bob.user_id, now) == second.alert_id
    assert next_in_queue(screened.analyst.user_id, now) == first.alert_id
    assert next_in_queue(bob.user_id, now, after=second.alert_id) == ""
    assert next_in_queue(bob.user_id, now + 6 * MINUTE) == first.alert_id


# --- the page -----------------------------------------------------------------------------------


def ask(client: Any, alert: Alert, revision: Any = 0) -> Any:
    return client.post(f"/alerts/{alert.alert_id}/claim", {"revision": revision}, headers={"X-Poll": "1"})


def test_the_open_page_claims_and_the_second_one_is_told(screened: Screened, bob: User) -> None:
    alert, client, other = screened.alert(), screened.client(), screened.client(bob)
    assert "data-claim=" in client.get(f"/alerts/{alert.alert_id}").content.decode()
    assert ask(client, alert).json()["until"] > iso(utcnow())
    page = other.get(f"/alerts/{alert.alert_id}").content.decode()
    assert "Ana Analyst has been working on this alert since" in page and "data-claim=" not in page
    answer = ask(other, alert)
    assert answer.status_code == 409 and "Ana Analyst" in answer.json()["message"]
    taken = other.post(f"/alerts/{alert.alert_id}", {"action": "take", "revision": 0, "reason": ""})
    assert taken.status_code == 422 and "Say why it is taken over" in taken.content.decode()
    taken = other.post(f"/alerts/{alert.alert_id}", {"action": "take", "revision": 0, "reason": "urgent"})
    assert taken.status_code == 302
    answer = ask(client, alert)
    assert answer.status_code == 409 and "Bob Brown took this alert over (urgent)" in answer.json()["message"]


def test_looking_changes_nothing(screened: Screened) -> None:
    alert = screened.alert()
    screened.client().get(f"/alerts/{alert.alert_id}")
    assert stored(alert).lease_by == "" and actions(alert) == []


def test_claiming_does_not_keep_the_session_alive(screened: Screened) -> None:
    alert = screened.alert()
    with time_machine.travel(utcnow(), tick=False) as clock:
        client = screened.client()
        for _ in range(14):
            clock.shift(60)
            assert ask(client, alert).status_code == 200
        clock.shift(120)
        assert ask(client, alert).status_code == 401
        assert stored(alert).lease_until > iso(utcnow()), "it lapses some minutes after the last sign of life"
        clock.shift(300)
        assert stored(alert).state_at(iso(utcnow())) == "new"


@pytest.mark.parametrize("role", ["manager", "auditor", "admin", "teller", "customer"])
def test_who_does_not_work_on_alerts_claims_none(screened: Screened, role: str) -> None:
    alert = screened.alert()
    assert ask(screened.client(role), alert).status_code == 403
    assert stored(alert).lease_by == ""


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "1" * 40])
def test_a_claim_without_revision_is_refused(screened: Screened, nonsense: str) -> None:
    assert ask(screened.client(), screened.alert(), nonsense).status_code == 400


def test_the_queue_shows_who_is_at_it(screened: Screened, bob: User) -> None:
    alert = screened.alert()
    claim(screened, alert)
    client = screened.client(bob)
    shown = client.get("/alerts", headers={"HX-Request": "true"}).content.decode()
    assert "In review" in shown and "Ana Analyst" in shown
    assert alert.alert_id in client.get("/alerts?status=in_review").content.decode()
    assert alert.alert_id not in client.get("/alerts?status=new", headers={"HX-Request": "true"}).content.decode()


def test_of_eight_requests_at_once_one_decides_and_the_others_are_told_who_and_what(
    screened: Screened, bob: User
) -> None:
    """Real requests through the whole stack, in threads: two analysts, four tabs each, one alert."""
    alert = screened.alert()
    clients = [screened.client(who) for who in (screened.analyst, bob) for _ in range(4)]
    data = {"action": "close", "revision": 0, "reason_code": "reportable", "note": "filed"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda client: client.post(f"/alerts/{alert.alert_id}", data), clients))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [302] + [409] * 7
    winner = "Ana Analyst" if stored(alert).closed_by == screened.analyst.user_id else "Bob Brown"
    told = [answer.content.decode() for answer in answers if answer.status_code == 409]
    assert all(f"{winner} closed this alert as confirmed at" in page for page in told)
    assert actions(alert).count("close") == 1
