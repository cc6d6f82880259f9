"""A request about one's own data, as people work it: asked, checked, packed, answered, fetched. And on a phone."""

import os
import zipfile
from typing import Any

import pytest

from accounts.testing import PASSWORD, a_customer, an_officer
from compliance.privacy import queries
from compliance.testing import an_account_of, cash_in

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")
"""A folder for pictures of the pages, to be looked at."""


def signed_in_as(page: Any, email: str) -> None:
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")


def looked_at(page: Any, path: str) -> None:
    """The page fits a phone; with SHOTS set, pictures of it."""
    for width in (1280, 375) if SHOTS else (375,):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{path.strip('/').replace('/', '_')[:60]}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_customer_gets_a_copy_of_the_data(browser_page: Any) -> None:
    page, customer, officer = browser_page, a_customer(address="1 Main St"), an_officer()
    cash_in(an_account_of(customer), 250_000)
    signed_in_as(page, customer.email)
    page.goto("/compliance")
    page.get_by_label("A copy of my data").check()
    page.get_by_role("button", name="Send the request").click()
    page.get_by_text("We have your request").wait_for()
    (item,) = queries.requests_of(customer.user_id)
    path = f"/compliance/privacy/{item.user_id}"
    signed_in_as(page, officer.email)
    page.goto("/compliance/privacy/desk")
    page.get_by_role("link", name="A copy of my data").click()
    page.get_by_label("How did you make sure who asks?").fill("Passport at the counter")
    page.get_by_role("button", name="Identity is checked").click()
    page.get_by_role("button", name="Make the package").click()
    page.get_by_role("button", name="ZIP to hand out").wait_for()
    page.get_by_label("Answer", exact=False).last.fill("Your copy is ready on this page.")
    page.get_by_role("button", name="Answer the customer").click()
    page.get_by_text("The answer is sent").wait_for()
    for one in (path, "/compliance/privacy/desk", "/compliance/breaches/new", "/compliance/processing",
                "/compliance/audit", f"/compliance/audit/chains?subject={customer.user_id}"):  # fmt: skip
        looked_at(page, one)
    signed_in_as(page, customer.email)
    page.goto("/compliance")
    with page.expect_download() as fetched:
        page.get_by_role("button", name="My data as ZIP").click()
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Download the ZIP").click()
    with zipfile.ZipFile(fetched.value.path()) as archive:
        assert "1 Main St" in archive.read("person.csv").decode()
        assert "2500.00" in archive.read("movements.csv").decode()
    if SHOTS:
        with page.expect_download() as paper:
            page.goto("/compliance")
            page.get_by_role("button", name="My data as PDF").click()
            page.get_by_label("Your password").fill(PASSWORD)
            page.get_by_role("button", name="Download the PDF").click()
        paper.value.save_as(f"{SHOTS}/package.pdf")
