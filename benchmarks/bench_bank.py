"""One bank from demo to import: the report before and after, the pages and transfers after.

The history that nobody here made is read from ../shared/data/amlsim; without it only the demo bank is measured.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date

from django.conf import settings

from benchmarks import bench_import, bench_pages, bench_patterns
from benchmarks.stage import Figure, engine_on_disk, percentile, run, seconds, use
from cloudbank.clock import utcnow
from cloudbank.house.paths import ROOT
from monitoring.services.tuning import what_if

AMLSIM = ROOT.parent / "shared" / "data" / "amlsim"
SEEDED_UNTIL, IMPORT_FROM, IMPORTED_UNTIL = date(2026, 5, 29), date(2026, 6, 1), date(2026, 10, 28)
REPORTS = 5
VERIFY_MEGABYTES = 400
"""Of the full check: its accounts' states, the names of audited items, one day's postings, whatever the bank's age."""

PEAK = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""
"""Starts a program and prints its largest memory; small itself, as Linux counts what a child's parent held."""


def figures() -> Iterator[Figure]:
    """Seconds of seeding, importing, closing, verifying and reporting; pages by HTTP."""
    with engine_on_disk() as engine:
        use(engine)
        seeding = seconds(lambda: run("seed_demo", today=SEEDED_UNTIL))
        yield Figure("seed_demo, days closed", seeding, "s", limit=60, note="300 customers, five quarters")
        before = _report("2026Q1")
        yield Figure("quarterly report, demo bank", before, "s", limit=5, note="PDF, CSV and XLSX, median of five")
        if AMLSIM.is_dir():
            yield from _after_import(before)
        yield from bench_pages.figures(engine.url)


def _after_import(before: float) -> Iterator[Figure]:
    yield from bench_import.figures(AMLSIM, IMPORT_FROM)
    yield from bench_patterns.figures()
    yield _what_if()
    closing = seconds(lambda: run("close_day", through=IMPORTED_UNTIL))
    yield Figure("close_day of the import", closing, "s", note="106 business days, 261,116 postings")
    yield from _verified()
    yield Figure("the same report after the import", _report("2026Q1"), "s", before, 1.2, "before the import")
    yield Figure("report of an imported quarter", _report("2026Q3"), "s", limit=5)


def _verified() -> Iterator[Figure]:
    """The full check as a process of its own, so that its memory is its own too; it raises when anything is broken."""
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": str(settings.DYNAMODB_ENDPOINT_URL)}
    command = [sys.executable, "-c", PEAK, sys.executable, "manage.py", "verify_ledger", "--full"]
    peaks: list[float] = []

    def check() -> None:
        with tempfile.TemporaryFile() as told:
            status = subprocess.call(command, cwd=ROOT, env=env, stdout=told, stderr=subprocess.DEVNULL)
            told.seek(0)
            said = told.read()
            if status or b"The ledger is sound" not in said:
                raise RuntimeError("verify_ledger --full found the books broken")
        peaks.append(int(said.split()[-1]) / 1024)

    yield Figure("verify_ledger --full, clean", seconds(check), "s", note="every day, account and audit trail")
    yield Figure("its resident memory at most", peaks[0], "MB", limit=VERIFY_MEGABYTES, note="accounts and one day")


def _what_if() -> Figure:
    """All of history screened twice, with one parameter changed."""
    found: list[int] = []

    def once() -> None:
        changes = {"rule.fan_in.senders": 4}
        found.append(what_if(changes=changes, now=utcnow()).difference.movements)

    took = seconds(once)
    return Figure("what_if over all of history", took, "s", limit=60, note=f"{found[0]:,} movements, screened twice")


def _report(quarter: str) -> float:
    """Median seconds of all three formats, from the command to the files."""

    def once() -> None:
        with tempfile.TemporaryDirectory() as folder:
            run("quarterly_report", quarter=quarter, format="pdf,csv,xlsx", output=folder)

    return percentile([seconds(once) for _ in range(REPORTS)], 0.5)
