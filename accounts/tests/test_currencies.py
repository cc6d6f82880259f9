"""Books in several currencies: each amount with its own decimals, on pages and in the three statement files."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from accounts.models import DepositAccount, User
from accounts.queries.books import currencies_with_books
from accounts.queries.deposits import accounts_of
from accounts.queries.totals import last_closed_day
from accounts.testing import a_customer, a_manager, a_stranger, signed_in
from accounts.tests.makers import an_account, balance, form_of
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.currencies import CURRENCIES, EXPONENTS

pytestmark = pytest.mark.usefixtures("bank")
CASES = [("JPY", 123_456, "123,456", "1,500", 1_500, "1.5"), ("KWD", 123_456, "123.456", "1.505", 1_505, "1.5055")]
FIELDS = ("currency", "minor", "shown", "typed", "read", "wrong")


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BANK_CURRENCIES", ["USD", "EUR", "JPY", "KWD"])


@pytest.fixture
def carla(offered: None) -> User:
    return a_customer()


@pytest.fixture
def web(carla: User) -> Client:
    return signed_in(Client(), carla)


def opened(web: Client, carla: User, currency: str) -> DepositAccount:
    """An account opened on the page."""
    data = form_of(web, "/accounts/open") | {"product": "checking", "currency": currency}
    assert web.post("/accounts/open", data).status_code == 302
    return accounts_of(carla.user_id)[-1]


def test_the_currencies_are_those_of_iso_4217() -> None:
    assert len(CURRENCIES) == len(set(CURRENCIES)) > 150 and set(EXPONENTS) <= set(CURRENCIES)
    assert (EXPONENTS["JPY"], EXPONENTS["KWD"], EXPONENTS.get("USD", 2)) == (0, 3, 2)


def test_an_account_is_opened_in_an_offered_currency_only(web: Client, carla: User) -> None:
    assert opened(web, carla, "JPY").currency == "JPY"
    data = form_of(web, "/accounts/open") | {"product": "checking", "currency": "CHF"}
    assert web.post("/accounts/open", data).status_code == 422
    assert opened(web, carla, "").currency == "USD"


@pytest.mark.parametrize(FIELDS, CASES)
def test_pages_read_and_write_amounts_with_the_currencys_decimals(
    web: Client, carla: User, currency: str, minor: int, shown: str, typed: str, read: int, wrong: str
) -> None:
    own = an_account(carla, minor, currency=currency)
    other = an_account(a_stranger(), currency=currency)
    for page in ("/dashboard", f"/accounts/{own.account_id}"):
        assert shown in web.get(page).content.decode(), page
    data = form_of(web, "/transfer") | {"account": own.account_id, "to": other.account_id, "amount": typed}
    assert web.post("/transfer", data | {"amount": wrong, "confirm": "yes"}).status_code == 422
    answer = web.post("/transfer", data | {"confirm": "yes"})
    assert balance(other) == read and balance(own) == minor - read
    assert f"{typed} <span" in web.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(FIELDS, CASES)
def test_holds_and_standing_orders_keep_the_decimals(
    web: Client, carla: User, currency: str, minor: int, shown: str, typed: str, read: int, wrong: str
) -> None:
    own, other = an_account(carla, minor, currency=currency), an_account(a_stranger(), currency=currency)
    boss, path = signed_in(Client(), a_manager()), f"/accounts/{own.account_id}/holds/new"
    boss.post(path, form_of(boss, path) | {"amount": typed, "reason": "Hotel"})
    assert f"{typed} " in web.get(f"/accounts/{own.account_id}").content.decode()
    asked: dict[str, Any] = {"from_account": own.account_id, "to_account": other.account_id, "amount": typed}
    asked |= {"rhythm": "weekly", "first_on": business_date(utcnow()).isoformat()}
    back = web.post("/standing-orders/new", form_of(web, "/standing-orders/new") | {"last_on": "", "memo": ""} | asked)
    assert f"{typed} {currency}" in back.content.decode()


def test_money_never_moves_between_currencies(web: Client, carla: User) -> None:
    yen, dinar = an_account(carla, 1_000, currency="JPY"), an_account(carla, 0, currency="KWD")
    data = form_of(web, "/transfer") | {"account": yen.account_id, "to": dinar.account_id, "amount": "10"}
    assert web.post("/transfer", data | {"confirm": "yes"}).status_code == 422
    assert (balance(yen), balance(dinar)) == (1_000, 0)


def test_the_commands_handle_every_currency_that_has_books(carla: User) -> None:
    for currency in ("USD", "JPY", "KWD"):
        an_account(carla, 5_000, currency=currency)
    assert currencies_with_books() == ["JPY", "KWD", "USD"]
    out = StringIO()
    call_command("verify_ledger", "--full", stdout=out)
    assert "JPY, KWD, USD" in out.getvalue() and "3 postings" in out.getvalue()
    yesterday = business_date(utcnow()) - timedelta(days=1)
    closed = StringIO()
    call_command("close_day", "--through", yesterday.isoformat(), stdout=closed)
    assert [line[:3] for line in closed.getvalue().splitlines() if line[3:4] == ":"] == ["JPY", "KWD", "USD"]
    assert last_closed_day("JPY") is None


def test_the_trial_balance_shows_each_currency(carla: User) -> None:
    an_account(carla, 123_456, currency="KWD")
    shown = signed_in(Client(), a_manager()).get("/trial-balance", {"currency": "KWD"}).content.decode()
    assert shown.count("123.456") == 5  # cash and deposits, of which checking; both totals
