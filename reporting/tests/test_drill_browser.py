"""From a figure to its arithmetic, its rows and the movements, by keyboard; the pages fit and pass axe."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.testing import a_manager, signed_in
from accounts.totals import DayTotals
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.quarters import quarter_of
from reporting.tests.test_reports_browser import days as days
from reporting.tests.test_reports_browser import sound

pytestmark = pytest.mark.browser


def test_a_share_leads_to_its_parts_and_they_to_the_days(browser_page: Any, server: str, days: list[DayTotals]) -> None:
    page, quarter = browser_page, quarter_of(business_date(utcnow())).previous()
    cookie = signed_in(Client(), a_manager()).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
    page.goto(f"/reports?period={quarter.label}&metrics=transactions")
    page.locator(f'a[href="/reports/{quarter.label}/rows/transactions/suspicious-share"]').first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Suspicious share", exact=True).wait_for()
    sound(page)
    page.get_by_role("link", name="Suspicious transactions", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Suspicious transactions", exact=True).wait_for()
    sound(page)
    page.locator('a[href*="/movements?day="]').first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Movements", exact=True).wait_for()
    page.goto(f"/reports/postings?first={quarter.first}&last={quarter.last}")
    page.get_by_role("heading", name="Export postings", exact=True).wait_for()
    sound(page)
