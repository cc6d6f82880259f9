"""Standing orders on their pages: read back with the masked name, only one's own, problems told."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import DepositAccount, User
from accounts.queries.standing import orders_of
from accounts.services import closing, end_of_day
from accounts.testing import a_customer, a_manager, a_stranger, signed_in
from accounts.tests.makers import an_account, form_of, fresh
from cloudbank.clock import utcnow
from cloudbank.conf import business_date

pytestmark = pytest.mark.usefixtures("bank")
NEW = "/standing-orders/new"


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


@pytest.fixture
def other() -> DepositAccount:
    return an_account(a_stranger())


@pytest.fixture
def web(carla: User) -> Client:
    return signed_in(Client(), carla)


def filled(web: Client, own: DepositAccount, other: DepositAccount, **more: str) -> dict[str, Any]:
    """The form as somebody fills it in."""
    first = business_date(utcnow()).isoformat()
    typed = {"from_account": own.account_id, "to_account": other.account_id, "amount": "250", "first_on": first}
    return form_of(web, NEW) | typed | {"rhythm": "monthly", "last_on": "", "memo": "Rent"} | more


def made(web: Client, own: DepositAccount, other: DepositAccount, **more: str) -> str:
    """A standing order; its address."""
    answer = web.post(NEW, filled(web, own, other, **more) | {"confirm": "yes"})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_it_is_read_back_with_the_masked_name_before_anything_is_set_up(
    web: Client, carla: User, own: DepositAccount, other: DepositAccount
) -> None:
    data = filled(web, own, other)
    shown = web.post(NEW, data).content.decode()
    assert "Si*** S***" in shown and "Simon" not in shown and "two hundred fifty dollars" in shown
    assert orders_of(carla.user_id) == []
    web.post(NEW, data | {"confirm": "yes"})
    web.post(NEW, data | {"confirm": "yes"})
    assert len(orders_of(carla.user_id)) == 1
    assert "Si*** S***" in web.get("/standing-orders").content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("to_account", "1234567890123456"),
        ("amount", "0"),
        ("amount", "60000"),
        ("rhythm", "hourly"),
        ("first_on", "2020-01-01"),
        ("last_on", "2020-01-01"),
        ("first_on", "9999-12-31"),
        ("from_account", "0"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    web: Client, carla: User, own: DepositAccount, other: DepositAccount, field: str, typed: str
) -> None:
    answer = web.post(NEW, filled(web, own, other, **{field: typed}) | {"confirm": "yes"})
    assert answer.status_code == 422 and field in answer.context["form"].errors
    assert orders_of(carla.user_id) == []


def test_money_of_somebody_else_is_not_offered(
    web: Client, carla: User, own: DepositAccount, other: DepositAccount
) -> None:
    data = filled(web, own, other, from_account=other.account_id, to_account=own.account_id)
    assert web.post(NEW, data | {"confirm": "yes"}).status_code == 422
    assert orders_of(carla.user_id) == []


def test_pause_resume_and_end(web: Client, carla: User, own: DepositAccount, other: DepositAccount) -> None:
    path = made(web, own, other)
    for action, state in (("pause", "paused"), ("resume", "active"), ("end", "ended"), ("end", "ended")):
        assert web.post(path, {"action": action}).status_code == 302
        assert orders_of(carla.user_id)[0].state == state
    assert web.post(path, {"action": "resume"}).status_code == 422
    assert web.post(path, {"action": "explode"}).status_code == 404


def test_to_strangers_and_staff_it_is_not_there(web: Client, own: DepositAccount, other: DepositAccount) -> None:
    path = made(web, own, other)
    stranger = signed_in(Client(), a_stranger())
    assert stranger.get(path).status_code == stranger.post(path, {"action": "end"}).status_code == 404
    assert signed_in(Client(), a_manager()).get(path).status_code == 403


def test_what_was_not_paid_stands_on_the_dashboard_until_it_is_read(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    path = made(web, own, other, amount="1000.01")
    end_of_day.run_steps(end_of_day.Evening(business_date(utcnow()), "USD", utcnow(), closing.COMMAND))
    assert "found too little money" in web.get("/dashboard").content.decode()
    assert "found too little money" in web.get(path).content.decode()
    web.post(path, {"action": "acknowledge"})
    assert "found too little money" not in web.get("/dashboard").content.decode()


def test_the_dashboard_says_what_to_do_and_takes_that_it_was_read(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    path = made(web, own, other, amount="1000.01")
    end_of_day.run_steps(end_of_day.Evening(business_date(utcnow()), "USD", utcnow(), closing.COMMAND))
    shown = web.get("/dashboard").content.decode()
    assert f"Have 1,000.01 USD on the account ending {own.account_id[-4:]} by then." in shown
    assert f'action="{path}"' in shown
    answer = web.post(path, {"action": "acknowledge", "from": "dashboard"})
    assert answer["Location"] == "/dashboard"
    assert "1,000.01" not in web.get("/dashboard").content.decode()


def test_a_payment_shows_as_a_standing_order_in_the_history(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    made(web, own, other)
    end_of_day.run_steps(end_of_day.Evening(business_date(utcnow()), "USD", utcnow(), closing.COMMAND))
    assert fresh(other).balance == 25_000
    assert "Standing order to Si*** S***" in web.get(f"/accounts/{own.account_id}").content.decode()
