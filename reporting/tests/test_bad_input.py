"""What can go wrong outside: a full disk, S3 that refuses, a killed worker. One sentence, no half file, a retry."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import time_machine
from django.core.management import CommandError, call_command
from moto import mock_aws

from accounts.totals import DayTotals
from cloudbank import documents
from cloudbank.bucket import BucketStorage
from cloudbank.clock import utcnow
from cloudbank.house.paths import ROOT
from reporting import queries, services
from reporting.models import DONE, FAILED, RUNNING, ReportRun
from reporting.run_queries import existing_run, runs
from reporting.services.runs import performing, retry_run
from reporting.tests.conftest import MANAGER, NOW

BUCKET = "bank-documents"
SMALL = 6_000
"""Bytes: a CSV fits, a PDF does not."""


def process(folder: Path, engine: Any, *options: str, limit: int = 0) -> "subprocess.Popen[str]":
    """The command as cron starts it; with a limit, no file of its may grow larger (as on a full disk)."""
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": engine.url, "DOCUMENTS_DIR": str(folder)}
    env["PYTHONDONTWRITEBYTECODE"] = "1"  # Python keeps a module's code cut off at the limit, for everybody after it
    command = [sys.executable, "manage.py", "quarterly_report", "--quarter", "2026Q3", *options]

    def bounded() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=bounded
    )


def retried(run: ReportRun) -> ReportRun:
    """The run after somebody pressed Try again."""
    now = utcnow()
    retry_run(run_id=run.transaction_id, actor=MANAGER, now=now)
    with performing(run_id=run.transaction_id) as work:
        work.build()
    return existing_run(run.transaction_id)


def test_a_full_disk_is_one_sentence_leaves_no_half_file_and_a_retry_builds(
    sealed_bank: list[DayTotals], tmp_path: Path, folder: Path, engine: Any
) -> None:
    out = tmp_path / "out"
    run = process(folder, engine, "--output", str(out), "--format", "pdf", limit=SMALL)
    said, complained = run.communicate(timeout=120)
    assert (run.returncode, said) == (1, "")
    assert complained.count("\n") == 1
    assert "could not be written: File too large" in complained
    assert list(out.iterdir()) == []
    assert [path for path in folder.rglob("*") if path.is_file()] == [], "nothing half written is left behind"
    (failed,) = runs(utcnow()).rows
    assert (failed.state, "File too large" in failed.error) == (FAILED, True)
    assert queries.archive(utcnow()).rows == []
    assert retried(failed).state == DONE


@pytest.mark.slow
def test_a_killed_process_shows_as_failed_after_its_lease_and_is_built_by_a_retry(
    sealed_bank: list[DayTotals], tmp_path: Path, folder: Path, engine: Any
) -> None:
    process_ = process(folder, engine, "--output", str(tmp_path / "out"))
    run = _once(lambda: next((one for one in runs(utcnow()).rows if one.state == RUNNING), None))
    process_.send_signal(signal.SIGKILL)
    process_.communicate(timeout=60)
    stuck = existing_run(run.transaction_id)
    if stuck.state == DONE:
        pytest.skip("it was faster than the signal")
    later = utcnow() + timedelta(minutes=3)
    assert (stuck.state_at(utcnow()), stuck.state_at(later)) == (RUNNING, FAILED)
    assert "stopped answering" in stuck.why(later)
    with time_machine.travel(later, tick=True):
        assert retried(stuck).state == DONE
        assert len(queries.archive(utcnow()).rows) == 1


def _once(look: Callable[[], ReportRun | None]) -> ReportRun:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.005)
    pytest.fail("no run began")


# S3.


@pytest.fixture
def bucket(sealed_bank: list[DayTotals], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The document store in S3."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws(config={"core": {"passthrough": {"urls": [r"https?://127\.0\.0\.1.*"]}}}):
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        options = {"bucket_name": BUCKET, "region_name": "us-east-1", "default_acl": None}
        chosen = {"BACKEND": "cloudbank.bucket.BucketStorage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"documents": chosen}
        yield client


def build(**options: Any) -> str:
    """The command in October 2026."""
    said = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("quarterly_report", quarter="2026Q3", pack="deposits", stdout=said, **options)
    return said.getvalue()


def test_reports_live_in_s3_and_are_handed_out_from_there(bucket: Any, tmp_path: Path) -> None:
    build(output=str(tmp_path), format="csv")
    (report,) = queries.archive(NOW).rows
    keys = {one["Key"] for one in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert keys == {report.files["csv"][0], report.content[0]}
    content = services.hand_out(report_id=report.transaction_id, code="csv", actor=MANAGER, now=NOW)
    assert documents.sha256_of(content) == report.files["csv"][2]
    assert services.problems_of(report, NOW) == []
    assert [path.read_bytes() for path in tmp_path.glob("*.csv")] == [content]


def test_s3_that_refuses_is_one_sentence_a_failed_run_and_a_retry_builds(bucket: Any, tmp_path: Path) -> None:
    storage = documents.documents()
    assert isinstance(storage, BucketStorage)
    events = storage.connection.meta.client.meta.events
    refused = {"Error": {"Code": "AccessDenied", "Message": "Access Denied."}, "ResponseMetadata": {}}

    def refuse(**request: Any) -> Any:
        return SimpleNamespace(status_code=403), refused

    events.register("before-call.s3.PutObject", refuse)
    with pytest.raises(CommandError, match="S3 refused the document reports/.*: AccessDenied Access Denied$") as error:
        build(output=str(tmp_path / "out"), format="csv")
    assert error.value.returncode == 1
    assert list((tmp_path / "out").iterdir()) == []
    (failed,) = runs(NOW).rows
    assert (failed.state, "AccessDenied" in failed.error) == (FAILED, True)
    assert queries.archive(NOW).rows == []
    events.unregister("before-call.s3.PutObject", refuse)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert retried(failed).state == DONE
