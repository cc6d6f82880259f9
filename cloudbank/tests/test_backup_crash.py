"""kill -9 in the middle of `backup` and of `restore`: the same command again ends as one that was never disturbed."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError
from django.core.management import CommandError, call_command

from accounts.tests.images import put_raw
from cloudbank import jobs, store, tables
from cloudbank.backup import parts, places
from cloudbank.backup import tables as whole
from cloudbank.backup.manifest import read_manifest
from cloudbank.backup.record import TableCopy
from cloudbank.clock import utcnow
from cloudbank.tests.drilling import SUFFIX, backed_up, beside, business, own_tables, printed, refused, restored  # noqa: F401

pytestmark = pytest.mark.usefixtures("beside")
ITEMS = 150


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts of few items; a lease that is over at once, for nobody knows that its holder died."""
    monkeypatch.setattr(parts, "FULL_ITEMS", 30)
    monkeypatch.setattr(whole, "PAGE", 10)
    monkeypatch.setattr(jobs, "LEASE", timedelta(0))


@pytest.fixture
def many(bank: Any) -> None:
    """Items enough for six parts of a table."""
    for start in range(0, ITEMS, 25):
        keys = [f"item#{number}" for number in range(start, start + 25)]
        store.flush(tables.UsersItem, [{"user_id": {"S": key}, "kind": {"S": "odd"}} for key in keys])


def dying(url: str, at: int, arguments: tuple[str, ...], where: str) -> None:
    """A command in a process of its own that kills itself at the n-th file it writes, or n-th batch."""
    count, lock = [0], threading.Lock()

    def counted(real: Callable[..., Any], due: Callable[..., bool]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            answer = real(*args, **named)
            with lock:
                count[0] += due(*args)
                if count[0] == at:
                    os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return call

    if where == "file":
        places.Folder.write = counted(places.Folder.write, lambda *_: True)  # type: ignore[method-assign]
    else:
        BaseClient._make_api_call = counted(
            BaseClient._make_api_call, lambda client, operation, *_: operation == "BatchWriteItem"
        )
    tables.connect(url)
    call_command(*arguments, stdout=open(os.devnull, "w"))  # noqa: SIM115
    os._exit(0)


def killed(bank: Any, at: int, *arguments: str, where: str) -> bool:
    """Whether it died; a command that came to its end did not."""
    process = multiprocessing.get_context("fork").Process(target=dying, args=(bank.url, at, arguments, where))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


@pytest.mark.slow
def test_a_backup_that_is_killed_again_and_again_goes_on_where_it_was(bank: Any, many: None, tmp_path: Path) -> None:
    place, before, deaths = tmp_path / "b", business(), 0
    while killed(bank, (1, 4, 6, 9)[deaths % 4], "backup", f"--to={place}", "--segments=2", where="file"):
        deaths += 1
        if not (place / "manifest.json").exists():
            assert "holds no manifest.json" in refused("restore", f"--from={place}", f"--suffix={SUFFIX}")
        assert deaths < 30
        if deaths > 6:
            (place / "BankingUsers-00-000002.json").stat()  # parts of a run before are kept
    manifest = read_manifest((place / "manifest.json").read_bytes())
    assert deaths >= 4 and manifest.items("BankingUsers") == ITEMS and len(manifest.parts) >= 9
    item = store.get(TableCopy, f"backup#{manifest.begin.id}")
    assert item and item.state == "done"
    restored(place)
    assert business() == before


def test_a_backup_that_is_killed_behind_its_last_file_is_put_on_record(bank: Any, tmp_path: Path) -> None:
    place, files = tmp_path / "b", 1 + 2 * 3 + 1
    assert killed(bank, files, "backup", f"--to={place}", "--segments=1", where="file")
    begin = read_manifest((place / "manifest.json").read_bytes()).begin
    key = f"backup#{begin.id}"
    assert (item := store.get(TableCopy, key)) and item.state == "running"
    assert "Keep its seal" in printed("backup", f"--to={place}")
    assert (item := store.get(TableCopy, key)) and item.state == "done" and begin.segments == 1
    assert "another one needs another place" in refused("backup", f"--to={place}")


def test_a_restore_that_is_killed_again_and_again_ends_with_the_same_tables(
    bank: Any, many: None, tmp_path: Path
) -> None:
    place, before, deaths = backed_up(tmp_path / "b", "--segments=2"), business(), 0
    while killed(bank, 6, "restore", f"--from={place}", f"--suffix={SUFFIX}", where="batch"):
        deaths += 1
        assert deaths < 10
    assert deaths >= 2
    tables.use_suffix(SUFFIX)
    assert business() == before
    item = store.get(TableCopy, f"restore#{read_manifest((place / 'manifest.json').read_bytes()).begin.id}")
    assert item and item.state == "done"
    run = jobs.last_run("restore")
    assert run and run.token == item.token + deaths + 1


def test_of_two_restores_at_the_same_time_one_is_told(bank: Any, many: None, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=60))
    place, before = backed_up(tmp_path / "b"), business()
    both = threading.Barrier(2, timeout=10)
    real = whole.is_empty

    def together(base: Any) -> bool:
        answer = real(base)
        if base is whole.ORDER[-1]:
            both.wait()
        return answer

    monkeypatch.setattr(whole, "is_empty", together)
    tables.use_suffix(SUFFIX)
    list(tables.create_tables())

    def attempt(_: int) -> str:
        try:
            return printed("restore", f"--from={place}", f"--suffix={SUFFIX}")
        except CommandError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(attempt, range(2)), key=len)
    assert "has just begun" in said[0] or "is running already" in said[0] or "has just been started" in said[0]
    assert "items written, " in said[1] and business() == before


def test_a_backup_that_was_broken_off_long_ago_or_of_other_tables_is_not_gone_on_with(
    bank: Any, many: None, tmp_path: Path, settings: Any
) -> None:
    place = tmp_path / "b"
    assert killed(bank, 5, "backup", f"--to={place}", where="file")
    with time_machine.travel(utcnow() + timedelta(hours=25), tick=True):
        assert "too long ago to go on" in refused("backup", f"--to={place}")
    settings.BANK_NAME = "Other Bank"
    assert "a back-up of other tables that was broken off" in refused("backup", f"--to={place}")


def test_requests_that_are_refused_for_a_while_or_not_answered_are_made_again(
    bank: Any, many: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB throttles, hangs up, and leaves items over: nothing is lost, nothing is written twice."""
    monkeypatch.setattr(store, "pause", lambda *_, **__: None)
    real, made = BaseClient._make_api_call, [0]

    def shaky(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation not in ("Scan", "BatchWriteItem"):
            return real(client, operation, arguments)
        made[0] += 1
        if made[0] % 3 == 0:
            code = "ProvisionedThroughputExceededException"
            raise client.exceptions.ProvisionedThroughputExceededException({"Error": {"Code": code}}, operation)
        if made[0] % 3 == 1 and operation == "BatchWriteItem":
            ((table, requests),) = arguments["RequestItems"].items()
            real(client, operation, {"RequestItems": {table: requests[:1]}})
            return {"UnprocessedItems": {table: requests[1:]}} if requests[1:] else {}
        if made[0] % 7 == 0:
            real(client, operation, arguments)
            raise ReadTimeoutError(endpoint_url="x")
        return real(client, operation, arguments)

    before = business()
    monkeypatch.setattr(BaseClient, "_make_api_call", shaky)
    restored(backed_up(tmp_path / "b"))
    monkeypatch.setattr(BaseClient, "_make_api_call", real)
    assert business() == before


def test_a_pace_holds_over_all_threads() -> None:
    pace, began = whole.Pace(1_000), time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(pace.spent, [20] * 10))
    assert 0.19 < time.monotonic() - began < 5
    began = time.monotonic()
    whole.Pace(0).spent(10**9)
    assert time.monotonic() - began < 0.1


def test_a_write_that_dynamodb_refuses_is_one_sentence(bank: Any, tmp_path: Path) -> None:
    put_raw("BankingUsers", {"user_id": {"S": "x"}})
    place = backed_up(tmp_path / "b")
    tables.use_suffix("-not-there")
    with pytest.raises(Exception, match="DynamoDB refused BatchWriteItem: ResourceNotFoundException"):
        whole.write(tables.UsersItem, [{"user_id": {"S": "x"}}])
    own_tables()
    assert "is whole" in printed("restore", f"--from={place}", "--suffix=-x", "--dry-run")
