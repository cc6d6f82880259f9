"""What the officers' lists say beside their rows: how many each choice holds, and in which order they stand."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.queries import people as people_queries
from accounts.queries.people import people_by_name
from accounts.services.people import verify_customer
from accounts.testing import a_customer, a_teller, an_officer, signed_in
from cloudbank.clock import utcnow
from cloudbank.ids import new_id
from cloudbank.parameters import declared
from compliance.privacy import breaches
from compliance.privacy.services import ask_about_own_data
from compliance.privacy.terms import LIKELY
from compliance.testing import actor, an_account_of
from compliance.tests.test_breaches import facts
from compliance.tests.test_filings import cash, noon, sealed_and_drafted
from compliance.tests.test_suspicion import a_case
from monitoring.services.lists import Asked, add_entry

pytestmark = pytest.mark.usefixtures("bank")


@pytest.fixture
def desk(client: Client) -> Client:
    """An officer at work."""
    return signed_in(client, an_officer())


def page(desk: Client, path: str) -> str:
    answer = desk.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def mains(desk: Client, path: str) -> list[str]:
    """The first cell of each row, in words."""
    lines = desk.get(path).context["lines"]
    return [" ".join(re.sub(r"<[^>]*>", " ", str(line.cells[0][1])).split()) for line in lines]


def test_customers_are_counted_by_list_and_stand_in_any_order(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, day, more in (
        ("Ann Able", "2026-03-01", {"risk_rating": "medium"}),
        ("Bob Baker", "2026-01-01", {"kyc_status": "pending"}),
        ("Cid Cook", "2026-02-01", {"kyc_status": "pending", "risk_rating": "high"}),
        ("Dan Day", "2026-04-01", {"kyc_status": "rejected"}),
        ("Eve Early", "2026-05-01", {"risk_rating": "high", "kyc_review_on": "2027-01-01"}),
    ):
        a_customer(name=name, registered_on=day, **more)
    words = page(desk, "/customers")
    for choice in (
        "Waiting for verification, oldest first (2)",
        "Not verified (1)",
        "High risk, next review first (1)",
    ):
        assert choice in words
    assert mains(desk, "/customers?sort=-name") == mains(desk, "/customers")[::-1]
    assert [one[:3] for one in mains(desk, "/customers?sort=since")] == ["Bob", "Cid", "Ann", "Dan", "Eve"]
    assert [one[:3] for one in mains(desk, "/customers?sort=-risk")][:2] == ["Eve", "Cid"]
    assert mains(desk, "/customers?show=high") == ["Eve Early"]
    assert mains(desk, "/customers?show=rejected") == ["Dan Day"]
    assert mains(desk, "/customers?show=pending&sort=-since") == ["Cid Cook", "Bob Baker"]
    monkeypatch.setattr(people_queries, "MOST_COUNTED", 1)
    assert "oldest first (1+)" in page(desk, "/customers")


def test_people_from_z_on_are_each_there_once() -> None:
    made = [a_customer(name=f"Pat {number % 3}").user_id for number in range(7)]
    a_customer(name="Quinn")
    for prefix, least in (("pat", 7), ("", 8)):
        found, cursor = list[Any](), ""
        while True:
            some = people_by_name("customer", prefix, cursor, limit=3, backwards=True)
            found += some.rows
            cursor = some.cursor
            if not cursor:
                break
        assert len(found) == len({one.user_id for one in found}) == least
        assert [one.name_key for one in found] == sorted((one.name_key for one in found), reverse=True)
        assert set(made) <= {one.user_id for one in found}


def test_the_privacy_desk_and_the_breach_register_count_and_sort(desk: Client) -> None:
    now = utcnow()
    for days, about in ((40, "access"), (3, "erasure"), (2, "access")):
        asked = now - timedelta(days=days)
        ask_about_own_data(about=about, details="", actor=actor(a_customer()), now=asked)
    words = page(desk, "/compliance/privacy/desk")
    assert "Waiting, by due date (3)" in words and "Overdue (1)" in words and "Answered, latest first (0)" in words
    newest = mains(desk, "/compliance/privacy/desk?sort=-received")
    assert newest == mains(desk, "/compliance/privacy/desk?sort=received")[::-1] and "copy" in newest[0]
    for title, hours, persons in (("First", 1, 5), ("Second", 30, 900), ("Third", 10, 0)):
        breaches.note_breach(
            facts=facts(title=title, persons=persons, risk=LIKELY, why_risk="Names"),
            aware_at=now - timedelta(hours=hours), key=new_id("key"), actor=actor(an_officer()), now=now,
        )  # fmt: skip
    assert "Open, the oldest first (3)" in page(desk, "/compliance/breaches")
    assert [one.split()[0] for one in mains(desk, "/compliance/breaches")] == ["Second", "Third", "First"]
    assert [one.split()[0] for one in mains(desk, "/compliance/breaches?sort=persons")] == ["Third", "First", "Second"]


def test_the_lists_count_their_entries_and_stand_in_any_order(desk: Client) -> None:
    for value, last in (("Northgate Advisory", None), ("Anvil Trading", utcnow().date() + timedelta(days=9))):
        asked = Asked("watch" if last else "block", "name", value, "Named by the police.", last, "")
        add_entry(asked=asked, actor=actor(an_officer()), now=utcnow())
    words = page(desk, "/lists")
    for choice in ("All (2)", "Block list (1)", "Watch list (1)", "Name (2)", "Country (0)", "Taken off (0)"):
        assert choice in words, choice
    assert mains(desk, "/lists?sort=entry")[0].startswith("Anvil")
    assert mains(desk, "/lists?sort=-entry") == mains(desk, "/lists?sort=entry")[::-1]
    assert mains(desk, "/lists?sort=until")[0].startswith("Anvil"), "what has no last day stands behind"


def test_filings_stand_by_amount_name_or_due_date(desk: Client) -> None:
    for name, amount in (("Ann Able", 1_300_000), ("Bob Baker", 1_100_000), ("Cid Cook", 1_200_000)):
        cash(an_account_of(a_customer(name=name), now=noon(1)), amount, noon(1))
    assert len(sealed_and_drafted()) == 3

    def first_names(query: str) -> list[str]:
        return [one.split()[0] for one in mains(desk, f"/compliance/filings{query}")]

    assert first_names("?sort=amount") == ["Bob", "Cid", "Ann"]
    assert first_names("?sort=-name") == ["Cid", "Bob", "Ann"]
    assert first_names("?sort=-amount&state=draft") == ["Ann", "Cid", "Bob"]


def test_the_audit_trail_is_read_from_either_end(desk: Client) -> None:
    officer, person = an_officer(), a_customer(kyc_status="pending")
    verify_customer(customer_id=person.user_id, approve=True, reason="Seen.", actor=actor(officer), now=utcnow())
    path = f"/compliance/audit?subject=user%23{person.user_id}"
    for where in (path, f"/compliance/audit?actor={officer.user_id}", "/compliance/audit?size=50"):
        newest = mains(desk, where)
        assert newest and mains(desk, f"{where}&sort=at") == newest[::-1], where


def test_staff_cases_thresholds_and_the_identity_desk_count_and_sort(desk: Client) -> None:
    a_teller(name="Tom Teller", last_sign_in_at="2026-05-01T10:00:00.000000+00:00")
    a_teller(name="Ada Teller", last_sign_in_at="2026-06-01T10:00:00.000000+00:00")
    assert "Teller (2)" in page(desk, "/people") and "Auditor (0)" in page(desk, "/people")
    assert [one.split()[0] for one in mains(desk, "/people?role=teller&sort=-last")] == ["Ada", "Tom"]
    a_case()
    assert "0-2 days (1)" in page(desk, "/cases") and "More than 30 days (0)" in page(desk, "/cases")
    words, number = page(desk, "/compliance/thresholds"), len(declared())
    assert f"All ({number})" in words and "(0)" not in words.partition("</select>")[0]
    for name, risk, day in (("Ann Able", "high", "2027-05-01"), ("Bob Baker", "low", "2027-01-01")):
        a_customer(name=name, risk_rating=risk, kyc_review_on=day)
    seen = [one.split()[0] for one in mains(desk, "/compliance/kyc?sort=-risk")]
    assert seen.index("Ann") < seen.index("Bob")
    seen = [one.split()[0] for one in mains(desk, "/compliance/kyc?sort=date")]
    assert seen.index("Bob") < seen.index("Ann")
