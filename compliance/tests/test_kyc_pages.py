"""The KYC desk and a customer's page: what is shown, who may do what, what is typed wrong."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.models.people import BUSINESS, PENDING, REJECTED
from accounts.queries.people import user
from accounts.testing import (
    a_customer,
    a_manager,
    a_stranger,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from cloudbank import audit
from compliance.kyc.queries import file_of
from compliance.testing import days_ago, filed, today
from compliance.tests.kyc_makers import PDF, a_paper, a_pending_customer, checked, declared, ready

pytestmark = pytest.mark.usefixtures("bank", "store_of_papers")


def as_(person: User) -> Client:
    return signed_in(Client(), person)


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def names(page: str) -> list[str]:
    return re.findall(r'<a href="/compliance/kyc/usr_\w+">([^<]+)</a>', page)


def post(client: Client, customer: User, way: str, **fields: Any) -> Any:
    """A form of the page as the browser sends it: with the version of the file that is shown."""
    prefix = fields.pop("prefix")
    known = {f"{prefix}-seen": file_of(customer.user_id).version} | {f"{prefix}-{k}": v for k, v in fields.items()}
    return client.post(f"/compliance/kyc/{customer.user_id}/{way}", known)


FACTORS = {
    "company": "person",
    "country": "US",
    "product": "basic",
    "occupation": "employed",
    "pep": "none",
    "turnover": "4,000.00",
    "judgement": "",
    "reason": "questionnaire",
}


# --- the desk -----------------------------------------------------------------------------------


def test_the_desk_lists_who_needs_somebody_and_counts_each_list() -> None:
    officer = an_officer()
    a_pending_customer(name="Paula Pending")
    filed(a_customer(name="Olaf Overdue"), kyc_review_on=days_ago(1))
    filed(a_customer(name="Dora Due"), kyc_review_on=today().isoformat())
    filed(a_customer(name="Hanna High"), risk_rating="high", kyc_review_on=(today() + timedelta(days=31)).isoformat())
    filed(a_customer(name="Rolf Rejected"), kyc_status=REJECTED, kyc_decided_on=days_ago(4))
    sender = a_pending_customer(name="Petra Paper")
    a_paper(sender, sender)
    lapsed = a_pending_customer(name="Lars Lapsed")
    checked(lapsed, a_paper(lapsed, officer, until=today()), officer)
    client = as_(officer)
    page = shown(client, "/compliance/kyc?show=pending")
    assert names(page) == ["Paula Pending", "Petra Paper", "Lars Lapsed"] or set(names(page)) == {
        "Paula Pending", "Petra Paper", "Lars Lapsed",
    }  # fmt: skip
    for label in ("Waiting for a decision (3)", "Review overdue (1)", "Review due in 30 days (1)", "High risk (1)"):
        assert label in page
    for show, name in (
        ("overdue", "Olaf Overdue"), ("due", "Dora Due"), ("high", "Hanna High"), ("rejected", "Rolf Rejected"),
        ("papers", "Petra Paper"),
    ):  # fmt: skip
        assert names(shown(client, f"/compliance/kyc?show={show}")) == [name], show
    assert names(shown(client, "/compliance/kyc?show=expired")) == [], "its last day is today"
    assert names(shown(client, "/compliance/kyc?risk=high")) == ["Hanna High"]
    assert names(shown(client, "/compliance/kyc?name=dora")) == ["Dora Due"]
    assert names(shown(client, "/compliance/kyc?show=pending&name=petra")) == ["Petra Paper"]


def test_the_desk_is_exported_as_it_is_filtered_and_reviews_in_bulk() -> None:
    low = filed(a_customer(name="Olaf Overdue"), kyc_review_on=days_ago(1))
    high = filed(a_customer(name="Hanna High"), risk_rating="high", kyc_review_on=days_ago(1))
    a_pending_customer(name="Paula Pending")
    client = as_(an_officer())
    answer = client.get("/compliance/kyc?show=overdue&export=csv")
    text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()  # type: ignore[attr-defined]
    assert "Hanna High" in text and "Olaf Overdue" in text and "Paula" not in text
    assert list(csv.reader(io.StringIO(text)))
    done = client.post(
        "/compliance/kyc?show=overdue",
        {"action": "reviewed", "ids": [low.user_id, high.user_id], "reason": "called, nothing new"},
    ).content.decode()
    assert "enhanced review" in done
    assert names(shown(client, "/compliance/kyc?show=overdue")) == ["Hanna High"]


# --- rights -------------------------------------------------------------------------------------


def test_only_who_may_sees_files_and_only_officers_decide() -> None:
    customer = a_pending_customer()
    path = f"/compliance/kyc/{customer.user_id}"
    for person in (an_officer(), a_manager(), an_auditor(), an_admin()):
        assert as_(person).get(path).status_code == 200, person.role
    for person in (a_teller(), an_analyst(), a_stranger(), customer):
        assert as_(person).get(path).status_code == 403, person.role
    for person in (a_manager(), an_auditor(), an_admin(), a_teller()):
        for way in ("decide", "rate", "review", "owners", "owners/remove", "owners/nobody", "reveal"):
            assert as_(person).post(f"{path}/{way}").status_code == 403, (person.role, way)
    assert as_(an_officer()).get(f"/compliance/kyc/{an_analyst().user_id}").status_code == 404


def test_personal_data_is_masked_until_a_reason_is_kept() -> None:
    customer, client = a_pending_customer(address="17 Hidden Lane"), as_(an_officer())
    assert "17 Hidden Lane" not in shown(client, f"/compliance/kyc/{customer.user_id}")
    assert post(client, customer, "reveal", prefix="reveal", reason="").status_code == 422
    assert "17 Hidden Lane" in post(client, customer, "reveal", prefix="reveal", reason="compare").content.decode()
    subject = f"user#{customer.user_id}"
    assert [one.reason for one in audit.AuditRecord.by_subject.query(subject)] == ["compare"]


# --- the road from pending to verified ----------------------------------------------------------


def test_an_officer_takes_a_customer_from_pending_to_verified_on_the_page() -> None:
    officer, customer = an_officer(), a_pending_customer()
    client, path = as_(officer), f"/compliance/kyc/{customer.user_id}"
    page = shown(client, path)
    assert "risk factors are not declared" in page and "No identity paper" in page
    assert "1,000.00 USD" in page, "the limit until the identity is verified"
    until = (today() + timedelta(days=400)).isoformat()
    file = SimpleUploadedFile("pass.pdf", PDF)
    sent = as_(a_teller()).post(f"{path}/papers", {"kind": "passport", "expires_on": until, "file": file})
    assert sent["Location"] == f"/people/{customer.user_id}"
    (paper,) = file_of(customer.user_id).all_papers()
    prefix = f"check-{paper.paper_id}"
    answer = post(
        client, customer, f"papers/{paper.paper_id}/check", prefix=prefix, verdict="accept", expires_on=until, note=""
    )
    assert answer.status_code == 302
    download = client.get(f"{path}/papers/{paper.paper_id}")
    assert download.content == PDF and "attachment" in download["Content-Disposition"]
    assert post(client, customer, "rate", prefix="rate", **FACTORS).status_code == 302
    assert "Low by points" in shown(client, path)
    extra = {"role": "admin", "kyc_status": "verified", "risk_rating": "low"}
    answer = post(
        client, customer, "decide", prefix="decide", decision="approve", method="documents", reason="seen", key="k" * 20,
        **extra,
    )  # fmt: skip
    assert answer["Location"] == path
    done = user(customer.user_id)
    assert done is not None and (done.kyc_status, done.role) == ("verified", "customer")
    page = shown(client, path)
    assert "50,000.00 USD" in page and "Identity verified" in page and "Paper accepted" in page


def test_a_high_risk_decision_leads_to_the_request_and_says_that_it_waits() -> None:
    officer = an_officer()
    customer, client = ready(officer), as_(officer)
    assert post(client, customer, "rate", prefix="rate", **(FACTORS | {"pep": "foreign"})).status_code == 302
    answer = post(
        client, customer, "decide", prefix="decide", decision="approve", method="documents", reason="seen", key="k" * 20
    )
    assert answer["Location"].startswith("/approvals/")
    page = shown(client, f"/compliance/kyc/{customer.user_id}")
    assert "waits for another person" in page and 'name="decide-decision"' not in page
    assert "Foreign" not in page or "public office abroad" in page


@pytest.mark.parametrize(
    ("way", "prefix", "fields", "wrong"),
    [
        ("rate", "rate", {"country": ""}, "country"),
        ("rate", "rate", {"country": "<b>"}, "country"),
        ("rate", "rate", {"turnover": "NaN"}, "turnover"),
        ("rate", "rate", {"turnover": "-5"}, "turnover"),
        ("rate", "rate", {"reason": ""}, "reason"),
        ("rate", "rate", {"reason": "x" * 501}, "reason"),
        ("rate", "rate", {"reason": "zero\u200bwidth"}, "reason"),
        ("rate", "rate", {"pep": "king"}, "pep"),
        ("decide", "decide", {"decision": "perhaps", "reason": "x", "key": "k" * 20}, "decision"),
        ("decide", "decide", {"decision": "reject", "reason": "", "key": "k" * 20}, "reason"),
        ("decide", "decide", {"decision": "approve", "reason": "x", "method": "guess", "key": "k" * 20}, "method"),
        ("review", "review", {"note": ""}, "note"),
        ("owners", "owner", {"name": "A", "born": "yesterday", "country": "US"}, "born"),
        ("owners", "owner", {"name": "A", "born": "1970-01-01", "country": "US", "share": "101"}, "share"),
        ("owners", "owner", {"name": "A", "born": "1970-01-01", "country": "US", "share": "1e9"}, "share"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field_and_kept(
    way: str, prefix: str, fields: dict[str, str], wrong: str
) -> None:
    customer = filed(a_pending_customer(), segment=BUSINESS)
    base = FACTORS if way == "rate" else {}
    answer = post(as_(an_officer()), customer, way, prefix=prefix, **(base | fields))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{prefix}-{wrong}" in page and "There is a problem" in page or "error" in page
    kept = fields.get("reason") or fields.get("name")
    assert not kept or kept[:200] in page
    assert "<b>" not in page
    assert file_of(customer.user_id).version == 0


def test_a_second_window_with_an_older_file_is_told_so() -> None:
    officer = an_officer()
    customer, client = a_pending_customer(), as_(officer)
    declared(customer, officer)
    fields = {f"rate-{name}": value for name, value in FACTORS.items()} | {"rate-seen": "0", "rate-country": "DE"}
    answer = client.post(f"/compliance/kyc/{customer.user_id}/rate", fields)
    assert answer.status_code == 422 and "Somebody changed this file" in answer.content.decode()


# --- owners on the page -------------------------------------------------------------------------


def test_owners_are_named_taken_off_and_their_sum_is_shown() -> None:
    customer, client = filed(a_pending_customer(), segment=BUSINESS), as_(an_officer())
    known = {"name": "Olga Owner", "born": "1970-01-01", "country": "US", "share": "60", "title": "Director"}
    assert post(client, customer, "owners", prefix="owner", control="on", **known).status_code == 302
    page = shown(client, f"/compliance/kyc/{customer.user_id}")
    assert "Olga Owner" in page and "60 % named" in page and "controls: Director" in page
    over = post(client, customer, "owners", prefix="owner", **(known | {"name": "Otto", "share": "41", "title": ""}))
    assert over.status_code == 422 and "more than 100 %" in over.content.decode()
    assert post(client, customer, "owners/remove", prefix="remove", place="0", reason="").status_code == 422
    assert post(client, customer, "owners/remove", prefix="remove", place="7", reason="x").status_code == 422
    assert post(client, customer, "owners/remove", prefix="remove", place="0", reason="sold").status_code == 302
    assert file_of(customer.user_id).owners == []


# --- the customer's own page --------------------------------------------------------------------


def test_a_customer_sends_a_paper_reads_what_became_of_it_and_sees_the_limits() -> None:
    officer, customer = an_officer(), a_pending_customer()
    client = as_(customer)
    assert "/compliance/papers" in shown(client, "/compliance")
    page = shown(client, "/compliance/papers")
    assert "1,000.00 USD" in page and "50,000.00 USD once verified" in page
    until = (today() + timedelta(days=400)).isoformat()
    bad = client.post(
        "/compliance/papers", {"kind": "passport", "file": SimpleUploadedFile("a.pdf", b"MZ"), "expires_on": until}
    )
    assert bad.status_code == 422 and "no PDF file" in bad.content.decode()
    assert client.post("/compliance/papers", {"kind": "passport"}).status_code == 422
    form = {"kind": "passport", "file": SimpleUploadedFile("a.pdf", PDF), "expires_on": until}
    assert client.post("/compliance/papers", form)["Location"] == "/compliance/papers"
    assert "To check" in shown(client, "/compliance/papers")
    (paper,) = file_of(customer.user_id).all_papers()
    checked(customer, paper, officer, accept=False, note="The photograph is dark.")
    page = shown(client, "/compliance/papers")
    assert "Refused" in page and "The photograph is dark." in page
    assert client.get(f"/compliance/kyc/{customer.user_id}/papers/{paper.paper_id}").status_code == 403
    other = as_(a_stranger())
    assert "The photograph is dark." not in shown(other, "/compliance/papers")


def test_a_pending_customer_is_held_to_the_limits_that_the_page_names(client: Client) -> None:
    customer = a_pending_customer()
    assert customer.kyc_status == PENDING
    assert "until your identity is verified" in shown(as_(customer), "/compliance/papers")
