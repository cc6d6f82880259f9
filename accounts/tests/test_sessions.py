"""Server-side sessions: hashed keys, limits kept by the server, ended at once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client

from accounts.ledger import Actor
from accounts.models import Session, User
from accounts.queries.people import open_sessions, user
from accounts.services.access import end_all_sessions
from accounts.services.people import change_role, set_disabled
from accounts.sessions import REFRESH_SECONDS, SessionStore
from accounts.testing import PASSWORD, a_customer, a_teller, an_admin, signed_in
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.tables import UsersItem

pytestmark = pytest.mark.usefixtures("bank")
START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
ADMIN = Actor("usr_admin", "admin", "test")
PAGE = "/password/change"


def is_in(client: Client) -> bool:
    """Whether the client's session is alive; asking counts as a poll, so it changes nothing."""
    return client.get(PAGE, headers={"X-Poll": "1"}).status_code == 200


def cookie(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def sign_in(client: Client, person: User, password: str = PASSWORD) -> None:
    answer = client.post("/login", {"username": person.email, "password": password})
    assert answer.status_code == 302, answer.content.decode()


def test_table_holds_no_cookie(client: Client) -> None:
    person = a_customer()
    sign_in(client, person)
    stored = [item for item in UsersItem.scan() if isinstance(item, Session)]
    assert [item.user_id for item in stored] == [Session.key(cookie(client))]
    assert cookie(client) not in str([item.serialize() for item in stored])


def test_idle_limit_ends_the_session_at_the_server(client: Client) -> None:
    with time_machine.travel(START, tick=False) as clock:
        signed_in(client, a_customer())
        clock.shift(settings.SESSION_IDLE_SECONDS - 1)
        assert is_in(client)
        clock.shift(1)
        assert not is_in(client)


def test_polling_does_not_extend_the_idle_time(client: Client) -> None:
    with time_machine.travel(START, tick=False) as clock:
        signed_in(client, a_customer())
        for _ in range(14):
            clock.shift(60)
            assert is_in(client)
        clock.shift(120)
        assert client.get(PAGE, headers={"X-Poll": "1"}).status_code == 401


def test_using_pages_extends_the_idle_time_until_the_absolute_limit(client: Client) -> None:
    with time_machine.travel(START, tick=False) as clock:
        signed_in(client, a_customer())
        for _ in range(72 - 1):
            clock.shift(10 * 60)
            assert client.get(PAGE).status_code == 200
        clock.shift(10 * 60)
        assert client.get(PAGE).status_code == 302, "12 hours are over although the person was never idle"


def test_a_session_is_written_at_most_once_a_minute(client: Client, requests_made: object) -> None:
    with time_machine.travel(START, tick=False) as clock:
        signed_in(client, a_customer())
        made = requests_made.count("TransactWriteItems")  # type: ignore[attr-defined]
        clock.shift(REFRESH_SECONDS - 1)
        for _ in range(3):
            client.get(PAGE)
        assert requests_made.count("TransactWriteItems") == made  # type: ignore[attr-defined]
        clock.shift(1)
        for _ in range(3):
            client.get(PAGE)
        assert requests_made.count("TransactWriteItems") == made + 1  # type: ignore[attr-defined]


def test_expired_item_that_ttl_left_behind_is_refused(client: Client) -> None:
    signed_in(client, a_customer())
    key = Session.key(cookie(client))
    with time_machine.travel(utcnow() + timedelta(days=3)):
        assert not is_in(client)
        assert store.get(Session, key) is not None, "the item must still be there for this test to mean something"


def test_old_session_id_is_dead_after_signing_in() -> None:
    person, thief = a_customer(), Client()
    planted = SessionStore()
    planted["planted"] = True
    planted.save()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key or ""
    victim = Client()
    victim.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key or ""
    sign_in(victim, person)
    assert cookie(victim) != planted.session_key
    assert is_in(victim)
    assert not is_in(thief)
    assert store.get(Session, Session.key(planted.session_key or "")) is None


def test_nothing_planted_before_signing_in_survives_it(client: Client) -> None:
    planted = SessionStore()
    planted["planted"] = True
    planted.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key or ""
    sign_in(client, a_customer())
    assert "planted" not in SessionStore(cookie(client))


def test_signed_in_person_is_sent_on_from_the_sign_in_page(client: Client) -> None:
    signed_in(client, a_customer())
    assert client.get("/login")["Location"] == "/dashboard"


def test_signing_out_ends_the_session_at_the_server(client: Client) -> None:
    signed_in(client, a_customer())
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = cookie(client)
    answer = client.post("/logout")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(stolen)


def test_get_does_not_sign_out(client: Client) -> None:
    signed_in(client, a_customer())
    assert client.get("/logout").status_code == 405
    assert is_in(client)


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one_under_a_new_id(client: Client) -> None:
    person, other = a_customer(), Client()
    signed_in(client, person)
    signed_in(other, person)
    before = cookie(client)
    words = {"old_password": PASSWORD, "new_password1": "a new long password", "new_password2": "a new long password"}
    assert client.post("/password/change", words).status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert cookie(client) != before
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = before
    assert not is_in(stolen)


def test_disabling_ends_all_sessions_at_once_and_enabling_revives_none(client: Client) -> None:
    person = a_teller()
    signed_in(client, person)
    set_disabled(user_id=person.user_id, disabled=True, reason="left", actor=ADMIN, now=utcnow())
    assert not is_in(client)
    set_disabled(user_id=person.user_id, disabled=False, reason="came back", actor=ADMIN, now=utcnow())
    assert not is_in(client)


def test_changing_the_role_ends_all_sessions_also_when_it_is_changed_back(client: Client) -> None:
    person = a_teller()
    signed_in(client, person)
    change_role(user_id=person.user_id, role="analyst", reason="moved", actor=ADMIN, now=utcnow())
    assert not is_in(client)
    change_role(user_id=person.user_id, role="teller", reason="moved back", actor=ADMIN, now=utcnow())
    assert not is_in(client)


def test_an_admin_ends_all_sessions_of_a_person(client: Client) -> None:
    person, admin = a_customer(), Client()
    signed_in(client, person)
    signed_in(admin, an_admin())
    answer = admin.post(f"/people/{person.user_id}/sessions/end", {"end-reason": "phone stolen"})
    assert answer.status_code == 302
    assert not is_in(client)


def test_a_person_sees_own_sessions_and_ends_one(client: Client) -> None:
    person, other = a_customer(), Client()
    signed_in(client, person)
    signed_in(other, person, source="203.0.113.9")
    refs = {one.source: one.ref for one in open_sessions(person)}
    assert set(refs) == {"127.0.0.1", "203.0.113.9"}
    assert client.post(f"/sessions/{refs['203.0.113.9']}/end").status_code == 302
    assert not is_in(other)
    assert is_in(client)
    stored = user(person.user_id)
    assert stored is not None
    assert [one.source for one in open_sessions(stored)] == ["127.0.0.1"]


def test_nobody_ends_the_session_of_another_customer(client: Client) -> None:
    person, stranger = a_customer(), Client()
    signed_in(client, person)
    signed_in(stranger, a_customer(name="Someone Else"))
    ref = open_sessions(person)[0].ref
    stranger.post(f"/sessions/{ref}/end")
    assert is_in(client)


def test_an_ended_session_is_not_written_back_by_a_request_that_was_under_way() -> None:
    person = a_customer()
    signed_in(Client(), person)
    item = next(item for item in UsersItem.scan() if isinstance(item, Session))
    client = Client()
    signed_in(client, person)
    under_way = SessionStore(cookie(client))
    under_way["x"] = 1
    SessionStore(cookie(client)).delete()
    with pytest.raises(UpdateError):
        under_way.save()
    assert store.get(Session, Session.key(cookie(client))) is None
    assert store.get(Session, item.user_id) is not None


def test_keeping_alive_never_revives_an_ended_session(client: Client) -> None:
    with time_machine.travel(START, tick=False) as clock:
        signed_in(client, a_customer())
        under_way = SessionStore(cookie(client))
        under_way.load()
        clock.shift(REFRESH_SECONDS + 1)
        SessionStore(cookie(client)).delete()
        under_way.keep_alive()
        assert store.get(Session, Session.key(cookie(client))) is None


def test_ended_sessions_are_not_listed(client: Client) -> None:
    person = a_customer()
    signed_in(client, person)
    end_all_sessions(user_id=person.user_id, reason="asked", actor=ADMIN, now=utcnow())
    stored = user(person.user_id)
    assert stored is not None
    assert open_sessions(stored) == []


def test_expired_session_in_an_htmx_call_leads_the_whole_page_to_sign_in_and_back(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/customers?name=zo"}
    answer = client.get("/customers?name=zoe", headers=headers)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/login?next=%2Fcustomers%3Fname%3Dzo"
    assert b"<form" not in answer.content


def test_signed_in_pages_are_not_cached(client: Client) -> None:
    signed_in(client, a_customer())
    assert client.get(PAGE)["Cache-Control"] == "no-store"


def test_security_card_shows_the_sign_in_before_this_one(client: Client) -> None:
    person = a_customer()
    with time_machine.travel(START, tick=False) as clock:
        client.post("/login", {"username": person.email, "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
        client.post("/logout")
        clock.shift(86400)
        sign_in(client, person)
        page = client.get("/dashboard").content.decode()
    assert "198.51.100.7" in page
    assert "yesterday" in page
