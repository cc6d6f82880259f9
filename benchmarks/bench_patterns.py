"""`detect_patterns` over the imported AMLSim history: a process of its own, so that its memory is its own too.

Most of its time the engine reads postings, one at a time, so it is also compared with bare boto3 that does nothing but
those reads, in the same minute on the same machine.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.conf import settings

from benchmarks.stage import Figure, bare_client, recorded, replay, seconds
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.house.paths import ROOT
from monitoring.queries.edges import READERS, edges_by_day

WINDOW, SECONDS, MEGABYTES = 400, 20, 400
TIMES = 2
"""Of bare boto3's time for the reads alone: starting, searching and the customers take no longer than they."""
_SAID = re.compile(r"([\d,]+) movements of .*?(\d+) MB at most")


def figures() -> Iterator[Figure]:
    """Time from start to end, and memory, of a first run over everything that was imported."""
    said: list[str] = []
    took = seconds(lambda: said.append(_run()))
    found = _SAID.search(said[0])
    if found is None:
        raise RuntimeError(f"detect_patterns said nothing of its work: {said[0][-300:]}")
    yield Figure("detect_patterns over the import", took, "s", limit=SECONDS, note=f"{found[1]} movements")
    floor = _read_bare()
    yield Figure("the same", took, "s", floor, TIMES, f"its reads alone with bare boto3, {READERS} threads")
    yield Figure("its resident memory at most", float(found[2]), "MB", limit=MEGABYTES)


def _read_bare() -> float:
    """Seconds that bare boto3 takes for the reads of the movements and nothing else."""
    calendar, now = bank_calendar(), utcnow()
    days = calendar.days(calendar.business_date(now - timedelta(days=WINDOW)), calendar.business_date(now))
    with recorded() as calls:
        for _ in edges_by_day(list(days), settings.BANK_CURRENCY):
            pass
    client = bare_client(str(settings.DYNAMODB_ENDPOINT_URL))
    with ThreadPoolExecutor(READERS) as pool:
        return seconds(lambda: list(pool.map(lambda call: replay(client, [call]), calls)))


def _run() -> str:
    options = ["--window", str(WINDOW), "--again", "--dry-run"]
    command = [sys.executable, str(ROOT / "manage.py"), "detect_patterns", *options]
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": str(settings.DYNAMODB_ENDPOINT_URL)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"detect_patterns failed: {done.stderr[-500:]}")
    return done.stdout
