"""`manage.py last_runs`: a host that takes another's place makes up for what that one missed."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from cloudbank import jobs
from cloudbank.clock import iso
from cloudbank.tests.cloudformation import DEPLOY

RAN = datetime(2026, 11, 20, 23, 30, 7, tzinfo=UTC)


def told() -> dict[str, str]:
    out = io.StringIO()
    call_command("last_runs", stdout=out)
    return dict(line.split(" ") for line in out.getvalue().splitlines())


def test_each_timer_is_told_with_the_time_of_its_last_run(bank: Any) -> None:
    with jobs.run("close_day", key="2026-11-20", now=RAN):
        pass
    assert told() == {"cloudbank-close-day.timer": iso(RAN)}


def test_timers_of_one_command_share_its_record(bank: Any) -> None:
    with jobs.run("snapshot_controls", key="2026-11-20", now=RAN):
        pass
    assert set(told()) == {"cloudbank-snapshot.timer", "cloudbank-watch-controls.timer"}


def test_a_run_that_failed_counts_as_missed(bank: Any) -> None:
    """systemd runs at once what was planned between a stamp and now."""
    with pytest.raises(ValueError, match="torn"), jobs.run("close_day", key="2026-11-20", now=RAN):
        raise ValueError("torn")
    assert told() == {"cloudbank-close-day.timer": iso(RAN - timedelta(days=7))}


def test_a_bank_without_runs_has_nothing_to_make_up_for(bank: Any) -> None:
    assert told() == {}


def test_a_new_host_of_the_jobs_takes_the_stamps_before_its_timers_start() -> None:
    script = (DEPLOY / "host" / "set-up").read_text(encoding="utf-8")
    plan, stamps, start = (script.index(words) for words in ("bank dynamo_plan", "bank last_runs", '"${timers[@]}"'))
    assert plan < stamps < start
    assert 'touch --date="$at" "/var/lib/systemd/timers/stamp-$timer"' in script
