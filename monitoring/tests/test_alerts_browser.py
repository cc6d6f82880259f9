"""The queue and an alert in a real browser: live within a second, nothing moves by itself, axe finds nothing serious."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.queries.deposits import account
from accounts.testing import signed_in
from cloudbank.clock import utcnow
from cloudbank.testing import axe_source
from monitoring.services.cases import escalate
from monitoring.tests.conftest import OVER, Screened

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser_page: Any, server: str, screened: Screened) -> Any:
    """The analyst's browser."""
    cookie = signed_in(Client(), screened.analyst).cookies[settings.SESSION_COOKIE_NAME].value
    browser_page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
    return browser_page


def critical(page: Any) -> str:
    """What the tile of critical alerts says."""
    return str(page.locator("#queue-tiles .stat-value").first.inner_text()).strip()


def test_a_new_alert_comes_in_by_itself(page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    page.goto("/alerts")
    assert page.locator("tbody tr").count() == 1 and critical(page) == "1"
    page.wait_for_timeout(800)  # the page is quiet
    steps = page.evaluate("history.length")
    assert page.locator(".row-new").count() == 0
    screened.cash_in(OVER, screened.theirs)
    page.locator("tbody tr").nth(1).wait_for()
    assert page.locator("tr.row-new").count() == 1, "only what is new is lit"
    assert page.evaluate("history.length") == steps, "the way back is not filled with the same page"
    page.wait_for_function("document.querySelector('#queue-tiles .stat-value').textContent.trim() === '2'")
    page.wait_for_timeout(900)
    assert page.locator(".live-bar").is_hidden(), "what is shown is not news any more"


def test_rows_stay_where_they_are_under_the_pointer(page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    page.goto("/alerts")
    page.locator("tbody tr").hover()
    before = page.locator("tbody tr").bounding_box()
    page.wait_for_timeout(500)
    screened.cash_in(OVER, screened.theirs)
    page.locator(".live-bar").wait_for(state="visible")
    assert page.locator(".live-bar").inner_text().startswith("1 new alert")
    page.wait_for_timeout(2_000)
    assert page.locator("tbody tr").count() == 1, "rows do not move under the cursor"
    assert page.locator("tbody tr").bounding_box() == before, "nor does the bar push them down"
    assert critical(page) == "2", "the tiles tell at once"
    page.mouse.move(5, 5)
    page.locator("tbody tr").nth(1).wait_for()


def test_ticked_rows_wait_for_the_person(page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    page.goto("/alerts")
    page.locator("[data-tick]").check()
    page.mouse.move(5, 5)
    screened.cash_in(OVER, screened.theirs)
    page.locator(".live-bar").wait_for(state="visible")
    page.wait_for_timeout(2_000)
    assert page.locator("tbody tr").count() == 1 and page.locator("[data-tick]").is_checked()
    page.locator(".live-bar").click()
    page.locator("tbody tr").nth(1).wait_for()


def test_a_later_page_of_the_queue_only_tells(page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    page.goto("/alerts")
    assert page.locator("[data-live-auto]").count() == 1
    assert "data-live-auto" not in screened.client().get("/alerts?cursor=x").content.decode()


def test_the_dashboard_hears_of_it_as_well(page: Any, screened: Screened) -> None:
    page.goto("/dashboard")
    page.get_by_text("Open alerts").wait_for()
    page.wait_for_timeout(900)
    screened.cash_in(OVER)
    page.locator(".live-bar").wait_for(state="visible")


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
    page.select_option("[name=reason_code]", "reportable")
    page.fill("[name=note]", "Report to be filed.")
    page.get_by_role("button", name="Close, open next").click()
    page.wait_for_url("**/alerts")
    page.get_by_text("Closed as confirmed (reportable cash (CTR)).").wait_for()
    assert screened.alerts(status="open") == []


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_fit_and_axe_finds_nothing_serious(width: int, page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    (alert,) = screened.alerts()
    screened.cash_in(OVER, screened.theirs)
    (other,) = [one for one in screened.alerts() if one.alert_id != alert.alert_id]
    seen = [(other.alert_id, other.revision)]
    case = escalate(alerts=seen, title="Cash", reason="x", key="k", actor=screened.actor(), now=utcnow())
    page.set_viewport_size({"width": width, "height": 900})
    paths = ("/alerts", f"/alerts/{alert.alert_id}", "/analytics", "/movements", "/rules", "/snoozes", "/cases")
    for path in (*paths, f"/cases/{case.case_id}", f"/alerts/{other.alert_id}"):
        page.goto(path)
        page.wait_for_timeout(300)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        page.evaluate(axe_source())
        found = page.evaluate("axe.run().then(result => result.violations)")
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not serious, (path, [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in serious])


def test_on_a_phone_the_tick_does_not_lie_on_the_title(page: Any, screened: Screened) -> None:
    screened.cash_in(OVER)
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto("/alerts")
    tick = page.locator("td.col-tick").bounding_box()
    title = page.evaluate("""() => {
        const range = document.createRange();
        range.selectNodeContents(document.querySelector("tbody td.col-main"));
        return Math.max(...[...range.getClientRects()].map((box) => box.right));
    }""")
    room = page.locator("tbody td.col-main").evaluate("cell => parseFloat(getComputedStyle(cell).paddingRight)")
    assert title <= tick["x"] and room >= tick["width"], "however long the title is"
