"""Several approved cash reports in one file: an officer's day from the ticks to the acknowledgement."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_manager, an_officer, signed_in
from cloudbank.clock import utcnow
from compliance.filings.acknowledgement import read_acknowledgement
from compliance.filings.batching import (
    ACKNOWLEDGED,
    DISSOLVED,
    REJECTED,
    acknowledge,
    batch,
    dissolve,
    file_of,
    make_batch,
)
from compliance.filings.life import record_filed
from compliance.filings.models import CashReport, FilingBatch
from compliance.filings.terms import Refused, Status
from compliance.filings.testing import NUMBER, agreed, cash, fresh, reviewed
from compliance.services.audit_check import verify_audit
from compliance.testing import actor, an_account_of, today
from compliance.tests.test_bsa_xml import CTR_ORDER, NAMESPACE, bank_is_known, names, value
from compliance.tests.test_filings import noon, sealed_and_drafted

pytestmark = pytest.mark.usefixtures("bank")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


def approved(number: int, officer: User, second: User) -> list[CashReport]:
    """So many cash reports, approved by two people."""
    for place in range(number):
        account = an_account_of(a_customer(name=f"Carla Number{place}"), now=noon(1))
        cash(account, 1_100_050 + place, noon(1))
    found = sealed_and_drafted()
    for item in found:
        agreed(reviewed(item, officer), second)
    return [fresh(item) for item in found]  # type: ignore[misc]


def made(reports: list[CashReport], officer: User) -> FilingBatch:
    return make_batch(filing_ids=[one.filing_id for one in reports], actor=actor(officer), now=utcnow())


def answered(item: FilingBatch, officer: User, content: bytes) -> FilingBatch:
    return acknowledge(
        batch_id=item.batch_id, content=content, filed_on=today(), version=item.version, actor=actor(officer),
        now=utcnow(),
    )  # fmt: skip


def answer(numbers: int, *, status: str = "A", first: int = 31_000_000_000_001) -> bytes:
    """An acknowledgement as FinCEN's guide has it: empty errors, and a warning on the first."""
    warned = (
        '<EFilingActivityErrorXML SeqNum="4"><ErrorElementNameText>RawZIPCode</ErrorElementNameText>'
        "<ErrorLevelText>WARN</ErrorLevelText><ErrorText>The value is in an invalid format.</ErrorText>"
        "<ErrorTypeCode>F18</ErrorTypeCode></EFilingActivityErrorXML>"
    )
    parts = [
        f'<EFilingActivityXML SeqNum="{place * 2 + 3}">'
        f"{f'<BSAID>{first + place}</BSAID>' if status == 'A' else ''}"
        f"{warned if place == 0 else '<EFilingActivityErrorXML SeqNum=' + chr(34) + '9' + chr(34) + '/>'}"
        "</EFilingActivityXML>"
        for place in range(numbers)
    ]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><EFilingBatchXML StatusCode="{status}" SeqNum="1">'
        f'<EFilingSubmissionXML StatusCode="{status}" SeqNum="2">{"".join(parts)}</EFilingSubmissionXML>'
        "</EFilingBatchXML>"
    ).encode()


def test_the_file_has_an_activity_for_each_report_and_its_counts_are_those_of_the_whole_file() -> None:
    bank_is_known()
    officer, second = an_officer(), an_officer()
    reports = approved(3, officer, second)
    root = ElementTree.fromstring(file_of(made(reports, officer)))
    activities = root.findall("f:Activity", NAMESPACE)
    assert [value(root, "FormTypeCode"), root.get("ActivityCount"), len(activities)] == ["CTRX", "3", 3]
    path = "f:CurrencyTransactionActivity/f:CurrencyTransactionActivityDetail/f:DetailTransactionAmountText"
    details = [int(one.text or "") for one in root.findall(f"f:Activity/{path}", NAMESPACE)]
    assert root.get("TotalAmount") == str(sum(details)) == str(3 * 11_001), "every detail, rounded up"
    everybody = root.findall("f:Activity/f:Party", NAMESPACE)
    assert root.get("PartyCount") == str(len(everybody)) == str(3 * 6), "the bank's four, the person, the place of each"
    for one in activities:
        assert names(one) == list(CTR_ORDER)
    numbers = [one.attrib["SeqNum"] for one in root.iter() if "SeqNum" in one.attrib]
    assert numbers == [str(one) for one in range(1, len(numbers) + 1)], "one row of numbers through the whole file"


def test_an_officers_day_from_the_ticks_to_the_identifiers() -> None:
    bank_is_known()
    officer, second = an_officer(), an_officer()
    reports = approved(2, officer, second)
    client = signed_in(Client(), officer)
    assert "One XML file of them" in client.get("/compliance/filings?state=approved").content.decode()
    sent = client.post("/compliance/filings", {"action": "batch", "ids": [one.filing_id for one in reports]})
    path = sent["Location"]
    assert client.get(f"{path}.xml").content.count(b"<fc2:Activity SeqNum") == 2
    page = client.get(path)
    form = {"version": page.context["form"]["version"].value(), "filed_on": "", "step": "acknowledge"}
    refused = client.post(path, form | {"file": SimpleUploadedFile("a.xml", answer(2))})
    assert refused.status_code == 422 and "filed_on" in refused.context["form"].errors
    upload = SimpleUploadedFile("ack.xml", answer(2))
    assert client.post(path, form | {"filed_on": today().isoformat(), "file": upload}).status_code == 302
    item = batch(path.rpartition("/")[2])
    assert item is not None and item.status == ACKNOWLEDGED
    found = {one.filing_id: fresh(one) for one in reports}
    assert [found[key].acknowledgement for key in item.filing_ids] == ["31000000000001", "31000000000002"]
    assert {one.status for one in found.values()} == {Status.FILED}
    told = client.get(path).content.decode()
    assert "F18: The value is in an invalid format." in told and "31000000000002" in told
    assert path in client.get(f"/compliance/filings/{item.filing_ids[0]}").content.decode()
    assert not verify_audit().problems


def test_a_rejected_file_or_one_taken_apart_gives_its_reports_back() -> None:
    bank_is_known()
    officer, second = an_officer(), an_officer()
    reports = approved(2, officer, second)
    item = made(reports, officer)
    with pytest.raises(Refused, match="another file already"):
        made([fresh(one) for one in reports], officer)  # type: ignore[misc]
    with pytest.raises(Refused, match="in a file with others"):
        record_filed(
            filing_id=reports[0].filing_id, acknowledgement=NUMBER, filed_on=today(),
            version=fresh(reports[0]).version, actor=actor(officer), now=utcnow(),
        )  # fmt: skip
    assert answered(item, officer, answer(2, status="R")).status == REJECTED
    again = made([fresh(one) for one in reports], officer)  # type: ignore[misc]
    assert again.batch_id != item.batch_id
    done = dissolve(batch_id=again.batch_id, version=again.version, actor=actor(officer), now=utcnow())
    assert done.status == DISSOLVED
    assert {(fresh(one).status, fresh(one).batch_id) for one in reports} == {(Status.APPROVED, "")}
    with pytest.raises(Refused, match="changed this file"):
        answered(done, officer, answer(2))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lambda: b"BSA 31000000000001", "no XML"),
        (lambda: b'<!DOCTYPE a [<!ENTITY b "c">]><EFilingBatchXML StatusCode="A">&b;</EFilingBatchXML>', "no XML"),
        (lambda: b"<EFilingBatchXML/>", "no acknowledgement"),
        (lambda: answer(3), "answers 3 reports, the file has 2"),
        (lambda: answer(1), "answers 1 reports"),
        (lambda: answer(2).replace(b"31000000000002", b"31000000000001"), "two have the same"),
        (lambda: answer(2).replace(b"31000000000002", b"3100"), "14 digits"),
    ],
)
def test_what_is_no_answer_to_this_file_changes_nothing(content: Callable[[], bytes], why: str) -> None:
    if "answers" not in why:
        with pytest.raises(Refused, match=why):
            read_acknowledgement(content())
        return
    bank_is_known()
    officer, second = an_officer(), an_officer()
    reports = approved(2, officer, second)
    item = made(reports, officer)
    with pytest.raises(Refused, match=why):
        answered(item, officer, content())
    assert {fresh(one).status for one in reports} == {Status.APPROVED}


def test_only_what_is_approved_goes_in_all_or_nothing_and_a_manager_only_looks() -> None:
    bank_is_known()
    officer, boss = an_officer(), a_manager()
    (good,) = approved(1, officer, boss)
    account = an_account_of(a_customer(), now=noon(1))
    ids = [good.filing_id, "ctr_madeup", account]
    with pytest.raises(Refused, match="no such cash report"):
        make_batch(filing_ids=ids, actor=actor(officer), now=utcnow())
    with pytest.raises(Refused, match="Your role"):
        made([good], boss)
    assert fresh(good).batch_id == ""
    shown = signed_in(Client(), officer).post("/compliance/filings", {"action": "batch", "ids": ids[:2]})
    assert shown.status_code == 200 and "no such cash report" in shown.content.decode()
    client = signed_in(Client(), boss)
    assert client.post("/compliance/filings", {"action": "batch", "ids": [good.filing_id]}).status_code == 403
    path = f"/compliance/filings/batches/{made([good], officer).batch_id}"
    page = client.get(path)
    assert page.status_code == 200 and page.context["form"] is None
    assert client.post(path, {"step": "dissolve"}).status_code == 403
    assert "1 report" in client.get("/compliance/filings/batches").content.decode()
