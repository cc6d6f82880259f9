"""Pages of the controls: definition, reading, drill-down, reviews done from the rows."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_manager, an_admin, an_auditor, an_officer, signed_in
from cloudbank import store
from compliance.controls import CONTROLS
from compliance.testing import an_account_of, cash_in, days_ago, filed, today

pytestmark = pytest.mark.usefixtures("bank")
READERS = [an_auditor, a_manager, an_admin]


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("code", CONTROLS.codes())
def test_every_control_has_its_page(client: Client, code: str) -> None:
    html = page(signed_in(client, an_officer()), f"/compliance/controls/{code}")
    assert CONTROLS[code].source in html.replace("&#x27;", "'").replace("&amp;", "&")
    assert f"control.{code}.breach" in html


def test_an_unknown_control_is_not_found(client: Client) -> None:
    assert signed_in(client, an_officer()).get("/compliance/controls/nope").status_code == 404


def test_the_drill_down_lists_as_many_rows_as_the_reading_says_and_exports_them(client: Client) -> None:
    for days in range(30):
        filed(a_customer(name=f"Person {days:02}"), kyc_review_on=days_ago(days))
    signed_in(client, an_officer())
    answer = client.get("/compliance/controls/kyc-reviews")
    assert answer.context["row"].count == "30 reviews"
    assert len(answer.context["lines"]) == 25
    second = client.get("/compliance/controls/kyc-reviews" + answer.context["next"])
    assert len(second.context["lines"]) == 5
    file = b"".join(client.get("/compliance/controls/kyc-reviews?export=csv"))
    assert file.decode().count("Person ") == 30


def test_a_cash_day_leads_to_the_person_and_the_alert(client: Client) -> None:
    person = a_customer()
    cash_in(an_account_of(person), 1_000_001)
    html = page(signed_in(client, an_officer()), "/compliance/controls/ctr-filing")
    assert "10,000.01" in html
    assert f"/people/{person.user_id}" in html
    assert "/alerts/alt_" in html


def review(client: Client, *ids: str, reason: str = "Papers and turnover looked at.") -> Any:
    sent = {"action": "reviewed", "ids": ids, "reason": reason}
    return client.post("/compliance/controls/kyc-reviews", sent)


def test_ticked_reviews_are_done_and_leave_the_list_with_the_next_date_by_risk(client: Client) -> None:
    low = filed(a_customer(name="Lena Low"), kyc_review_on=days_ago(3))
    middle = filed(a_customer(name="Max Medium"), kyc_review_on=days_ago(2), risk_rating="medium")
    high = filed(a_customer(name="Hugo High"), kyc_review_on=days_ago(2), risk_rating="high")
    signed_in(client, an_officer())
    answer = review(client, low.user_id, middle.user_id, high.user_id)
    assert answer.status_code == 200 and "needs the enhanced review" in answer.content.decode()
    years = {}
    for person in (low, middle):
        found = store.get(User, person.user_id)
        assert found is not None
        years[found.name] = int(found.kyc_review_on[:4]) - today().year
        assert found.review_date == found.kyc_review_on
    assert years == {"Lena Low": 5, "Max Medium": 3}
    assert client.get("/compliance/controls/kyc-reviews").context["row"].count == "1 review", "of high risk, by itself"
    assert "Papers and turnover looked at." in page(client, f"/compliance/audit?subject=user%23{low.user_id}")


def test_a_review_needs_words_a_due_date_and_the_right_role(client: Client) -> None:
    due = filed(a_customer(), kyc_review_on=days_ago(3))
    later = filed(a_customer(), kyc_review_on=days_ago(-300))
    signed_in(client, an_officer())
    assert review(client, due.user_id, reason=" ").status_code == 422
    assert "No review of this customer is due" in review(client, later.user_id).content.decode()
    for who in READERS:
        assert review(signed_in(Client(), who()), due.user_id).status_code == 403
    found = store.get(User, due.user_id)
    assert found is not None
    assert found.kyc_review_on == due.kyc_review_on
