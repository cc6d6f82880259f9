"""kill -9 of gunicorn's workers in the middle of transfers: nothing lost, nothing double, retries find the truth."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from accounts.queries.ledger import statement_lines
from accounts.tests.conftest import TwoPeople, two_people
from accounts.tests.test_concurrency import sound
from accounts.tests.visitor import Visitor
from cloudbank.house import web
from cloudbank.house.paths import ROOT
from cloudbank.house.processes import free_port
from cloudbank.testing import wait_for

CLIENTS, TRANSFERS, KILLS = 4, 15, 12
SEEDS = int(os.environ.get("GUNICORN_SEEDS", "1"))
"""How many rows of kills are tried; more by night."""


@pytest.fixture
def gunicorn(bank: Any, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A gunicorn of its own: its address and the master's pid."""
    port = free_port()
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": bank.url, "DEBUG": "on"}
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(web.command(port), env=env, cwd=ROOT, stdout=log, stderr=log)
    wait_for(f"http://127.0.0.1:{port}/healthz", process)
    yield f"http://127.0.0.1:{port}", process.pid
    process.terminate()
    process.wait(35)


def children(pid: int) -> list[int]:
    """The workers of a gunicorn master."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_workers(master: int, stop: threading.Event, seed: int) -> int:
    """Kill a random worker again and again until told to stop; how many died."""
    chance, killed = random.Random(seed), 0
    while killed < KILLS and not stop.wait(chance.uniform(0.2, 0.6)):
        for worker in chance.sample(found := children(master), k=min(1, len(found))):
            os.kill(worker, signal.SIGKILL)
            killed += 1
    return killed


def send(url: str, people: TwoPeople, client: int) -> int:
    """One client's transfers, each form sent until it is answered; how many were posted."""
    visitor = Visitor.signed_in(url, people.customer)
    posted = 0
    for number in range(TRANSFERS):
        values = {
            "account": people.mine,
            "to": people.theirs,
            "amount": "1.00",
            "memo": f"{client}/{number}",
            "key": f"key-{client:04d}-{number:08d}",
            "confirm": "1",
        }
        posted += visitor.patiently_post("/transfer", values).status == 302
    visitor.close()
    return posted


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(7, 7 + SEEDS))
def test_killed_workers_lose_nothing_and_double_nothing(gunicorn: tuple[str, int], seed: int) -> None:
    url, master = gunicorn
    people = two_people()
    stop = threading.Event()
    started = time.monotonic()
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        killer = pool.submit(kill_workers, master, stop, seed)
        sent = list(pool.map(lambda client: send(url, people, client), range(CLIENTS)))
        stop.set()
        killed = killer.result()
    assert sent == [TRANSFERS] * CLIENTS
    assert killed >= 3, f"only {killed} workers were killed in {time.monotonic() - started:.0f} s"
    assert people.balances() == (100_000 - CLIENTS * TRANSFERS * 100, CLIENTS * TRANSFERS * 100)
    memos = [line.memo for line in statement_lines(people.theirs, None, None)]
    assert sorted(memos) == sorted({f"{c}/{n}" for c in range(CLIENTS) for n in range(TRANSFERS)})
    sound()
