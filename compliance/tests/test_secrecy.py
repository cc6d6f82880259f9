"""A report on suspicious activity leaves no trace where it must not be: every page, list and file, as every role.

31 CFR 1020.320(e). The walk takes all routes there are, so a page that is added later is walked as well.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.queries.deposits import accounts_of
from accounts.testing import a_customer, a_manager, a_teller, an_admin, an_analyst, an_auditor, an_officer, signed_in
from accounts.tests.test_policy import address, methods, patterns
from cloudbank.clock import utcnow
from compliance.filings.suspicion import continue_report, start_report
from compliance.filings.testing import reviewed, the_way_to_filed
from compliance.queries import standing
from compliance.records import RECORDS
from compliance.testing import actor, today
from compliance.tests.test_suspicion import a_case, written
from monitoring.casework import CaseFile

pytestmark = pytest.mark.usefixtures("bank")
SECRET_NUMBER, MARK = "31999888777666", "Quicksilver"
LISTS = (
    "/approvals",
    "/compliance/audit",
    "/compliance/filings",
    "/cases",
    "/alerts",
    "/movements",
    "/compliance/actions",
)


@dataclass(frozen=True)
class Secret:
    """A bank with a filed report on a customer and the one that continues it, which waits for a second person."""

    customer: User
    samples: dict[str, str]
    traces: tuple[str, ...]
    """What tells of them, wherever it stands."""
    asked: tuple[str, ...]
    """Addresses with questions that name them."""


def a_secret() -> Secret:
    """Made by two officers, from a case that an analyst opened."""
    customer, officer = a_customer(), an_officer()
    case = a_case(person=customer)
    item = start_report(
        case_id=case.case_id, determined_on=today(), has_suspect=True, actor=actor(officer), now=utcnow()
    )
    answers = dict.fromkeys(("who", "what", "when", "where", "why", "how"), MARK)
    filed = the_way_to_filed(written(item, officer, answers=answers), officer, an_officer(), SECRET_NUMBER)
    new = continue_report(filing_id=filed.filing_id, version=filed.version, actor=actor(officer), now=utcnow())
    request = reviewed(written(new, officer, answers=answers), officer)
    standing.forget()
    subjects = (f"sar%23{filed.filing_id}", f"approval%23{request.approval_id}", f"sar%23{new.filing_id}")
    return Secret(
        customer=customer,
        samples={
            "user_id": customer.user_id, "customer_id": customer.user_id, "case_id": case.case_id,
            "alert_id": case.alert_ids[0], "account_id": accounts_of(customer.user_id)[0].account_id,
            "filing_id": filed.filing_id, "approval_id": request.approval_id, "code": "sar-filing", "extension": "pdf",
        },  # fmt: skip
        traces=(SECRET_NUMBER, MARK, filed.filing_id, new.filing_id, request.approval_id),
        asked=(
            *(f"{one}?export=csv" for one in LISTS),
            "/compliance/filings?form=sar", "/compliance/filings?state=settled", f"/compliance/filings?q={MARK}",
            "/approvals?kind=file_sar", "/approvals?state=settled", "/approvals?mine=on",
            *(f"/compliance/records?q={one}" for one in (*subjects, filed.filing_id, SECRET_NUMBER)),
            *record_pages(customer.user_id, case, filed.filing_id),
            *(f"/compliance/audit?subject={one}" for one in subjects),
            *(f"/compliance/audit?subject={one}&export=csv" for one in subjects),  # last: a trail names what was asked
        ),
    )  # fmt: skip


def record_pages(customer_id: str, case: CaseFile, filing_id: str) -> list[str]:
    """The records of all that has to do with it, with each of their tabs, as pages."""
    keys = {
        "customers": customer_id, "kyc": customer_id, "accounts": accounts_of(customer_id)[0].account_id,
        "alerts": case.alert_ids[0], "cases": case.case_id, "filings": filing_id,
        "audit": f"audit%23sar%23{filing_id}%2300000001",
    }  # fmt: skip
    found = []
    for code, key in keys.items():
        tabs = [f"/{tab.code}" for tab in RECORDS[code].tabs] + ["/history"]
        found += [f"/compliance/records/{code}/{key}{tab}" for tab in ("", *tabs)]
    return found


def text_of(answer: HttpResponse) -> str:
    """All that the answer says, headers too."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return f"{dict(answer.headers)} {body.decode(errors='replace')}"


def addresses(secret: Secret) -> list[str]:
    """Every address that is read, with the ids of this bank, and the lists that are searched and taken away."""
    routes = {address(route, secret.samples) for route, pattern in patterns() if "GET" in methods(pattern)}
    return [*sorted(routes), *secret.asked]


def found_by(client: Client, secret: Secret) -> dict[str, list[str]]:
    """Address -> the traces in its answer; what was asked for may be said back."""
    found = {}
    for path in addresses(secret):
        told = text_of(client.get(path))
        told = told.replace(secret.samples["filing_id"], "") if secret.samples["filing_id"] in path else told
        told = told.replace(secret.samples["approval_id"], "") if secret.samples["approval_id"] in path else told
        asked = [one for one in secret.traces if one in path]
        if here := [one for one in secret.traces if one in told and one not in asked]:
            found[path] = here
    return found


@pytest.mark.slow
@pytest.mark.parametrize("maker", [a_teller, an_analyst, a_manager, an_admin])
def test_no_page_list_or_file_of_the_staff_tells_of_it(maker: Callable[[], User]) -> None:
    secret = a_secret()
    client = Client(raise_request_exception=False)
    assert found_by(signed_in(client, maker()), secret) == {}


@pytest.mark.slow
def test_no_page_or_file_of_the_customer_tells_of_it() -> None:
    secret = a_secret()
    assert found_by(signed_in(Client(raise_request_exception=False), secret.customer), secret) == {}


@pytest.mark.parametrize("maker", [an_officer, an_auditor])
def test_the_same_addresses_tell_who_may_know(maker: Callable[[], User]) -> None:
    secret = a_secret()
    client = signed_in(Client(), maker())
    filing = f"/compliance/filings/{secret.samples['filing_id']}"
    for path in ("/approvals", "/compliance/filings", "/compliance/audit", "/compliance/audit?export=csv", filing):
        told = text_of(client.get(path))
        assert any(one in told for one in secret.traces), path
    assert "sar-filing" in text_of(client.get("/compliance"))


@pytest.mark.parametrize("maker", [a_teller, an_analyst, a_manager, an_admin, a_customer])
def test_an_address_answers_as_if_it_was_not_there(maker: Callable[[], User]) -> None:
    secret = a_secret()
    client = signed_in(Client(raise_request_exception=False), maker())
    for there, not_there in (
        (f"/compliance/filings/{secret.samples['filing_id']}", "/compliance/filings/made-up-id"),
        (f"/compliance/filings/{secret.samples['filing_id']}/edit", "/compliance/filings/made-up-id/edit"),
        (f"/approvals/{secret.samples['approval_id']}", "/approvals/made-up-id"),
        (f"/compliance/records/filings/{secret.samples['filing_id']}", "/compliance/records/filings/made-up-id"),
        (f"/compliance/records?q={secret.samples['filing_id']}", "/compliance/records?q=made-up-id"),
        ("/compliance/controls/sar-filing", "/compliance/controls/made-up-id"),
        (f"/compliance/filings/of-case/{secret.samples['case_id']}", "/compliance/filings/of-case/made-up-id"),
    ):
        for method in ("get", "post"):
            answers = [getattr(client, method)(path).status_code for path in (there, not_there)]
            assert answers[0] == answers[1], there
            assert answers[0] in (403, 404, 405, 422)


def test_the_score_of_who_may_not_know_is_told_by_what_they_see() -> None:
    a_secret()
    client = signed_in(Client(), a_manager())
    context = client.get("/compliance").context
    shown = {row.control.code for card in context["cards"] for row in card.rows}
    assert "sar-filing" not in shown
    assert "sar-filing" not in {row.control.code for row in context["score"]["parts"]}
