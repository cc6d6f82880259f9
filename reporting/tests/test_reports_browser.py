"""The reports in a real browser: chosen by keyboard, built while the page stays, they fit and pass axe."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.testing import a_manager, signed_in
from accounts.totals import DayTotals
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.quarters import quarter_of
from cloudbank.testing import axe_source
from reporting.services import background
from reporting.tests.conftest import store_days
from reporting.tests.days import bank_days

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]


@pytest.fixture
def days(bank: Any, folder: Path) -> list[DayTotals]:
    """Six quarters of sealed days up to the last quarter's end, whatever day it is."""
    today = business_date(utcnow())
    made = bank_days(quarter_of(today).previous())
    store_days(made)
    return made


def sound(page: Any) -> None:
    """The page fits 1280 and 375 pixels and axe finds nothing."""
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, width)
        if os.environ.get("SHOTS"):
            name = page.url.rpartition("/")[2].partition("?")[0][:20]
            page.screenshot(path=f"{os.environ['SHOTS']}/{name}-{width}.png", full_page=True)
    page.evaluate(axe_source())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]] == [], page.url


def test_a_month_is_chosen_by_keyboard_built_and_found_again(
    browser_page: Any, server: str, days: list[DayTotals]
) -> None:
    page, complaints = browser_page, list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    cookie = signed_in(Client(), a_manager()).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
    page.goto("/reports")
    page.get_by_role("heading", name="Board quarter, quarterly report").wait_for()
    sound(page)
    month = bank_calendar().on_or_before(quarter_of(business_date(utcnow())).first - timedelta(days=1)).isoformat()[:7]
    page.get_by_label("Period", exact=True).focus()
    page.get_by_label("Period", exact=True).select_option(month)
    page.get_by_label("Pack", exact=True).select_option("deposits")
    page.get_by_label("Pack", exact=True).press("Tab")
    page.get_by_role("button", name="Show", exact=True).press("Enter")
    page.get_by_role("heading", name=f"Deposits, monthly report {month}").wait_for()
    page.get_by_role("button", name="Build").press("Enter")
    page.get_by_text("Built in").wait_for(timeout=60_000)
    background.settle()
    sound(page)
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("heading", name="Runs", exact=True).wait_for()
    sound(page)
    page.get_by_role("link", name="Reports", exact=True).last.click()
    page.get_by_role("link", name="Schedules").click()
    page.get_by_label("Name").fill("For the board")
    page.get_by_role("button", name="Make schedule").press("Enter")
    page.get_by_text("The schedule For the board is running").wait_for()
    sound(page)
    page.goto("/reports/verify")
    page.get_by_label("File").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": b"section,metric"})
    page.get_by_role("button", name="Verify").press("Enter")
    page.get_by_text("Unknown: no report of the archive").wait_for()
    sound(page)
    assert complaints == []
