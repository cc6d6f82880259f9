"""The analyst's day by keyboard alone, and two analysts in two browsers."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.testing import an_analyst, signed_in
from cloudbank.testing import axe_source
from monitoring.models import Alert
from monitoring.queries.alerts import get_alert
from monitoring.tests.conftest import OVER, Screened

pytestmark = pytest.mark.browser


def enter(context: Any, server: str, who: User) -> None:
    """Sign a browser in."""
    cookie = signed_in(Client(), who).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])


@pytest.fixture
def page(browser_page: Any, server: str, screened: Screened) -> Any:
    """The analyst's browser, and two alerts in the queue."""
    enter(browser_page.context, server, screened.analyst)
    screened.cash_in(OVER)
    screened.cash_in(OVER, screened.theirs)
    return browser_page


def stored(alert: Alert) -> Alert:
    found = get_alert(alert.alert_id)
    assert found is not None
    return found


def focused(page: Any) -> str:
    """The row's link that has the focus, or what else has it."""
    return str(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.name || ''"))


def test_the_queue_by_keyboard(page: Any, screened: Screened) -> None:
    first, second = screened.alerts(status="open")
    page.goto("/alerts")
    page.keyboard.press("j")
    assert focused(page).endswith(first.alert_id)
    page.keyboard.press("j")
    assert focused(page).endswith(second.alert_id)
    page.keyboard.press("k")
    page.keyboard.press("x")
    assert page.locator("[data-tick]").nth(0).is_checked() and not page.locator("[data-tick]").nth(1).is_checked()
    page.keyboard.press("x")
    assert not page.locator("[data-tick]").nth(0).is_checked()
    page.keyboard.press("a")
    page.get_by_text("Assigned to you.").wait_for()
    assert stored(first).assignee_id == screened.analyst.user_id and not stored(second).assignee_id
    page.goto("/alerts")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/alerts/{first.alert_id}")


def test_escalating_from_the_queue_asks_for_the_title_first(page: Any, screened: Screened) -> None:
    page.goto("/alerts")
    for key in ("j", "x", "j", "x", "e"):
        page.keyboard.press(key)
    assert focused(page) == "reason"
    page.keyboard.type("jxa e: two branches")
    assert page.locator("[name=reason]").input_value() == "jxa e: two branches", "while typing no key is heard"
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.get_by_text("Escalated into a case.").first.wait_for()
    assert len({one.case_id for one in screened.alerts()}) == 1


def test_an_alert_by_keyboard_and_on_to_the_next(page: Any, screened: Screened) -> None:
    first, second = screened.alerts(status="open")
    page.goto("/alerts")
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.wait_for_url(f"**/alerts/{first.alert_id}#decide")
    page.keyboard.press("d")
    assert focused(page) == "reason_code"
    page.select_option("[name=reason_code]", "reportable")
    page.keyboard.press("Tab")
    page.focus("[name=note]")
    page.keyboard.type("Report filed. a d e j")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Closed as confirmed").first.wait_for()
    assert stored(first).note == "Report filed. a d e j"
    page.goto(f"/alerts/{second.alert_id}")
    page.keyboard.press("e")
    assert focused(page) == "title"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.wait_for_url("**/alerts")


def test_the_overview_opens_closes_and_switches_single_keys_off(page: Any) -> None:
    page.goto("/alerts")
    page.keyboard.press("?")
    assert page.locator("dialog.keys").is_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null"), "the focus is in it"
    page.evaluate(axe_source())
    found = page.evaluate("axe.run().then(result => result.violations)")
    assert not [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    assert not page.locator("dialog.keys").is_visible()
    page.keyboard.press("j")
    assert focused(page) == "", "off"
    page.reload()
    page.keyboard.press("j")
    assert focused(page) == "", "and off stays off"
    page.keyboard.press("?")
    page.check("#keys-on")
    page.locator("[data-keys-close]").click()
    page.keyboard.press("j")
    assert "/alerts/" in focused(page)


def test_the_slash_leads_to_the_filters(page: Any) -> None:
    page.goto("/alerts")
    page.keyboard.press("/")
    assert focused(page) == "status" and page.locator(".filters-box").evaluate("box => box.open")
    page.keyboard.press("j")
    assert focused(page) == "status", "a key in a field is a letter"


def test_two_analysts_open_one_alert_and_one_takes_it_over(page: Any, server: str, screened: Screened) -> None:
    alert = screened.alerts(status="open")[0]
    bob = an_analyst(name="Bob Brown")
    context = page.context.browser.new_context(base_url=server)
    try:
        enter(context, server, bob)
        other = context.new_page()
        page.goto(f"/alerts/{alert.alert_id}")
        page.wait_for_timeout(500)
        assert stored(alert).lease_by == screened.analyst.user_id, "opening it to work claims it"
        other.goto(f"/alerts/{alert.alert_id}")
        other.get_by_text("Ana Analyst has been working on this alert since").wait_for()
        other.keyboard.press("a")
        other.keyboard.type("urgent, Ana is out")
        other.keyboard.press("Control+Enter")
        other.get_by_text("This alert is yours now.").wait_for()
        page.fill("[name=note]", "my long note")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.get_by_text("Bob Brown took this alert over (urgent, Ana is out) at").wait_for(timeout=5_000)
        assert page.locator("[name=note]").input_value() == "my long note", "nothing typed is lost"
        page.select_option("[name=reason_code]", "reportable")
        page.get_by_role("button", name="Close", exact=True).click()
        page.get_by_text("Nothing of yours was changed.").wait_for()
        assert stored(alert).is_open
    finally:
        context.close()
