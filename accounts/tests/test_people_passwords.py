"""Changing and resetting passwords: links that work once, for half an hour, at the bank's own address."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client

from accounts import mail
from accounts.models import SignIn, User
from accounts.queries.people import user
from accounts.testing import PASSWORD, a_customer, a_teller, make_user, signed_in
from cloudbank import store
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.ids import new_id

pytestmark = pytest.mark.usefixtures("bank")
NEXT = "an entirely new password"


def ask(client: Client, email: str, **extra: Any) -> str:
    """Ask for a link; the path in the e-mail, "" when none was sent."""
    outbox.outbox.clear()
    client.post("/password/reset", {"email": email}, **extra)
    mail.settle()
    found = re.search(r"http://[^/]+(/password/reset/\S+)", str(outbox.outbox[-1].body)) if outbox.outbox else None
    return found.group(1) if found else ""


def set_by(client: Client, link: str, password: str = NEXT) -> int:
    """Follow a link and set the password; the last status."""
    page = client.get(link)
    if page.status_code != 302:
        return page.status_code
    words = {"new_password1": password, "new_password2": password}
    return client.post(page["Location"], words).status_code


def can_sign_in(email: str, password: str) -> bool:
    return Client().post("/login", {"username": email, "password": password}).status_code == 302


def test_link_sets_the_password_once_and_tells_the_person(client: Client) -> None:
    person = a_customer()
    link = ask(client, person.email)
    assert set_by(client, link) == 302
    assert can_sign_in(person.email, NEXT)
    assert not can_sign_in(person.email, PASSWORD)
    mail.settle()
    assert outbox.outbox[-1].subject == "Your password was changed"
    assert set_by(Client(), link, "yet another password") == 422
    assert can_sign_in(person.email, NEXT)


def test_setting_it_is_audited_and_ends_all_sessions(client: Client) -> None:
    person, open_elsewhere = a_customer(), Client()
    signed_in(open_elsewhere, person)
    set_by(client, ask(client, person.email))
    assert open_elsewhere.get("/password/change").status_code == 302
    records = list(AuditRecord.by_subject.query(f"user#{person.user_id}"))
    assert [(record.action, record.actor_id) for record in records] == [("change_password", person.user_id)]
    assert NEXT not in str([record.serialize() for record in records])


def test_link_dies_after_half_an_hour(client: Client) -> None:
    person, now = a_customer(), utcnow()
    with time_machine.travel(now, tick=False):
        early, late = ask(client, person.email), ask(client, person.email)
    with time_machine.travel(now + timedelta(seconds=30 * 60), tick=False):
        assert Client().get(early).status_code == 302
    with time_machine.travel(now + timedelta(seconds=30 * 60 + 1), tick=False):
        assert Client().get(late).status_code == 422


@pytest.mark.parametrize("change", ["password", "email", "sign_in", "disabled"])
def test_link_dies_when_the_person_changes(client: Client, change: str) -> None:
    person = a_customer()
    link = ask(client, person.email)
    assert Client().get(link).status_code == 302
    stored = user(person.user_id)
    assert stored is not None
    if change == "password":
        stored.password = make_user().password + "x"
    elif change == "email":
        stored.email = "new@people.example"
    elif change == "sign_in":
        stored.last_sign_in_at = "2099-01-01T00:00:00.000000Z"
    else:
        stored.disabled = True
    store.save([store.changed(stored)])
    assert Client().get(link).status_code == 422


@pytest.mark.parametrize("kind", ["disabled", "passwordless", "unknown"])
def test_nobody_else_gets_a_link(client: Client, kind: str) -> None:
    people = {"disabled": {"disabled": True}, "passwordless": {"password": ""}}
    email = a_customer(**people[kind]).email if kind in people else "nobody@people.example"
    assert ask(client, email) == ""
    assert outbox.outbox == []


def test_link_goes_to_the_stored_address_not_to_a_lookalike(client: Client) -> None:
    a_customer(email="mike@people.example")
    ask(client, "Mıke@people.example".replace("ı", "i\u0307"))
    assert all(one.to == ["mike@people.example"] for one in outbox.outbox)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Host": "evil.example:80"}])
def test_poisoned_host_is_refused(client: Client, headers: dict[str, str]) -> None:
    answer = client.post("/password/reset", {"email": a_customer().email}, headers=headers)
    mail.settle()
    assert answer.status_code == 400
    assert outbox.outbox == []


def test_forwarded_host_never_reaches_the_link(client: Client) -> None:
    link_mail = ask(
        client, a_customer().email, headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )
    assert link_mail
    assert "evil.example" not in outbox.outbox[-1].body
    assert "http://testserver/" in outbox.outbox[-1].body


def test_public_address_of_the_settings_wins(client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "https://bank.example/"
    client.post("/password/reset", {"email": a_customer().email})
    mail.settle()
    assert "https://bank.example/password/reset/" in outbox.outbox[-1].body


def test_one_address_gets_at_most_five_links_an_hour(client: Client) -> None:
    email = a_customer().email
    assert [bool(ask(client, email)) for _ in range(7)] == [True] * 5 + [False] * 2


@pytest.mark.parametrize("bad", ["short", "1qaz2wsx3edc", "carla customer!"])
def test_weak_password_is_refused(client: Client, bad: str) -> None:
    signed_in(client, a_customer())
    answer = client.post("/password/change", {"old_password": PASSWORD, "new_password1": bad, "new_password2": bad})
    assert answer.status_code == 422


def test_wrong_old_password_changes_nothing(client: Client) -> None:
    person = a_customer()
    signed_in(client, person)
    words = {"old_password": "not this one", "new_password1": NEXT, "new_password2": NEXT}
    assert client.post("/password/change", words).status_code == 422
    assert can_sign_in(person.email, PASSWORD)


def test_handed_out_password_opens_nothing_but_the_page_that_changes_it(client: Client) -> None:
    signed_in(client, a_teller(must_change_password=True))
    for path in ("/dashboard", "/customers", "/transfer", "/accounts"):
        assert client.get(path)["Location"] == "/password/change"
    words = {"old_password": PASSWORD, "new_password1": NEXT, "new_password2": NEXT}
    assert client.post("/password/change", words).status_code == 302
    assert client.get("/customers").status_code == 200


def test_rehash_with_another_work_factor_keeps_the_person_and_the_password() -> None:
    person = a_customer()
    before = person.version
    someone = SignIn.of(person)
    someone.password = "bcrypt_sha256$$2b$04$" + "x" * 53
    someone.save(update_fields=["password"])
    stored = user(person.user_id)
    assert stored is not None
    assert (stored.password, stored.version) == (someone.password, before + 1)


def test_people_are_not_saved_by_any_other_door() -> None:
    someone = SignIn.of(User(user_id=new_id("usr"), name="x", role="customer"))
    with pytest.raises(TypeError):
        someone.save()
    with pytest.raises(TypeError):
        SignIn.objects.all()


WORDS = "quite a long enough password"


@pytest.mark.parametrize("repeat", ["x", "quite a long enough passwore", "q" * 500])
def test_a_repeat_that_differs_is_told_only_that(client: Client, repeat: str) -> None:
    person = a_customer()
    signed_in(client, person)
    typed = {"old_password": PASSWORD, "new_password1": WORDS, "new_password2": repeat}
    errors = client.post("/password/change", typed).context["form"].errors
    assert dict(errors) == {"new_password2": ["The two passwords differ. Type them again."]}
    registering = Client().post("/register", {"password": WORDS, "repeat": repeat}).context["form"].errors
    assert registering["repeat"] == ["The two passwords differ. Type them again."] and "password" not in registering


def test_a_password_too_short_twice_is_told_once(client: Client) -> None:
    errors = client.post("/register", {"password": "short", "repeat": "short"}).context["form"].errors
    assert "repeat" not in errors and "12" in errors["password"][0]
