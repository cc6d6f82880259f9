"""Webhooks and messages as an administrator uses them; every change has its audit record; nobody else gets in."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.testing import an_admin, an_auditor, make_user, signed_in
from cloudbank import outbox, store
from cloudbank.audit import AuditRecord, broken_at
from cloudbank.clock import utcnow
from cloudbank.outbox import Message, Webhook
from cloudbank.outbox.webhooks import MOST

URL = "https://siem.example/hook"


@pytest.fixture
def admin(bank: Any) -> Client:
    return signed_in(Client(), an_admin())


def add(admin: Client, **values: Any) -> Any:
    return admin.post("/webhooks/new", {"label": "SIEM", "url": URL, "events": ["alert.opened"]} | values)


def only() -> Webhook:
    (hook,) = outbox.webhooks()
    return hook


def trail(hook: Webhook) -> list[AuditRecord]:
    return list(AuditRecord.by_subject.query(f"webhook#{hook.webhook_id}"))


def test_an_administrator_adds_a_webhook_shows_its_secret_and_tries_it(admin: Client) -> None:
    assert add(admin).status_code == 302
    hook = only()
    page = f"/webhooks/{hook.webhook_id}"
    assert hook.secret.encode() not in admin.get(page).content
    shown = admin.post(page, {"action": "secret"})
    assert hook.secret.encode() in shown.content and shown["Cache-Control"] == "no-store"
    assert admin.post(page, {"action": "try"}).status_code == 302
    (message,) = outbox.waiting().rows
    assert message.event == "webhook.test" and message.to == f"webhook|{hook.webhook_id}"
    assert b"A webhook is tried out" in admin.get("/messages").content
    assert [one.action for one in trail(only())] == ["add_webhook", "show_webhook_secret", "try_webhook"]
    assert broken_at(trail(only())) == ""


def test_it_is_changed_renewed_and_removed(admin: Client) -> None:
    add(admin)
    page, before = f"/webhooks/{only().webhook_id}", only()
    values = {"action": "change", "label": "Cases", "url": URL + "/2", "events": ["alert.opened"]}
    admin.post(page, values)
    hook = only()
    assert (hook.label, hook.url, hook.active, hook.secret) == ("Cases", URL + "/2", False, before.secret)
    admin.post(page, {"action": "renew"})
    assert only().secret != before.secret
    records = trail(hook)
    assert records[1].before["active"] is True and records[1].after["active"] is False
    admin.post(page, {"action": "remove"})
    assert outbox.webhooks() == [] and admin.get(page).status_code == 404
    assert [one.action for one in trail(hook)][-1] == "remove_webhook"


@pytest.mark.parametrize(
    "wrong",
    [{"url": "http://siem.example/"}, {"url": "https://user:pw@siem.example/"}, {"url": "nonsense"}, {"label": ""}, {"events": []},
     {"events": ["webhook.test"]}, {"events": ["alert.digest"]}, {"events": ["made.up"]}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_what_was_typed_stays(admin: Client, wrong: dict[str, Any]) -> None:
    answer = add(admin, **wrong)
    assert answer.status_code == 422 and outbox.webhooks() == []
    assert (b"SIEM" in answer.content) or wrong.get("label") == ""


def test_there_is_a_bound(admin: Client) -> None:
    for number in range(MOST):
        hook = Webhook(account_id=f"whk_{number}", version=1, label="x", url=URL, events={"a"}, created_at="2026")
        hook.file()
        store.save([store.new(hook)])
    answer = add(admin)
    assert answer.status_code == 422 and b"Remove one first" in answer.content


def test_what_was_given_up_is_sent_again_with_a_reason(admin: Client) -> None:
    store.save([outbox.message("webhook.test", "x", {}, now=utcnow(), to="webhook|whk_gone")])
    outbox.deliver_due(utcnow())
    (message,) = outbox.given_up().rows
    page = admin.get("/messages?state=given_up").content
    assert b"turned off" in page
    answer = admin.post("/messages", {"action": "again", "ids": [message.message_id], "reason": "it is back"})
    assert answer.status_code in (200, 302)
    assert [one.message_id for one in outbox.waiting().rows] == [message.message_id]
    day = utcnow().date().isoformat()
    assert message.message_id.encode() in admin.get(f"/messages?day={day}").content


def test_an_auditor_reads_messages_and_changes_nothing(bank: Any) -> None:
    store.save([outbox.message("webhook.test", "x", {}, now=utcnow(), to="webhook|whk_gone")])
    auditor = signed_in(Client(), an_auditor())
    (message,) = outbox.waiting().rows
    assert auditor.get("/messages").status_code == 200
    sent = auditor.post("/messages", {"action": "again", "ids": [message.message_id], "reason": "x"})
    assert sent.status_code == 403 and auditor.get("/webhooks").status_code == 403
    again = store.get(Message, message.message_id)
    assert again is not None and again.version == message.version


@pytest.mark.parametrize("role", ["customer", "teller", "analyst", "manager", "compliance"])
def test_others_see_neither(bank: Any, role: str) -> None:
    person: User = make_user(role)
    client = signed_in(Client(), person)
    assert [client.get(path).status_code for path in ("/messages", "/webhooks", "/webhooks/new")] == [403] * 3
