"""Signing in, as a browser does it: an expired session never shows a form inside a table, no page breaks the CSP."""

from typing import Any

import pytest

from accounts.models import Session
from accounts.testing import PASSWORD, a_customer, a_teller, an_admin
from cloudbank.tables import UsersItem

pytestmark = pytest.mark.browser


def sign_in(page: Any, email: str) -> None:
    page.goto("/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")


def end_all() -> None:
    for item in UsersItem.scan():
        if isinstance(item, Session):
            item.delete()


def test_expired_session_in_an_htmx_call_leads_to_sign_in_and_back(browser_page: Any) -> None:
    teller = a_teller()
    a_customer(name="Zora Example")
    sign_in(browser_page, teller.email)
    browser_page.goto("/customers")
    end_all()
    browser_page.get_by_label("Name begins with").fill("zor")
    browser_page.get_by_role("button", name="Apply").click()
    browser_page.wait_for_url("**/login?next=**")
    assert browser_page.locator("table").count() == 0
    browser_page.get_by_label("E-mail address").fill(teller.email)
    browser_page.get_by_label("Password").fill(PASSWORD)
    browser_page.get_by_role("button", name="Sign in").click()
    browser_page.wait_for_url("**/customers")
    assert browser_page.get_by_role("link", name="Zora Example").is_visible()


def test_people_pages_break_no_content_security_policy(browser_page: Any) -> None:
    said: list[str] = []
    browser_page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    admin, customer = an_admin(), a_customer(name="<img src=x onerror=alert(1)>")
    for path in ("/login", "/register", "/password/reset"):
        browser_page.goto(path)
    sign_in(browser_page, admin.email)
    for path in ("/people", "/people/new", "/customers", f"/people/{customer.user_id}", "/password/change"):
        browser_page.goto(path)
    assert said == []


def test_register_sign_in_and_sign_out_with_the_keyboard(browser_page: Any) -> None:
    page = browser_page
    page.goto("/register")
    page.get_by_label("Full name").focus()
    words = ["Kay Board", "kay@people.example", "02031990", "+1 212 555 0100", "1 Main Street", "6789"]
    for typed in [*words[:2], words[2]]:
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.get_by_label("Phone").focus()
    for typed in [*words[3:], PASSWORD, PASSWORD]:
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.get_by_label("I have read the privacy notice").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")
    assert page.get_by_text("Thank you. Your registration was received").is_visible()
    page.get_by_label("E-mail address").focus()
    page.keyboard.type("kay@people.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
    page.get_by_text("Kay Board").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    page.goto("/dashboard")
    assert "/login?next=/dashboard" in page.url
