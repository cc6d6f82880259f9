"""Staff by two people: nobody makes a colleague alone, nobody but the colleague ever knows the password."""

import re
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

from accounts import mail
from accounts.models import User
from accounts.queries.people import holder_of, people_by_name
from accounts.testing import PASSWORD, a_customer, a_manager, a_teller, an_admin, an_officer, signed_in
from accounts.tests.approving import decide, the_one
from accounts.tests.makers import form_of
from cloudbank import approvals, store
from cloudbank.approvals import APPROVED, PENDING, REJECTED
from cloudbank.audit import AuditRecord

pytestmark = pytest.mark.usefixtures("bank")
NINA = {"name": "Nina New", "email": "nina@bank.example", "role": "teller", "reason": "Starts on Monday"}


@pytest.fixture
def ada() -> User:
    return an_admin()


@pytest.fixture
def web(ada: User) -> Client:
    return signed_in(Client(), ada)


def asked(web: Client, **more: str) -> Any:
    """The answer to asking for Nina."""
    return web.post("/people/new", form_of(web, "/people/new") | NINA | more)


def stored(person: User) -> User:
    found = store.get(User, person.user_id)
    assert found is not None
    return found


def test_a_colleague_is_made_by_two_people_and_chooses_the_password_alone(web: Client, ada: User) -> None:
    answer = asked(web, password="mine", disabled="on")
    assert answer.status_code == 302 and holder_of("nina@bank.example") is None
    item = the_one()
    assert decide(ada, item).status_code == 422, "one's own request"
    assert holder_of("nina@bank.example") is None
    decide(a_manager(), item)
    nina = holder_of("nina@bank.example")
    assert nina is not None and (nina.role, nina.disabled, nina.must_change_password) == ("teller", False, False)
    mail.settle()
    (letter,) = outbox.outbox
    assert letter.to == ["nina@bank.example"] and "Teller" in letter.body
    link = re.search(r"http://testserver(/password/reset/\S+)", letter.body)
    assert link is not None
    assert Client().post("/login", {"username": nina.email, "password": ""}).status_code == 422
    fresh = Client()
    form = fresh.get(link[1], follow=True)
    sent = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert fresh.post(form.redirect_chain[-1][0], sent).status_code == 302
    assert fresh.post("/login", {"username": nina.email, "password": PASSWORD})["Location"] == "/dashboard"
    assert Client().get(link[1], follow=True).status_code == 422, "good once"
    records = list(AuditRecord.by_subject.query(f"user#{nina.user_id}"))
    assert (records[0].action, records[0].reason) == ("create_staff", "Starts on Monday")
    assert records[0].after == {"role": "teller", "approval": item.approval_id}


def test_no_page_shows_a_password_and_who_is_invited_has_none(web: Client) -> None:
    page = web.get(asked(web)["Location"]).content.decode()
    decide(a_manager(), the_one())
    nina = holder_of("nina@bank.example")
    assert nina is not None
    for shown in (page, web.get(f"/people/{nina.user_id}").content.decode()):
        assert "one-time" not in shown.lower()
    assert "not set yet" in web.get(f"/people/{nina.user_id}").content.decode()
    mail.settle()
    outbox.outbox.clear()
    Client().post("/password/reset", {"email": nina.email})  # the first link has run out: Nina asks for another
    mail.settle()
    assert [one.to for one in outbox.outbox] == [["nina@bank.example"]]


@pytest.mark.parametrize("who", [a_teller, an_officer])
def test_only_another_administrator_or_a_manager_approves(web: Client, who: Any) -> None:
    asked(web)
    assert decide(who(), the_one()).status_code in (403, 404)
    assert the_one().state == PENDING
    decide(an_admin(name="Another Admin"), the_one())
    assert holder_of("nina@bank.example") is not None


def test_a_taken_address_is_said_when_it_is_asked_and_when_it_is_approved(web: Client) -> None:
    a_teller(email="taken@bank.example")
    answer = asked(web, email="Taken@bank.example")
    assert answer.status_code == 422 and "already signs in" in answer.content.decode()
    asked(web)
    a_teller(email="nina@bank.example")
    assert "already signs in" in decide(a_manager(), the_one()).content.decode()
    assert the_one().state == PENDING


def test_a_role_changes_once_another_person_approves(web: Client) -> None:
    tom, mary = a_teller(), a_manager()
    open_session = signed_in(Client(), tom)
    path = f"/people/{tom.user_id}"
    key = web.get(path).context["role_form"]["key"].value()
    sent = {"role-role": "manager", "role-reason": "promoted", "role-key": key}
    assert web.post(f"{path}/role", sent).status_code == 302
    assert stored(tom).role == "teller"
    assert "Tom Teller becomes manager" in web.get(path).content.decode()
    item = the_one()
    decide(mary, item)
    assert stored(tom).role == "manager" and open_session.get("/dashboard").status_code == 302
    assert tom.user_id in {one.user_id for one in people_by_name("manager").rows}
    assert people_by_name("teller").rows == []
    assert approvals.find(item.approval_id).state == APPROVED  # type: ignore[union-attr]


def test_nobody_approves_their_own_role(web: Client) -> None:
    mary, max_ = a_manager(), a_manager(name="Max Manager")
    path = f"/people/{mary.user_id}"
    key = web.get(path).context["role_form"]["key"].value()
    web.post(f"{path}/role", {"role-role": "admin", "role-reason": "x", "role-key": key})
    answer = decide(mary, the_one())
    assert answer.status_code == 422 and "your own role" in answer.content.decode()
    item = the_one()
    decide(max_, item, "reject", note="no")
    assert (stored(mary).role, approvals.find(item.approval_id).state) == ("manager", REJECTED)  # type: ignore[union-attr]


def test_an_outdated_change_of_role_is_refused(web: Client) -> None:
    tom, customer = a_teller(), a_customer()
    path = f"/people/{tom.user_id}"
    key = web.get(path).context["role_form"]["key"].value()
    assert web.post(f"{path}/role", {"role-role": "teller", "role-reason": "x", "role-key": key}).status_code == 422
    web.post(f"{path}/role", {"role-role": "manager", "role-reason": "x", "role-key": key})
    tom = stored(tom)
    tom.role = "auditor"
    store.save([store.changed(tom)])
    assert "another role since" in decide(a_manager(), the_one()).content.decode()
    sent = {"role-role": "manager", "role-reason": "x", "role-key": key}
    assert web.post(f"/people/{customer.user_id}/role", sent).status_code == 422
