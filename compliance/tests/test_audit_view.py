"""The audit trail: by subject, by day, through the URL; for whom it is."""

from typing import Any

import pytest
from django.test import Client

from accounts.testing import a_customer, a_manager, an_admin, an_auditor, an_officer, signed_in
from compliance.testing import an_account_of, an_action, days_ago

pytestmark = pytest.mark.usefixtures("bank")
READERS = [an_auditor, a_manager, an_admin]


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("who", [an_officer, an_auditor, an_admin])
def test_the_audit_trail_shows_today_and_one_subject(client: Client, who: object) -> None:
    item = an_action(an_officer(name="Opal Officer"), "start")
    signed_in(client, who())  # type: ignore[operator]
    html = page(client, "/compliance/audit")
    assert "Corrective action opened" in html
    assert "Opal Officer" in html
    html = page(client, f"/compliance/audit?subject=corrective_action%23{item.transaction_id}")
    assert "The chain is whole" in html
    assert "Work started" in html


def test_the_audit_trail_is_narrowed_by_day_action_and_actor(client: Client) -> None:
    officer = an_officer()
    an_action(officer, "start")
    signed_in(client, officer)

    def count(query: str) -> int:
        return len(client.get(f"/compliance/audit{query}").context["lines"])

    assert count("?action=start_action") == 1
    assert count(f"?actor={officer.user_id}") == 2
    assert count(f"?actor={officer.user_id}&action=open_action") == 1
    assert count(f"?day={days_ago(1)}") == 0
    assert count("?subject=corrective_action%23nothing") == 0


@pytest.mark.parametrize("who", [a_manager, a_customer])
def test_the_audit_trail_is_for_compliance_audit_and_admin(client: Client, who: object) -> None:
    assert signed_in(client, who()).get("/compliance/audit").status_code == 403  # type: ignore[operator]


def test_what_a_person_did_is_found_by_its_own_key_newest_first(client: Client, requests_made: Any) -> None:
    officer, other = an_officer(), an_officer()
    an_action(officer, "start", "ready")
    an_action(other)
    signed_in(client, officer)
    requests_made.clear()
    lines = client.get(f"/compliance/audit?actor={officer.email}").context["lines"]
    assert "Scan" not in requests_made.operations
    whats = [str(line.cells[1][1]) for line in lines]
    assert len(whats) == 3
    assert "Marked ready" in whats[0]
    assert "Corrective action opened" in whats[2]
    by_time = client.get(f"/compliance/audit?actor={officer.user_id}&day={days_ago(3)}&until={days_ago(1)}")
    assert by_time.context["lines"] == []


def test_days_are_a_stretch_and_the_pages_follow_each_other(client: Client) -> None:
    officer = an_officer()
    for _ in range(9):
        an_action(officer, "start", "ready")
    signed_in(client, officer)
    path = f"/compliance/audit?day={days_ago(2)}&until={days_ago(0)}&action=start_action&size=25"
    assert len(client.get(path).context["lines"]) == 9
    seen, page_path, pages = 0, f"/compliance/audit?actor={officer.user_id}", 0
    while page_path:
        answer = client.get(page_path)
        seen, pages = seen + len(answer.context["lines"]), pages + 1
        page_path = f"/compliance/audit{answer.context['next']}" if answer.context["next"] else ""
    assert (seen, pages) == (27, 2)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("until=2026-01-31", "day"),
        ("day=2026-02-01&until=2026-01-31", "until"),
        ("day=2026-01-01&until=2026-12-31", "until"),
        ("day=yesterday", "day"),
        ("day=9999-12-31", "day"),
        ("actor=usr_1&day=0001-01-01&until=2026-01-01", "day"),
        ("actor=nobody@example.org", "actor"),
        (f"subject={'x' * 201}", "subject"),
        ("action=%00", "action"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_at_its_field(client: Client, query: str, field: str) -> None:
    signed_in(client, an_auditor())
    answer = client.get(f"/compliance/audit?{query}")
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}


def test_a_year_can_be_asked_for_of_one_subject(client: Client) -> None:
    item = an_action(an_officer())
    signed_in(client, an_auditor())
    subject = f"corrective_action%23{item.transaction_id}"
    answer = client.get(f"/compliance/audit?subject={subject}&day={days_ago(300)}&until={days_ago(0)}")
    assert len(answer.context["lines"]) == 1
    answer = client.get(f"/compliance/audit?subject={subject}&day={days_ago(300)}&until={days_ago(1)}")
    assert answer.context["lines"] == []


def test_an_account_number_and_an_address_name_their_subjects(client: Client) -> None:
    owner = a_customer()
    account_id = an_account_of(owner)
    signed_in(client, an_auditor())
    spaced = f"{account_id[:4]} {account_id[4:]}"
    assert len(client.get("/compliance/audit", {"subject": spaced}).context["lines"]) == 1
    for text in (owner.user_id, owner.email):
        assert client.get("/compliance/audit", {"subject": text}).context["subject"] == f"user#{owner.user_id}"


def test_the_view_is_taken_away_with_before_and_after(client: Client) -> None:
    officer = an_officer()
    an_action(officer, "start")
    signed_in(client, an_auditor())
    answer: Any = client.get(f"/compliance/audit?actor={officer.user_id}&export=csv")
    text = b"".join(answer.streaming_content).decode()
    assert '""before"": {""status"": ""open""}' in text
    assert "# SHA-256 of all above" in text
