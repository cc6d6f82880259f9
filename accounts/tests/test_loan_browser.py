"""Loans in a real browser over a real server: the live instalment, paying, axe, phones, strict CSP."""

import contextlib
import os
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Error

from accounts.ledger import CASH
from accounts.models import User
from accounts.services.loans.servicing import service_loan
from accounts.services.posting import post
from accounts.testing import signed_in
from accounts.tests.conftest import instruct
from accounts.tests.lending import Borrower, applied_for, paid_out
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.testing import axe_source

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet")]
SHOTS = os.environ.get("SHOTS", "")
"""A folder for photographs of the pages, when somebody wants to look at them."""


@pytest.fixture
def one(server: str) -> Borrower:
    """A loan whose first instalment is late, with money in the account."""
    found = paid_out(now=utcnow() - timedelta(days=75), amount=1_200_000, instalments=36)
    then = utcnow() - timedelta(days=40)
    service_loan(loan_id=found.loan_id, day=business_date(then), currency="USD", now=then)
    post(instruct("deposit", 50_000, CASH, found.account), now=utcnow())
    return found


def as_(page: Any, user: User, server: str) -> Any:
    cookie = signed_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
    return page


def test_the_instalment_follows_what_is_typed(browser_page: Any, server: str, one: Borrower) -> None:
    page = as_(browser_page, one.customer, server)
    page.goto("/loans/apply")
    page.get_by_label("Amount").fill("10,000")
    page.locator("#quote").get_by_text("331.67").wait_for()
    page.get_by_label("Repaid in").select_option("12")
    page.locator("#quote").get_by_text("888.02").wait_for()
    page.get_by_role("radio", name="Auto loan").check()
    page.locator("#quote").get_by_text("866.").wait_for()


def test_a_late_answer_to_an_earlier_question_is_not_shown(browser_page: Any, server: str, one: Borrower) -> None:
    page = as_(browser_page, one.customer, server)
    page.goto("/loans/apply")
    held: list[Any] = []
    page.route(
        "**/loans/quote?*offer=personal*", lambda route: held.append(route)
    )  # a builtin has no place for its mark
    page.get_by_label("Amount").fill("10,000")
    with page.expect_request("**/loans/quote?*offer=personal*"):
        page.get_by_label("Amount").press("Tab")
    page.get_by_role("radio", name="Auto loan").check()
    page.locator("#quote").get_by_text("309.92").wait_for()
    for route in held:
        with contextlib.suppress(Error):  # given up by the page
            route.fulfill(body="<p>Each month 331.67</p>", content_type="text/html")
    page.wait_for_timeout(300)
    assert "331.67" not in page.locator("#quote").inner_text()
    assert held, "the earlier question was asked"


def test_a_late_instalment_is_paid_in_three_clicks(browser_page: Any, server: str, one: Borrower) -> None:
    page = as_(browser_page, one.customer, server)
    page.goto(f"/loans/{one.loan_id}")
    page.get_by_role("link", name="Pay", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Pay ").click()
    page.wait_for_url("**/receipts/**")
    page.get_by_role("link", name="Done").click()
    page.wait_for_url(f"**/loans/{one.loan_id}")
    assert page.get_by_text("Paid", exact=True).count() >= 1


@pytest.mark.parametrize("width", [1280, 375, 320])
def test_pages_fit_their_screen_pass_axe_and_break_no_policy(
    browser_page: Any, server: str, one: Borrower, width: int
) -> None:
    applied_for()
    said: list[str] = []
    loan = f"/loans/{one.loan_id}"
    own = ["/loans", "/loans/apply", loan, f"{loan}?tab=movements", f"{loan}?tab=terms", f"{loan}/pay"]
    bank = [
        "/loan-book",
        "/loan-book?state=applied",
        f"{loan}?tab=history",
        f"{loan}/restructure",
        f"{loan}/charge-off",
    ]
    browser_page.set_viewport_size({"width": width, "height": 900})
    for who, paths in ((one.customer, own), (one.manager, bank)):
        page = as_(browser_page, who, server)
        for path in paths:
            page.goto(path)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{path.strip('/').replace('/', '_')}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            page.evaluate(axe_source())
            found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
            assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"]] == [], path
    assert said == []
