"""The officers' desk in real browsers: from a control that drifts to a score that recovers."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from accounts.testing import PASSWORD, a_customer, a_manager, an_officer
from cloudbank.clock import utcnow
from compliance.services.reviews import complete_review
from compliance.services.snapshots import look_at_controls, snapshot_controls
from compliance.testing import actor, days_ago, filed, today
from compliance.tests.test_watching import kept_day

EVIDENCE = {"name": "Review file.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 the review, signed"}


@pytest.fixture
def desk(browser: Any, fresh_server: str) -> Iterator[Callable[[User], Any]]:
    """Signs a person in with a browser of their own."""
    contexts = []

    def signed(person: User) -> Any:
        context = browser.new_context(base_url=fresh_server, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.goto("/login")
        page.fill("[name=username]", person.email)
        page.fill("[name=password]", PASSWORD)
        page.click("main form button.btn-primary")
        page.wait_for_url("**/dashboard")
        return page

    yield signed
    for context in contexts:
        context.close()


def score_of(page: Any) -> int:
    """The number in the ring."""
    page.goto("/compliance")
    return int(page.text_content(".score-number"))


def wait_for_score(page: Any, wanted: int) -> None:
    """The page of either worker shows it once the readings they keep are over."""
    until = time.monotonic() + 12
    while (found := score_of(page)) != wanted:
        assert time.monotonic() < until, found
        page.wait_for_timeout(300)


def text_with(page: Any, wanted: str) -> str:
    """The page's text, once the worker that answers has let go of the readings it kept from before."""
    until = time.monotonic() + 12
    while wanted not in (text := str(page.inner_text("main"))):
        assert time.monotonic() < until, text
        page.wait_for_timeout(300)
        page.reload()
    return text


@pytest.mark.browser
def test_from_a_drifting_control_to_a_score_that_recovers(desk: Callable[[User], Any]) -> None:
    oscar, olga, mary = an_officer(), an_officer(name="Olga Officer"), a_manager(name="Mary Manager")
    customer = filed(a_customer(name="Rita Review"), kyc_review_on=days_ago(4))
    for back in (3, 2, 1):
        kept_day(back, 4 - back)
    look_at_controls(now=utcnow())

    officer = desk(oscar)
    officer.goto("/compliance")
    text_with(officer, "You answer for 1 control beyond a threshold")
    before = score_of(officer)
    assert before < 100
    officer.click("[aria-labelledby=urgent-head] a[href='/compliance/controls/kyc-reviews'] >> nth=0")
    officer.wait_for_url("**/controls/kyc-reviews")
    text = text_with(officer, "Breached in about 27 days at the present trend")
    assert "Rita Review" in text and "1 review" in text

    officer.click("text=Open corrective action")
    officer.fill("[name=root_cause]", "The review calendar was not looked at during leave.")
    officer.fill("[name=plan]", "Review the customer; name a deputy.")
    officer.select_option("[name=owner_id]", mary.user_id)
    officer.click("main form button.btn-primary")
    officer.wait_for_url(re.compile("/compliance/actions/act_"))
    address = officer.url

    owner = desk(mary)
    owner.goto(address)
    owner.click("text=Start work")
    owner.wait_for_selector("text=In progress >> nth=0")
    owner.set_input_files("[name=file]", EVIDENCE)
    owner.click("text=Add the file")
    owner.wait_for_selector("a[download]:has-text('Review file.pdf')")
    complete_review(
        customer_id=customer.user_id, note="Papers and turnover looked at.", actor=actor(oscar), now=utcnow()
    )
    owner.fill("[id=note-ready]", "Reviewed; the file is attached.")
    owner.click("text=Mark ready for verification")
    owner.wait_for_selector("text=Marked ready for verification")
    assert owner.locator("text=Verify and close").count() == 0

    second = desk(olga)
    second.goto(address)
    assert "Review file.pdf" in second.inner_text("#evidence")
    second.fill("[id=note-close]", "The review is on file and signed.")
    second.click("button:has-text('Verify and close')")
    second.wait_for_selector("text=Verified and closed")

    wait_for_score(officer, 100)
    item, is_new = snapshot_controls(now=utcnow())
    assert is_new and item.readings["kyc-reviews"]["state"] == "ok"
    officer.goto(f"/compliance?day={today().isoformat()}")
    kept = officer.inner_text("main")
    assert "of 100" in kept and "100" in kept
    assert officer.locator("tr:has(a[href='/compliance/controls/kyc-reviews']) >> text=OK").count() == 1


def test_a_board_of_operations_that_cannot_be_had_anew_says_that_it_is_old(desk: Callable[[User], Any]) -> None:
    page = desk(a_manager())
    page.goto("/operations")
    notice, again = page.locator("[data-stale]"), "htmx.trigger('#operations', 'refresh')"
    assert not notice.is_visible()
    for answer in (lambda route: route.fulfill(status=503, body="no"), lambda route: route.abort()):
        page.route("**/operations", answer)
        page.evaluate(again)
        notice.wait_for(state="visible")
        assert "The bank does not answer" in notice.inner_text()
        page.unroute("**/operations")
        page.evaluate(again)
        notice.wait_for(state="hidden")
