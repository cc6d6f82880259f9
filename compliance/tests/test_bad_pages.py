"""Every form that an officer's page shows, sent with what cannot be right: an error on the page, nothing lost, no harm."""

import html
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import resolve

from accounts.models import User
from accounts.queries.deposits import accounts_of
from accounts.testing import a_customer, an_officer, signed_in
from accounts.tests.test_policy import methods, patterns
from cloudbank import store, throttle
from cloudbank.clock import utcnow
from cloudbank.tables import TransactionsItem
from compliance.filings.batching import make_batch
from compliance.filings.models import CashReport
from compliance.filings.testing import agreed, cash, reviewed, the_way_to_filed
from compliance.privacy import breaches
from compliance.services.actions import move_action
from compliance.testing import actor, an_account_of, an_action, today
from compliance.tests.bad_input import Forms, Seen
from compliance.tests.kyc_makers import PLAIN, a_paper, a_pending_customer, declared
from compliance.tests.ofac_makers import ofac_pages
from compliance.tests.record_makers import one_of_each
from compliance.tests.request_314a_makers import persons, received, searched
from compliance.tests.test_breaches import facts
from compliance.tests.test_bsa_xml import bank_is_known
from compliance.tests.test_filings import exempted, noon, old_customer, sealed_and_drafted
from monitoring.models import WORKLIST, Alert
from monitoring.services.cases import escalate

pytestmark = pytest.mark.usefixtures("bank")
HOSTILE = '"><script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}'
BAD = {
    "hostile": (HOSTILE, "9999-12-31", "-5", ""),
    "over-long": ("9" * 25_000, "0001-01-01", "9" * 30, "made-up-choice"),
}
"""Words, a day, a number, a choice ("" for the first that is offered)."""
LISTS_OWN = {
    "compliance/314a", "compliance/actions", "compliance/audit", "compliance/breaches", "compliance/controls/<slug:code>",
    "compliance/exemptions", "compliance/filings", "compliance/filings/blocked", "compliance/filings/batches", "compliance/kyc",
    "compliance/privacy/desk", "compliance/processing", "compliance/records/accounts", "compliance/records/jobs",
    "compliance/thresholds",
}  # fmt: skip
"""Lists post their bulk actions and saved views: tested with the house's lists (cloudbank/tests/test_lists.py)."""
ELSEWHERE = {
    "compliance/filings/<slug:filing_id>/ofac", "compliance/filings/batches/<slug:batch_id>", "compliance/filings/of-case/<slug:case_id>", "compliance/papers",
    "compliance/privacy",
}  # fmt: skip
NOTHING_TYPED = {
    "compliance/filings/draft", "compliance/privacy/<slug:request_id>/files/<slug:code>", "compliance/kyc/<str:user_id>/owners/remove",
    "evidence/<slug:action_id>",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _as_often_as_one_likes(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}
    monkeypatch.setattr(throttle, "count", lambda counts, now: None)


def work(officer: User) -> list[str]:
    """Pages of a bank in which each kind of record shows its forms."""
    known = one_of_each(officer)
    breach = breaches.note_breach(facts=facts(), aware_at=utcnow(), key="k", actor=actor(officer), now=utcnow())
    begun = an_action(officer)
    move_action(
        action_id=begun.transaction_id, step="start", note="", version=begun.version, actor=actor(officer), now=utcnow()
    )
    spared, new, rated = old_customer(), a_pending_customer(), a_customer(segment="business")
    due = a_customer(kyc_review_on=today().isoformat())
    exempted(spared)
    a_paper(new, officer)
    declared(rated, officer)
    declared(due, officer, replace(PLAIN, occupation="cash_intensive", product="cash", turnover=9_000_000))
    account = accounts_of(known["customers"])[0].account_id
    request = searched(received(officer, persons(f"1,{spared.name},,,,,,,")), officer)
    return [
        "/compliance/314a/new", f"/compliance/314a/{request.request_id}",
        "/compliance/actions/new", f"/compliance/actions/{known['actions']}",
        f"/compliance/actions/{known['actions']}/edit", "/compliance/breaches/new",
        f"/compliance/breaches/{breach.transaction_id}", "/compliance/controls/kyc-reviews/waiver",
        "/compliance/exemptions/new", f"/compliance/exemptions/{spared.user_id}",
        f"/compliance/filings/{known['filings']}", f"/compliance/filings/{known['filings']}/edit",
        f"/compliance/holds/{known['customers']}",
        f"/compliance/joint-holders?account={account}", f"/compliance/kyc/{new.user_id}",
        f"/compliance/kyc/{rated.user_id}", f"/compliance/kyc/{due.user_id}", f"/compliance/actions/{begun.transaction_id}", f"/compliance/kyc/{known['kyc']}", f"/compliance/kyc/{new.user_id}/papers",
        f"/compliance/privacy/{known['privacy']}", "/compliance/prudential/figures",
        f"/compliance/thresholds/{known['thresholds']}", "/lists/new", f"/lists/{known['list-entries']}", "/lists/clear",
        f"/alerts/{known['alerts']}", f"/cases/{known['cases']}",
    ]  # fmt: skip


def cash_reports(officer: User) -> list[str]:
    """The pages of cash reports in each state, and of a file of two."""
    bank_is_known()
    drafts = sealed_drafts(5)
    second = an_officer()
    for item in drafts[1:4]:
        agreed(reviewed(item, officer), second)
    together = make_batch(filing_ids=[one.filing_id for one in drafts[1:3]], actor=actor(officer), now=utcnow())
    the_way_to_filed(drafts[4], officer, second)
    filings = [f"/compliance/filings/{drafts[place].filing_id}" for place in (0, 3, 4)]
    case = case_of_an_alert(officer)
    return [*filings, f"/compliance/filings/batches/{together.batch_id}", f"/compliance/filings/of-case/{case}"]


def case_of_an_alert(officer: User) -> str:
    """A case on which nobody has begun a report."""
    keys = [key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST, limit=1)]
    (alert,) = [one for one in store.load(TransactionsItem, keys).values() if isinstance(one, Alert)]
    case = escalate(
        alerts=[(alert.alert_id, alert.revision)], title="Cash", reason="No trade is known.", key="c",
        actor=actor(officer), now=utcnow(),
    )  # fmt: skip
    return str(case.case_id)


def sealed_drafts(number: int) -> list[CashReport]:
    """So many drafted cash reports."""
    for place in range(number):
        cash(an_account_of(a_customer(), now=noon(1)), 1_100_000 + place, noon(1))
    return sealed_and_drafted()


def forms_on(client: Client, path: str) -> list[tuple[str, Seen]]:
    """The forms of a page in which people type, each with its address."""
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code)
    found = [(urljoin(path, one.action or path), one) for one in Forms(page.content.decode()).found]
    return [(where, one) for where, one in found if one.typed and not one.is_bulk and "view_name" not in one.typed]


def problem_with(client: Client, where: str, form: Seen, bad: tuple[str, str, str, str]) -> str:
    """What is wrong with the answers to a form that is sent with what cannot be right; "" when nothing is."""
    for data in islice(form.filled(*bad), 2):
        answer = client.post(where, data)
        if answer.status_code != 422:
            return f"{where} answers {answer.status_code} to {sorted(form.typed)}"
        page = answer.content.decode()
        if "<script>alert(1)" in page:
            return f"{where} runs what was typed"
        words = {name for name, kind in form.typed.items() if kind in ("text", "area")}
        if words and html.escape(bad[0]) not in page:
            return f"{where} loses what was typed"
        if "invalid-feedback" not in page and 'role="alert"' not in page:
            return f"{where} says no error"
    return ""


def walk(paths: list[str], client: Client, how: str) -> set[str]:
    """Every form of these pages is sent; the routes that took one. Fails when an answer is not as it should be."""
    everywhere = [one for path in paths for one in forms_on(client, path)]
    alike = {(resolve(where.partition("?")[0]).route, *sorted(form.typed)): (where, form) for where, form in everywhere}
    found = list(alike.values())
    wrong = {where: said for where, form in found if (said := problem_with(client, where, form, BAD[how]))}
    assert wrong == {}
    return {resolve(where.partition("?")[0]).route for where, _ in found}


@pytest.mark.parametrize("how", BAD)
def test_every_form_of_an_officer_says_what_is_wrong_and_keeps_what_was_typed(how: str) -> None:
    officer = an_officer()
    client = signed_in(Client(raise_request_exception=False), officer)
    sent = walk(work(officer), client, how)
    there = {
        route
        for route, pattern in patterns()
        if "POST" in methods(pattern) and route.startswith(("compliance/", "evidence/"))
    }
    assert there - sent == LISTS_OWN | NOTHING_TYPED | ELSEWHERE, "a form that no page above shows"


@pytest.mark.parametrize("how", BAD)
def test_so_does_every_form_of_a_cash_report_in_each_state_and_of_a_customer(how: str) -> None:
    officer = an_officer()
    client = signed_in(Client(raise_request_exception=False), officer)
    sent = walk(cash_reports(officer), client, how)
    sent |= walk(ofac_pages(), client, how)
    client = signed_in(Client(raise_request_exception=False), a_customer())
    sent |= walk(["/compliance", "/compliance/papers"], client, how)
    assert sent >= ELSEWHERE
