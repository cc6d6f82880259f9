"""Import of the AMLSim history with screening, against bare boto3 batch-writing the very same items."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.bulk.pipeline import THREADS
from benchmarks.stage import Figure, bare_client, engine_on_disk, seconds, use
from cloudbank import tables
from cloudbank.house.paths import ROOT

BATCH = 25
Raw = dict[str, Any]


def figures(folder: Path, start: date) -> list[Figure]:
    """Import into the bank in use; then write what it wrote into a fresh engine with bare boto3."""
    there = {key for _, key, _ in _everything()}
    took, megabytes = _import(folder, start)
    items = [(table, raw) for table, key, raw in _everything() if key not in there]
    floor = _written_bare(items)
    each = f"{len(items):,} items, {len(items) / took:,.0f} a second; bare boto3, {THREADS} threads"
    return [
        Figure("AMLSim import with screening", took, "s", floor, 1.6, each),
        Figure("its resident memory", megabytes, "MB", limit=500),
    ]


def _import(folder: Path, start: date) -> tuple[float, float]:
    """Seconds and peak MB of the command as a process of its own."""
    command = [sys.executable, "manage.py", "import_transactions", "--mapping", "amlsim", "--start-date", str(start)]
    command += ["--accounts", str(folder / "nodes.csv.gz"), "--transactions", str(folder / "transactions.csv.gz")]
    env = os.environ | {"DYNAMODB_ENDPOINT_URL": settings.DYNAMODB_ENDPOINT_URL or "", "DEBUG": "on"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    took = seconds(lambda: subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True))
    return took, max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def _everything() -> Iterator[tuple[str, str, Raw]]:
    """(table, table and key, item) of every item in the bank."""
    client: Any = tables.connection().client
    for base in tables.TABLES:
        name = base.Meta.table_name
        for page in client.get_paginator("scan").paginate(TableName=name):
            for raw in page["Items"]:
                yield name, f"{name}/{raw[base._hash_keyname]['S']}", raw


def _written_bare(items: list[tuple[str, Raw]]) -> float:
    """Seconds that bare boto3 takes to batch-write the items into a fresh engine, with as many threads."""
    endpoint = settings.DYNAMODB_ENDPOINT_URL
    with engine_on_disk() as fresh:
        use(fresh)
        client = bare_client(fresh)
        rest = iter(items)
        batches = list(iter(lambda: list(islice(rest, BATCH)), []))
        with ThreadPoolExecutor(THREADS) as pool:
            took = seconds(lambda: list(pool.map(lambda batch: _write(client, batch), batches)))
    tables.connect(endpoint)
    settings.DYNAMODB_ENDPOINT_URL = endpoint
    return took


def _write(client: Any, batch: list[tuple[str, Raw]]) -> None:
    requests: dict[str, list[Raw]] = {}
    for table, raw in batch:
        requests.setdefault(table, []).append({"PutRequest": {"Item": raw}})
    client.batch_write_item(RequestItems=requests)
