"""The inbox and a decision in a real browser over a real server: mouse, keyboard, phone, axe, strict CSP."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.ledger import CASH, Instruction
from accounts.models import DepositAccount, User
from accounts.services.counter import hand_in
from accounts.services.deposits import freeze_account
from accounts.services.releasing import ask_release
from accounts.testing import a_customer, a_manager, a_teller, an_analyst, an_officer, signed_in
from accounts.tests.makers import actor, an_account, balance, fresh
from cloudbank import approvals
from cloudbank.approvals import Approval
from cloudbank.clock import utcnow
from cloudbank.testing import axe_source

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")
"""A folder for photographs of the pages, when somebody wants to look at them."""


@pytest.fixture
def own(server: str) -> DepositAccount:
    return an_account(a_customer(), 10_000_000)


@pytest.fixture
def cash(own: DepositAccount) -> Approval:
    tom = a_teller()
    asked = Instruction(
        type="deposit", key="k", amount=4_250_000, currency="USD", debit=CASH, credit=own.account_id,
        channel="branch", branch="main", actor=actor(tom), memo="Sale of a car",
    )  # fmt: skip
    item = hand_in(instruction=asked, reason="Sold her car; I saw the contract of sale.", name=tom.name, now=utcnow())
    assert isinstance(item, Approval)
    return item


@pytest.fixture
def release(server: str) -> Approval:
    ana, account = an_analyst(), an_account(a_customer(name="Nadia Novak"), 125_000)
    freeze_account(account_id=account.account_id, reason="Suspected structuring", actor=actor(ana), now=utcnow())
    return ask_release(
        account_id=account.account_id, reason="The deposits are her shop's takings; receipts are on file.", key="k",
        actor=actor(ana), name=ana.name, now=utcnow(),
    )  # fmt: skip


def as_(page: Any, user: User, server: str) -> Any:
    cookie = signed_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
    return page


def test_a_manager_finds_the_request_from_the_bar_reads_it_and_approves_with_a_double_click(
    browser_page: Any, server: str, own: DepositAccount, cash: Approval
) -> None:
    page = as_(browser_page, a_manager(), server)
    page.goto("/dashboard")
    page.get_by_role("link", name="Approvals 1 to decide").click()
    page.get_by_role("link", name="Take in 42,500.00 USD in cash").click()
    page.get_by_text("142,500.00 USD").wait_for()
    page.get_by_label("Note").fill("Contract seen")
    page.get_by_role("button", name="Approve").dblclick()
    page.get_by_text("Approved by Mary Manager", exact=True).wait_for()
    assert balance(own) == 14_250_000
    assert page.locator(".bar-count").count() == 0
    page.get_by_role("link", name="See it").click()
    page.get_by_text("Deposit posted").wait_for()
    assert page.get_by_text("Mary Manager").count() >= 1


def test_a_rejection_works_with_the_keyboard_alone_and_asks_for_its_reason(
    browser_page: Any, server: str, release: Approval
) -> None:
    page = as_(browser_page, an_officer(), server)
    page.goto(f"/approvals/{release.approval_id}")
    page.get_by_role("button", name="Reject").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Say why; the person who asked reads it.").first.wait_for()
    page.get_by_label("Note").focus()
    page.keyboard.type("Two deposits have no receipt.")
    page.get_by_role("button", name="Reject").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Rejected by Oscar Officer", exact=True).wait_for()
    assert fresh_state(release) == "rejected"
    assert fresh_account(release).status == "frozen"


def fresh_state(item: Approval) -> str:
    found = approvals.find(item.approval_id)
    assert found is not None
    return str(found.state)


def fresh_account(item: Approval) -> DepositAccount:
    account = DepositAccount(account_id=item.content["account_id"])
    return fresh(account)


@pytest.mark.parametrize("width", [1280, 375, 320])
def test_pages_fit_their_screen_pass_axe_and_break_no_policy(
    browser_page: Any, server: str, cash: Approval, release: Approval, width: int
) -> None:
    complaints: list[str] = []
    page = as_(browser_page, an_officer(), server)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": width, "height": 900})
    addresses = {
        "inbox": "/approvals",
        "request": f"/approvals/{release.approval_id}",
        "thresholds": "/compliance/thresholds",
        "threshold": "/compliance/thresholds/limit.teller_cash",
    }
    for name, address in addresses.items():
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
        page.evaluate(axe_source())
        found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        assert [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]] == [], address
    assert complaints == []
