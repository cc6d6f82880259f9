"""/operations: what is late, how old things are, what the processes counted; for a fixed number of requests."""

import io
import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from accounts.testing import a_customer, a_manager, a_teller, an_admin, an_analyst, an_auditor, an_officer, signed_in
from cloudbank import store
from cloudbank.clock import ONE_DAY, iso, utcnow
from cloudbank.jobs import JobRun, Lease
from cloudbank.outbox.item import WORKLIST, Message
from cloudbank.telling import fleet, metrics
from cloudbank.telling.tally import Tally
from cloudbank.testing import Requests
from cloudbank.timetable import TIMETABLE, due_after
from compliance.operations import health, planned
from compliance.operations.runbooks import FOLDER, parts
from compliance.operations.terms import BAD, BADGES, NONE, OK, WARN, judged, span
from compliance.testing import an_account_of, cash_in

pytestmark = pytest.mark.usefixtures("bank")
NEW_YORK = ZoneInfo("America/New_York")
MOST_REQUESTS = 19


def a_run(
    job: str, ago: timedelta, *, state: str = "done", token: int = 1, held: timedelta | None = None, **more: Any
) -> None:
    """A run of a job that began so long ago; `held`: its lease is held for so long from now."""
    now = utcnow()
    key = JobRun.key(job, token)
    run = JobRun(
        transaction_id=key,
        version=1,
        subject=f"job#{job}",
        subject_order=f"{token:08d}",
        job=job,
        run_key=more.pop("run_key", "k"),
        state=state,
        holder="host-7:123",
        token=token,
        started_at=iso(now - ago),
        ended_at="" if state == "running" else iso(now - ago + timedelta(seconds=40)),
        **more,
    )
    until = iso(now + held) if held else ""
    store.save([store.Put(Lease(account_id=Lease.key(job), version=1, token=token, until=until)), store.Put(run)])


def page(client: Client) -> str:
    answer = client.get("/operations")
    assert answer.status_code == 200
    return answer.content.decode()


def lines() -> dict[str, planned.Line]:
    """The jobs' lines now, by job."""
    return {one.job: one for one in planned.lines(planned.read(), fleet.hear(utcnow()), utcnow())}


@pytest.mark.parametrize("who", [an_admin, an_auditor, a_manager, an_officer])
def test_who_runs_and_who_watches_the_bank_reads_it(client: Client, who: Any) -> None:
    html = page(signed_in(client, who()))
    assert "Never ran" in html and "Nothing to act on" in html


@pytest.mark.parametrize("who", [a_teller, an_analyst])
def test_other_staff_do_not(client: Client, who: Any) -> None:
    signed_in(client, who())
    assert [client.get(path).status_code for path in ("/operations", "/operations/runbooks/job-late")] == [403, 403]


def test_a_look_costs_the_same_whatever_the_bank_holds(requests_made: Requests) -> None:
    """And never a Scan."""

    def cost() -> int:
        health.look(utcnow())
        requests_made.clear()
        health.look(utcnow())
        assert "Scan" not in requests_made.operations
        return len(requests_made)

    before = cost()
    for one in TIMETABLE:
        for token in (1, 2, 3):
            a_run(one.job, timedelta(days=token), token=token)
    for _ in range(3):
        cash_in(an_account_of(a_customer()), 12_000_00)
        fleet.tell(fleet.Me("web", utcnow()), Tally(), utcnow(), since=fleet.hour_of(utcnow()))
    assert before <= MOST_REQUESTS and cost() <= MOST_REQUESTS


def test_a_job_in_time_is_done_and_its_next_time_is_said() -> None:
    a_run("escalate_actions", timedelta(hours=2))
    line = lines()["escalate_actions"]
    assert (line.word, line.late, line.says) == ("Done", False, "in 40 s")
    assert utcnow() < line.due <= utcnow() + timedelta(days=1, hours=1)


@pytest.mark.parametrize(("hours", "late"), [(25, False), (27, True)])
def test_a_job_is_late_after_its_rhythm_and_not_before(hours: int, late: bool) -> None:
    a_run("escalate_actions", timedelta(hours=hours))
    assert lines()["escalate_actions"].late is late


def test_a_job_that_failed_broke_off_or_runs_is_told_apart(client: Client) -> None:
    a_run("send_digest", timedelta(hours=1), state="failed", error="OSError: no")
    a_run("verify_audit", timedelta(hours=1), state="running")
    a_run("close_day", timedelta(minutes=3), token=1)
    a_run("close_day", timedelta(minutes=2), state="running", token=2, held=timedelta(seconds=90), done=30, total=120)
    found = lines()
    assert {job: found[job].word for job in ("send_digest", "verify_audit", "close_day")} == {
        "send_digest": "Failed",
        "verify_audit": "Broke off",
        "close_day": "Running",
    }
    assert (found["close_day"].share, found["close_day"].late) == (25, False)
    assert found["close_day"].ended is not None
    html = page(signed_in(client, an_admin()))
    assert "2 things to act on" in html and "begun 1 h 0 min ago on host-7:123, and never ended" in html
    assert reverse("runbook", args=["job-failed"]) in html


def test_a_service_is_known_by_its_word_and_cron_by_none() -> None:
    assert lines()["deliver_messages"].word == "Not heard"
    fleet.tell(fleet.Me("deliver_messages", utcnow()), Tally(), utcnow(), since=fleet.hour_of(utcnow()))
    assert lines()["deliver_messages"].word == "At work"


def test_what_the_processes_counted_stands_there(client: Client) -> None:
    mine = Tally()
    mine.add("lost")
    mine.add("conflicts", 41)
    for _ in range(100):
        mine.time("posting", 0.012)
    fleet.tell(fleet.Me("web", utcnow(), "host-9:77"), mine, utcnow(), since=fleet.hour_of(utcnow()))
    looked = health.look(utcnow())
    rows = {one.label: one for one in looked.traffic}
    assert (rows["Conflicts"].lately, rows["Conflicts"].state) == ("41", WARN)
    assert (rows["Answers lost"].hour, rows["Answers lost"].state) == ("1", BAD)
    assert rows["Posting, p50 and p95"].lately == "14 and 14 ms"
    html = page(signed_in(client, an_admin()))
    assert "host-9:77" in html and "Answers lost: 1 in 5 minutes" in html


def test_a_process_that_fell_silent_is_said_to_be_quiet() -> None:
    then = utcnow() - timedelta(minutes=20)
    fleet.tell(fleet.Me("web", then, "frozen:1"), Tally(), then, since=fleet.hour_of(then))
    fleet.tell(fleet.Me("web", then, "alive:2"), Tally(), utcnow(), since=fleet.hour_of(utcnow()))
    with override_settings(TELL_SECONDS=60):
        seen = {one.process.name: one.quiet for one in health.look(utcnow()).processes}
    assert seen == {"frozen:1": True, "alive:2": False}


def readings(now: datetime | None = None) -> dict[str, tuple[str, str]]:
    """Label -> (state, words)."""
    looked = health.look(now or utcnow())
    every = [*looked.books, *(one for _, one in looked.queues)]
    return {one.label: (one.state, one.says) for one in every}


def test_verifications_and_the_back_up_have_an_age_and_a_result() -> None:
    assert readings()["Ledger verified"] == (NONE, "never")
    a_run("verify_ledger", timedelta(hours=5), run_key="fast", counts={"broken": 0})
    a_run("verify_audit", timedelta(hours=3), run_key="all", counts={"broken": 2})
    a_run("backup", timedelta(days=20))
    found = readings()
    assert found["Ledger verified"] == (OK, "intact, 4 h 59 min ago")
    assert found["Audit trail verified"] == (BAD, "FOUND A FAULT, 2 h 59 min ago")
    assert found["Back-up"] == (BAD, "19 days 23 h ago")


def test_a_fast_verification_that_finds_nothing_does_not_mend_what_a_full_one_found() -> None:
    a_run("verify_ledger", timedelta(hours=9), run_key="full", counts={"broken": 1}, token=1)
    a_run("verify_ledger", timedelta(hours=2), run_key="fast", counts={"broken": 0}, token=2)
    assert readings()["Ledger verified"] == (BAD, "FOUND A FAULT, 8 h 59 min ago")
    assert health.look(utcnow()).numbers["LedgerVerifiedHours"] < 2.1


def test_an_alert_past_its_deadline_and_what_it_says() -> None:
    assert readings()["Open alerts"] == (OK, "none is open")
    cash_in(an_account_of(a_customer()), 12_000_00)
    state, says = readings()["Open alerts"]
    assert state == OK and says.startswith("the first is due in ")
    state, says = readings(utcnow() + timedelta(days=40))["Open alerts"]
    assert state == BAD and "past its deadline" in says


def test_a_message_that_nobody_tries_is_found() -> None:
    now = utcnow()
    item = Message(
        transaction_id="msg_1", version=1, event="tested", created_at=iso(now), give_up_at=iso(now + ONE_DAY)
    )
    item.worklist_group, item.worklist_order = WORKLIST, f"{iso(now - timedelta(minutes=20))}#msg_1"
    store.save([store.new(item)])
    assert readings(now)["Messages"] == (BAD, "the first should have been tried 20 min ago")


def test_due_reports_are_told_to_those_who_may_know_of_filings(client: Client) -> None:
    assert "Cash reports due" not in page(signed_in(client, an_admin()))
    assert "Cash reports due" in page(signed_in(client, an_officer()))


def test_a_poll_gets_the_part_that_changes(client: Client) -> None:
    signed_in(client, an_admin())
    html = client.get("/operations", headers={"HX-Request": "true", "X-Poll": "1"}).content.decode()
    assert html.startswith('<div id="operations"') and "<html" not in html


def test_health_is_told_in_numbers(caplog: Any) -> None:
    a_run("verify_ledger", timedelta(hours=5), run_key="fast", counts={"broken": 0})
    a_run("escalate_actions", timedelta(hours=30))
    logging.getLogger("cloudbank.telling.metrics").addHandler(caplog.handler)
    out = io.StringIO()
    with override_settings(METRICS_NAMESPACE="Bank/tested"), caplog.at_level("INFO"):
        call_command("report_health", stdout=out)
    logging.getLogger("cloudbank.telling.metrics").removeHandler(caplog.handler)
    said = json.loads(out.getvalue())
    assert said["late_jobs"] == ["escalate_actions"] and said["LedgerVerifiedHours"] == pytest.approx(4.99, abs=0.02)
    told = json.loads(caplog.records[-1].getMessage())
    named = {one["Name"] for one in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert named <= set(metrics.OF_HEALTH) and {"DaysUnsealed", "LedgerVerifiedHours", "HeldHours"} <= named
    assert "BackupHours" not in named, "what never was has no age; the alarm on it treats that as breaching"


def test_every_runbook_that_is_named_can_be_read(client: Client) -> None:
    a_run("send_digest", timedelta(hours=1), state="failed")
    html = page(signed_in(client, an_admin()))
    named = {part.split('"')[0] for part in html.split("/operations/runbooks/")[1:]}
    assert len(named) > 10
    assert [name for name in sorted(named) if client.get(f"/operations/runbooks/{name}").status_code != 200] == []
    assert client.get("/operations/runbooks/none-such").status_code == 404


def test_runbooks_are_escaped_and_their_links_lead_on() -> None:
    text = "# A & B\n\nSee [conflicts](conflicts.md) and `<bank>`,\nthen **this**.\n\n1. one\n   goes on\n2. two\n\n```sh\naws <x>\n```\n"
    title, body = parts(text)
    assert title == "A & B"
    assert body == (
        '<p>See <a href="conflicts">conflicts</a> and <code>&lt;bank&gt;</code>, then <strong>this</strong>.</p>'
        "<ol><li>one goes on</li><li>two</li></ol><pre>aws &lt;x&gt;\n</pre>"
    )


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.md")), ids=lambda file: file.stem)
def test_no_runbook_loses_a_word(file: Path) -> None:
    title, body = parts(file.read_text())
    assert title and "**" not in body and "](" not in body


@pytest.mark.parametrize(
    ("when", "at", "due"),
    [
        ("30 18 * * 1-5", "2026-11-20T18:29", "2026-11-20T18:30"),
        ("30 18 * * 1-5", "2026-11-20T18:30", "2026-11-23T18:30"),
        ("*/5 * * * *", "2026-11-20T23:58", "2026-11-21T00:00"),
        ("20 8-15 * * 1-5", "2026-11-20T09:21", "2026-11-20T10:20"),
        ("0 3 * * 0", "2026-11-21T12:00", "2026-11-22T03:00"),
        ("0 6 2 1,4,7,10 *", "2026-11-20T12:00", "2027-01-02T06:00"),
        ("30 4 1 * *", "2026-10-31T12:00", "2026-11-01T04:30"),  # the night the clocks go back
    ],
)
def test_the_next_time_of_a_plan(when: str, at: str, due: str) -> None:
    found = due_after(when, datetime.fromisoformat(at).replace(tzinfo=NEW_YORK))
    assert found == datetime.fromisoformat(due).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize("one", TIMETABLE, ids=lambda one: one.name)
def test_every_entry_of_the_timetable_comes_again(one: Any) -> None:
    now = utcnow().astimezone(NEW_YORK)
    assert now < due_after(one.when, now) <= now + timedelta(days=93)


def test_ages_in_words_and_their_states() -> None:
    ages = [timedelta(seconds=5), timedelta(minutes=59), timedelta(hours=3, minutes=20), timedelta(days=1, hours=2)]
    assert [span(age) for age in ages] == ["5 s", "59 min", "3 h 20 min", "1 day 2 h"]
    assert span(-ONE_DAY) == "0 s"
    assert [judged(age, timedelta(minutes=59), timedelta(hours=24)) for age in ages] == [OK, OK, WARN, BAD]
    assert set(BADGES) == {OK, WARN, BAD, NONE}
