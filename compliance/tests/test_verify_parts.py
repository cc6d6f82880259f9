"""`verify_audit --parts`: the parts are the whole; what one found is told until it is read again, whatever others say."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.queries.scans import Part
from accounts.testing import a_customer, an_auditor, an_officer, signed_in
from cloudbank import jobs, store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import utcnow
from cloudbank.tables import TransactionsItem, connection
from compliance.control import scope_of
from compliance.controls.jobs_late import JobsLate
from compliance.queries.audit import latest_of_parts, part_of, parts_unread, telling_run, verifications
from compliance.services.audit_check import verify_audit
from compliance.testing import an_account_of, an_action

pytestmark = pytest.mark.usefixtures("bank")
OF = 7


def a_run(at: datetime, *, part: int = 0, of: int = OF, broken: int = 0) -> None:
    """A verification that ended, of one part or (0) of all."""
    with jobs.run("verify_audit", key=f"{part}", now=at) as run:
        run.counts |= {"broken": broken} | ({"part": part, "parts": of} if part else {})


def told(now: datetime) -> list[str]:
    """What the control says of the audit trail."""
    rows = JobsLate().offenders(scope_of(now)).rows
    return sorted(one.why for one in rows if one.job == "verify_audit")


def spoil(subject: str) -> dict[str, Any]:
    """Another reason on a record of the subject; what it was."""
    raw = next(iter(store.load_raw(TransactionsItem, [AuditRecord.key(subject, 2)])))
    put(raw | {"reason": {"S": "for another reason"}})
    return raw


def put(raw: dict[str, Any]) -> None:
    connection().dispatch("PutItem", {"TableName": "BankingTransactions", "Item": raw})


def test_all_parts_together_read_what_one_run_reads_and_find_what_it_finds() -> None:
    for _ in range(3):
        an_account_of(a_customer())
    subject = subject_of(an_action(an_officer(), "start", "ready"))
    spoil(subject)
    whole = verify_audit()
    parts = [verify_audit(part=Part(number, OF)) for number in range(1, OF + 1)]
    assert sum(one.items for one in parts) == whole.items
    assert sum(one.records for one in parts) == whole.records
    found = [(kind, one.first) for part in parts for kind, one in part.problems.items()]
    assert sorted(found) == sorted((kind, one.first) for kind, one in whole.problems.items())
    assert found


def test_each_night_has_its_part_and_a_week_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    began, seen = utcnow(), []
    for night in range(OF):
        now = began + timedelta(days=night)
        monkeypatch.setattr("compliance.management.commands.verify_audit.utcnow", lambda now=now: now)
        out = StringIO()
        call_command("verify_audit", "--parts", "7", stdout=out)
        run = jobs.last_run("verify_audit")
        assert run is not None and run.counts["parts"] == OF
        assert out.getvalue().startswith(f"Part {run.counts['part']} of 7 of the audit trail is whole")
        seen.append(run.counts["part"])
    assert sorted(seen) == list(range(1, OF + 1))


def test_what_a_part_found_stays_until_that_part_is_whole_again() -> None:
    began = utcnow() - timedelta(days=3)
    a_run(began, part=3, broken=2)
    a_run(began + timedelta(days=1), part=4)
    now = began + timedelta(days=1, hours=3)
    assert told(now) == ["part 3 of 7: damage in the audit trail"]
    standing = telling_run(verifications())
    assert standing is not None and part_of(standing) == "part 3 of 7: "
    a_run(began + timedelta(days=1, hours=2), part=3)
    assert told(now) == []
    standing = telling_run(verifications())
    assert standing is not None and not standing.counts["broken"]


def test_a_part_that_is_left_out_for_a_round_is_told() -> None:
    began = utcnow() - timedelta(days=20)
    for night in range(10):
        if night % OF != 2:
            a_run(began + timedelta(days=night), part=night % OF + 1)
    assert told(began + timedelta(days=5, hours=1)) == []  # not known yet: the round is not over
    (said,) = told(began + timedelta(days=9, hours=1))
    assert said.startswith("part 3 of 7: not read")


def test_a_run_over_all_counts_for_every_part_until_it_is_too_old() -> None:
    began = utcnow() - timedelta(days=20)
    a_run(began)
    a_run(began + timedelta(days=1), part=2)
    found = latest_of_parts(verifications())
    assert sorted(found) == list(range(1, OF + 1)) and not parts_unread(found)
    assert told(began + timedelta(days=1, hours=2)) == []


def test_damage_that_a_run_over_all_found_is_told_as_well() -> None:
    a_run(utcnow() - timedelta(hours=1), broken=1)
    assert told(utcnow()) == ["damage in the audit trail"]


def test_the_page_names_the_part(client: Client) -> None:
    call_command("verify_audit", "--parts", "7", "--part", "5", stdout=StringIO())
    page = signed_in(client, an_auditor()).get("/compliance/audit/chains").content.decode()
    assert "part 5 of 7: " in page


@pytest.mark.parametrize(
    "wrong, says",
    [
        (["--parts", "0"], "no number from 1 to 7"),
        (["--parts", "8"], "no number from 1 to 7"),
        (["--parts", "a"], "no number from 1 to 7"),
        (["--parts", "3", "--part", "4"], "no part 4 of 3"),
        (["--part", "2"], "no part 2 of 1"),
        (["--parts", "3", "--subject", "user#x"], "leave out --parts"),
    ],
)
def test_nonsense_is_refused(wrong: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("verify_audit", *wrong, stdout=StringIO())
    assert jobs.last_run("verify_audit") is None
