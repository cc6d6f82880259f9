"""The compliance page of a bank of 20,000 customers and 200,000 movements: how long, and what it reads.

Measured where it is dearest: every visit takes all readings anew (a process otherwise keeps them for some seconds), in
this process and over the engine on disk; and by HTTP as an officer sees it, who leaves it open.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient
from django.test import Client

from accounts.ledger import CLEARING
from accounts.testing import an_officer, signed_in
from accounts.tests.visitor import Visitor
from benchmarks import scale
from benchmarks.bench_pages import gunicorn
from benchmarks.stage import Figure, engine_on_disk, percentile, use
from cloudbank import parameters
from cloudbank.clock import utcnow
from compliance.controls import CONTROLS
from compliance.queries import standing

CUSTOMERS, MOVEMENTS = 20_000, 200_000
LIMIT_MS, LIMIT_UNITS = 150, 100
VISITS = 60
READS = frozenset({"GetItem", "BatchGetItem", "Query", "TransactGetItems"})
PATH = "/compliance"


@contextmanager
def metered() -> Iterator[Counter[str]]:
    """Read units and requests of everything within, as the engine bills them."""
    spent, call = Counter[str](), BaseClient._make_api_call

    def counting(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        asked = arguments | {"ReturnConsumedCapacity": "TOTAL"} if operation in READS else arguments
        answer = call(client, operation, asked)
        said = answer.get("ConsumedCapacity") or []
        for one in said if isinstance(said, list) else [said]:
            spent["units"] += one.get("CapacityUnits", 0)
        spent.update({"requests": 1, operation: 1})
        return answer

    BaseClient._make_api_call = counting
    try:
        yield spent
    finally:
        BaseClient._make_api_call = call


def figures() -> Iterator[Figure]:
    """Milliseconds and read units of the page."""
    with engine_on_disk() as engine:
        use(engine)
        _make_bank()
        officer = an_officer()
        client = signed_in(Client(headers={"host": "127.0.0.1"}), officer)
        size = f"{len(CONTROLS)} controls, {CUSTOMERS:,} customers, {MOVEMENTS:,} movements in the quarter"
        times = [_anew(client) for _ in range(VISITS + 5)][5:]
        p50 = percentile(times, 0.5)
        note = f"{size}; every reading taken anew; p50 {p50:.0f} ms"
        yield Figure("compliance page, readings anew, p95", percentile(times, 0.95), "ms", limit=LIMIT_MS, note=note)
        _anew(client)
        parameters.forget()
        parameters.snapshot(utcnow())
        with metered() as spent:
            _anew(client)
        note = f"{spent['requests']} requests; parameters, kept 5 s by every process, not among them"
        yield Figure("compliance page, read units", spent["units"], "", limit=LIMIT_UNITS, note=note)
        assert not spent["Scan"], "a control scanned"
        with gunicorn(engine.url) as url:
            yield _by_http(Visitor.signed_in(url, officer))


def _make_bank() -> None:
    """Of that size. Everybody's first money comes by ACH: in cash it would be twenty thousand reports overdue."""
    before = scale.CUSTOMERS, scale.CASH
    scale.CUSTOMERS, scale.CASH = CUSTOMERS, CLEARING
    try:
        scale.make(round(MOVEMENTS * scale.A_MOVEMENT))
    finally:
        scale.CUSTOMERS, scale.CASH = before


def _anew(client: Client) -> float:
    """Milliseconds of a visit that takes all readings."""
    standing.expire()
    started = time.perf_counter()
    answer = client.get(PATH)
    assert answer.status_code == 200, answer.status_code
    return (time.perf_counter() - started) * 1000


def _by_http(visitor: Visitor) -> Figure:
    times = []
    for number in range(VISITS + 20):
        started = time.perf_counter()
        answer = visitor.get(PATH)
        if number >= 20:
            times.append((time.perf_counter() - started) * 1000)
        assert answer.status == 200
        time.sleep(0.1)
    visitor.close()
    return Figure(
        "compliance page by HTTP, p95", percentile(times, 0.95), "ms", limit=LIMIT_MS, note="ten visits a second"
    )
