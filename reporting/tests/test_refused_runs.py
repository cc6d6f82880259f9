"""A report that cannot even begin leaves a failed run with the reason, and a retry that asks anew."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.testing import a_manager, signed_in
from accounts.totals import DayTotals
from cloudbank import store
from reporting import queries
from reporting.models import FAILED, ReportRun
from reporting.run_queries import existing_run, runs, schedules
from reporting.services import background
from reporting.services.asked import Refused
from reporting.services.runs import performing, retry_run
from reporting.services.schedules import run_due, run_id_of
from reporting.tests.conftest import MANAGER, NOW
from reporting.tests.test_schedules import made


def refused(moment: Any = NOW, **options: Any) -> str:
    """The command, which must fail; what it says."""
    with time_machine.travel(moment, tick=False), pytest.raises(CommandError) as error:
        call_command("quarterly_report", stdout=StringIO(), **options)
    assert error.value.returncode == 1
    return str(error.value)


@pytest.mark.parametrize(
    "options",
    [
        {"quarter": "2031Q1"},
        {"quarter": "summer"},
        {"quarter": "2019Q4"},
        {"metrics": "loans"},
        {"pack": "lunch"},
        {"format": "doc"},
        {"currency": "EUR"},
        {"cut": ["branch=mian"]},
        {"email": "stranger@else.example"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_each_refusal_stands_among_the_runs_with_its_reason(
    sealed_bank: list[DayTotals], options: dict[str, Any]
) -> None:
    why = refused(**options)
    (run,) = runs(NOW).rows
    assert (run.state, run.error, run.cause, run.report_id) == (FAILED, why, "command", "")
    assert run.period == options.get("quarter", "last_quarter")
    assert queries.archive(NOW).rows == []
    refused(NOW + timedelta(days=1), **options)
    assert len(runs(NOW).rows) == 1, "the same nonsense of every night is one run"


def test_a_folder_that_cannot_be_written_is_a_failed_run_and_its_retry_archives(
    sealed_bank: list[DayTotals], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    why = refused(pack="deposits", format="csv", output=str(tmp_path / "file" / "out"))
    assert why.startswith("Cannot write into")
    (run,) = runs(NOW).rows
    assert (run.state, run.error, run.title) == (FAILED, why, "deposits")
    done = retried(run)
    assert (done.state, done.title, done.period, done.formats) == ("done", "Deposits", "2026Q3", ["csv"])
    assert [one.transaction_id for one in queries.archive(NOW).rows] == [done.report_id]


def retried(run: ReportRun, moment: Any = NOW) -> ReportRun:
    retry_run(run_id=str(run.transaction_id), actor=MANAGER, now=moment)
    with performing(run_id=str(run.transaction_id), now=lambda: moment) as work:
        work.build()
    return existing_run(str(run.transaction_id))


def test_a_retry_of_what_is_still_impossible_fails_with_the_reason_again(sealed_bank: list[DayTotals]) -> None:
    why = refused(quarter="2031Q1")
    (run,) = runs(NOW).rows
    with pytest.raises(Refused):
        retried(run)
    again = existing_run(str(run.transaction_id))
    assert (again.state, again.error, again.attempt) == (FAILED, why, 1)


def test_the_page_shows_it_with_what_was_typed_and_a_retry(sealed_bank: list[DayTotals], client: Client) -> None:
    refused(quarter="2031Q1", pack="loans", format="pdf", cut=["branch=main"])
    (run,) = runs(NOW).rows
    with time_machine.travel(NOW, tick=True):
        manager = signed_in(client, a_manager())
        text = manager.get(f"/reports/runs/{run.transaction_id}").content.decode()
        for words in ("Not built", "2031Q1 has not begun: it starts on 2031-01-01.", "Try again", "branch=main"):
            assert words in text
        assert "2031Q1 has not begun" in manager.get("/reports/runs").content.decode()
        manager.post(f"/reports/runs/{run.transaction_id}/retry")
        background.settle()
        text = manager.get(f"/reports/runs/{run.transaction_id}").content.decode()
        assert "2031Q1 has not begun" in text and "Try again" in text


def test_when_the_tables_are_away_the_command_still_says_one_sentence(
    sealed_bank: list[DayTotals], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(writes: Any) -> None:
        raise store.Unavailable("The tables cannot be reached.")

    monkeypatch.setattr(store, "save", away)
    assert refused(quarter="2031Q1").startswith("2031Q1 has not begun")


def test_a_schedule_whose_pack_is_gone_shows_its_failed_run_and_builds_once_the_pack_is_back(
    sealed_bank: list[DayTotals],
) -> None:
    made(now=NOW - timedelta(days=10))
    (item,) = schedules()
    item.pack = "gone"
    store.save([store.changed(item)])
    for _ in range(2):
        ran = run_due(now=lambda: NOW)
        assert (ran.built, len(ran.failed)) == (0, 1)
    run = existing_run(run_id_of(item, "2026Q3"))
    assert (run.state, run.cause) == (FAILED, "schedule")
    assert run.error.startswith("There is no pack 'gone'; choose from board")
    assert run.audit_sequence == 1, "said once, however often cron calls"
    item = schedules()[0]
    item.pack = "deposits"
    store.save([store.changed(item)])
    assert run_due(now=lambda: NOW).built == 1
    done = existing_run(run_id_of(item, "2026Q3"))
    assert (done.state, done.title, done.error) == ("done", "Deposits", "")
