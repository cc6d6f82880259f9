"""Runs: a build goes on without its tab, can be cancelled and retried, and a crash shows as failed after its lease."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.testing import a_manager, an_auditor, signed_in
from accounts.totals import DayTotals
from cloudbank import documents, jobs
from cloudbank.audit import AuditRecord
from cloudbank.documents import NotStored
from reporting import queries, services
from reporting.metrics import in_order
from reporting.models import CANCELLED, DONE, FAILED, QUEUED, RUNNING, ReportRun
from reporting.orders import Order
from reporting.run_queries import existing_run, runs
from reporting.services import background
from reporting.services import runs as service
from reporting.services.runs import Cancelled, NotNow, Work, ask_run, cancel_run, performing, retry_run
from reporting.tests.conftest import MANAGER, NOW
from reporting.tests.days import Q3
from reporting.writers import in_order as writers_in_order

LATER = NOW + timedelta(minutes=10)


def asked(key: str = "k1", **changes: Any) -> ReportRun:
    """A run for the deposits of the third quarter, as CSV."""
    order = Order(Q3, tuple(in_order(("deposits",))), "USD")
    known: dict[str, Any] = {"order": order, "formats": writers_in_order(("csv",)), "actor": MANAGER, "now": NOW}
    return ask_run(key=key, **(known | changes))


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands."""
    return lambda: moment


def performed(run: ReportRun, moment: datetime = NOW) -> ReportRun:
    """The run, built."""
    with performing(run_id=run.transaction_id, now=at(moment)) as work:
        work.build()
    return existing_run(run.transaction_id)


def taken_up_by_who_dies(run: ReportRun) -> Work:
    """What a worker holds that is never heard of again."""
    return Work(service._taken_up(run.transaction_id, NOW), at(NOW), lambda done, total: None)


def actions(run: ReportRun) -> list[str]:
    """What the audit trail says of a run, oldest first."""
    found = AuditRecord.by_subject.query(f"report_run#{run.transaction_id}")
    return [item.action for item in found if isinstance(item, AuditRecord)]


def test_a_run_is_asked_for_built_and_archived_with_its_trail(sealed_bank: list[DayTotals]) -> None:
    run = asked()
    assert (run.state, run.state_at(NOW)) == (QUEUED, QUEUED)
    done = performed(run)
    assert (done.state, done.attempt, done.done, done.total) == (DONE, 1, 3, 3)
    report = queries.report(done.report_id)
    assert report
    assert (report.built_by, set(report.files)) == ("usr_manager", {"csv"})
    assert actions(run) == ["start_report"]
    assert [one.transaction_id for one in runs(NOW).rows] == [run.transaction_id]


def test_the_same_form_twice_is_one_run(sealed_bank: list[DayTotals]) -> None:
    assert asked("same").transaction_id == asked("same").transaction_id
    assert asked("other").transaction_id != asked("same").transaction_id
    assert len(runs(NOW).rows) == 2


def test_two_runs_of_one_choice_have_files_of_their_own(sealed_bank: list[DayTotals]) -> None:
    reports = [queries.report(performed(asked(key)).report_id) for key in ("a", "b")]
    names = {reference[0] for one in reports if one for reference in one.files.values()}
    assert len(names) == 2
    assert {one.sha256 for one in reports if one} == {reports[0].sha256 if reports[0] else ""}


def test_a_run_under_way_is_not_taken_up_twice(sealed_bank: list[DayTotals]) -> None:
    run = asked()
    with performing(run_id=run.transaction_id, now=at(NOW)) as work:
        with (
            pytest.raises(jobs.Held, match="being built already"),
            performing(run_id=run.transaction_id, now=at(NOW + timedelta(seconds=119))),
        ):
            pytest.fail("two at once")
        work.build()
    assert existing_run(run.transaction_id).state == DONE


def test_cancelling_stops_the_worker_at_its_next_step_and_archives_nothing(sealed_bank: list[DayTotals]) -> None:
    run = asked()

    def watch(done: int, total: int) -> None:
        if done == 1:
            cancel_run(run_id=run.transaction_id, actor=MANAGER, now=NOW)

    with (
        pytest.raises(Cancelled, match="was cancelled"),
        performing(run_id=run.transaction_id, now=at(NOW), watch=watch) as work,
    ):
        work.build()
    assert existing_run(run.transaction_id).state == CANCELLED
    assert queries.archive(NOW).rows == []
    assert actions(run) == ["start_report", "cancel_report"]


def test_cancelling_between_the_last_step_and_the_archive_archives_nothing(
    sealed_bank: list[DayTotals], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked()
    usual = services._archived

    def late(*arguments: Any) -> Any:
        cancel_run(run_id=run.transaction_id, actor=MANAGER, now=NOW)
        return usual(*arguments)

    monkeypatch.setattr(services, "_archived", late)
    with pytest.raises(Cancelled), performing(run_id=run.transaction_id, now=at(NOW)) as work:
        work.build()
    assert queries.archive(NOW).rows == []


def test_a_cancelled_run_waiting_for_its_turn_is_never_built(sealed_bank: list[DayTotals]) -> None:
    run = asked()
    cancel_run(run_id=run.transaction_id, actor=MANAGER, now=NOW)
    with pytest.raises(Cancelled), performing(run_id=run.transaction_id, now=at(NOW)):
        pytest.fail("it was cancelled")
    with pytest.raises(NotNow, match="ended already"):
        cancel_run(run_id=run.transaction_id, actor=MANAGER, now=NOW)


def test_a_full_disk_shows_as_failed_with_the_reason_and_a_retry_builds(
    sealed_bank: list[DayTotals], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, content: bytes) -> None:
        raise NotStored(28, f"{name} could not be written: No space left on device")

    run = asked()
    with monkeypatch.context() as broken:
        broken.setattr(documents, "store_bytes", full)
        with pytest.raises(NotStored):
            performed(run)
    failed = existing_run(run.transaction_id)
    assert (failed.state, "No space left on device" in failed.why(NOW)) == (FAILED, True)
    assert queries.archive(NOW).rows == []
    again = retry_run(run_id=run.transaction_id, actor=MANAGER, now=LATER)
    assert (again.state, again.error) == (QUEUED, "")
    assert performed(again, LATER).state == DONE
    assert actions(run) == ["start_report", "retry_report"]


def test_a_crashed_workers_run_has_failed_after_its_lease_and_is_built_by_the_next(
    sealed_bank: list[DayTotals],
) -> None:
    run = asked()
    work = taken_up_by_who_dies(run)
    stuck = existing_run(run.transaction_id)
    assert (stuck.state_at(NOW + timedelta(seconds=119)), stuck.state_at(LATER)) == (RUNNING, FAILED)
    assert "stopped answering" in stuck.why(LATER)
    with pytest.raises(NotNow):
        retry_run(run_id=run.transaction_id, actor=MANAGER, now=NOW)
    retry_run(run_id=run.transaction_id, actor=MANAGER, now=LATER)
    with pytest.raises(Cancelled, match="Another worker has taken the run over"):
        work.build()  # it wakes up: it may not write any more
    assert performed(run, LATER).attempt == 2
    assert len(queries.archive(LATER).rows) == 1
    assert existing_run(run.transaction_id).state == DONE


def test_a_run_that_died_after_archiving_finds_its_report(sealed_bank: list[DayTotals]) -> None:
    run = asked()
    report = taken_up_by_who_dies(run).build()
    retry_run(run_id=run.transaction_id, actor=MANAGER, now=LATER)
    assert performed(run, LATER).report_id == report.transaction_id
    assert len(queries.archive(LATER).rows) == 1


def test_nobody_takes_up_a_waiting_run_and_it_says_so(sealed_bank: list[DayTotals]) -> None:
    run = asked()
    assert run.state_at(LATER) == FAILED
    assert run.why(LATER) == "No worker took it up in two minutes."
    retry_run(run_id=run.transaction_id, actor=MANAGER, now=LATER)
    assert existing_run(run.transaction_id).state_at(LATER) == QUEUED


# On the pages.


@pytest.fixture
def manager(sealed_bank: list[DayTotals], client: Client) -> Any:
    """A signed-in manager in October 2026."""
    with time_machine.travel(NOW, tick=True):
        yield signed_in(client, a_manager())


def sent(client: Client, **more: Any) -> str:
    """Press Build; the address of the run's page."""
    asked = {"period": "2026Q3", "metrics": ["deposits"], "key": "k", "formats": ["csv", "pdf"]} | more
    answer = client.post("/reports/build", asked)
    assert answer.status_code == 302
    return str(answer["Location"])


def test_build_leads_to_a_page_that_ends_with_the_files(manager: Client) -> None:
    where = sent(manager)
    background.settle()
    text = manager.get(where).content.decode()
    assert "Built in" in text
    run = existing_run(where.rpartition("/")[2])
    assert f'action="/reports/{run.report_id}/csv"' in text
    assert "hx-get" not in text.partition('id="run"')[2][:200], "what has ended is not asked for any more"
    assert manager.post(f"/reports/{run.report_id}/csv").status_code == 200
    assert run.transaction_id in manager.get("/reports/runs").content.decode()


def test_while_it_runs_the_page_shows_progress_asks_again_and_works_without_script(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.views.reports.start", lambda run_id: None)
    where = sent(manager)
    text = manager.get(where).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in text
    assert f'hx-get="{where}"' in text
    assert "X-Poll" in text
    assert "Waiting for its turn" in text
    fragment = manager.get(where, headers={"HX-Request": "true", "X-Poll": "1"}).content.decode()
    assert fragment.startswith('<div id="run"')
    assert "<html" not in fragment
    manager.post(f"{where}/cancel")
    assert "Cancelled" in manager.get(where).content.decode()


def test_failed_run_says_why_and_its_retry_builds(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Work) -> None:
        raise NotStored(13, "the document store refused: Access Denied")

    with monkeypatch.context() as broken:
        broken.setattr(Work, "build", refused)
        where = sent(manager)
        background.settle()
    text = manager.get(where).content.decode()
    assert "Not built" in text
    assert "Access Denied" in text
    manager.post(f"{where}/retry")
    background.settle()
    assert "Built in" in manager.get(where).content.decode()


def test_only_managers_cancel_and_retry(manager: Client) -> None:
    where = sent(manager)
    background.settle()
    auditor = signed_in(Client(), an_auditor())
    assert auditor.get(where).status_code == 200
    assert auditor.post(f"{where}/cancel").status_code == 403
    assert auditor.post(f"{where}/retry").status_code == 403
    assert manager.get("/reports/runs/run_none").status_code == 404


# Packs.


def test_manager_saves_a_pack_for_themselves_and_one_for_all(manager: Client) -> None:
    asked = {"period": "last_quarter", "metrics": ["deposits", "customers"], "compare": "previous", "branch": ""}
    answer = manager.post("/reports/packs", asked | {"name": "My morning"}, follow=True)
    text = answer.content.decode()
    assert "The pack My morning is saved" in text
    assert "My morning, quarterly report 2026Q3" in text
    assert answer.context["pack"].year_ago == "", "it is opened with what stood beside it"
    manager.post("/reports/packs", asked | {"name": "Ours", "shared": "on"})
    auditor = signed_in(Client(), an_auditor())
    seen = auditor.get("/reports").content.decode()
    assert ">Ours<" in seen
    assert "My morning" not in seen
    assert auditor.post("/reports/packs", asked | {"name": "x"}).status_code == 403
    assert auditor.post("/reports/packs/ours/delete", {"shared": "yes"}).status_code == 403
    manager.post("/reports/packs/ours/delete", {"shared": "yes"})
    assert ">Ours<" not in auditor.get("/reports").content.decode()


@pytest.mark.parametrize("name", ["Board", "   ", "x" * 41, "!!"])
def test_a_pack_cannot_take_the_banks_names_or_none(manager: Client, name: str) -> None:
    answer = manager.post("/reports/packs", {"period": "last_quarter", "name": name}, follow=True)
    text = answer.content.decode()
    assert "is a pack of the bank" in text or "Give the pack a name" in text or "required" in text or "at most" in text


def test_shared_pack_of_somebody_else_is_not_replaced(manager: Client) -> None:
    asked = {"period": "last_quarter", "metrics": ["deposits"], "name": "Ours", "shared": "on"}
    manager.post("/reports/packs", asked)
    other = signed_in(Client(), a_manager(email="other@bank.example"))
    text = other.post("/reports/packs", asked, follow=True).content.decode()
    assert "shares a pack of this name" in text
    assert (
        "Only who made a pack"
        in other.post("/reports/packs/ours/delete", {"shared": "1"}, follow=True).content.decode()
    )
