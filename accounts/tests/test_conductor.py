"""Who brings the cash for somebody else is found by name, account number, e-mail or id, and is exactly one person."""

from typing import Any

import pytest
from django.test import Client

from accounts import tries
from accounts.models import DepositAccount, User
from accounts.queries.ledger import history
from accounts.testing import a_customer, a_manager, a_teller, an_auditor, signed_in
from accounts.tests.makers import an_account, form_of
from cloudbank.throttle import Limit

pytestmark = pytest.mark.usefixtures("bank", "quiet")


@pytest.fixture
def own() -> DepositAccount:
    return an_account(a_customer(), 100_000)


@pytest.fixture
def ana() -> User:
    return a_customer(name="Ana Lopez", email="ana@people.example", date_of_birth="1990-02-03")


@pytest.fixture
def till() -> Client:
    return signed_in(Client(), a_teller())


def typed(till: Client, own: DepositAccount, who: str, **more: str) -> dict[str, Any]:
    return form_of(till, "/deposit") | {"account": own.account_id, "amount": "50", "conductor": who} | more


@pytest.mark.parametrize("how", ["ana lo", "Ana Lopez", "ANA@people.example", "id", "number", " ana  lopez "])
def test_one_person_is_found_however_they_are_named_and_stands_on_the_posting(
    till: Client, own: DepositAccount, ana: User, how: str
) -> None:
    who = {"id": ana.user_id, "number": an_account(ana).account_id}.get(how, how)
    page = till.post("/deposit", typed(till, own, who))
    assert page.status_code == 200 and "Ana Lopez" in page.content.decode()
    sent = {one.html_name: one.value() or "" for one in page.context["form"]}
    assert sent["conductor"] == ana.user_id, "what is confirmed names exactly this person"
    till.post("/deposit", sent | {"confirm": "yes"})
    assert history(own.account_id).rows[0].conductor_id == ana.user_id


def test_of_several_one_is_taken(till: Client, own: DepositAccount, ana: User) -> None:
    other = a_customer(name="Ana Lopezova", email="ova@people.example")
    page = till.post("/deposit", typed(till, own, "ana lopez"))
    error = page.context["form"].errors["conductor"][0]
    assert page.status_code == 422 and "ana@people.example" in error and "ova@people.example" in error
    page = till.post("/deposit", typed(till, own, "ana lopez", picked=other.user_id))
    assert page.status_code == 200 and page.context["form"].conducting.user_id == other.user_id


def test_a_name_that_is_typed_is_answered_with_whom_it_may_mean(till: Client, ana: User) -> None:
    one = till.get("/counter/person", {"conductor": "ana"}).content.decode()
    assert "Ana Lopez" in one and "born 1990" in one and "Feb" not in one and "picked" not in one
    a_customer(name="Ana Maria", kyc_status="pending")
    two = till.get("/counter/person", {"conductor": "ana"}).content.decode()
    assert two.count('name="picked"') == 2 and "Identity not verified" in two
    assert till.get("/counter/person", {"conductor": "a"}).content.decode().strip() == ""
    assert "No customer is found" in till.get("/counter/person", {"conductor": "zoe"}).content.decode()


@pytest.mark.parametrize("who", ["staff", "Nobody At All", "4000000000000002"])
def test_nobody_else_is_found(till: Client, own: DepositAccount, who: str) -> None:
    named = a_manager(name="Boss Bigly").user_id if who == "staff" else who
    page = till.post("/deposit", typed(till, own, named))
    assert page.status_code == 422 and "No customer is found" in page.context["form"].errors["conductor"][0]
    picked = till.post("/deposit", typed(till, own, "x", picked=named))
    assert picked.status_code == 422


def test_it_is_for_the_counter_and_counted(till: Client, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in (a_customer(), an_auditor()):
        assert signed_in(Client(), other).get("/counter/person", {"conductor": "ana"}).status_code == 403
    monkeypatch.setattr(tries, "LOOK_UP_STAFF", Limit("look_up_staff", 2, 60))
    said = [till.get("/counter/person", {"conductor": "ana"}).content.decode() for _ in range(3)]
    assert "Ana Lopez" in said[1] and "Ana Lopez" not in said[2] and "Too many tries" in said[2]
