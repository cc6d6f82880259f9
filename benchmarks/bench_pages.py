"""Pages and transfers by HTTP through gunicorn, as people use them; and what a page reads, in units."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.test import Client

from accounts.ledger import CASH
from accounts.models import User
from accounts.services.deposits import open_account
from accounts.services.posting import post
from accounts.testing import a_customer, a_manager, an_analyst, an_officer, signed_in
from accounts.tests.visitor import Visitor
from benchmarks.stage import TELLER, Figure, instruct, percentile, seconds
from cloudbank import store, tables
from cloudbank.clock import iso, utcnow
from cloudbank.house import web
from cloudbank.house.paths import ROOT
from cloudbank.house.processes import free_port
from cloudbank.ids import derived_id
from cloudbank.testing import wait_for
from monitoring.models import Alert, worklist_order
from monitoring.queries.alerts import AlertFilter, alerts_page, queue_size
from monitoring.rulebook import RANK, SEVERITIES

LIMIT_MS = 100
VISITS = 80
USERS, SENT_EACH = 10, 12
THINK_SECONDS = 0.5
OPEN_ALERTS = 10_000
ALERTS_SEEN = 20
POLL_SECONDS, SEEN_MS = 0.4, 1000
"""How often an open queue asks (ui/_live.html), and within what it must show a new alert."""


@contextmanager
def gunicorn(endpoint: str) -> Iterator[str]:
    """The web server as `make run` starts it, over this engine."""
    port = free_port()
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": endpoint, "DEBUG": "off", "ENVIRONMENT": "test"}
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], env=env, cwd=ROOT, check=True)
    with TemporaryDirectory() as folder, (Path(folder) / "web.log").open("wb") as log:
        process = subprocess.Popen(web.command(port), env=env, cwd=ROOT, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(35)


def figures(endpoint: str) -> list[Figure]:
    """p95 of the pages of each role, then of transfers by ten people at once."""
    staff = {
        "/dashboard": an_analyst(),
        "/alerts": an_analyst(),
        "/analytics": a_manager(),
        "/cases": an_analyst(),
        "/rules/performance": an_analyst(),
        "/compliance": an_officer(),
    }
    _fill_the_queue()
    with gunicorn(endpoint) as url:
        floor = percentile(_visits(Visitor(url), "/healthz"), 0.95)
        made = [_page(url, path, user, floor) for path, user in staff.items()]
        return [*made, _alert_seen(url), *_transfers(url, floor)]


def _fill_the_queue() -> None:
    """Open alerts up to OPEN_ALERTS: copies of one that is there, spread over severities and deadlines."""
    there = queue_size(OPEN_ALERTS).total
    example = alerts_page(AlertFilter(), limit=1).rows
    rows = []
    for number in range(OPEN_ALERTS - there if example else 0):
        alert = example[0]
        alert.transaction_id = derived_id("alt", "bench", str(number))
        severity = SEVERITIES[number % len(SEVERITIES)]
        due = iso(utcnow() + timedelta(minutes=number))
        alert.severity = severity
        alert.worklist_order = worklist_order(RANK[severity], due, number, alert.transaction_id)
        rows.append(alert.serialize())
    for start in range(0, len(rows), store.BATCH_WRITE):
        store.flush(Alert, rows[start : start + store.BATCH_WRITE])


def _page(url: str, path: str, user: User, floor: float) -> Figure:
    visitor = Visitor.signed_in(url, user)
    times = _visits(visitor, path)
    name, note = f"page {path}, p95", _units(path, user)
    return Figure(name, percentile(times, 0.95), "ms", limit=LIMIT_MS, note=f"{note}; /healthz p95 {floor:.1f} ms")


def _visits(visitor: Visitor, path: str) -> Sequence[float]:
    """Milliseconds of each visit once both workers are warm."""
    times = []
    for number in range(VISITS + 20):
        started = time.perf_counter()
        answer = visitor.get(path)
        if number >= 20:
            times.append((time.perf_counter() - started) * 1000)
        assert answer.status == 200, f"{path}: {answer.status} {answer.location}"
    visitor.close()
    return times


def _units(path: str, user: User) -> str:
    """Requests and read units of the page, asked of the engine itself."""
    connection = tables.connection()
    real, units, requests = connection.dispatch, 0.0, 0

    def metered(operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        nonlocal units, requests
        answer: dict[str, Any] = real(operation, kwargs | {"ReturnConsumedCapacity": "TOTAL"})
        said = answer.get("ConsumedCapacity") or []
        units += sum(one.get("CapacityUnits", 0) for one in (said if isinstance(said, list) else [said]))
        requests += 1
        return answer

    client = signed_in(Client(headers={"host": "127.0.0.1"}), user)
    client.get(path)
    originals = []
    for base in tables.TABLES:
        own = base._get_connection().connection
        originals.append(own)
        own.dispatch = metered  # type: ignore[method-assign,assignment]
    try:
        client.get(path)
    finally:
        for own in originals:
            del own.dispatch  # the class's method again
    return f"{requests} requests, {units:.1f} units"


def _alert_seen(url: str) -> Figure:
    """From the moment that a posting is sent until an open queue hears of its alert, asking as the page does."""
    visitor, times = Visitor.signed_in(url, an_analyst()), []
    accounts = [_opened(a_customer(email=f"seen{number}@people.example")) for number in range(ALERTS_SEEN)]
    for number, account in enumerate(accounts):
        mark = json.loads(visitor.get("/alerts/pulse").text)["next"]
        time.sleep(POLL_SECONDS * number / ALERTS_SEEN)  # the page's asking and the posting keep no step
        started = time.perf_counter()
        post(instruct("deposit", 10_000_01, CASH, account), now=utcnow())
        while visitor.get(mark).status != 200:
            time.sleep(POLL_SECONDS)
        times.append((time.perf_counter() - started) * 1000)
    visitor.close()
    note = f"{ALERTS_SEEN} alerts, asked every {POLL_SECONDS} s; p50 {percentile(times, 0.5):.0f} ms"
    return Figure("alert on an open queue, p95", percentile(times, 0.95), "ms", limit=SEEN_MS, note=note)


def _transfers(url: str, floor: float) -> list[Figure]:
    people = [a_customer(email=f"bench{number}@people.example") for number in range(USERS)]
    numbers = [_funded(person) for person in people]

    def send(place: int) -> list[float]:
        visitor = Visitor.signed_in(url, people[place])
        visitor.get("/transfer")
        times = []
        for number in range(SENT_EACH):
            values = {
                "account": numbers[place],
                "to": numbers[place - 1],
                "amount": f"{number + 1}.00",
                "memo": "",
                "key": f"bench-{place:04d}-{number:08d}",
                "confirm": "1",
            }
            if number == 0:
                visitor.post("/transfer", values)
                continue
            times.append(seconds(lambda v=values: _sent(visitor, v)) * 1000)  # type: ignore[misc]
            time.sleep(THINK_SECONDS)
        return times

    with ThreadPoolExecutor(USERS) as pool:
        times = [took for one in pool.map(send, range(USERS)) for took in one]
    note = f"{USERS} people, {THINK_SECONDS} s between two of their transfers; p50 {percentile(times, 0.5):.0f} ms"
    return [Figure("transfer by HTTP, p95", percentile(times, 0.95), "ms", limit=LIMIT_MS, note=note)]


def _sent(visitor: Visitor, values: dict[str, str]) -> None:
    answer = visitor.post("/transfer", values)
    assert answer.status == 302, f"/transfer: {answer.status}"


def _opened(person: User) -> str:
    return open_account(
        owner_id=person.user_id,
        product="checking",
        currency="USD",
        branch="main",
        key="bench-account",
        actor=TELLER,
        now=utcnow(),
    ).account_id


def _funded(person: User) -> str:
    account = _opened(person)
    post(instruct("deposit", 10**8, CASH, account), now=utcnow())
    return account
