"""The first page of each role."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.ledger import CASH, DEPOSIT, TYPES, WITHDRAWAL, Instruction
from accounts.models import DepositAccount, Session, User
from accounts.names import MANY
from accounts.queries.pulse import Pulse, deposits_now, pulse_of_month
from accounts.services.posting import post
from accounts.testing import (
    a_customer,
    a_manager,
    a_stranger,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from accounts.tests.makers import actor, an_account
from accounts.totals import DayTotals
from accounts.views.boards import volume_chart
from cloudbank.clock import utcnow
from cloudbank.conf import business_date

pytestmark = pytest.mark.usefixtures("bank")
STAFF = [a_teller, an_analyst, a_manager, an_officer, an_auditor, an_admin]
READS = {"GetItem", "BatchGetItem", "Query"}


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


@pytest.fixture
def web(client: Client, carla: User) -> Client:
    return signed_in(client, carla)


def cash(item: DepositAccount, amount: int, type_: str = DEPOSIT) -> None:
    """Cash over the counter."""
    sides = (CASH, item.account_id) if type_ == DEPOSIT else (item.account_id, CASH)
    instruction = Instruction(
        type=type_, key=f"cash-{type_}-{amount}", amount=amount, currency="USD", debit=sides[0], credit=sides[1],
        channel="branch", branch="main", actor=actor(a_teller()),
    )  # fmt: skip
    post(instruction, now=utcnow())


def test_the_start_leads_to_the_dashboard(web: Client) -> None:
    assert web.get("/")["Location"] == "/dashboard"
    assert "/login" in Client().get("/dashboard")["Location"]


def test_a_new_customer_is_led_to_the_first_account(client: Client) -> None:
    shown = signed_in(client, a_customer(kyc_status="pending")).get("/dashboard").content.decode()
    assert "Open your first account" in shown and "/accounts/open" in shown and "Pending" in shown


def test_a_customer_sees_own_balances_and_latest_movements(web: Client, carla: User, own: DepositAccount) -> None:
    savings = an_account(carla, 25_000, product="savings")
    stranger = an_account(a_stranger(), 77_700)
    shown = web.get("/dashboard").content.decode()
    for text in (
        "1,250.00",
        "1,000.00",
        "250.00",
        f"/accounts/{savings.account_id}",
        "Cash deposit",
        "Account security",
    ):
        assert text in shown
    assert "777.00" not in shown and stranger.account_id not in shown


def test_the_page_costs_few_reads(web: Client, own: DepositAccount, requests_made: Any) -> None:
    web.get("/dashboard")
    requests_made.clear()
    assert web.get("/dashboard").status_code == 200
    assert set(requests_made.operations) <= READS
    # session, person; accounts (index, items); standing orders; the account's latest lines; security card (index, items)
    assert len(requests_made) <= 8


@pytest.mark.parametrize("maker", STAFF)
def test_a_role_has_its_board_for_few_reads_and_every_way_opens(
    client: Client, maker: Callable[[], User], own: DepositAccount, requests_made: Any
) -> None:
    someone = signed_in(client, maker())
    someone.get("/dashboard")
    requests_made.clear()
    page = someone.get("/dashboard")
    assert page.status_code == 200
    assert set(requests_made.operations) <= READS
    assert len(requests_made) <= 8  # session, person, closed days, open shards, first day; security card; approvals
    board = page.context["board"]
    for url in [way.url for way in board.ways] + [tile.url for tile in board.tiles if tile.url] + board.lazy:
        assert someone.get(url).status_code == 200, url


def test_the_tellers_numbers_are_those_of_the_day(client: Client, own: DepositAccount) -> None:
    cash(own, 50_000)
    cash(own, 20_000, WITHDRAWAL)
    shown = signed_in(client, a_teller()).get("/dashboard").content.decode()
    assert re.search(r'stat-value">\s*3\b', shown)  # with the deposit that opened the account
    assert "1,300.00" in shown  # 1000 + 500 - 200 in cash


def test_no_suspicion_reaches_the_teller_or_the_customer(client: Client, web: Client, own: DepositAccount) -> None:
    cash(own, 1_000_001)
    for page in (signed_in(Client(), a_teller()).get("/dashboard"), web.get("/dashboard")):
        assert b"uspicious" not in page.content and b"CRITICAL" not in page.content
    assert b"Suspicious today" in signed_in(Client(), an_analyst()).get("/dashboard").content


def test_deposits_are_the_sum_of_the_balances(own: DepositAccount) -> None:
    an_account(a_stranger(), 50_000)
    cash(own, 20_000, WITHDRAWAL)
    assert deposits_now(pulse_of_month(utcnow(), "USD")) == 130_000


def test_deposits_carry_the_last_closed_day_forward() -> None:
    today = business_date(utcnow())
    closed = DayTotals("2026-01-05", True, end={"balance": 900, "overdrawn": 100, "deposits": 1000})
    opened = DayTotals("2026-01-06", False)
    opened.numbers.update({"net_checking": 50, "net_savings": -20, "overdrawn": 5})
    pulse = Pulse(today, today, "USD", [closed, opened])
    assert pulse.deposits(None) == 900 + 50 - 20 + 105
    assert Pulse(today, today, "USD", [opened]).deposits(today.replace(year=2020)) is None


class TestRefresh:
    """Balances that keep themselves fresh."""

    @pytest.fixture
    def address(self, web: Client, own: DepositAccount) -> str:
        return str(web.get("/dashboard").context["refresh_url"])

    def test_nothing_new_is_204_for_few_reads(self, web: Client, address: str, requests_made: Any) -> None:
        requests_made.clear()
        assert web.get(address, headers={"X-Poll": "1"}).status_code == 204
        assert set(requests_made.operations) <= READS and len(requests_made) <= 4

    def test_a_new_balance_is_shown(self, web: Client, address: str, own: DepositAccount) -> None:
        cash(own, 23_456)
        fresh = web.get(address, headers={"X-Poll": "1"})
        assert b"1,234.56" in fresh.content and b"<html" not in fresh.content
        assert fresh.context["refresh_url"] != address

    def test_the_page_asks_with_the_poll_header(self, web: Client, own: DepositAccount) -> None:
        assert """hx-headers='{"X-Poll": "1"}'""" in web.get("/dashboard").content.decode()

    def test_it_never_extends_the_session(self, web: Client, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def seen() -> list[str]:
            return [item.seen_at for item in Session.scan(Session.owner_id.exists())]

        monkeypatch.setattr("accounts.sessions.REFRESH_SECONDS", 0)  # every request of the person is noted
        before = seen()
        web.get(address, headers={"X-Poll": "1"})
        assert seen() == before
        web.get(address)
        assert seen() != before

    def test_it_is_the_customers_own(self, client: Client) -> None:
        assert signed_in(Client(), a_teller()).get(reverse("holdings")).status_code == 403


def test_the_volume_by_type_shows_each_type_that_occurs_and_adds_up() -> None:
    numbers = {f"{kind}_{type_}": 7 for type_ in TYPES for kind in ("n", "s")} | {"n_opening": 0, "s_opening": 0}
    day = date(2026, 11, 20)
    pulse = Pulse(day, day, "USD", [DayTotals(day.isoformat(), False, Counter(numbers))])
    chart = volume_chart(pulse)
    assert [one.label for one in chart.datasets] == [MANY[name] for name in TYPES if name != "opening"]
    assert sum(value or 0 for one in chart.datasets for value in one.data) == pulse.volume
    assert all("type=" in link for one in chart.datasets for link in one.links)
