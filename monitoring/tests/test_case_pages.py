"""The pages of cases: who sees them, what is done by hand, what leaves as a file."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from accounts.services.wires import send_wire
from accounts.testing import an_analyst
from accounts.tests.test_wires import wire_out
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.lists.taken import Exports
from cloudbank.testing import Requests
from monitoring.casework import CaseFile
from monitoring.models import Alert
from monitoring.queries import casework
from monitoring.queries.alerts import get_alert
from monitoring.queries.casework import CaseFilter, cases_page, get_case
from monitoring.tests.conftest import OVER, Screened
from monitoring.tests.test_cases import PDF, case, escalated, stored, two
from monitoring.tests.test_held_wires import TO

__all__ = ["case", "two"]
NASTY = '<img src="http://127.0.0.1:9/x"><b>=1+1</b> Łódź'


def do(client: Client, case: CaseFile, action: str, **data: Any) -> Any:
    return client.post(f"/cases/{case.case_id}", {"action": action, "revision": stored(case).revision, **data})


def paths(case: CaseFile) -> list[str]:
    base = f"/cases/{case.case_id}"
    return ["/cases", base, f"{base}.pdf", f"{base}.json", f"{base}/files/x"]


@pytest.mark.parametrize("role", ["customer", "teller", "admin"])
def test_cases_are_secret(screened: Screened, case: CaseFile, role: str) -> None:
    client = screened.client(role)
    for path in paths(case):
        assert client.get(path).status_code == 403, path
    assert do(client, case, "note", note="x").status_code == 403


def test_whose_case_it_is_does_not_see_it(screened: Screened, case: CaseFile) -> None:
    client = screened.client(screened.customer)
    for path in paths(case):
        assert client.get(path).status_code == 403, path


@pytest.mark.parametrize("role", ["analyst", "compliance", "manager", "auditor"])
def test_who_sees_cases(screened: Screened, case: CaseFile, role: str) -> None:
    client = screened.client(role)
    assert "Cash at two branches" in client.get("/cases").content.decode()
    page = client.get(f"/cases/{case.case_id}").content.decode()
    assert ("Close the case" in page) is (role in ("analyst", "compliance"))
    if role in ("manager", "auditor"):
        for action in ("note", "take", "close", "subject", "detach", "paper"):
            assert do(client, case, action, note="x").status_code == 403, action
        assert stored(case).revision == case.revision


def test_from_one_alert_by_hand(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    asked = {"action": "escalate", "revision": 0, "title": "Cash", "reason": "unknown origin", "key": "abc"}
    assert screened.client("manager").post(f"/alerts/{alert.alert_id}", asked).status_code == 403
    assert client.post(f"/alerts/{alert.alert_id}", asked).status_code == 302
    (found,), _, _ = cases_page(CaseFilter(now=utcnow()))
    page = client.get(f"/alerts/{alert.alert_id}").content.decode()
    assert f"/cases/{found.case_id}" in page and "decided with its case" in page
    screened.cash_in(500_000)
    (fresh,) = screened.alerts(status="open")
    page = client.get(f"/alerts/{fresh.alert_id}").content.decode()
    assert "under investigation" in page and f'<option value="{found.case_id}">' in page
    joined = {"action": "escalate", "revision": 0, "case": found.case_id, "reason": "again", "key": "k"}
    assert client.post(f"/alerts/{fresh.alert_id}", joined).status_code == 302
    assert len(stored(found).alert_ids) == 2


def test_many_from_the_queue_with_an_answer_for_each(screened: Screened, two: list[Alert]) -> None:
    client = screened.client()
    ids = [f"{two[0].alert_id}~0", "alt_nothing", f"{two[1].alert_id}~0"]
    answer = client.post("/alerts", {"action": "escalate", "ids": ids, "reason": "One person, two names"})
    text = answer.content.decode()
    assert text.count("Escalated into a case.") == 2 and "There is no such alert." in text
    cases = {get_alert(one.alert_id).case_id for one in two}  # type: ignore[union-attr]
    (case_id,) = cases
    found = get_case(case_id)
    assert found is not None and found.title == "One person, two names"


def test_notes_files_and_handing_over_by_hand(screened: Screened, case: CaseFile) -> None:
    client, bob = screened.client(), an_analyst(name="Bob Brown")
    assert do(client, case, "note", note="called the branch").status_code == 302
    assert do(client, case, "note", note="").status_code == 422
    file = SimpleUploadedFile("slip.pdf", PDF, content_type="text/html")
    assert do(client, case, "paper", file=file).status_code == 302
    wrong = do(client, case, "paper", file=SimpleUploadedFile("x.pdf", b"no"))
    assert wrong.status_code == 422 and "This is no PDF file" in wrong.content.decode()
    assert do(client, case, "assign", owner=bob.user_id).status_code == 302
    page = client.get(f"/cases/{case.case_id}").content.decode()
    for said in ("called the branch", "slip.pdf", "Assigned to Bob Brown", "File added: slip", "Investigating"):
        assert said in page, said


def test_a_file_comes_back_as_a_download_and_is_kept_in_the_trail(screened: Screened, case: CaseFile) -> None:
    client = screened.client()
    do(client, case, "paper", file=SimpleUploadedFile("slip.pdf", PDF))
    (paper,) = stored(case).papers
    answer = client.get(f"/cases/{case.case_id}/files/{paper['paper_id']}")
    assert answer.content == PDF and answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="slip.pdf"'
    trail = AuditRecord.by_subject.query(f"exports#{Exports.key(screened.analyst.user_id)}")
    (record,) = list(trail)
    assert record.after["case"] == case.case_id and paper["sha256"] in record.after["what"]
    assert client.get(f"/cases/{case.case_id}/files/nothing").status_code == 404


def test_closing_by_hand_goes_to_the_inbox(screened: Screened, case: CaseFile) -> None:
    client = screened.client()
    assert do(client, case, "close", reason_code="", note="").status_code == 422
    assert do(client, case, "close", reason_code="structuring", note="two branches").status_code == 302
    page = client.get(f"/cases/{case.case_id}").content.decode()
    assert "Waits for a second person" in page and "Close the case" not in page
    request_id = stored(case).pending_approval
    officer = screened.client("compliance")
    inbox = officer.get(f"/approvals/{request_id}").content.decode()
    assert "two branches" in inbox and "confirmed (structuring)" in inbox


def test_who_comes_second_is_told(screened: Screened, case: CaseFile) -> None:
    bob = screened.client(an_analyst(name="Bob Brown"))
    do(screened.client(), case, "take")
    late = bob.post(f"/cases/{case.case_id}", {"action": "take", "revision": 1})
    assert late.status_code == 409 and "Ana Analyst took this case at" in late.content.decode()


def test_the_export_holds_everything_and_nothing_is_markup(screened: Screened, two: list[Alert]) -> None:
    case, client = escalated(screened, *two, title=NASTY[:120]), screened.client()
    do(client, case, "note", note=NASTY)
    do(client, case, "paper", file=SimpleUploadedFile("slip.pdf", PDF))
    data = json.loads(client.get(f"/cases/{case.case_id}.json").content)
    assert data["case"]["case_id"] == case.case_id and len(data["alerts"]) == len(data["findings"]) == 2
    note = next(one for one in data["timeline"] if one["action"] == "note")
    assert note["reason"] == NASTY and len(note["hash"]) == 64
    assert "stored" not in data["files"][0]
    answer = client.get(f"/cases/{case.case_id}.pdf")
    assert answer["Content-Disposition"].startswith("attachment") and answer["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    plain = " ".join(text.split())
    for said in ("Łódź", "<b>=1+1</b>", "Timeline", "Ana Analyst", "10,000.01", case.case_id, "Confidential"):
        assert said in plain, said
    trail = AuditRecord.by_subject.query(f"exports#{Exports.key(screened.analyst.user_id)}")
    assert [one.after["format"] for one in trail] == ["json", "pdf"]
    assert client.get(f"/cases/{case.case_id}.exe").status_code == 404


def test_the_list_has_ages_filters_sort_and_export(screened: Screened, case: CaseFile) -> None:
    client = screened.client()
    page = client.get("/cases").content.decode()
    assert "0-2 days" in page and "More than 30 days" in page
    for query, shown in {
        "?age=0-2": True,
        "?age=30%2B": False,
        "?severity=critical": True,
        "?severity=low": False,
        "?status=closed": False,
        "?status=open": True,
        f"?owner={screened.analyst.user_id}": True,
        "?owner=-": False,
        "?sort=-severity": True,
        "?sort=alerts": True,
        "?sort=-changed": True,
        f"?customer={screened.customer.user_id}": True,
    }.items():
        rows = client.get(f"/cases{query}", headers={"HX-Request": "true"}).content.decode()
        assert (case.case_id in rows) is shown, query
    answer = client.get("/cases?export=csv")
    assert "Cash at two branches" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("sort", ["opened", "-opened", "severity"])
def test_pages_of_the_list_have_no_gap_and_no_repeat(screened: Screened, sort: str) -> None:
    alerts = []
    for number in range(3):
        screened.cash_in(OVER, screened.theirs)
        (fresh,) = screened.alerts(status="open")
        alerts.append(escalated(screened, fresh, key=str(number), title=f"case {number}"))
    seen, cursor = list[str](), ""
    now = utcnow()
    for _ in range(5):
        rows, cursor, _ = cases_page(
            CaseFilter(now=now), sort=sort.lstrip("-"), descending=sort.startswith("-"), cursor=cursor, limit=1
        )
        seen += [one.case_id for one in rows]
        if not cursor:
            break
    assert sorted(seen) == sorted(one.case_id for one in alerts)


def test_a_case_costs_a_bounded_number_of_requests(screened: Screened, case: CaseFile, requests_made: Requests) -> None:
    client = screened.client()
    requests_made.clear()
    assert client.get(f"/cases/{case.case_id}").status_code == 200
    assert len(requests_made) <= 16 + len(case.alert_ids), requests_made.operations
    requests_made.clear()
    client.get("/cases")
    assert len(requests_made) <= 12, requests_made.operations


def test_a_case_that_is_not_there_is_not_found(screened: Screened, case: CaseFile) -> None:
    for path in ("/cases/cas_none", "/cases/cas_none.pdf", f"/cases/{case.alert_ids[0]}"):
        assert screened.client().get(path).status_code == 404, path


def test_a_sort_says_when_it_left_cases_out(
    screened: Screened, case: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    screened.cash_in(OVER, screened.theirs)
    (fresh,) = screened.alerts(status="open")
    escalated(screened, fresh, key="more", title="Another")
    client = screened.client()
    assert b"More cases than are sorted" not in client.get("/cases?sort=alerts").content
    monkeypatch.setattr(casework, "MOST_SORTED", 1)
    assert b"More cases than are sorted" in client.get("/cases?sort=alerts").content
    assert b"More cases than are sorted" not in client.get("/cases").content, "by age it is exact"


def test_the_case_decides_on_what_waits_and_blocks_whom_it_was_with(screened: Screened) -> None:
    """A watched stranger is paid, a wire to where rule 8 stops it waits: both are at hand on the case's page."""
    screened.cash_in(900_000)
    screened.transfer(600_000)
    receipt = send_wire(instruction=wire_out(screened.account, 100_000, TO), now=utcnow())
    assert receipt.held
    mine = screened.alerts(status="open", customer_id=screened.customer.user_id)
    case = escalated(screened, *mine, key="all", title="All of it")
    client = screened.client()
    page = client.get(f"/cases/{case.case_id}")
    ((row, form),) = page.context["stopped"]
    assert row.item.movement_id == receipt.movement_id and form is not None
    assert [account for account, _ in page.context["others"]] == [screened.theirs]
    text = page.content.decode()
    assert f'action="/held-movements/{receipt.movement_id}"' in text
    address = f"/lists/new?list=block&amp;kind=account&amp;value={screened.theirs}&amp;origin={case.case_id}"
    assert address in text or address.replace("&amp;", "&") in text
    answer = client.post(
        "/lists/new",
        {"list": "block", "kind": "account", "value": screened.theirs, "reason": "Mule", "origin": case.case_id},
    )
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.case_id}")
    assert screened.client("auditor").get(f"/cases/{case.case_id}").context["stopped"][0][1] is None
