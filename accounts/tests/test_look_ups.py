"""Whose account a typed number is: customers read masked names, and nobody learns names by walking numbers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts import tries
from accounts.models import DepositAccount, User
from accounts.testing import a_customer, a_stranger, a_teller, signed_in
from accounts.tests.makers import an_account, balance, form_of
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.throttle import Limit

pytestmark = pytest.mark.usefixtures("bank", "quiet")
ADDRESS = "/transfer/recipient"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tries, "LOOK_UP", Limit("look_up", 4, 3600))
    monkeypatch.setattr(tries, "LOOK_UP_NETWORK", Limit("look_up_network", 6, 3600))
    monkeypatch.setattr(tries, "LOOK_UP_STAFF", Limit("look_up_staff", 5, 60))
    with time_machine.travel(utcnow(), tick=False):
        yield


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def web(carla: User) -> Client:
    return signed_in(Client(), carla)


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


@pytest.fixture
def other() -> DepositAccount:
    return an_account(a_stranger())


def read_backs(client: Client, own: DepositAccount, other: DepositAccount, times: int, **more: str) -> list[Any]:
    """That many transfers typed in and read back."""
    typed = {"account": own.account_id, "to": other.account_id, "amount": "1", "memo": "", "key": "k" * 20}
    return [client.post("/transfer", typed | more) for _ in range(times)]


def refusals(user: User) -> list[tuple[str, dict[str, Any]]]:
    """What the audit trail says of a person's look-ups."""
    records = AuditRecord.by_subject.query(f"user#{user.user_id}")
    return [(one.source, one.after) for one in records if one.action == "look_ups_refused"]


def test_a_customer_reads_the_masked_name_only(web: Client, own: DepositAccount, other: DepositAccount) -> None:
    for shown in (read_backs(web, own, other, 1)[0], web.get(ADDRESS, {"to": other.account_id})):
        text = shown.content.decode()
        assert "Si*** S***" in text and "Simon" not in text and "Stranger" not in text


def test_the_fragment_and_the_read_back_count_together_and_then_say_nothing_more(
    web: Client, carla: User, own: DepositAccount, other: DepositAccount
) -> None:
    live = [web.get(ADDRESS, {"to": other.account_id}).content.decode() for _ in range(2)]
    answers = read_backs(web, own, other, 4)
    assert ["Si***" in text for text in live] == [True, True]
    assert [one.status_code for one in answers] == [200, 200, 429, 429]
    assert answers[2]["Retry-After"] == "3600" and "Wait 60 minutes" in answers[2].content.decode()
    assert "Si***" not in answers[2].content.decode()
    assert "Too many tries" in web.get(ADDRESS, {"to": other.account_id}).content.decode()
    assert refusals(carla) == [("127.0.0.1", {"limit": "look_up"})], "a burst is kept once"


def test_confirming_without_a_read_back_does_not_tell_which_numbers_exist(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    answers = read_backs(web, own, other, 6, amount="5000", confirm="yes")
    assert [one.status_code for one in answers] == [422] * 4 + [429] * 2
    assert read_backs(web, own, own, 1, to="4000000000000002", confirm="yes")[0].status_code == 429


def test_who_used_up_the_look_ups_still_posts_what_was_read_back(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    assert [one.status_code for one in read_backs(web, own, other, 5)][-1] == 429
    assert read_backs(web, own, other, 1, confirm="yes")[0].status_code == 302
    assert balance(other) == 100


def test_they_are_free_again_after_the_wait_and_no_sooner(carla: User, other: DepositAccount) -> None:
    def asked(minutes: int) -> bool:
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            answer = signed_in(Client(), carla).get(ADDRESS, {"to": other.account_id})
            return "Si***" in answer.content.decode()

    start = utcnow()
    assert [asked(minutes) for minutes in (0, 10, 20, 30, 40, 89, 91)] == [True] * 4 + [False, False, True]


def test_many_customers_of_one_network_share_a_wider_limit(other: DepositAccount) -> None:
    answers = []
    for _ in range(4):
        client = signed_in(Client(), a_customer())
        answers += ["Si***" in client.get(ADDRESS, {"to": other.account_id}).content.decode() for _ in range(2)]
    assert answers == [True] * 6 + [False] * 2


def test_parallel_look_ups_are_answered_exactly_as_often_as_allowed(
    web: Client, carla: User, own: DepositAccount, other: DepositAccount
) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: read_backs(web, own, other, 1)[0].status_code, range(12)))
    assert sorted(codes) == [200] * 4 + [429] * 8
    assert len(refusals(carla)) == 1


def test_a_standing_order_is_a_look_up_too(web: Client, own: DepositAccount, other: DepositAccount) -> None:
    typed = form_of(web, "/standing-orders/new") | {
        "from_account": own.account_id, "to_account": other.account_id, "amount": "1", "rhythm": "monthly",
        "first_on": (utcnow() + timedelta(days=9)).date().isoformat(),
    }  # fmt: skip
    answers = [web.post("/standing-orders/new", typed) for _ in range(5)]
    assert [one.status_code for one in answers] == [200] * 4 + [429]
    assert "Si*** S***" in answers[0].content.decode() and "Si***" not in answers[4].content.decode()


def test_own_deposits_are_no_look_up_and_the_counter_has_its_own_limit_with_whole_names(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    typed = {"account": own.account_id, "amount": "1", "memo": "", "key": "k" * 20}
    assert {web.post("/deposit", typed).status_code for _ in range(8)} == {200}
    tom = a_teller()
    till = signed_in(Client(), tom)
    answers = read_backs(till, own, other, 7)
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
    assert "Simon Stranger" in answers[0].content.decode()
    assert refusals(tom) == [("127.0.0.1", {"limit": "look_up_staff"})]
