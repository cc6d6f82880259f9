"""The pages of statement files and payrolls in a real browser: they fit, pass axe, and a double click pays once."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.services.deposits import freeze_account
from accounts.testing import a_customer, a_manager, a_teller, signed_in
from accounts.tests.conftest import TELLER
from accounts.tests.makers import an_account, balance
from accounts.tests.statement_makers import Row, camt
from accounts.tests.test_import_statement import ROWS
from accounts.tests.test_payroll import Firm
from cloudbank.clock import utcnow
from cloudbank.testing import axe_source

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]


class Visit:
    """One person's browser; collects what the console complains of."""

    def __init__(self, page: Any, server: str, person: User) -> None:
        self.page, self.complaints = page, list[str]()
        cookie = signed_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def sound(self) -> None:
        """The page fits 1280 and 375 pixels and axe finds nothing."""
        for width in (375, 1280):
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (self.page.url, width)
        self.page.evaluate(axe_source())
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]] == [], self.page.url
        assert self.complaints == []

    def choose(self, folder: Path, name: str, content: bytes) -> None:
        """Put a file into the form."""
        (folder / name).write_bytes(content)
        self.page.set_input_files("[name=file]", str(folder / name))


def test_a_statement_from_file_to_result(browser_page: Any, server: str, tmp_path: Path) -> None:
    euros, mary = an_account(a_customer(), currency="EUR"), a_manager()
    visit = Visit(browser_page, server, a_teller())
    second = Visit(browser_page.context.browser.new_context(base_url=server).new_page(), server, mary)
    page = visit.page
    for name, content, button in [
        ("january.xml", camt(ROWS, 0), "Ask to post 3 entries"),
        (
            "february.xml",
            camt([Row(1, ref="R2"), Row(7, ref="R7"), Row(1, ref="R8", status="PDNG")], 0),
            "Ask to post 1 entry",
        ),
    ]:
        page.goto("/statement-files/new")
        if name == "january.xml":
            page.fill("[name=account]", euros.account_id)
        visit.choose(tmp_path, name, content)
        visit.sound()
        page.get_by_role("button", name="Read the file").click()
        page.get_by_text("The statement foots").wait_for()
        visit.sound()
        page.get_by_role("button", name=button).dblclick()
        page.get_by_text("You asked for this, so another person decides").wait_for()
        visit.sound()
        second.page.goto(page.url)
        second.page.get_by_role("link", name="Open the file").click()
        second.page.get_by_text("Waits for a second person").wait_for()
        second.sound()
        second.page.get_by_role("link", name="Open the request").click()
        second.page.get_by_role("button", name="Approve").dblclick()
        second.page.get_by_text("Its entries are being posted").wait_for()
        second.page.get_by_role("link", name="See it").click()
        second.page.get_by_text("by this import").wait_for()
        second.sound()
    page.goto("/statement-files")
    visit.sound()
    assert balance(euros) == 167_951 + 7


def test_a_payroll_from_file_to_result(browser_page: Any, server: str, tmp_path: Path) -> None:
    firm = Firm()
    visit = Visit(browser_page, server, firm.owner)
    page = visit.page
    page.goto("/payroll")
    visit.sound()
    page.goto("/payroll/new")
    extra = f"Typo Person,1234567890123456,5,\nAnna Able,{firm.payees[0].account_id},1000,\n"
    visit.choose(tmp_path, "november.csv", firm.file(extra=extra))
    visit.sound()
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Is everything right?").wait_for()
    visit.sound()
    freeze_account(account_id=firm.payees[2].account_id, reason="x", actor=TELLER, now=utcnow())
    page.get_by_role("button", name="Pay 2,234.50 USD").dblclick()
    page.get_by_text("could not be credited").wait_for()
    visit.sound()
    assert firm.balances() == [500_000 - 223_450 + 3_050, 200_000, 20_000, 0, 400]
