"""Import of the AMLSim history with screening, against bare boto3 batch-writing the very same items."""

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.bulk.pipeline import THREADS
from benchmarks import spooled
from benchmarks.spooled import Put
from benchmarks.stage import Figure, bare_client, engine_on_disk, seconds, use
from cloudbank import tables
from cloudbank.house.paths import ROOT

BATCH, AHEAD = 25, 200
KEYS = {base.Meta.table_name: str(base._hash_keyname) for base in tables.TABLES}


def figures(folder: Path, start: date) -> Iterator[Figure]:
    """Import into the bank in use; then write what it wrote into a fresh engine with bare boto3.

    The import is a process of its own, timed from its start to its end, so that its memory is its own too.
    """
    with tempfile.TemporaryDirectory() as scratch:
        spool = Path(scratch) / "items"
        summary: dict[str, Any] = {}
        took = seconds(lambda: summary.update(_imported(folder, start, spool)))
        number = sum(1 for _ in spooled.read(spool))
        floor = _written_bare(spool)
    each = f"{number:,} items, {number / took:,.0f} a second; bare boto3, {THREADS} threads"
    yield Figure("AMLSim import with screening", took, "s", floor, 1.6, each)
    yield Figure("its resident memory at most", summary["megabytes"], "MB", limit=500)


def _imported(folder: Path, start: date, spool: Path) -> dict[str, Any]:
    """Run the command; the summary it prints."""
    command = [sys.executable, "-m", "benchmarks.spooled", str(spool), "import_transactions", "--mapping", "amlsim"]
    command += ["--accounts", str(folder / "nodes.csv.gz"), "--transactions", str(folder / "transactions.csv.gz")]
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": str(settings.DYNAMODB_ENDPOINT_URL)}
    done = subprocess.run([*command, "--start-date", str(start)], cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the import failed: {done.stderr[-500:]}")
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def _written_bare(spool: Path) -> float:
    """Seconds that bare boto3 takes to batch-write the items, in their order, into a fresh engine."""
    endpoint = settings.DYNAMODB_ENDPOINT_URL
    with engine_on_disk() as fresh:
        use(fresh)
        client = bare_client(fresh.url)
        took = seconds(lambda: _write_all(client, spool))
    tables.connect(endpoint)
    settings.DYNAMODB_ENDPOINT_URL = endpoint
    return took


def _write_all(client: Any, spool: Path) -> None:
    under_way: deque[Future[None]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for batch in _batches(spool):
            under_way.append(pool.submit(_write, client, batch))
            if len(under_way) > AHEAD:
                under_way.popleft().result()
        while under_way:
            under_way.popleft().result()


def _batches(spool: Path) -> Iterator[dict[tuple[str, str], Put]]:
    """By key: the run's own record is written once a checkpoint, and a request takes each key once."""
    batch: dict[tuple[str, str], Put] = {}
    for table, item in spooled.read(spool):
        batch[table, item[KEYS[table]]["S"]] = (table, item)
        if len(batch) == BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def _write(client: Any, batch: dict[tuple[str, str], Put]) -> None:
    requests: dict[str, list[dict[str, Any]]] = {}
    for table, item in batch.values():
        requests.setdefault(table, []).append({"PutRequest": {"Item": item}})
    while requests:
        requests = client.batch_write_item(RequestItems=requests).get("UnprocessedItems", {})
