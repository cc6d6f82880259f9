"""The road of a new customer, page by page: registered, a name like a listed one, looked at, cleared, verified."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.queries.people import holder_of, user
from accounts.testing import an_officer, signed_in
from accounts.tests.makers import form_of
from accounts.tests.test_people_sign_in import NEW
from cloudbank import audit
from compliance.kyc.queries import file_of
from compliance.queries import standing
from compliance.testing import reading, rows_of, today
from compliance.tests.kyc_makers import PDF
from compliance.tests.test_kyc_controls import in_force
from compliance.tests.test_kyc_pages import FACTORS, post
from monitoring.models import Alert
from monitoring.queries import lists, sanctions

pytestmark = pytest.mark.usefixtures("bank", "store_of_papers")


def test_from_the_registration_by_a_hit_to_a_verified_customer() -> None:
    sanctions.forget()
    lists.forget()
    first, _, last = NEW["name"].partition(" ")
    in_force(f"{last.upper()}, {first}")
    Client().post("/register", NEW)
    customer = holder_of(NEW["email"])
    assert customer is not None and (customer.kyc_status, customer.screened) == ("pending", "hit")
    standing.forget()
    assert reading("sanctions-hits").measure.count.number == 1
    (alert,) = rows_of("sanctions-hits")
    assert isinstance(alert, Alert)

    web, own = signed_in(Client(), an_officer()), signed_in(Client(), customer)
    until = (today() + timedelta(days=400)).isoformat()
    paper = {"kind": "passport", "expires_on": until, "file": SimpleUploadedFile("pass.pdf", PDF)}
    assert own.post("/compliance/papers", paper).status_code == 302, "the customer sends the paper"
    (sent,) = file_of(customer.user_id).all_papers()
    check = f"check-{sent.paper_id}"
    accepted = post(
        web, customer, f"papers/{sent.paper_id}/check", prefix=check, verdict="accept", expires_on=until, note=""
    )
    assert accepted.status_code == 302
    assert post(web, customer, "rate", prefix="rate", **FACTORS).status_code == 302
    decision = {"decision": "approve", "method": "documents", "reason": "Passport and face agree", "key": "k" * 20}
    refused = post(web, customer, "decide", prefix="decide", **decision)
    assert refused.status_code == 422 and "sanction" in refused.content.decode().lower(), "an open hit keeps it pending"
    assert user(customer.user_id).kyc_status == "pending"  # type: ignore[union-attr]

    path = f"/lists/clear?subject={customer.user_id}&uid=101&origin={alert.alert_id}"
    done = web.post("/lists/clear", form_of(web, path) | {"reason": "Born on another day; passport seen"})
    assert done.status_code == 302
    decided = post(web, customer, "decide", prefix="decide", **(decision | {"key": "j" * 20}))
    assert decided.status_code == 302, decided.context["decide"].errors
    found = user(customer.user_id)
    assert found is not None and found.kyc_status == "verified" and found.kyc_review_on
    trail = [one.action for one in audit.AuditRecord.by_subject.query(f"user#{customer.user_id}")]
    assert trail[0] == "register" and trail.index("rate_customer") < trail.index("verify_identity")
    assert "Your identity is verified" in own.get("/compliance").content.decode()
