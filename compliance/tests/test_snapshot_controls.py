"""`manage.py snapshot_controls`: one snapshot a day, whatever is run twice."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.testing import a_customer
from cloudbank import jobs
from cloudbank.audit import subject_of
from cloudbank.clock import utcnow
from compliance.controls import CONTROLS
from compliance.queries import standing
from compliance.queries.chains import chain_of
from compliance.services.snapshots import snapshot_controls
from compliance.testing import days_ago, filed, today

pytestmark = pytest.mark.usefixtures("bank")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("snapshot_controls", *arguments, stdout=out)
    return out.getvalue()


def test_the_second_run_of_a_day_changes_nothing() -> None:
    assert "Kept the snapshot" in run()
    first = standing.day(today())
    filed(a_customer(), kyc_review_on=days_ago(3))
    assert "There already is" in run()
    again = standing.day(today())
    assert first is not None
    assert again is not None
    assert (again.readings, again.version) == (first.readings, first.version)


def test_a_snapshot_keeps_every_reading_the_score_and_an_audit_record() -> None:
    filed(a_customer(), kyc_review_on=days_ago(3))
    item, is_new = snapshot_controls(now=utcnow())
    assert is_new
    assert set(item.readings) == set(CONTROLS.codes())
    kept = item.readings["kyc-reviews"]
    assert (kept["count"], kept["gauge"], kept["state"], kept["warn"], kept["breach"]) == (1, 3, "approaching", 0, 30)
    assert item.score == standing.take_readings(utcnow()).score.value
    chain = chain_of(subject_of(item))
    assert chain is not None
    assert chain.is_whole


def test_past_days_are_read_in_order_and_missing_ones_left_out() -> None:
    now = utcnow()
    for back in (5, 2, 0):
        snapshot_controls(now=now - timedelta(days=back))
    assert [item.day for item in standing.history(today())] == [days_ago(5), days_ago(2), days_ago(0)]
    assert standing.day(date.fromisoformat(days_ago(1))) is None


def test_a_dry_run_writes_nothing() -> None:
    shown = run("--dry-run")
    assert all(code in shown for code in CONTROLS.codes())
    assert standing.day(today()) is None
    assert jobs.last_run("snapshot_controls") is None


def test_while_another_host_takes_it_the_command_fails() -> None:
    with jobs.run("snapshot_controls", key="x", now=utcnow()), pytest.raises(CommandError, match="running already"):
        run()
