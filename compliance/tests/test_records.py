"""Record screens: every kind in one form, its tabs, its history, for whom it is; the index and the box that finds."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.queries.people import user
from accounts.testing import (
    a_customer,
    a_manager,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from cloudbank.icons import ICONS
from cloudbank.roles import PERMISSIONS, allows
from cloudbank.testing import Requests
from compliance.queries.chains import audited_kinds
from compliance.queries.merging import Entry, merged
from compliance.records import RECORDS
from compliance.records.screen import HISTORY, VIEW
from compliance.testing import an_account_of, cash_in
from compliance.tests.record_makers import one_of_each

pytestmark = pytest.mark.usefixtures("bank")
KINDS = {
    "accounts", "actions", "alerts", "audit", "cases", "customers", "filings", "jobs", "kyc", "list-entries", "privacy",
    "reports", "staff", "thresholds",
}  # fmt: skip
MOST_READS = 14
"""Requests of any page of a record, with the session, the person and the number in the bar."""


def at(code: str, key: str, tab: str = "") -> str:
    return f"/compliance/records/{code}/{quote(key, safe='')}{f'/{tab}' if tab else ''}"


def test_every_kind_is_declared_completely() -> None:
    known = {permission for some in PERMISSIONS.values() for permission in some}
    assert set(RECORDS.codes()) == KINDS
    for screen in RECORDS:
        assert screen.title and screen.one and screen.intro.endswith("."), screen.code
        assert screen.icon in ICONS, screen.code
        permissions = {screen.permission, *(tab.permission for tab in screen.tabs), VIEW} - {""}
        assert permissions <= known, screen.code
        assert screen.list_url().startswith("/"), screen.code
        assert len({tab.code for tab in screen.tabs} | {HISTORY}) == len(screen.tabs) + 1, screen.code
        assert set(screen.kinds) <= set(audited_kinds()), screen.code
        assert sum(column.main for tab in screen.tabs for column in tab.columns) >= len(screen.tabs), screen.code


def test_every_record_and_every_tab_of_it_answers_in_few_reads(client: Client, requests_made: Requests) -> None:
    officer = an_officer()
    here = one_of_each(officer)
    signed_in(client, officer)
    for screen in RECORDS:
        page = client.get(at(screen.code, here[screen.code]))
        assert page.status_code == 200, screen.code
        assert page.context["facts"], screen.code
        codes = [code for code, _, _ in page.context["ways"]]
        item = screen.find(here[screen.code])
        past = [] if screen.code == "jobs" else [HISTORY]
        assert codes == ["", *(tab.code for tab in screen.tabs if tab.has(item)), *past], screen.code
        for code in codes:
            requests_made.clear()
            answer = client.get(at(screen.code, here[screen.code], code))
            assert answer.status_code == 200, (screen.code, code)
            assert len(requests_made) <= MOST_READS, (screen.code, code, requests_made.operations)
            if code == HISTORY:
                assert answer.context["lines"], screen.code


def test_a_record_is_there_for_who_may_see_its_kind_and_for_nobody_else(client: Client) -> None:
    here = one_of_each(an_officer())
    for maker in (a_teller, an_analyst, a_customer):
        signed_in(client, maker())
        assert {client.get(at(code, here[code])).status_code for code in KINDS} == {403}
        assert client.get("/compliance/records").status_code == 403
    for maker in (a_manager, an_auditor, an_admin):
        person = maker()
        signed_in(client, person)
        shown = {code for code in KINDS if allows(person.role, RECORDS[code].permission)}
        if not allows(person.role, "compliance.view_sar"):
            shown.discard("filings")  # the one that there is is such a report
        found = {code for code in KINDS if client.get(at(code, here[code])).status_code == 200}
        assert found == shown, person.role
        assert {client.get(at(code, here[code])).status_code for code in KINDS - shown} <= {404}


def test_what_is_not_there_is_not_found(client: Client) -> None:
    here = one_of_each(officer := an_officer())
    signed_in(client, officer)
    for code in KINDS:
        assert client.get(at(code, "made-up-id")).status_code == 404, code
        assert client.get(at(code, here[code], "made-up-tab")).status_code == 404, code
        assert client.get(at(code, "x" * 3_000)).status_code == 404, code
    assert client.get("/compliance/records/made-up/1").status_code == 404
    assert client.get(at("customers", officer.user_id)).status_code == 404  # a colleague is no customer
    assert client.post(at("customers", here["customers"]), {"action": "save-view"}).status_code == 405


def test_the_history_shows_before_and_after_and_leads_to_the_trail(client: Client) -> None:
    here = one_of_each(officer := an_officer(name="Opal Officer"))
    answer = signed_in(client, officer).get(at("actions", here["actions"], HISTORY))
    html, lines = answer.content.decode(), [str(line.cells) for line in answer.context["lines"]]
    assert "Name a deputy; clear the list. \N{RIGHTWARDS ARROW} Hire a deputy." in lines[0], "newest first"
    assert len(lines) == 2
    assert "Opal Officer" in html
    assert f"/compliance/audit?subject=corrective_action%23{here['actions']}" in html
    taken = client.get(f"{at('actions', here['actions'], HISTORY)}?export=csv")
    file = b"".join(taken.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Hire a deputy." in file and here["actions"] in file


def test_the_histories_of_several_subjects_are_one_newest_first(client: Client) -> None:
    here = one_of_each(officer := an_officer())
    signed_in(client, officer)
    lines = client.get(at("kyc", here["kyc"], HISTORY)).context["lines"]
    told = [" ".join(str(cell) for _, cell in line.cells) for line in lines]
    assert "A call from the branch" in told[0], "of the person"
    assert "questionnaire" in told[1], "of the file"


def test_a_customer_of_many_accounts_is_told_which_of_them_moved(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = a_customer()
    held = [an_account_of(person) for _ in range(3)]
    for one in held:
        cash_in(one, 50_000)
    signed_in(client, an_officer())
    path = at("customers", person.user_id, "movements")
    assert "that moved last" not in client.get(path).content.decode()
    monkeypatch.setattr("compliance.records.tabs.MOST_ACCOUNTS", 2)
    page = client.get(path).content.decode()
    assert "Movements of the 2 accounts that moved last, of 3 in all." in page
    assert [at("accounts", one) in page for one in held] == [False, True, True]
    file = b"".join(client.get(f"{path}?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "that moved last, of 3 in all" in file


def test_pages_of_a_history_and_of_movements_go_on_where_they_ended(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = one_of_each(officer := an_officer())
    owner = user(here["customers"])
    assert owner
    for account in (an_account_of(owner), an_account_of(owner)):
        cash_in(account, 2_000)
        cash_in(account, 3_000)
    monkeypatch.setattr("compliance.records.views.RecordView.page_sizes", (2,))
    signed_in(client, officer)
    for tab, at_least in ((HISTORY, 3), ("movements", 5)):
        path = at("customers", here["customers"], tab)
        found, following = list[str](), "?size=2"
        while following and len(found) < 40:
            answer = client.get(path + following)
            found += [" ".join(str(cell) for _, cell in line.cells) for line in answer.context["lines"]]
            following = str(answer.context["next"])
        assert len(found) == len(set(found)) >= at_least, tab


def test_a_manager_sees_no_history_and_no_word_of_a_suspicious_activity_report(client: Client) -> None:
    here = one_of_each(an_officer())
    signed_in(client, a_manager())
    page = client.get(at("customers", here["customers"]))
    assert HISTORY not in [code for code, _, _ in page.context["ways"]]
    assert client.get(at("customers", here["customers"], HISTORY)).status_code == 404
    told = client.get(at("customers", here["customers"], "filings")).content.decode()
    assert here["filings"] not in told
    for text in (here["filings"], f"sar#{here['filings']}", "sar_made-up"):
        assert client.get("/compliance/records", {"q": text}).status_code == 422, text
    signed_in(client, an_officer())
    assert here["filings"] in client.get(at("customers", here["customers"], "filings")).content.decode()


def test_the_index_names_the_kinds_that_one_may_see_with_their_lists(client: Client) -> None:
    for maker in (an_officer, a_manager, an_admin, an_auditor):
        person = maker()
        html = signed_in(client, person).get("/compliance/records").content.decode()
        for screen in RECORDS:
            may = allows(person.role, screen.permission)
            assert (f'<a href="{screen.list_url()}">{screen.title}</a>' in html) is may, (person.role, screen.code)
            kind = client.get(f"/compliance/records/{screen.code}")
            assert kind.status_code in ((200, 302) if may else (404,)), (person.role, screen.code)
        assert ("/compliance/actions/new" in html) is allows(person.role, "compliance.work_action")


def test_the_box_leads_straight_to_a_record_by_its_number_or_its_subject(client: Client) -> None:
    here = one_of_each(officer := an_officer())
    signed_in(client, officer)

    def found(text: str) -> str:
        answer = client.get("/compliance/records", {"q": text})
        return str(answer["Location"]) if answer.status_code == 302 else f"{answer.status_code}"

    for code in KINDS - {"kyc"}:  # by a customer's id one comes to the customer
        assert found(f"  {here[code]} ") == at(code, here[code]), code
    number = here["accounts"]
    assert found(f"{number[:4]} {number[4:8]}-{number[8:]}") == at("accounts", number)
    assert found(f"user#{officer.user_id}") == at("staff", officer.user_id)
    assert found(f"kyc_file#kyc#{here['kyc']}") == at("kyc", here["kyc"])
    assert found("books#USD") == "/compliance/audit?subject=books%23USD", "audited, but no record"


NONSENSE = (
    "nothing", "1", "usr_", "4000 0000 0000 0000", "#", "#x", "alt_<script>", "\N{PILE OF POO}", "sar#", "audit#", "x" * 201
)  # fmt: skip


def test_nonsense_in_the_box_is_said_and_kept(client: Client) -> None:
    signed_in(client, an_officer())
    for text in NONSENSE:
        answer = client.get("/compliance/records", {"q": text})
        if text == "sar#":
            assert answer["Location"] == "/compliance/audit?subject=sar%23"
            continue
        assert answer.status_code == 422, text
        assert answer.context["form"].errors["q"], text
        assert answer.context["form"]["q"].value() == text
        assert b"alt_<script>" not in answer.content


def test_an_empty_box_is_the_index(client: Client) -> None:
    assert signed_in(client, an_officer()).get("/compliance/records", {"q": "  "}).status_code == 200


def test_the_audit_trail_leads_to_the_record_of_a_subject(client: Client) -> None:
    here = one_of_each(officer := an_officer())
    html = signed_in(client, officer).get("/compliance/audit").content.decode()
    assert f"/compliance/records?q=corrective_action%23{here['actions']}" in html
    assert at("audit", here["audit"]) in html


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=1, max_size=4),
    st.integers(1, 7),
    st.booleans(),
)
def test_merged_streams_are_one_list_whatever_the_page(stored: list[list[int]], size: int, highest: bool) -> None:
    runs = {str(name): sorted(set(values), reverse=highest) for name, values in enumerate(stored)}

    def stream(values: list[int]) -> Any:
        def read(place: Any, limit: int) -> list[Entry]:
            start = 0 if place is None else values.index(place) + 1
            return [Entry(one, one, one) for one in values[start : start + limit]]

        return read

    found: list[int] = []
    cursor, pages = None, 0
    while pages == 0 or cursor is not None:
        page = merged({name: stream(values) for name, values in runs.items()}, cursor, size, highest_first=highest)
        found, cursor, pages = [*found, *page.rows], page.next_cursor, pages + 1
        assert len(page.rows) == size or cursor is None
    assert found == sorted((one for values in runs.values() for one in values), reverse=highest)
