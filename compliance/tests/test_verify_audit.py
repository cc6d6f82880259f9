"""`manage.py verify_audit`: each kind of damage is named, whatever the kind of item; the page tells the same."""

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.testing import a_customer, an_admin, an_auditor, an_officer, signed_in
from cloudbank import audit, jobs, store
from cloudbank.audit import AuditRecord, Entry, subject_of
from cloudbank.clock import utcnow
from cloudbank.outbox.item import Message
from cloudbank.tables import TransactionsItem, connection
from compliance.queries.chains import LIMIT, audited_kinds, chain_of
from compliance.services.audit_check import AT_ONCE, KINDS, verify_audit
from compliance.testing import actor, an_account_of, an_action
from monitoring.casework import CaseFile

pytestmark = pytest.mark.usefixtures("bank")


def found() -> dict[str, str]:
    """Kind of damage -> the first of it."""
    return {kind: one.first for kind, one in verify_audit().problems.items()}


def raw_of(key: str) -> dict[str, Any]:
    return next(iter(store.load_raw(TransactionsItem, [key])))


def put(raw: dict[str, Any], table: str = "BankingTransactions") -> None:
    connection().dispatch("PutItem", {"TableName": table, "Item": raw})


def delete(key: str) -> None:
    connection().dispatch("DeleteItem", {"TableName": "BankingTransactions", "Key": {"transaction_id": {"S": key}}})


@pytest.fixture
def subject() -> str:
    """A corrective action with three records."""
    return subject_of(an_action(an_officer(), "start", "ready"))


def test_a_bank_at_work_is_whole(subject: str) -> None:
    an_account_of(a_customer())
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert re.match(r"The audit trail is whole: \d+ items, \d+ records", out.getvalue())
    assert jobs.last_run("verify_audit").counts["broken"] == 0  # type: ignore[union-attr]
    check = verify_audit()
    assert check.records >= 4
    assert check.items >= 3


def test_every_audited_kind_is_looked_at() -> None:
    kinds = audited_kinds()
    assert {"user", "privacy_request", "alert", "case", "report", "setting", "deposit_account", "loan"} <= set(kinds)
    assert kinds["deposit_account"].moving is not None
    assert kinds["user"].key_name == "user_id"


def damaged(subject: str, kind: str) -> None:
    """Do this damage to the second record of the subject, or around it."""
    key = AuditRecord.key(subject, 2)
    raw = raw_of(key)
    if kind == "missing":
        delete(key)
    elif kind == "content":
        put(raw | {"reason": {"S": "for another reason"}})
    elif kind == "link":
        entry = Entry.of(raw | {"previous_hash": {"S": "f" * 64}})
        put(raw | {"previous_hash": {"S": "f" * 64}, "hash": {"S": entry.computed_hash()}})
    elif kind == "filing":
        put(raw | {"worklist_group": {"S": "audit-by#usr_somebody_else"}})
    elif kind == "head":
        item = raw_of(subject.partition("#")[2])
        put(item | {"audit_sequence": {"N": "2"}})
    elif kind == "gone":
        delete(subject.partition("#")[2])
    elif kind == "beyond":
        put(raw | {"transaction_id": {"S": AuditRecord.key(subject, 9)}, "sequence": {"N": "9"}})
    elif kind == "unknown":
        put(raw | {"transaction_id": {"S": "audit#nonsense#1#00000001"}, "subject": {"S": "nonsense#1"}})


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in ("imprint", "unrecorded")])
def test_each_kind_of_damage_is_named(subject: str, kind: str) -> None:
    assert found() == {}
    damaged(subject, kind)
    told = found()
    assert kind in told
    assert "nonsense" in told[kind] or subject in told[kind]


def test_an_item_that_differs_from_its_last_record_and_one_without_any_are_named() -> None:
    account = next(iter(store.load_raw(_accounts(), [an_account_of(a_customer())])))
    put(account | {"branch": {"S": "elsewhere"}}, "BankingAccounts")
    put(account | {"account_id": {"S": "4999"}, "audit_sequence": {"N": "0"}, "audit_head": {"S": audit.GENESIS}},
        "BankingAccounts")  # fmt: skip
    told = found()
    assert "is not as its last record left it" in told["imprint"]
    assert "deposit_account#4999" in told["unrecorded"]


def _accounts() -> Any:
    return audited_kinds()["deposit_account"].table


def test_what_goes_by_itself_leaves_records_that_are_still_proven() -> None:
    item = Message(transaction_id="msg_1", version=1, event="e", created_at="", give_up_at="")
    store.save([audit.record(item, "send_again", actor=actor(an_officer()), now=utcnow())])
    assert found() == {}  # the message itself was deleted by its TTL
    raw = raw_of(AuditRecord.key(subject_of(item), 1))
    put(raw | {"reason": {"S": "another"}})
    assert "content" in found()


def test_chains_longer_than_a_batch_are_followed_to_their_end() -> None:
    item, officer = an_action(an_officer()), an_officer()
    for number in range(AT_ONCE + 5):
        entry = audit.record(item, "touch", actor=actor(officer), now=utcnow(), after={"number": number})
        store.save([store.changed(item), entry])
    assert found() == {}
    key = AuditRecord.key(subject_of(item), AT_ONCE + 3)
    put(raw_of(key) | {"action": {"S": "other"}})
    assert f"record {AT_ONCE + 3} was changed" in found()["content"]


def test_the_command_names_the_first_of_each_kind_and_fails(subject: str) -> None:
    damaged(subject, "content")
    err = StringIO()
    with pytest.raises(CommandError, match="1 kinds of damage"):
        call_command("verify_audit", stderr=err, stdout=StringIO())
    assert f"BROKEN content (1): a record was changed. First: {subject}: record 2" in err.getvalue()
    assert jobs.last_run("verify_audit").counts["broken"] == 1  # type: ignore[union-attr]


def test_one_subject_alone(subject: str) -> None:
    out = StringIO()
    call_command("verify_audit", "--subject", subject, stdout=out)
    assert "1 items, 3 records" in out.getvalue()
    damaged(subject, "missing")
    with pytest.raises(CommandError):
        call_command("verify_audit", "--subject", subject, stdout=out, stderr=StringIO())
    with pytest.raises(CommandError, match="Nothing was ever recorded"):
        call_command("verify_audit", "--subject", "user#nobody")


def test_the_page_follows_a_chain_and_shows_what_the_command_found(client: Client, subject: str) -> None:
    signed_in(client, an_auditor())
    html = client.get("/compliance/audit/chains").content.decode()
    assert "Never verified yet" in html
    html = client.get("/compliance/audit/chains", {"subject": subject}).content.decode()
    assert "The chain is whole" in html
    damaged(subject, "content")
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=StringIO(), stdout=StringIO())
    html = client.get("/compliance/audit/chains", {"subject": subject}).content.decode()
    assert "record 2 was changed after it was written" in html
    assert "A record was changed: (1)" in html


def test_a_subject_that_is_none_is_told_so(client: Client) -> None:
    signed_in(client, an_auditor())
    for text in ("user#nobody", "nonsense", "#", "user#", "x" * 200, "audit#x", "🙂#🙂"):
        answer = client.get("/compliance/audit/chains", {"subject": text})
        assert answer.status_code == 200, text
        assert "Nothing was ever recorded of" in answer.content.decode()
    for text in ("x" * 201, "nobody@example.org", "user#\x00"):
        answer = client.get("/compliance/audit/chains", {"subject": text})
        assert answer.status_code == 422, text


def test_a_reader_without_the_right_learns_nothing_of_a_secret_kind(client: Client) -> None:
    case = CaseFile(
        transaction_id="cas_1", title="Secret", severity="high", opened_by="usr_x", opened_at="", opened_on=""
    )
    officer = an_officer()
    store.save([audit.record(case, "open_case", actor=actor(officer), now=utcnow()), store.new(case)])
    for who, sees in ((an_auditor(), True), (an_admin(), False)):
        signed_in(client, who)
        for query in ("", f"?actor={officer.user_id}", "?subject=case%23cas_1"):
            lines = client.get(f"/compliance/audit{query}").context["lines"]
            assert any("Open case" in str(cell) for line in lines for _, cell in line.cells) is sees, query
        put(raw_of(AuditRecord.key("case#cas_1", 1)) | {"reason": {"S": "edited"}})
        with pytest.raises(CommandError):
            call_command("verify_audit", stderr=StringIO(), stdout=StringIO())
        assert ("case#cas_1" in client.get("/compliance/audit/chains").content.decode()) is sees
        put(raw_of(AuditRecord.key("case#cas_1", 1)) | {"reason": {"S": ""}})
        html = client.get("/compliance/audit/chains?subject=case%23cas_1").content.decode()
        assert ("The chain is whole" in html) is sees
        assert ("Nothing was ever recorded" in html) is not sees


def test_a_chain_that_is_cut_says_so(monkeypatch: pytest.MonkeyPatch, subject: str) -> None:
    assert LIMIT >= 1_000
    monkeypatch.setattr("compliance.queries.chains.LIMIT", 2)
    chain = chain_of(subject)
    assert chain is not None
    assert chain.cut
    assert chain.is_whole
