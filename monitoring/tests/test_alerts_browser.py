"""The queue and an alert in a real browser: live within a second, nothing moves by itself, axe finds nothing serious."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.queries.deposits import account
from accounts.testing import signed_in
from cloudbank.testing import axe_source
from monitoring.tests.conftest import OVER, Screened

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser_page: Any, server: str, screened: Screened) -> Any:
    """The analyst's browser."""
    cookie = signed_in(Client(), screened.analyst).cookies[settings.SESSION_COOKIE_NAME].value
    browser_page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
    return browser_page


def test_a_new_alert_is_announced_within_a_second_and_shown_on_demand(page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    page.goto("/alerts")
    assert page.locator("tbody tr").count() == 1
    page.wait_for_timeout(800)  # the page is quiet
    assert page.locator(".live-bar").is_hidden()
    screened.cash_in(OVER, screened.theirs)
    posted = time.monotonic()
    page.locator(".live-bar").wait_for(state="visible", timeout=3_000)
    assert time.monotonic() - posted < 1.0
    assert page.locator(".live-bar").inner_text().startswith("1 new alert")
    assert page.locator("tbody tr").count() == 1, "rows do not move under the cursor"
    page.locator(".live-bar").click()
    page.locator("tbody tr").nth(1).wait_for()
    page.wait_for_timeout(900)
    assert page.locator(".live-bar").is_hidden(), "what is shown is not news any more"
    screened.cash_in(1_000)
    page.locator(".live-bar").wait_for(state="visible", timeout=3_000)


def test_the_dashboard_hears_of_it_as_well(page: Any, screened: Screened) -> None:
    page.goto("/dashboard")
    page.get_by_text("Open alerts").wait_for()
    page.wait_for_timeout(900)
    screened.cash_in(OVER)
    page.locator(".live-bar").wait_for(state="visible", timeout=3_000)


def test_judging_an_alert_by_hand(page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    page.goto("/alerts")
    page.get_by_role("link", name="Cash above the reporting limit").click()
    page.get_by_text("a currency transaction report is due").first.wait_for()
    page.get_by_role("button", name="Assign to me").click()
    page.get_by_text("This alert is yours now.").wait_for()
    page.locator("details.freeze summary").click()
    page.fill("details.freeze [name=reason]", "cash of unknown origin")
    page.locator("details.freeze button[value=freeze]").click()
    page.get_by_text("is frozen. Another person must release it.").wait_for()
    held = account(screened.account)
    assert held is not None and held.status == "frozen"
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_text("things need your attention").wait_for()
    page.select_option("[name=outcome]", "confirmed")
    page.fill("[name=note]", "Report to be filed.")
    page.get_by_role("button", name="Close, open next").click()
    page.wait_for_url("**/alerts")
    page.get_by_text("Closed as confirmed.").wait_for()
    assert screened.alerts(status="open") == []


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_fit_and_axe_finds_nothing_serious(width: int, page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    (alert,) = screened.alerts()
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/alerts", f"/alerts/{alert.alert_id}", "/analytics", "/movements", "/rules"):
        page.goto(path)
        page.wait_for_timeout(300)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        page.evaluate(axe_source())
        found = page.evaluate("axe.run().then(result => result.violations)")
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not serious, (path, [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in serious])
