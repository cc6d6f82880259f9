"""Import of the AMLSim history with screening, against bare boto3 batch-writing the very same items."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.bulk.pipeline import THREADS
from benchmarks.stage import Call, Figure, bare_client, engine_on_disk, recorded, run, seconds, use
from cloudbank import tables

BATCH = 25
Raw = dict[str, Any]


def figures(folder: Path, start: date) -> list[Figure]:
    """Import into the bank in use; then write what it wrote into a fresh engine with bare boto3."""
    files = {"accounts": folder / "nodes.csv.gz", "transactions": folder / "transactions.csv.gz"}
    with recorded() as calls:
        took = seconds(lambda: run("import_transactions", mapping="amlsim", start_date=start, **files))
    items = [item for call in calls for item in _put(call)]
    floor = _written_bare(items)
    each = f"{len(items):,} items, {len(items) / took:,.0f} a second; bare boto3, {THREADS} threads"
    return [Figure("AMLSim import with screening", took, "s", floor, 1.6, each)]


def _put(call: Call) -> Iterator[tuple[str, Raw]]:
    """(table, item) of every item that a request puts."""
    operation, arguments = call
    if operation == "BatchWriteItem":
        for table, requests in arguments["RequestItems"].items():
            yield from ((table, request["PutRequest"]["Item"]) for request in requests)
    if operation == "TransactWriteItems":
        puts = (one["Put"] for one in arguments["TransactItems"] if "Put" in one)
        yield from ((put["TableName"], put["Item"]) for put in puts)


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
