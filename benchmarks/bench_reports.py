"""The board quarter of a small and of a large bank, turn by turn; the files; the export; the obvious way beside it.

`BENCH_POSTINGS=1000000 make bench ARGS=reports` measures with a million postings in the quarter; 100,000 otherwise.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import Posting
from accounts.models.ledger import posting_group
from accounts.queries.lines import day_lines
from accounts.queries.totals import files_of, forget
from benchmarks import scale
from benchmarks.stage import Figure, engine_on_disk, percentile, screened_by, seconds, use
from cloudbank import tables
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.house.engine import Engine
from cloudbank.house.paths import ROOT
from reporting.metrics import in_order
from reporting.orders import Order
from reporting.queries import pack_of

SMALL, LARGE = int(os.environ.get("BENCH_SMALL", "10000")), int(os.environ.get("BENCH_POSTINGS", "100000"))
TURNS = 9
LOOK_SECONDS = 0.02
QUIET = "accounts.tests.quiet.Quiet"
FILES_SECONDS, FILES_MEGABYTES = 5, 300
EXPORT_MEGABYTES, EXPORT_RATIO = 200, 1.5
UNITS, DATA_SECONDS, DIFFERS = 300, 0.5, 1.2
OBVIOUS = 100
"""So many times faster than folding all postings at the largest."""
_DAYS = list(bank_calendar().days(scale.REPORTED.first, scale.REPORTED.last))


def figures() -> Iterator[Figure]:
    """All of it."""
    with ExitStack() as stack:
        banks = {size: stack.enter_context(engine_on_disk()) for size in (SMALL, LARGE)}
        for size, engine in banks.items():
            use(engine)
            with screened_by(QUIET):
                took = seconds(lambda size=size: scale.make(size))  # type: ignore[misc]
            yield Figure(f"bank of {size:,} postings a quarter", took, "s", note="made and closed by the bulk path")
        yield from _data(banks)
        _turn_to(banks[LARGE])
        yield from _files()
        yield from _export()


def _turn_to(engine: Engine) -> None:
    settings.DYNAMODB_ENDPOINT_URL = engine.url
    tables.connect(engine.url)
    forget()


def _board() -> None:
    pack_of(Order(scale.REPORTED, tuple(in_order()), "USD"), utcnow())


def _data(banks: dict[int, Engine]) -> Iterator[Figure]:
    """Turn by turn, so that what else the machine does hits both alike."""
    times: dict[int, list[float]] = {size: [] for size in banks}
    for _ in range(TURNS):
        for size, engine in banks.items():
            _turn_to(engine)
            times[size].append(seconds(_board))
    small, large = (percentile(times[size][1:], 0.5) for size in (SMALL, LARGE))
    yield Figure("data of the board quarter, large bank", large, "s", limit=DATA_SECONDS, note=f"{LARGE:,} postings")
    yield Figure("the same against the small bank", large, "s", small, DIFFERS, f"{SMALL:,} postings")
    for size, engine in banks.items():
        _turn_to(engine)
        yield Figure(f"read units, {size:,} postings", _units(), "", limit=UNITS, note="ReturnConsumedCapacity")
    obvious = seconds(_fold_all)
    yield Figure("obvious way: fold all postings", obvious, "s", note=f"{obvious / large:,.0f} times the report's data")
    if LARGE >= 1_000_000:
        yield Figure("report's data x 100 against it", large * OBVIOUS, "s", obvious, 1.0, "at least 100 times faster")


def _fold_all() -> Counter[tuple[str, str, str]]:
    """Query every posting of the quarter and fold it by type and channel: what a report without totals would do."""
    found: Counter[tuple[str, str, str]] = Counter()
    for day in _DAYS:
        for line in day_lines(day, "USD"):
            if line.stands_for_movement:
                found[line.type, line.channel, "n"] += 1
                found[line.type, line.channel, "s"] += abs(line.amount)
    return found


def _units() -> float:
    connection, spent = tables.connection(), [0.0]
    real = connection.dispatch

    def metered(operation: str, kwargs: dict[str, Any]) -> Any:
        answer: dict[str, Any] = real(operation, kwargs | {"ReturnConsumedCapacity": "TOTAL"})
        said = answer.get("ConsumedCapacity") or []
        spent[0] += sum(one.get("CapacityUnits", 0) for one in (said if isinstance(said, list) else [said]))
        return answer

    originals = [base._get_connection().connection for base in tables.TABLES]
    for own in originals:
        own.dispatch = metered  # type: ignore[method-assign,assignment]
    try:
        _board()
    finally:
        for own in originals:
            del own.dispatch
    return spent[0]


def _run(command: list[str]) -> tuple[float, float]:
    """Seconds from its start to its end, and resident megabytes at most, of a process of its own.

    The peak is read off /proc while it runs: what wait4 says begins with the memory of who started it.
    """
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": str(settings.DYNAMODB_ENDPOINT_URL)}
    peak = 0.0
    with tempfile.TemporaryFile() as told:
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, stdout=told, stderr=told)
        while process.poll() is None:
            peak = max(peak, _peak(process.pid))
            time.sleep(LOOK_SECONDS)
        took = time.perf_counter() - started
        if process.returncode:
            told.seek(0)
            raise RuntimeError(f"{command}: {told.read()[-500:]!r}")
    return took, peak


def _peak(pid: int) -> float:
    """Resident megabytes at most so far; 0 when it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _files() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        took, megabytes = _run(["manage.py", "quarterly_report", "--quarter", scale.REPORTED.label, "--output", folder])
    yield Figure("PDF, XLSX and CSV, from the command", took, "s", limit=FILES_SECONDS)
    yield Figure("its resident memory", megabytes, "MB", limit=FILES_MEGABYTES)


def _export() -> Iterator[Figure]:
    """The export against bare boto3 queries that write the same rows."""
    with tempfile.TemporaryDirectory() as scratch:
        ours, bare, wanted = (Path(scratch) / name for name in ("ours.csv", "bare.csv", "groups.json"))
        days = [[posting_group("USD", str(day), shard) for shard in files_of(day, "USD")] for day in _DAYS]
        known = {"endpoint": settings.DYNAMODB_ENDPOINT_URL, "table": Posting.Meta.table_name, "days": days}
        wanted.write_text(json.dumps(known))
        floor, _ = _run(["-m", "benchmarks.bare_export", str(wanted), str(bare)])
        took, megabytes = _run(
            ["manage.py", "export_postings", "--quarter", scale.REPORTED.label, "--output", str(ours)]
        )
        rows = _same_rows(ours, bare)
    yield Figure("export of the quarter's postings", took, "s", floor, EXPORT_RATIO, f"{rows:,} rows; bare boto3")
    yield Figure("its resident memory", megabytes, "MB", limit=EXPORT_MEGABYTES)


def _same_rows(ours: Path, bare: Path) -> int:
    """How many rows both files have, after the header of ours and before its notes; they must be the same."""
    with ours.open("rb") as mine, bare.open("rb") as theirs:
        next(mine)
        count = 0
        for expected in theirs:
            if next(mine) != expected:
                raise RuntimeError(f"row {count + 1} differs from what bare boto3 wrote: {expected!r}")
            count += 1
        if next(mine) != b"\r\n":
            raise RuntimeError("the export has more rows than bare boto3 found")
    return count
