"""Registering and signing in: the same answer for known and unknown addresses, throttled, no open redirect."""

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.contrib.auth import hashers
from django.core import mail as outbox
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from accounts import mail, tries
from accounts.backends import BankBackend
from accounts.models import EmailLock, User
from accounts.models.people import PENDING
from accounts.queries.people import holder_of
from accounts.testing import PASSWORD, a_customer, a_teller, signed_in
from cloudbank import store, throttle
from cloudbank.addresses import network_of
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.tables import UsersItem

pytestmark = pytest.mark.usefixtures("bank")
NEW: dict[str, str] = {
    "name": "Zoë Ng",
    "email": "zoe@people.example",
    "date_of_birth": "1990-02-03",
    "phone": "+1 212 555 0100",
    "address": "1 Main Street\nNew York",
    "identity_number": "6789",
    "password": PASSWORD,
    "repeat": PASSWORD,
    "consent": "on",
}


def plain(answer: HttpResponse, *typed: str) -> str:
    """The page without what differs by nature: tokens, and what the person typed."""
    page = re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken": )="?"?[^"]+"', r"\1", answer.content.decode())
    page = re.sub(r'"X-CSRFToken": "[^"]+"', "", page)
    for text in typed:
        page = page.replace(text, "TYPED")
    return page


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows by one for each bcrypt computation."""
    made: list[str] = []
    encode = hashers.BCryptSHA256PasswordHasher.encode

    def counted(self: Any, password: str, salt: Any) -> str:
        made.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.BCryptSHA256PasswordHasher, "encode", counted)
    return made


def try_in(client: Client, email: str, password: str = "wrong", **extra: Any) -> Any:
    return client.post("/login", {"username": email, "password": password}, **extra)


# --- registering --------------------------------------------------------------------------------


def test_registering_lands_on_the_sign_in_page_which_says_so_and_lets_the_customer_in(client: Client) -> None:
    answer = client.post("/register", NEW, follow=True)
    assert answer.redirect_chain == [("/login", 302)]
    assert "Thank you" in answer.content.decode()
    person = holder_of("ZOE@people.example")
    assert person is not None
    assert (person.role, person.kyc_status, person.identity_number) == ("customer", PENDING, "6789")
    assert person.consent_on
    assert try_in(client, "zoe@people.example", PASSWORD).status_code == 302


def test_registering_writes_user_lock_and_audit_record_in_one_transaction(client: Client, requests_made: Any) -> None:
    client.post("/register", NEW)
    writes = [arguments for name, arguments in requests_made if name == "TransactWriteItems"]
    tables = [
        [next(iter(item.values()))["TableName"] for item in arguments["TransactItems"]]
        for arguments in writes
        if any("EMAIL" in str(item).upper() for item in arguments["TransactItems"])
    ]
    assert tables == [["BankingUsers", "BankingUsers", "BankingTransactions"]]
    person = holder_of(NEW["email"])
    assert person is not None
    records = list(AuditRecord.by_subject.query(f"user#{person.user_id}"))
    assert [(record.action, record.actor_id) for record in records] == [("register", person.user_id)]
    assert person.audit_head == records[0].hash


def test_taken_address_gets_the_same_answer_and_its_holder_an_email(client: Client, hashed: list[str]) -> None:
    first = client.post("/register", NEW)
    once = len(hashed)
    again = Client().post("/register", NEW | {"name": "Mallory", "email": "Zoe@PEOPLE.example"})
    mail.settle()
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"]) == (302, "/login")
    assert again.cookies["messages"].value.split(":")[0] == first.cookies["messages"].value.split(":")[0]
    assert len(hashed) == 2 * once == 2
    assert [(one.subject, one.to) for one in outbox.outbox] == [
        ("Welcome to Cloud Bank", ["zoe@people.example"]),
        ("Somebody tried to register with your address", ["zoe@people.example"]),
    ]
    holder = holder_of(NEW["email"])
    assert holder is not None
    assert holder.name == "Zoë Ng"


def test_two_who_register_one_address_at_once_give_one_customer() -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: Client().post("/register", NEW).status_code, range(8)))
    assert answers == [302] * 8
    people = [item for item in UsersItem.scan() if isinstance(item, User)]
    locks = [item for item in UsersItem.scan() if isinstance(item, EmailLock)]
    assert len(people) == len(locks) == 1
    assert locks[0].holder_id == people[0].user_id


def test_extra_keys_in_the_registration_have_no_effect(client: Client) -> None:
    extra = {name: "admin" for name in User._attributes if name not in NEW}
    numbers = {"version": "9", "sign_ins": "9", "session_epoch": "9", "disabled": "on", "must_change_password": "on"}
    client.post("/register", NEW | extra | numbers | {"kyc_status": "verified", "risk_rating": "none"})
    person = holder_of(NEW["email"])
    assert person is not None
    expected = {"role": "customer", "kyc_status": PENDING, "risk_rating": "low", "branch": "main", "segment": "retail"}
    assert {name: getattr(person, name) for name in expected} == expected
    assert (person.version, person.sign_ins, person.session_epoch) == (1, 0, 0)
    assert (person.activated_on, person.first_account_on, person.disabled) == ("", "", False)
    assert person.user_id.startswith("usr_")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("consent", ""),
        ("date_of_birth", "2020-01-01"),
        ("date_of_birth", "1850-01-01"),
        ("date_of_birth", "soon"),
        ("phone", "call me"),
        ("identity_number", "123456789"),
        ("name", "Zoë\u202egN"),
        ("name", "Zo\u200bë"),
        ("name", "x" * 101),
        ("address", ""),
        ("email", "zoe"),
        ("password", "short"),
        ("password", "1qaz2wsx3edc"),
        ("password", "zoe@people.example"),
        ("password", "zoe@people.exampl"),
        ("repeat", "something else entirely"),
    ],
)
def test_registration_refuses_with_422_keeps_what_was_typed_and_says_why(
    client: Client, field: str, value: str
) -> None:
    known = NEW | {field: value} | ({"repeat": value} if field == "password" else {})
    answer = client.post("/register", known)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Main Street" in answer.content.decode() or field == "address"
    assert holder_of(NEW["email"]) is None


@hypothesis(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=12, max_size=128))
@example("𝔘" * 128)
@example("x" * 71 + "éé and more than 72 bytes, of which each counts")
@example("   spaces at both ends   ")
def test_any_password_of_12_to_128_characters_signs_in_exactly(password: str) -> None:
    """Longer than bcrypt's 72 bytes too: the last character counts."""
    item = a_customer(password=hashers.make_password(password))
    backend = BankBackend()
    assert backend.authenticate(None, item.email, password) is not None
    assert backend.authenticate(None, item.email, password[:-1] + ("a" if password[-1] != "a" else "b")) is None


def test_password_with_nul_is_refused_without_an_error_page(client: Client) -> None:
    assert client.post("/register", NEW | {"password": "nul\x00" * 4, "repeat": "nul\x00" * 4}).status_code == 422
    assert try_in(client, a_customer().email, "nul\x00" * 4).status_code == 422


# --- the same answer for everybody --------------------------------------------------------------


def test_sign_in_answers_alike_for_unknown_wrong_disabled_and_passwordless(client: Client, hashed: list[str]) -> None:
    people = [a_customer(), a_customer(disabled=True), a_customer(password="")]
    emails = [*(person.email for person in people), "nobody@people.example"]
    answers, counts = [], []
    for email in emails:
        before = len(hashed)
        answers.append(try_in(Client(), email))
        counts.append(len(hashed) - before)
    assert counts == [1, 1, 1, 1]
    assert {answer.status_code for answer in answers} == {422}
    pages = {plain(answer, email) for answer, email in zip(answers, emails, strict=True)}
    assert len(pages) == 1


def test_disabled_person_with_the_right_password_gets_the_same_answer(client: Client, hashed: list[str]) -> None:
    known, unknown = a_customer(disabled=True).email, "nobody@people.example"
    answers = [plain(try_in(Client(), email, PASSWORD), email) for email in (known, unknown)]
    assert answers[0] == answers[1]
    assert len(hashed) == 2


def test_reset_answers_alike_and_hashes_nothing(client: Client, hashed: list[str]) -> None:
    known = a_customer().email
    answers = [Client().post("/password/reset", {"email": email}) for email in (known, "nobody@people.example")]
    mail.settle()
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/password/reset/sent")}
    assert hashed == []
    assert [one.to for one in outbox.outbox] == [[known]]


def test_reset_makes_the_same_requests_before_it_answers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up the address and sending happen beside the request: only the hand-over is timed."""
    handed: list[tuple[Any, ...]] = []
    monkeypatch.setattr(mail, "later", lambda *work: handed.append(work))
    client.post("/password/reset", {"email": a_customer().email})
    client.post("/password/reset", {"email": "nobody@people.example"})
    assert len(handed) == 2
    assert len(outbox.outbox) == 0


# --- throttle -----------------------------------------------------------------------------------


def test_tenth_wrong_try_is_the_last_for_half_an_hour(client: Client) -> None:
    person = a_customer()
    with time_machine.travel(utcnow(), tick=False) as clock:
        assert [try_in(client, person.email).status_code for _ in range(10)] == [422] * 10
        locked = try_in(client, person.email, PASSWORD)
        assert locked.status_code == 429
        assert int(locked["Retry-After"]) == 1800
        assert "30 minutes" in locked.content.decode()
        clock.shift(1799)
        assert try_in(client, person.email, PASSWORD).status_code == 429
        clock.shift(1)
        assert try_in(client, person.email, PASSWORD).status_code == 302


def test_unknown_address_is_throttled_alike(client: Client) -> None:
    for _ in range(10):
        try_in(client, "nobody@people.example")
    known = a_customer().email
    for _ in range(10):
        try_in(client, known, REMOTE_ADDR="198.51.100.1")
    answers = [
        try_in(Client(), "nobody@people.example"),
        try_in(Client(), known, REMOTE_ADDR="198.51.100.1"),
    ]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert plain(answers[0], "nobody@people.example") == plain(answers[1], known)


def test_somebody_else_cannot_lock_a_person_out(client: Client) -> None:
    person = a_customer()
    for _ in range(15):
        try_in(client, person.email, REMOTE_ADDR="203.0.113.66")
    assert try_in(client, person.email, PASSWORD, REMOTE_ADDR="203.0.113.66").status_code == 429
    assert try_in(Client(), person.email, PASSWORD, REMOTE_ADDR="198.51.100.5").status_code == 302


def test_one_network_guesses_at_most_twenty_times_an_hour_over_all_accounts(client: Client) -> None:
    answers = [try_in(client, f"person{number}@people.example").status_code for number in range(25)]
    assert answers == [422] * 20 + [429] * 5


def test_right_passwords_do_not_use_up_the_network(client: Client) -> None:
    person = a_customer()
    for _ in range(25):
        assert try_in(Client(), person.email, PASSWORD).status_code == 302


def test_fifty_parallel_wrong_tries_are_evaluated_exactly_ten_times(monkeypatch: pytest.MonkeyPatch) -> None:
    person, evaluated = a_customer(), []
    check = BankBackend.authenticate

    def counted(self: BankBackend, *args: Any, **kwargs: Any) -> Any:
        evaluated.append(1)
        return check(self, *args, **kwargs)

    monkeypatch.setattr(BankBackend, "authenticate", counted)
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: try_in(Client(), person.email).status_code, range(50)))
    assert sorted(answers) == [422] * 10 + [429] * 40
    assert len(evaluated) == 10


def test_expired_counter_that_ttl_left_behind_does_not_count() -> None:
    counts = tries.password_counts("a@people.example", "127.0.0.1")[:1]
    now = utcnow()
    for _ in range(10):
        throttle.count(counts, now)
    later = now.replace(year=now.year + 1)
    throttle.count(counts, later)
    item = store.get(throttle.Throttle, counts[0].key)
    assert item is not None
    assert item.tries == 1


def test_registrations_of_one_network_are_throttled(client: Client) -> None:
    answers = [
        client.post("/register", NEW | {"email": f"zoe{number}@people.example"}).status_code for number in range(22)
    ]
    assert answers == [302] * 20 + [429] * 2


def test_guesses_at_the_old_password_are_throttled(client: Client) -> None:
    signed_in(client, a_customer())
    words = {"old_password": "wrong", "new_password1": "a new long password", "new_password2": "a new long password"}
    answers = [client.post("/password/change", words).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_counted_network_of_ipv6_is_its_64() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2") != network_of("2001:db8:0:1::1")


def test_forwarded_addresses_count_only_behind_the_banks_proxy(client: Client, settings: Any) -> None:
    person = a_teller()
    spoofed = {"X-Forwarded-For": "10.9.9.9"}
    client.post("/login", {"username": person.email, "password": PASSWORD}, headers=spoofed)
    assert holder_of(person.email).last_sign_in_from == "127.0.0.1"  # type: ignore[union-attr]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    chain = {"X-Forwarded-For": "10.9.9.9, 198.51.100.4"}
    Client().post("/login", {"username": person.email, "password": PASSWORD}, headers=chain)
    assert holder_of(person.email).last_sign_in_from == "198.51.100.4"  # type: ignore[union-attr]


# --- where it leads -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"],
)
def test_next_outside_the_bank_is_ignored(client: Client, target: str) -> None:
    known = {"username": a_customer().email, "password": PASSWORD, "next": target}
    assert client.post("/login", known)["Location"] == "/dashboard"


def test_next_inside_the_bank_is_followed(client: Client) -> None:
    known = {"username": a_customer().email, "password": PASSWORD, "next": "/accounts?x=1"}
    assert client.post("/login", known)["Location"] == "/accounts?x=1"


@pytest.mark.parametrize("target", ["/login", "/login?x=1", "/logout"])
def test_next_never_leads_back_to_signing_in_or_out(client: Client, target: str) -> None:
    signed_in(client, a_customer())
    assert client.get("/login", {"next": target})["Location"] == "/dashboard"


def test_page_without_a_session_leads_to_sign_in_and_back(client: Client) -> None:
    assert client.get("/dashboard?a=b")["Location"] == "/login?next=/dashboard%3Fa%3Db"


# --- logs ---------------------------------------------------------------------------------------


def test_logs_hold_no_secret_and_no_personal_data(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.post("/register", NEW)
    try_in(client, NEW["email"], "wrong horse battery staple")
    try_in(client, NEW["email"], PASSWORD)
    session = client.cookies["session"].value
    client.get("/dashboard")
    client.post("/password/reset", {"email": NEW["email"]})
    mail.settle()
    link = re.search(r"/password/reset/\S+/(\S+)", str(outbox.outbox[-1].body))
    assert link
    ours = [record for record in caplog.records if not record.name.startswith(("botocore", "urllib3", "hypothesis"))]
    text = "\n".join(record.getMessage() for record in ours)
    secrets = (PASSWORD, "wrong horse", session, link.group(1), NEW["email"], NEW["name"], "Main Street", "6789")
    assert [secret for secret in secrets if secret in text] == []
    events = [json.loads(record.getMessage()) for record in caplog.records if record.name == "accounts.sign_in"]
    assert [event["event"] for event in events] == ["sign_in_refused", "sign_in"]
