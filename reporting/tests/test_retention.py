"""Retention by class: what outlived it is listed, and deleted when told to; who built what, and its hashes, stay."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.testing import an_auditor, signed_in
from accounts.totals import DayTotals
from cloudbank import documents, jobs
from cloudbank.audit import AuditRecord
from reporting import queries, services
from reporting.metrics import in_order
from reporting.models import Report
from reporting.orders import Order
from reporting.retention import RECORD, WORKING, class_of, keep_until
from reporting.services.retention import delete_outlived
from reporting.tests.conftest import MANAGER, NOW
from reporting.tests.days import Q3
from reporting.verdicts import GENUINE, verdict_on
from reporting.writers import in_order as writers_in_order

LATE = NOW + timedelta(days=8 * 365)


@pytest.fixture
def report(sealed_bank: list[DayTotals]) -> Report:
    """The deposits of the third quarter, built in October 2026."""
    return built(NOW)


def built(moment: datetime) -> Report:
    """The same order again."""
    order = Order(Q3, tuple(in_order(("deposits",))), "USD")
    formats = writers_in_order(("csv", "pdf"))
    return services.build_report(order=order, formats=formats, actor=MANAGER, now=moment)


def command(moment: datetime, **options: Any) -> str:
    """What report_retention says."""
    said = StringIO()
    with time_machine.travel(moment, tick=False):
        call_command("report_retention", stdout=said, stderr=said, **options)
    return said.getvalue()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def again(report: Report) -> Report:
    found = queries.report(str(report.transaction_id))
    assert found
    return found


def test_a_final_report_is_a_record_for_seven_years_and_a_provisional_one_a_working_paper() -> None:
    assert (class_of(False), class_of(True)) == (RECORD, WORKING)
    assert keep_until(NOW, True) == NOW + timedelta(days=90)
    assert keep_until(NOW, False).year == NOW.year + 7


def test_what_outlived_its_class_is_listed_and_stays(report: Report, folder: Path) -> None:
    assert command(NOW + timedelta(days=400)).strip() == "Record: 0 may go, Working paper: 0 may go."
    late = command(LATE)
    assert str(report.transaction_id) in late
    assert "Record: 1 may go" in late
    assert len(files_in(folder)) == 3


def test_deleting_takes_the_files_says_so_and_leaves_who_when_and_the_hashes(report: Report, folder: Path) -> None:
    csv = documents.read_document(report.document("csv") or pytest.fail("there is a CSV"))
    assert "0 deleted, Working paper: 0 deleted; 0 bytes" in command(NOW + timedelta(days=400), delete=True)
    size = sum(path.stat().st_size for path in files_in(folder))
    assert len(files_in(folder)) == 3
    said = command(LATE, delete=True)
    assert f"deleted record 2033-10-05 {report.transaction_id} Quarterly report 2026Q3" in said
    assert f"Record: 1 deleted, Working paper: 0 deleted; {size:,} bytes freed." in said
    assert files_in(folder) == []
    kept = again(report)
    assert (kept.status, kept.built_by, kept.sha256, kept.document("csv")) == (
        "deleted",
        "usr_manager",
        report.sha256,
        None,
    )
    found = AuditRecord.by_subject.query(f"report#{report.transaction_id}")
    last = [one for one in found if isinstance(one, AuditRecord)][-1]
    assert (last.action, last.actor_id, last.reason) == ("delete_report", "command:report_retention", RECORD.about)
    assert services.problems_of(kept, LATE) == []
    verdict = verdict_on(csv)
    assert verdict.word == GENUINE
    assert "The archive deleted its own copy under retention on 2034-10-03." in verdict.sentence
    assert "0 bytes freed" in command(LATE, delete=True), "once"
    run = jobs.last_run("report_retention")
    assert run and (run.state, run.counts["deleted"]) == ("done", 0)


def test_a_working_paper_goes_before_a_record(report: Report) -> None:
    report = again(report)
    report.provisional = True
    services.store.save([services.store.changed(report)])
    assert "Working paper: 1 deleted" in command(NOW + timedelta(days=91), delete=True)


def test_what_must_stay_is_not_deleted_whoever_asks(report: Report, folder: Path) -> None:
    assert delete_outlived(report_id=str(report.transaction_id), actor=MANAGER, now=NOW + timedelta(days=2000)) == 0
    assert len(files_in(folder)) == 3


def test_a_file_that_cannot_be_deleted_is_named_the_report_stays_and_the_next_run_ends_it(
    report: Report, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(name: str) -> None:
        raise documents.NotDeleted(f"{name} could not be deleted: Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(documents, "delete_document", refused)
        with pytest.raises(CommandError, match="1 report could not be deleted") as error:
            command(LATE, delete=True)
    assert error.value.returncode == 2
    assert again(report).status == "final"
    (folder / report.files["csv"][0]).unlink()  # who was interrupted had taken one file
    assert "Record: 1 deleted" in command(LATE, delete=True)


def test_a_deleted_report_is_no_reason_not_to_build_it_again(report: Report, folder: Path) -> None:
    command(LATE, delete=True)
    order = Order(Q3, tuple(in_order(("deposits",))), "USD")
    assert queries.built_before(order, ["csv"], LATE) is None
    anew = built(LATE)
    assert (anew.transaction_id, anew.status, anew.built) == (report.transaction_id, "final", LATE)
    assert len(files_in(folder)) == 3
    assert services.problems_of(again(report), LATE) == []
    assert "0 deleted" in command(LATE + timedelta(days=1), delete=True)


def test_the_page_says_that_and_why_its_files_are_gone(report: Report, client: Client) -> None:
    command(LATE, delete=True)
    with time_machine.travel(LATE, tick=True):
        auditor = signed_in(client, an_auditor())
        text = auditor.get(f"/reports/{report.transaction_id}").content.decode()
        assert "Its files were deleted on 3 Oct 2034: Reports of closed days: seven years." in text
        assert "Checked just now" not in text
        assert auditor.post(f"/reports/{report.transaction_id}/csv").status_code == 404
