"""One id from the browser to the audit record and the log line; and what a posting weighs with it."""

import io
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils.log import log_response

from accounts.forms.banking import MEMO_LENGTH
from accounts.ledger import line_hash
from accounts.models import Posting
from accounts.queries.ledger import history, movement_lines
from accounts.services.deposits import freeze_account
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, signed_in
from accounts.tests.makers import actor, an_account, form_of
from accounts.tests.visitor import Visitor
from cloudbank import access, audit, jobs, trace
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.logs import MaskingFormatter

REQUEST = re.compile(r"req_[a-z2-7]{13}")
SMALL = 1_024
"""Bytes of one write unit."""


def transferred(web: Client, mine: Any, theirs: Any, memo: str = "") -> tuple[str, list[Posting]]:
    """Transfer 12.34 by the page: (X-Request-Id of the answer, the postings)."""
    data = form_of(web, "/transfer") | {"account": mine.account_id, "to": theirs.account_id, "amount": "12.34"}
    answer = web.post("/transfer", data | {"memo": memo, "confirm": "yes"})
    assert answer.status_code == 302
    return answer["X-Request-Id"], movement_lines(answer["Location"].rsplit("/", 1)[1])


def test_the_id_of_the_answer_stands_on_both_postings_and_in_the_server_s_log(server: str, server_log: Path) -> None:
    """From a real gunicorn: the answer's header, the postings, the line of the log; a forged header is not believed."""
    carla = a_customer()
    mine, theirs = an_account(carla, 100_000), an_account(a_stranger())
    visitor = Visitor.signed_in(server, carla)
    key = re.search(r'name="key" value="([^"]+)"', visitor.get("/transfer").text)
    assert key
    asked = {"account": mine.account_id, "to": theirs.account_id, "amount": "12.34", "confirm": "yes", "key": key[1]}
    answer = visitor.post("/transfer", asked)
    visitor.close()
    assert answer.status == 302 and REQUEST.fullmatch(answer.request_id)
    lines = movement_lines(answer.location.rsplit("/", 1)[1])
    assert [line.trace for line in lines] == [answer.request_id] * 2
    told = [line for line in server_log.read_text().splitlines() if answer.request_id in line]
    assert len(told) == 1
    assert re.search(
        rf"cloudbank\.access {answer.request_id} POST /transfer 302 \d+ ms {carla.user_id} customer$", told[0]
    )
    assert mine.account_id not in server_log.read_text()


def test_what_a_browser_calls_its_request_is_never_taken_for_the_id(bank: Any) -> None:
    answer = signed_in(Client(), a_customer()).get("/dashboard", headers={"X-Request-Id": "req_aaaaaaaaaaaaa"})
    assert REQUEST.fullmatch(answer["X-Request-Id"]) and answer["X-Request-Id"] != "req_aaaaaaaaaaaaa"


def test_audit_records_of_a_request_carry_its_id(bank: Any) -> None:
    manager, account = a_manager(), an_account(a_customer())
    web = signed_in(Client(), manager)
    answer = web.post(f"/accounts/{account.account_id}/freeze", {"reason": "Reported stolen by the customer"})
    assert answer.status_code == 302
    record = next(iter(AuditRecord.by_subject.query(audit.subject_of(account), scan_index_forward=False, limit=1)))
    assert (record.action, record.trace) == ("freeze", answer["X-Request-Id"])
    assert record.hash == record.computed_hash()
    record.trace = trace.new()
    assert record.hash != record.computed_hash()


def test_what_a_job_writes_carries_its_run_and_afterwards_nothing_does(bank: Any) -> None:
    account = an_account(a_customer())
    with jobs.run("close_day", key="2026-11-20", now=utcnow()):
        freeze_account(account_id=account.account_id, reason="Asked for", actor=actor(a_manager()), now=utcnow())
    record = next(iter(AuditRecord.by_subject.query(audit.subject_of(account), scan_index_forward=False, limit=1)))
    assert record.trace == "job#close_day#00000001" and trace.current() == ""


def test_work_handed_to_another_thread_keeps_the_id() -> None:
    with trace.within("req_a"):
        work = trace.carried(trace.current)
    assert (work(), trace.current()) == ("req_a", "")


def test_the_id_is_under_the_posting_s_hash_and_lines_without_one_hash_as_before(bank: Any) -> None:
    carla = a_customer()
    mine, theirs = an_account(carla, 100_000), an_account(a_stranger())
    _, postings = transferred(signed_in(Client(), carla), mine, theirs)
    line = postings[0].line()
    assert line_hash(line) == line.hash
    assert line_hash(replace(line, trace=trace.new())) != line.hash != line_hash(replace(line, trace=""))
    silent = history(mine.account_id).rows[-1].line()
    assert silent.trace == "" and line_hash(silent) == silent.hash


@pytest.mark.parametrize(("memo", "most"), [("", 880), ("x" * MEMO_LENGTH, SMALL)])
def test_a_line_stays_within_one_write_unit(bank: Any, requests_made: Any, memo: str, most: int) -> None:
    """As stored, names and values, by the rules of DynamoDB's item sizes; from the longest address there is."""
    carla = a_customer()
    mine, theirs = an_account(carla, 100_000), an_account(a_stranger())
    web = signed_in(Client(REMOTE_ADDR="2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"), carla)
    transferred(web, mine, theirs, memo)
    saved = next(asked for name, asked in reversed(requests_made) if "posting" in str(asked) and "Transact" in name)
    lines = [put for one in saved["TransactItems"] if (put := one.get("Put", {}).get("Item", {})).get("kind") == KIND]
    assert len(lines) == 2 and all("trace" in line and len(line["source"]["S"]) == 38 for line in lines)
    assert max(size(line) for line in lines) < most


KIND = {"S": "posting"}


def size(item: dict[str, Any]) -> int:
    """Bytes: names and texts in UTF-8, a number about half its digits and one more, a truth value one."""
    values = {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
    return sum(len(name) + _bytes(value) for name, value in values.items())


def _bytes(value: Any) -> int:
    if isinstance(value, bool):
        return 1
    return len(value.encode()) if isinstance(value, str) else len(str(value)) // 2 + 2


def test_staff_find_the_id_on_the_receipt_and_customers_do_not(bank: Any) -> None:
    carla = a_customer()
    mine, theirs = an_account(carla, 100_000), an_account(a_stranger())
    mark, postings = transferred(signed_in(Client(), carla), mine, theirs)
    path = f"/receipts/{postings[0].movement_id}"
    assert mark in signed_in(Client(), a_teller()).get(path).content.decode()
    assert mark not in signed_in(Client(), carla).get(path).content.decode()


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/accounts/4000123412341234", "/accounts/<account_id>"),
        ("/receipts/mov_x", "/receipts/<movement_id>"),
        ("/dashboard", "/dashboard"),
        ("/compliance/filings/of-case/cas_1", "/compliance/filings/<filing_id>"),
        ("/compliance/filings/flg_1/edit", "/compliance/filings/<filing_id>"),
    ],
)
def test_the_line_of_a_request_names_the_pattern_and_no_number(path: str, pattern: str) -> None:
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path)
    assert access.pattern_of(request) == pattern


def test_a_page_that_is_not_there_is_told_without_its_address() -> None:
    assert access.pattern_of(RequestFactory().get("/people/carla@example.com")) in ("(no page)", "/people/<user_id>")


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678", True),
        ("X-Request-Id", "7f3a-22b1-0000", True),
        ("X-Request-Id", "x\nINFO forged line", False),
        ("X-Amzn-Trace-Id", "a" * 200, False),
    ],
)
def test_the_balancer_s_own_id_stands_beside_when_it_is_well_formed(
    header: str, value: str, said: bool, caplog: Any
) -> None:
    request = RequestFactory().get("/dashboard", headers={header: value})
    with caplog.at_level("INFO"):
        access.tell(request, answer_of(200), 3.2)
    assert (value in caplog.text) == said


@pytest.mark.parametrize(
    ("path", "status", "lines"), [("/healthz", 200, 0), ("/readyz", 503, 1), ("/alerts/news", 204, 0)]
)
def test_what_says_nothing_has_no_line(path: str, status: int, lines: int, caplog: Any) -> None:
    with caplog.at_level("INFO"):
        access.tell(RequestFactory().get(path), answer_of(status), 1.0)
    assert len(caplog.records) == lines


def answer_of(status: int) -> Any:
    return HttpResponse(status=status)


@pytest.fixture
def log_text(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the handler of the settings writes, as it writes it."""
    text = io.StringIO()
    handler = next(one for one in logging.getLogger().handlers if isinstance(one.formatter, MaskingFormatter))
    monkeypatch.setattr(handler, "stream", text)
    return text


def test_no_line_of_the_log_has_what_somebody_wrote_into_an_address(bank: Any, log_text: io.StringIO) -> None:
    """Django logs of its own what was not found, not allowed or forbidden: in one line, by the pattern too."""
    web = signed_in(Client(enforce_csrf_checks=True), a_teller())
    for path in ("/people/ann@bank.example", "/nope/ann@bank.example%0aFORGED", "/people?q=ann@bank.example"):
        web.get(path)
        web.post(path)
    web.get("/operations")
    told = log_text.getvalue()
    assert "Not Found: /people/<user_id>\n" in told and "Not Found: (no page)\n" in told
    assert "Forbidden (Permission denied): /operations\n" in told and "Traceback" not in told
    assert "bank.example" not in told and "FORGED" not in told


def test_an_error_of_the_bank_is_logged_whole_without_the_address(log_text: io.StringIO) -> None:
    request = RequestFactory().get("/nope/ann@bank.example")
    try:
        raise ValueError("here")
    except ValueError as error:
        answer = HttpResponse(status=500)
        log_response("%s: %s", "Internal Server Error", request.path, response=answer, request=request, exception=error)
    told = log_text.getvalue()
    assert "Internal Server Error: (no page)\n" in told and "ValueError: here" in told and "ann@" not in told
