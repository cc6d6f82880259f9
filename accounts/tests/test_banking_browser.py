"""The money pages in a real browser over a real server."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.ledger import CASH, DEPOSIT, Instruction
from accounts.models import DepositAccount, User
from accounts.queries.ledger import history
from accounts.services.posting import post
from accounts.testing import a_customer, a_stranger, signed_in
from accounts.tests.makers import actor, an_account, balance
from cloudbank.clock import utcnow
from cloudbank.testing import axe_source

pytestmark = pytest.mark.browser


@pytest.fixture
def carla(server: str) -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


@pytest.fixture
def page(browser_page: Any, server: str, carla: User) -> Any:
    cookie = signed_in(Client(), carla).cookies[settings.SESSION_COOKIE_NAME].value
    browser_page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
    return browser_page


def test_an_open_dashboard_shows_a_deposit_without_reload(page: Any, carla: User, own: DepositAccount) -> None:
    page.goto("/dashboard")
    page.get_by_text("1,000.00").first.wait_for()
    page.evaluate("window.stillTheSamePage = true")
    deposit = Instruction(
        type=DEPOSIT, key="from-elsewhere", amount=23_456, currency="USD", debit=CASH, credit=own.account_id,
        channel="branch", branch="main", actor=actor(carla),
    )  # fmt: skip
    post(deposit, now=utcnow())
    page.get_by_text("1,234.56").first.wait_for(timeout=9_000)
    assert page.evaluate("window.stillTheSamePage") is True
    assert page.locator("#announce").inner_text() == "Balances updated"


def test_a_mistyped_recipient_is_caught_and_a_double_click_posts_once(page: Any, own: DepositAccount) -> None:
    other = an_account(a_stranger(), 0)
    page.goto("/transfer")
    page.fill("[name=to]", f"{int(other.account_id) + 1:016d}")
    page.get_by_text("its check digits do not match").first.wait_for()
    page.fill("[name=to]", other.account_id)
    page.get_by_text("Si*** S***").wait_for()
    page.fill("[name=amount]", "250")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("two hundred fifty dollars").wait_for()
    page.locator("button[name=confirm]").dblclick()
    page.wait_for_url("**/receipts/*")
    page.get_by_text("Transfer posted").wait_for()
    assert (balance(own), balance(other)) == (75_000, 25_000)
    assert len(history(own.account_id).rows) == 2


def test_the_whole_transfer_works_with_the_keyboard_alone(page: Any, own: DepositAccount) -> None:
    other = an_account(a_stranger(), 0)
    page.goto("/transfer")
    page.focus("[name=to]")
    page.keyboard.type(other.account_id)
    page.keyboard.press("Tab")
    page.keyboard.type("12.50")
    page.keyboard.press("Enter")
    page.get_by_text("Is everything right?").wait_for()
    page.locator("button[name=confirm]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipts/*")
    assert balance(other) == 1_250


@pytest.mark.parametrize("width", [1280, 375, 320])
def test_pages_fit_their_screen_and_pass_axe(page: Any, own: DepositAccount, width: int) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("/dashboard", "/accounts", "/accounts/open", "/transfer", f"/accounts/{own.account_id}"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        page.evaluate(axe_source())
        found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        assert [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]] == [], address
    assert complaints == []


def test_a_mistyped_number_is_said_in_one_place_at_a_time(page: Any, own: DepositAccount) -> None:
    page.goto("/transfer")
    page.fill("[name=to]", "12")
    page.fill("[name=amount]", "5")
    page.get_by_role("button", name="Continue").click()
    page.locator(".invalid-feedback").wait_for()
    page.wait_for_timeout(800)
    assert page.locator("#div_id_to .invalid-feedback, #whose-to .who-not").count() == 1
    page.locator("[name=to]").press_sequentially("3")
    page.locator("#whose-to .who-not").wait_for()
    assert page.locator(".invalid-feedback").count() == 0 and page.locator(".is-invalid").count() == 0
