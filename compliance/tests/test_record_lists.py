"""The lists of accounts and of job runs; what all lists of officers have."""

import importlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.queries.deposits import accounts_of
from accounts.services.deposits import freeze_account, open_account
from accounts.testing import a_customer, a_stranger, a_teller, an_admin, an_auditor, an_officer, signed_in
from cloudbank.clock import utcnow
from cloudbank.parameters import set_value
from cloudbank.testing import Requests
from compliance.queries import accounts as account_queries
from compliance.queries.job_runs import JOBS
from compliance.testing import actor, an_account_of, an_action, today
from compliance.tests.record_makers import a_run

pytestmark = pytest.mark.usefixtures("bank")
ACCOUNTS, RUNS = "/compliance/records/accounts", "/compliance/records/jobs"
LISTS = (
    "/alerts", "/approvals", "/cases", "/compliance/actions", "/compliance/audit", "/compliance/breaches",
    "/compliance/filings", "/compliance/kyc", "/compliance/privacy/desk", "/compliance/thresholds", "/customers",
    "/held-movements", "/lists", "/movements", ACCOUNTS, RUNS,
)  # fmt: skip


def shown(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return [" ".join(str(cell) for _, cell in line.cells) for line in answer.context["lines"]]


def test_every_list_of_an_officer_saves_views_and_hears_the_keyboard(client: Client) -> None:
    signed_in(client, an_officer())
    for path in LISTS:
        html = client.get(path).content.decode()
        assert 'aria-label="Saved views"' in html, path
        assert "cloudbank/keys.js" in html, path
        assert html.count("<dialog") == 1, path
        assert "data-keys-help" in html, path


def test_a_view_of_a_list_is_saved_and_opens_it(client: Client) -> None:
    signed_in(client, an_officer())
    saved = client.post(f"{RUNS}?state=failed", {"action": "save-view", "view_name": "Broken", "view_default": "yes"})
    assert saved.status_code == 302
    assert client.get(RUNS)["Location"] == f"{RUNS}?state=failed"


def test_accounts_are_listed_by_opening_and_found_by_number_owner_product_and_state(client: Client) -> None:
    carla, simon, officer = a_customer(), a_stranger(), an_officer()
    first, second, third = an_account_of(carla), an_account_of(simon), an_account_of(carla)
    now, by = utcnow(), actor(officer)
    saving = open_account(
        owner_id=simon.user_id, product="savings", currency="USD", branch="main", key="s", actor=by, now=now
    ).account_id
    freeze_account(account_id=second, reason="A court asks.", actor=by, now=now)
    signed_in(client, officer)

    def numbers(query: str) -> list[str]:
        return [line.name for line in _lines(client, query)]

    everything = sorted([first, second, third, saving])
    assert sorted(numbers("")) == everything
    assert numbers("?sort=-opened") == numbers("?sort=opened")[::-1]
    assert numbers(f"?q={first[:4]}+{first[4:]}") == [first]
    assert sorted(numbers("?q=carla")) == sorted([first, third])
    assert sorted(numbers(f"?q={simon.email}")) == sorted([second, saving])
    assert numbers("?product=savings") == [saving]
    assert numbers("?state=frozen") == [second]
    assert numbers("?state=frozen&q=carla") == []
    paged = client.get(f"{ACCOUNTS}?size=25").content.decode()
    assert "Checking (3)" in paged and "Savings (1)" in paged


def _lines(client: Client, query: str) -> Any:
    answer = client.get(f"{ACCOUNTS}{query}")
    assert answer.status_code == 200, query
    return [_Named(str(line.cells[0][1])) for line in answer.context["lines"]]


class _Named:
    def __init__(self, cell: str) -> None:
        self.name = re.sub(r"\D", "", re.sub(r"<[^>]*>", "", cell))


def test_half_a_number_and_overlong_text_get_their_error_and_stay(client: Client) -> None:
    signed_in(client, an_officer())
    for text in ("4000 1234 5678 9012", "123456789", "x" * 151):
        answer = client.get(ACCOUNTS, {"q": text})
        assert answer.status_code == 422, text
        assert answer.context["form"].errors["q"], text
        assert answer.context["form"]["q"].value() == text


def test_a_rare_state_is_looked_for_in_bounded_steps(
    client: Client, monkeypatch: pytest.MonkeyPatch, requests_made: Requests
) -> None:
    monkeypatch.setattr(account_queries, "LOOKED_AT", 2)
    carla, officer = a_customer(), an_officer()
    for _ in range(3):
        an_account_of(carla)
    last = sorted(accounts_of(carla.user_id), key=lambda one: f"{one.opened_on}#{one.account_id}")[-1].account_id
    freeze_account(account_id=last, reason="A court asks.", actor=actor(officer), now=utcnow())
    monkeypatch.setattr("compliance.views.accounts.AccountList.page_sizes", (2,))
    requests_made.clear()
    answer = signed_in(client, officer).get(f"{ACCOUNTS}?state=frozen")
    assert len(requests_made) < 16
    assert not answer.context["lines"]
    assert "Look further" in answer.content.decode()
    assert "frozen" in client.get(ACCOUNTS + answer.context["next"]).content.decode()


def test_tellers_see_accounts_and_no_job_runs(client: Client) -> None:
    signed_in(client, a_teller())
    assert client.get(ACCOUNTS).status_code == 200
    assert client.get(RUNS).status_code == 403


def test_job_runs_are_listed_newest_first_by_job_and_state(client: Client) -> None:
    a_run("verify_ledger", postings=3, accounts=2)
    a_run("send_digest", fails=True)
    key = a_run("verify_ledger", postings=5)
    signed_in(client, an_officer())
    rows = shown(client, RUNS)
    assert [("Verification" in row, "Daily digest" in row) for row in rows] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert "postings 5" in rows[0] and " s" in rows[0]
    assert "RuntimeError: the disk is full" in rows[1]
    assert len(shown(client, f"{RUNS}?job=send_digest")) == 1
    assert len(shown(client, f"{RUNS}?state=done")) == 2
    assert len(shown(client, f"/compliance/records/jobs/{key.replace('#', '%23')}/runs")) == 2
    facts = client.get(f"/compliance/records/jobs/{key.replace('#', '%23')}").content.decode()
    assert "Verification of the ledger, run 2" in facts
    assert "45 18 * * 1-5" in facts, "when it is planned"


def test_pages_of_job_runs_go_on_where_they_ended(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.views.jobs.JobRuns.page_sizes", (2,))
    for job in ("close_day", "verify_ledger", "close_day", "send_digest", "close_day"):
        a_run(job)
    signed_in(client, an_officer())
    found, path = [], RUNS
    while path:
        answer = client.get(path)
        found += [str(line.cells[0][1]) for line in answer.context["lines"]]
        path = RUNS + answer.context["next"] if answer.context["next"] else ""
    assert len(found) == len(set(found)) == 5


def test_what_a_run_says_of_a_secret_kind_is_not_shown_to_who_may_not_know(client: Client) -> None:
    key = a_run("verify_audit", broken=1, **{"first head": "(1) sar#sar_abc: it names another last record"})
    path = f"/compliance/records/jobs/{key.replace('#', '%23')}"
    assert "sar_abc" in signed_in(client, an_auditor()).get(path).content.decode()
    told = signed_in(client, an_admin()).get(path).content.decode()
    assert "sar_abc" not in told and "not shown to you" in told
    assert "sar_abc" not in client.get(RUNS).content.decode()


def test_actions_are_sorted_within_a_bound_that_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = an_officer()
    for title, days in (("Second", 20), ("First", 10), ("Third", 30)):
        an_action(officer, title=title, due_on=today() + timedelta(days=days))
    signed_in(client, officer)

    def titles(query: str) -> list[str]:
        return [re.sub(r"<[^>]*>", " ", row).split()[0] for row in shown(client, f"/compliance/actions{query}")]

    assert titles("?sort=due") == ["First", "Second", "Third"]
    assert titles("?sort=-due") == ["Third", "Second", "First"]
    assert titles("?sort=opened") == ["Second", "First", "Third"]
    page = client.get("/compliance/actions?sort=due").content.decode()
    assert "Not closed (3)" in page and "Overdue (0)" in page and "More rows than are sorted" not in page
    monkeypatch.setattr("cloudbank.lists.sorting.MOST_SORTED", 2)
    assert len(titles("?sort=-due")) == 2
    assert "More rows than are sorted" in client.get("/compliance/actions?sort=due").content.decode()


def test_thresholds_are_sorted_by_name_and_by_what_was_set_last(client: Client) -> None:
    officer = an_officer()
    set_value(
        code="control.kyc-reviews.breach", value=2, effective_from=utcnow().date(), actor=actor(officer), now=utcnow(),
        reason="stricter",
    )  # fmt: skip
    signed_in(client, officer)
    labels = [line.cells[0][1] for line in client.get("/compliance/thresholds?sort=label").context["lines"]]
    plain = [re.sub(r"<[^>]*>", "", str(one)).casefold() for one in labels]
    assert plain == sorted(plain)
    assert "control.kyc-reviews.breach" in shown(client, "/compliance/thresholds?sort=-since")[0]


def test_every_job_that_keeps_a_record_of_its_runs_is_declared() -> None:
    root = Path(settings.BASE_DIR)
    found = set()
    for path in root.glob("*/**/*.py"):
        text = path.read_text()
        if "jobs.run(" not in text or "tests" in path.parts or path.name in ("jobs.py", "testing.py"):
            continue
        if ".venv" in path.parts or "node_modules" in path.parts:
            continue
        module = importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))
        for named in re.findall(r"jobs\.run\(([^,]+),", text):
            found.add(eval(named, vars(module)))  # noqa: S307  names and texts of our own code
    assert found == set(JOBS)


def test_the_way_back_to_the_records_is_for_those_who_may_go_it() -> None:
    for user, may in ((a_teller(), False), (an_officer(), True)):
        assert ('<a href="/compliance/records">' in signed_in(Client(), user).get(ACCOUNTS).content.decode()) == may
