"""People screens: who sees whom, what is masked, what is decided, and that each decision is kept."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.ledger import Actor, Refused
from accounts.models import DayShard, User
from accounts.queries.people import customers_waiting, holder_of, people_by_name, user, users
from accounts.services.deposits import open_account
from accounts.services.flows import shard_of
from accounts.services.people import change_role, next_review, set_disabled, verify_customer
from accounts.testing import (
    PASSWORD,
    a_customer,
    a_stranger,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    make_user,
    signed_in,
)
from cloudbank import store
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar

pytestmark = pytest.mark.usefixtures("bank")
NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
OFFICER = Actor("usr_officer", "compliance", "test")
PERSONAL = {
    "date_of_birth": "1990-02-03",
    "address": "17 Hidden Lane",
    "phone": "+1 212 555 0199",
    "identity_number": "4321",
    "email": "secret.name@people.example",
}


def records(person: User) -> list[tuple[str, str, str]]:
    found = AuditRecord.by_subject.query(f"user#{person.user_id}")
    return [(record.action, record.actor_id, record.reason) for record in found]


def stored(person: User) -> User:
    found = user(person.user_id)
    assert found is not None
    return found


def day_count(customer: User, day: str) -> int:
    """customers_activated of this customer's shard of a day."""
    raw = DayShard._get_connection().get_item(
        DayShard.key("USD", day, shard_of(customer.user_id)), consistent_read=True
    )
    return int(raw.get("Item", {}).get("customers_activated", {"N": "0"})["N"])


# --- who sees whom ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/people", "/customers", "/people/new", "/people/{0}", "/people/{1}"])
def test_customers_see_no_people_page(client: Client, path: str) -> None:
    someone = a_customer()
    signed_in(client, someone)
    assert client.get(path.format(someone.user_id, a_stranger().user_id)).status_code == 403


def test_staff_who_may_not_see_staff_find_customers_only(client: Client) -> None:
    customer, colleague = a_customer(), an_analyst()
    signed_in(client, a_teller())
    assert client.get(f"/people/{customer.user_id}").status_code == 200
    assert client.get(f"/people/{colleague.user_id}").status_code == 404
    assert client.get("/people/usr_nobody").status_code == 404


def test_auditor_reads_people_and_gets_no_button(client: Client) -> None:
    customer, colleague = a_customer(), a_teller()
    signed_in(client, an_auditor())
    assert client.get("/people").status_code == 200
    for person in (customer, colleague):
        page = client.get(f"/people/{person.user_id}").content.decode()
        forms = re.findall(r'<form method="post" action="([^"]+)"', page)
        assert forms == ["/logout"]


@pytest.mark.parametrize("action", ["reveal", "role", "disable", "sessions/end"])
def test_auditor_changes_nothing(client: Client, action: str) -> None:
    customer = a_customer()
    signed_in(client, an_auditor())
    assert client.post(f"/people/{customer.user_id}/{action}", {}).status_code == 403
    assert records(customer) == []


def test_personal_data_are_masked_until_a_reason_is_kept(client: Client) -> None:
    customer, officer = a_customer(**PERSONAL), an_officer()
    signed_in(client, officer)
    page = client.get(f"/people/{customer.user_id}").content.decode()
    shown = ("3 Feb 1990", "Hidden Lane", "555 0199", "4321", "secret.name")
    assert [text for text in shown if text in page] == []
    assert client.post(f"/people/{customer.user_id}/reveal", {"reveal-reason": " "}).status_code == 422
    clear = client.post(f"/people/{customer.user_id}/reveal", {"reveal-reason": "address check"}).content.decode()
    assert [text for text in shown if text not in clear] == []
    assert records(customer) == [("reveal_personal_data", officer.user_id, "address check")]
    assert "Hidden Lane" not in client.get(f"/people/{customer.user_id}").content.decode()


def test_teller_cannot_reveal(client: Client) -> None:
    customer = a_customer(**PERSONAL)
    signed_in(client, a_teller())
    assert client.post(f"/people/{customer.user_id}/reveal", {"reveal-reason": "curious"}).status_code == 403


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}${7*7}"])
def test_names_and_reasons_show_as_text(client: Client, payload: str) -> None:
    customer = a_customer(name=payload, address=payload)
    signed_in(client, an_officer())
    known = {"decide-decision": "reject", "decide-reason": payload, "decide-seen": "0", "decide-key": "k" * 20}
    client.post(f"/compliance/kyc/{customer.user_id}/decide", known)
    pages = [client.get(f"/people/{customer.user_id}"), client.get("/customers")]
    pages.append(client.post(f"/people/{customer.user_id}/reveal", {"reveal-reason": payload}))
    for page in pages:
        assert "<script>alert" not in page.content.decode()
        assert "<img src=x" not in page.content.decode()
        assert "49" not in re.findall(r"<h1>(.*?)</h1>", page.content.decode())


# --- lists --------------------------------------------------------------------------------------


def test_customers_are_found_by_the_beginning_of_the_name_without_accents(client: Client) -> None:
    for name in ("Łukasz Zoë", "Zoë Ångström", "zoe Abel", "Zora"):
        a_customer(name=name)
    signed_in(client, a_teller(name="Zoe Teller"))
    page = client.get("/customers?name=ZOE").content.decode()
    assert re.findall(r"<a href=\"/people/usr_\w+\">([^<]+)</a>", page) == ["zoe Abel", "Zoë Ångström"]


def test_names_and_prefixes_that_grow_when_normalised_are_no_error(client: Client) -> None:
    """U+FDFA becomes 18 characters: longer than a sort key may be."""
    a_customer(name="\ufdfa" * 100)
    signed_in(client, a_teller())
    assert client.get("/customers", {"name": "\ufdfa" * 100}).status_code == 200


def test_impossible_ids_are_not_found(client: Client) -> None:
    signed_in(client, an_auditor())
    assert client.get(f"/people/{'x' * 3000}").status_code == 404
    assert Client().get("/password/reset/_/x-y").status_code == 422
    assert Client().get(f"/password/reset/{'QUFB' * 1000}/x-y").status_code == 422


def test_pages_of_people_hold_each_once() -> None:
    made = [a_customer(name=f"Pat {number % 3}").user_id for number in range(11)]
    found, cursor = [], ""
    while True:
        page = people_by_name("customer", "pat", cursor, limit=4)
        found += [person.user_id for person in page.rows]
        cursor = page.cursor
        if not cursor:
            break
    assert sorted(found) == sorted(made)


def test_pages_of_waiting_customers_hold_each_once_oldest_first() -> None:
    days = ["2026-01-05", "2026-01-02", "2026-01-05", "2026-01-03", "2026-01-05"]
    made = [a_customer(kyc_status="pending", registered_on=day) for day in days]
    found: list[User] = []
    cursor = None
    while True:
        page = customers_waiting(cursor, limit=2)
        found += page.rows
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(one.user_id for one in found) == sorted(one.user_id for one in made)
    assert [one.registered_on for one in found] == sorted(days)


def test_staff_list_filters_by_role_and_pages_over_roles(client: Client) -> None:
    for number in range(15):
        a_teller(name=f"Teller {number:02d}")
        an_analyst(name=f"Analyst {number:02d}")
    signed_in(client, an_admin(name="Ada"))
    tellers = client.get("/people?role=teller").content.decode()
    assert tellers.count("Teller 1") == 5
    assert "Analyst" not in re.findall(r"<a href=\"/people/usr_\w+\">([^<]+)</a>", tellers)
    first = client.get("/people").content.decode()
    names = re.findall(r"<a href=\"/people/usr_\w+\">([^<]+)</a>", first)
    following = re.search(r'href="(/people\?[^"]*cursor=[^"]+)"', first)
    assert following
    rest = client.get(following.group(1).replace("&amp;", "&")).content.decode()
    names += re.findall(r"<a href=\"/people/usr_\w+\">([^<]+)</a>", rest)
    assert len(names) == len(set(names)) == 31


# --- verifying identities -----------------------------------------------------------------------


def test_verifying_before_an_account_is_open_activates_nobody() -> None:
    customer = a_customer(kyc_status="pending")
    done = verify_customer(customer_id=customer.user_id, approve=True, reason="passport", actor=OFFICER, now=NOW)
    assert (done.kyc_status, done.kyc_decided_on, done.activated_on) == ("verified", "2026-03-04", "")
    assert day_count(customer, "2026-03-04") == 0


def test_verifying_with_an_account_open_counts_one_activated_customer_once() -> None:
    customer = a_customer(kyc_status="pending")
    owner = Actor(customer.user_id, "customer", "test")
    known: dict[str, Any] = {"product": "checking", "currency": "USD", "branch": "main", "key": "k", "actor": owner}
    open_account(owner_id=customer.user_id, now=NOW, **known)
    for _ in range(2):
        verify_customer(customer_id=customer.user_id, approve=True, reason="passport", actor=OFFICER, now=NOW)
    assert stored(customer).activated_on == "2026-03-04"
    assert day_count(customer, "2026-03-04") == 1
    assert [action for action, _, _ in records(customer)] == ["first_account", "verify_identity"]


def test_verifying_after_the_day_was_closed_counts_on_the_next_business_day() -> None:
    customer = a_customer(kyc_status="pending", first_account_on="2026-03-02")
    shard = shard_of(customer.user_id)
    closed = DayShard(transaction_id=DayShard.key("USD", "2026-03-04", shard), version=1, closed="yes")
    store.save([store.new(closed)])
    done = verify_customer(customer_id=customer.user_id, approve=True, reason="passport", actor=OFFICER, now=NOW)
    assert done.activated_on == "2026-03-05"
    assert (day_count(customer, "2026-03-04"), day_count(customer, "2026-03-05")) == (0, 1)


@pytest.mark.parametrize(("risk", "due"), [("low", "2031-03-04"), ("medium", "2029-03-04")])
def test_review_is_due_by_risk(risk: str, due: str) -> None:
    customer = a_customer(kyc_status="pending", risk_rating=risk)
    done = verify_customer(customer_id=customer.user_id, approve=True, reason="passport", actor=OFFICER, now=NOW)
    assert done.kyc_review_on == due


def test_high_risk_is_not_verified_by_one_person() -> None:
    customer = a_customer(kyc_status="pending", risk_rating="high")
    with pytest.raises(Refused, match="two people"):
        verify_customer(customer_id=customer.user_id, approve=True, reason="passport", actor=OFFICER, now=NOW)
    assert stored(customer).kyc_status == "pending"
    assert next_review("high", NOW.date(), NOW).isoformat() == "2027-03-04"


def test_rejecting_needs_a_reason_and_keeps_it() -> None:
    customer = a_customer(kyc_status="pending")
    with pytest.raises(Refused):
        verify_customer(customer_id=customer.user_id, approve=False, reason=" ", actor=OFFICER, now=NOW)
    verify_customer(customer_id=customer.user_id, approve=False, reason="forged", actor=OFFICER, now=NOW)
    assert stored(customer).kyc_status == "rejected"
    assert records(customer) == [("reject_identity", "usr_officer", "forged")]


def test_nobody_decides_on_the_own_identity_or_on_staff() -> None:
    customer, teller = a_customer(kyc_status="pending"), a_teller()
    with pytest.raises(Refused):
        himself = Actor(customer.user_id, "compliance", "test")
        verify_customer(customer_id=customer.user_id, approve=True, reason="me", actor=himself, now=NOW)
    with pytest.raises(Refused):
        verify_customer(customer_id=teller.user_id, approve=True, reason="x", actor=OFFICER, now=NOW)


# --- staff --------------------------------------------------------------------------------------


def test_admin_cannot_make_a_customer_into_staff_or_invent_a_role(client: Client) -> None:
    customer, teller = a_customer(), a_teller()
    signed_in(client, an_admin())
    answer = client.post(f"/people/{customer.user_id}/role", {"role-role": "admin", "role-reason": "friend"})
    assert answer.status_code == 422
    answer = client.post(f"/people/{teller.user_id}/role", {"role-role": "owner", "role-reason": "x"})
    assert answer.status_code == 422
    assert (stored(customer).role, stored(teller).role) == ("customer", "teller")


def test_nobody_changes_or_disables_himself(client: Client) -> None:
    admin = an_admin()
    signed_in(client, admin)
    for path, sent in (
        ("role", {"role-role": "auditor", "role-reason": "x"}),
        ("disable", {"disable-disabled": "yes", "disable-reason": "x"}),
    ):
        assert client.post(f"/people/{admin.user_id}/{path}", sent).status_code == 422
    assert (stored(admin).role, stored(admin).disabled) == ("admin", False)


def test_changes_need_a_reason() -> None:
    teller = a_teller()
    actor = Actor("usr_admin", "admin", "test")
    with pytest.raises(Refused):
        change_role(user_id=teller.user_id, role="manager", reason="", actor=actor, now=NOW)
    with pytest.raises(Refused):
        set_disabled(user_id=teller.user_id, disabled=True, reason=" ", actor=actor, now=NOW)


def test_changes_chain_in_the_audit_records() -> None:
    teller, actor = a_teller(), Actor("usr_admin", "admin", "test")
    for role in ("manager", "analyst", "teller"):
        change_role(user_id=teller.user_id, role=role, reason="round", actor=actor, now=utcnow())
    chain = sorted(AuditRecord.by_subject.query(f"user#{teller.user_id}"), key=lambda record: record.sequence)
    assert [record.sequence for record in chain] == [1, 2, 3]
    assert [record.previous_hash for record in chain[1:]] == [record.hash for record in chain[:-1]]
    assert all(record.computed_hash() == record.hash for record in chain)
    assert stored(teller).audit_head == chain[-1].hash


def test_disabled_person_is_said_so_in_the_list(client: Client) -> None:
    a_teller(name="Tess", disabled=True)
    signed_in(client, an_admin())
    assert "Disabled" in client.get("/people?role=teller").content.decode()


# --- the command --------------------------------------------------------------------------------


def create(*extra: str, **options: Any) -> str:
    output = io.StringIO()
    known = ["--email", "new@bank.example", "--name", "Nina New", "--role", "analyst", *extra]
    call_command("create_staff", *known, stdout=output, **options)
    return output.getvalue()


def test_command_prints_a_one_time_password_that_works() -> None:
    printed = create()
    password = printed.strip().rpartition(" ")[2]
    person = holder_of("new@bank.example")
    assert person is not None
    assert (person.role, person.must_change_password) == ("analyst", True)
    assert Client().post("/login", {"username": person.email, "password": password}).status_code == 302


def test_command_takes_a_password_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert PASSWORD not in create("--password-stdin")
    person = holder_of("new@bank.example")
    assert person is not None
    assert not person.must_change_password


@pytest.mark.parametrize("given", ["", "short\n", "1qaz2wsx3edc\n", f"{'x' * 130}\n"])
def test_command_refuses_a_bad_password(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    with pytest.raises(CommandError):
        create("--password-stdin")
    assert holder_of("new@bank.example") is None


def test_command_refuses_a_taken_address_and_a_wrong_one() -> None:
    create()
    with pytest.raises(CommandError, match="already"):
        create()
    with pytest.raises(CommandError):
        call_command("create_staff", "--email", "no address", "--name", "N", "--role", "teller")


def test_makers_store_what_they_say() -> None:
    made = [make_user(role) for role in ("customer", "teller", "admin")]
    assert {one.user_id: one.role for one in users([one.user_id for one in made]).values()} == {
        one.user_id: one.role for one in made
    }
    assert bank_calendar().zone.key == settings.BANK_TIMEZONE
