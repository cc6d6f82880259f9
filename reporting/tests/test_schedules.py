"""Schedules: once a period, after it is closed, catching up, whoever runs them how often."""

import json
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.testing import a_manager, an_auditor, an_officer, signed_in
from accounts.totals import DayTotals
from cloudbank import documents, jobs, store
from cloudbank.documents import NotStored
from reporting import queries
from reporting.run_queries import existing_run, runs, schedules
from reporting.schedules import Rhythm
from reporting.services.schedules import TRIES, change_schedule, make_schedule, run_due, run_id_of
from reporting.tests.conftest import MANAGER, NOW
from reporting.tests.days import CALENDAR

JULY = datetime(2026, 7, 1, 4, 1, tzinfo=UTC)
"""The night to the first of July in New York."""


def rhythm(token: str, days_after: int = 1, at: time = time(7)) -> Rhythm:
    """When something is due."""
    return Rhythm(token, days_after, at)


def labels(one: Rhythm, since: datetime, now: datetime) -> list[str]:
    """What fell due."""
    return [stretch.label for stretch in one.due(since, now, CALENDAR)]


def test_a_quarter_is_due_after_its_end_on_the_banks_clock() -> None:
    one = rhythm("last_quarter")
    before, after = datetime(2026, 7, 1, 10, 59, tzinfo=UTC), datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    since = datetime(2026, 5, 1, tzinfo=UTC)
    assert labels(one, since, before) == []
    assert labels(one, since, after) == ["2026Q2"]
    assert one.next_at(before, CALENDAR) == after
    assert one.next_at(after, CALENDAR).isoformat() == "2026-10-01T07:00:00-04:00"


def test_what_was_missed_is_caught_up_with_but_not_what_was_due_before_the_schedule() -> None:
    since, now = datetime(2026, 7, 15, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    assert labels(rhythm("last_month"), since, now) == ["2026-07", "2026-08", "2026-09", "2026-10"]
    assert labels(rhythm("last_quarter"), since, now) == ["2026Q3"]
    assert labels(rhythm("last_month"), datetime(2020, 1, 1, tzinfo=UTC), now)[0] == "2026-05", "six at most"


def test_days_are_business_days_and_friday_is_due_on_saturday() -> None:
    since, saturday = datetime(2026, 9, 9, tzinfo=UTC), datetime(2026, 9, 12, 12, tzinfo=UTC)
    assert labels(rhythm("yesterday"), since, saturday) == ["2026-09-08", "2026-09-09", "2026-09-10", "2026-09-11"]
    friday_night = datetime(2026, 9, 11, 23, tzinfo=UTC)
    assert labels(rhythm("yesterday"), since, friday_night)[-1] == "2026-09-10", "Friday is not over before Saturday"


@pytest.mark.parametrize("token", ["last_quarter", "last_month", "yesterday"])
@pytest.mark.parametrize("days_after", [1, 10, 60])
def test_every_period_is_due_exactly_once_at_whatever_hour_cron_looks(token: str, days_after: int) -> None:
    one, now = rhythm(token, days_after, time(2, 30)), datetime(2026, 1, 1, tzinfo=UTC)
    seen: list[str] = []
    since = now
    while now < datetime(2027, 4, 1, tzinfo=UTC):
        found = labels(one, since, now)
        assert one.next_at(now, CALENDAR) > now
        seen += [label for label in found if label not in seen]
        now += timedelta(hours=13)
    assert seen == sorted(seen)
    first = {"last_quarter": 4, "last_month": 12, "yesterday": 250}[token]
    assert len(seen) >= first


# On a bank.


def made(**changes: Any) -> str:
    """A schedule of a manager in July; its id."""
    asked: dict[str, Any] = {
        "title": "For the board", "pack": "deposits", "token": "last_quarter", "formats": ["csv"], "recipients": [],
        "days_after": 1, "at": time(7), "key": "k1", "actor": MANAGER, "now": JULY,
    }  # fmt: skip
    return make_schedule(**(asked | changes)).schedule_id


def command(moment: datetime = NOW) -> dict[str, int]:
    """run_schedules on a Monday in October 2026: what it says."""
    said = StringIO()
    with time_machine.travel(moment, tick=False):
        call_command("run_schedules", stdout=said, stderr=StringIO())
    found: dict[str, int] = json.loads(said.getvalue())
    return found


def test_what_is_due_is_built_once_however_often_cron_calls(sealed_bank: list[DayTotals]) -> None:
    made()
    assert command() == {"built": 2, "there": 0, "waiting": 0, "failed": 0}, "2026Q2 was due after it was made"
    assert command() == {"built": 0, "there": 2, "waiting": 0, "failed": 0}
    found = {(one.title, one.period) for one in queries.archive(NOW).rows}
    assert found == {("Deposits, quarterly report", "2026Q3"), ("Deposits, quarterly report", "2026Q2")}
    assert {(one.cause, one.state) for one in runs(NOW).rows} == {("schedule", "done")}
    last = jobs.last_run("run_schedules")
    assert last
    assert (last.state, last.counts["built"]) == ("done", 0)


def test_report_is_mailed_to_the_schedules_recipients_once(sealed_bank: list[DayTotals], mailoutbox: list[Any]) -> None:
    officer = an_officer(email="olga@bank.example")
    made(recipients=[officer.user_id], now=NOW - timedelta(days=10))
    command()
    command()
    (mail,) = mailoutbox
    assert (mail.to, len(mail.attachments)) == (["olga@bank.example"], 1)


def test_a_period_that_is_not_closed_waits(sealed_bank: list[DayTotals]) -> None:
    made(token="yesterday", now=NOW - timedelta(days=1))
    assert command(datetime(2026, 10, 6, 15, tzinfo=UTC)) == {"built": 0, "there": 0, "waiting": 1, "failed": 0}
    assert queries.archive(NOW).rows == []


def test_a_failure_is_tried_again_by_the_next_run_and_not_for_ever(
    sealed_bank: list[DayTotals], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, content: bytes) -> None:
        raise NotStored(28, "the disk is full")

    schedule_id = made(now=NOW - timedelta(days=10))
    with monkeypatch.context() as broken:
        broken.setattr(documents, "store_bytes", full)
        for _ in range(2):
            with pytest.raises(CommandError, match="1 scheduled reports failed") as error:
                command()
            assert error.value.returncode == 2
    item = next(one for one in schedules() if one.schedule_id == schedule_id)
    run = existing_run(run_id_of(item, "2026Q3"))
    assert (run.state, run.attempt, "the disk is full" in run.error) == ("failed", 2, True)
    assert command()["built"] == 1
    run = existing_run(run.transaction_id)
    assert (run.state, run.attempt) == ("done", 3)
    run.state, run.attempt, run.report_id = "failed", TRIES, ""
    store.save([store.changed(run)])
    assert command()["built"] == 0


def test_one_schedule_that_fails_does_not_keep_the_others(sealed_bank: list[DayTotals]) -> None:
    made(key="a", now=NOW - timedelta(days=10))
    broken = next(iter(schedules()))
    broken.pack = "gone"
    store.save([store.changed(broken)])
    made(key="b", now=NOW - timedelta(days=10), title="Second")
    ran = run_due(now=lambda: NOW)
    assert (ran.built, len(ran.failed)) == (1, 1)
    assert ran.failed[0].startswith("For the board 2026Q3: There is no pack 'gone'")


def test_stopped_and_deleted_schedules_build_nothing(sealed_bank: list[DayTotals]) -> None:
    first, second = made(key="a"), made(key="b")
    change_schedule(schedule_id=first, action="stop", actor=MANAGER, now=NOW)
    change_schedule(schedule_id=second, action="delete", actor=MANAGER, now=NOW)
    assert [one.schedule_id for one in schedules()] == [first]
    assert command()["built"] == 0


def test_while_another_host_runs_schedules_nothing_is_done(sealed_bank: list[DayTotals]) -> None:
    made()
    with jobs.run("run_schedules", key="other", now=NOW), pytest.raises(CommandError, match="running already"):
        command()
    assert runs(NOW).rows == []


# On the page.

SENT = {
    "title": "For the board", "pack": "board", "token": "last_quarter", "days_after": "2", "at": "06:30",
    "formats": ["pdf", "xlsx"], "key": "key_1",
}  # fmt: skip


@pytest.fixture
def manager(sealed_bank: list[DayTotals], client: Client) -> Any:
    """A signed-in manager in October 2026."""
    with time_machine.travel(NOW, tick=True):
        yield signed_in(client, a_manager())


def test_manager_makes_stops_starts_and_deletes_a_schedule(manager: Client) -> None:
    an_officer(email="olga@bank.example", name="Olga Officer")
    text = manager.post("/reports/schedules", SENT | {"recipients": "olga@bank.example"}, follow=True).content.decode()
    assert "The schedule For the board is running" in text
    assert "Olga Officer" in text
    assert "Each quarter, 2 days after its end, 06:30" in text
    assert "3 Jan 2027" in text or "2 Jan 2027" in text
    (item,) = schedules()
    for action, words in (("stop", "is stopped"), ("start", "is running again"), ("delete", "is deleted")):
        answer = manager.post(f"/reports/schedules/{item.schedule_id}", {"action": action}, follow=True)
        assert words in answer.content.decode()
    assert "Nothing is scheduled" in manager.get("/reports/schedules").content.decode()
    assert manager.post(f"/reports/schedules/{item.schedule_id}", {"action": "start"}).status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipients": "stranger@else.example"}, "is no address of a colleague who may read reports"),
        ({"token": "this_quarter"}, "Select a valid choice"),
        ({"days_after": "0"}, "greater than or equal to 1"),
        ({"at": "25:00"}, "Enter a valid time"),
        ({"pack": "lunch"}, "Select a valid choice"),
        ({"formats": []}, "This field is required"),
    ],
)
def test_what_cannot_be_scheduled_is_refused_at_its_field(manager: Client, change: dict[str, Any], words: str) -> None:
    answer = manager.post("/reports/schedules", SENT | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert schedules() == []


def test_who_may_only_read_reports_sees_schedules_and_makes_none(manager: Client) -> None:
    manager.post("/reports/schedules", SENT)
    auditor = signed_in(Client(), an_auditor())
    text = auditor.get("/reports/schedules").content.decode()
    assert "For the board" in text
    assert "New schedule" not in text
    assert auditor.post("/reports/schedules", SENT | {"key": "key_2"}).status_code == 403
    (item,) = schedules()
    assert auditor.post(f"/reports/schedules/{item.schedule_id}", {"action": "stop"}).status_code == 403


def test_a_pack_that_a_schedule_builds_is_not_deleted(manager: Client) -> None:
    asked = {"period": "last_quarter", "metrics": ["deposits"], "name": "Ours", "shared": "on"}
    manager.post("/reports/packs", asked)
    manager.post("/reports/schedules", SENT | {"pack": "ours"})
    text = manager.post("/reports/packs/ours/delete", {"shared": "yes"}, follow=True).content.decode()
    assert "The schedule For the board builds this pack" in text
