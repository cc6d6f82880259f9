"""Who is told of alerts, when, and that an e-mail gives nothing away."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.ledger import Actor, Refused
from accounts.models import User
from accounts.queries.people import user
from accounts.services.people import set_disabled
from accounts.testing import an_admin, an_analyst, an_officer
from cloudbank import outbox, store
from cloudbank.clock import utcnow
from cloudbank.outbox import Message
from monitoring.notices import ALERT, CRITICAL_MAIL, DIGEST_MAIL, alert_notice
from monitoring.queries.digest import queue_digest
from monitoring.services.alerts import assign_alert
from monitoring.services.notices import choose_notices, wanting
from monitoring.tests.conftest import OVER, Screened


def waiting() -> list[Message]:
    return outbox.waiting().rows


def deliver(moment: datetime | None = None) -> outbox.Delivered:
    return outbox.deliver_due(moment or utcnow())


def actor(person: User) -> Actor:
    return Actor(person.user_id, person.role, "127.0.0.1")


def turn_off(person: User, *off: str) -> None:
    wanted = {CRITICAL_MAIL, DIGEST_MAIL} - set(off)
    choose_notices(user_id=person.user_id, wanted=wanted, actor=actor(person), now=utcnow())


def test_a_critical_alert_is_told_once_to_everybody_who_works_on_alerts(screened: Screened) -> None:
    officer, left = an_officer(), an_analyst()
    set_disabled(user_id=left.user_id, disabled=True, reason="left", actor=actor(an_admin()), now=utcnow())
    screened.cash_in(OVER)
    (alert,) = screened.alerts()
    assert [(one.event, one.facts["alert"], one.facts["severity"]) for one in waiting()] == [
        (ALERT, alert.alert_id, "critical")
    ]
    deliver()
    assert sorted(one.to[0] for one in mail.outbox) == sorted([screened.analyst.email, officer.email])
    screened.cash_in(2_000)
    deliver()
    assert len(mail.outbox) == 2, "what joins the alert is no news"


def test_an_e_mail_names_nobody_and_no_amount(screened: Screened, settings: Any) -> None:
    settings.PUBLIC_URL = "https://bank.example/"
    screened.cash_in(OVER)
    deliver()
    text = f"{mail.outbox[0].subject}\n{mail.outbox[0].body}"
    (alert,) = screened.alerts()
    assert f"https://bank.example/alerts/{alert.alert_id}" in text and "\n\n\n" not in text
    person = user(screened.customer.user_id)
    assert person is not None
    for secret in (*person.name.split(), person.user_id, screened.account, "10,000.01", "1000001", person.email):
        assert secret not in text
    facts = json.dumps(Message.by_day.query(outbox.day_group(alert.opened_at[:10])).next().facts)
    for secret in (person.user_id, person.name, screened.account, "1000001"):
        assert secret not in facts


def test_an_alert_that_is_not_critical_waits_in_the_queue_but_machines_hear_of_it(screened: Screened) -> None:
    told = {"alert_id": "alt_x", "family": "velocity", "rules": {"velocity_count"}, "now": utcnow()}
    for severity in ("low", "medium", "high"):
        store.save([alert_notice(severity=severity, **told)])
    assert len(waiting()) == 3, "each severity is a message of its own"
    deliver()
    assert mail.outbox == []
    store.save([alert_notice(severity="critical", **told)])
    deliver()
    assert len(mail.outbox) == 1


def test_a_posting_that_fails_tells_nobody(screened: Screened) -> None:
    with pytest.raises(Refused):
        screened.cash_in(OVER, to="no-such-account")
    assert waiting() == []


def test_history_is_no_news(screened: Screened) -> None:
    screened.cash_in(OVER, observed=True)
    assert len(screened.alerts()) == 1 and waiting() == []


def test_each_turns_off_what_is_not_wanted(screened: Screened) -> None:
    turn_off(screened.analyst, CRITICAL_MAIL)
    assert wanting(CRITICAL_MAIL) == [] and [one.user_id for one in wanting(DIGEST_MAIL)] == [screened.analyst.user_id]
    screened.cash_in(OVER)
    deliver()
    assert mail.outbox == []
    turn_off(screened.analyst)
    assert len(wanting(CRITICAL_MAIL)) == 1


def down(*_: Any, **__: Any) -> None:
    raise ConnectionRefusedError


def test_who_no_longer_works_on_alerts_is_told_nothing_though_the_message_was_on_its_way(
    screened: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    screened.cash_in(OVER)
    (message,) = waiting()
    with monkeypatch.context() as patch:
        patch.setattr("accounts.mail.EmailMessage.send", down)
        deliver()
    set_disabled(user_id=screened.analyst.user_id, disabled=True, reason="left", actor=actor(an_admin()), now=utcnow())
    deliver(utcnow() + timedelta(minutes=1))
    ended = outbox.find(message.message_id)
    assert mail.outbox == [] and ended is not None and ended.state == outbox.GIVEN_UP
    assert ended.errors == {f"mail|{screened.analyst.user_id}": "this person does not work on alerts any more"}


def test_a_mail_server_that_is_down_costs_nobody_the_notice(
    screened: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    screened.cash_in(OVER)
    with monkeypatch.context() as patch:
        patch.setattr("accounts.mail.EmailMessage.send", down)
        assert deliver().failed and mail.outbox == []
    deliver(utcnow() + timedelta(minutes=1))
    assert len(mail.outbox) == 1


def test_the_digest_counts_the_queue_and_comes_once_a_day(screened: Screened) -> None:
    screened.cash_in(OVER)
    (alert,) = screened.alerts()
    late = queue_digest(datetime.now(UTC) + timedelta(days=30))
    assert late.open["critical"] == 1 and late.late == 1 and queue_digest(utcnow()).late == 0
    assign_alert(
        alert_id=alert.alert_id, revision=0, assignee_id=screened.analyst.user_id, actor=actor(screened.analyst), now=utcnow()
    )  # fmt: skip
    mail.outbox.clear()
    deliver()
    sent = len(mail.outbox)
    for told in (1, 0):
        said = StringIO()
        call_command("send_digest", stdout=said)
        assert json.loads(said.getvalue())["digests"] == told
    deliver()
    assert len(mail.outbox) == sent + 1
    digest = mail.outbox[-1]
    assert digest.subject.endswith("1 open, 0 late") and "Critical: 1" in digest.body and "Low: 0" in digest.body


def test_the_page_keeps_what_is_ticked(screened: Screened) -> None:
    page = screened.client(screened.analyst).get("/notifications")
    assert page.status_code == 200 and page.content.count(b"checked") == 2
    answer = screened.client(screened.analyst).post("/notifications", {"digest": "on"})
    assert answer.status_code == 302
    person = user(screened.analyst.user_id)
    assert person is not None and person.notices_off == {CRITICAL_MAIL}
    assert screened.client(screened.customer).get("/notifications").status_code == 403
