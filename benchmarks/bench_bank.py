"""One bank from demo to import: the report before and after, the pages and transfers after.

The history that nobody here made is read from ../shared/data/amlsim; without it only the demo bank is measured.
"""

import io
import tempfile
from datetime import date
from typing import Any

from django.core.management import call_command

from benchmarks import bench_import, bench_pages
from benchmarks.stage import Figure, engine_on_disk, percentile, seconds, use
from cloudbank.house.paths import ROOT

AMLSIM = ROOT.parent / "shared" / "data" / "amlsim"
SEEDED_UNTIL, IMPORT_FROM, IMPORTED_UNTIL = date(2026, 5, 29), date(2026, 6, 1), date(2026, 10, 28)
REPORTS = 5


def figures() -> list[Figure]:
    """Seconds of seeding, closing, verifying and reporting; pages by HTTP."""
    with engine_on_disk() as engine:
        use(engine)
        seeding = seconds(lambda: _run("seed_demo", today=SEEDED_UNTIL))
        made = [Figure("seed_demo, days closed", seeding, "s", limit=60, note="320 customers, five quarters")]
        before = _report("2026Q1")
        made += _after_import(before) if AMLSIM.is_dir() else [Figure("quarterly report", before, "s", limit=5)]
        return made + bench_pages.figures(engine.url)


def _after_import(before: float) -> list[Figure]:
    made = bench_import.figures(AMLSIM, IMPORT_FROM)
    closing = seconds(lambda: _run("close_day", through=IMPORTED_UNTIL))
    verifying = seconds(lambda: _run("verify_ledger", full=True))
    after, imported = _report("2026Q1"), _report("2026Q3")
    return [
        *made,
        Figure("close_day of the import", closing, "s", note="106 business days, 261,116 postings"),
        Figure("verify_ledger --full, clean", verifying, "s", note="raises when an invariant is broken"),
        Figure("quarterly report before the import", before, "s", limit=5, note="PDF, CSV and XLSX, median of five"),
        Figure("the same report after it", after, "s", before, 1.2, "before the import"),
        Figure("report of an imported quarter", imported, "s", limit=5),
    ]


def _report(quarter: str) -> float:
    """Median seconds of all three formats, from the command to the files."""

    def once() -> None:
        with tempfile.TemporaryDirectory() as folder:
            _run("quarterly_report", quarter=quarter, format="pdf,csv,xlsx", output=folder)

    return percentile([seconds(once) for _ in range(REPORTS)], 0.5)


def _run(command: str, **options: Any) -> None:
    call_command(command, stdout=io.StringIO(), stderr=io.StringIO(), **options)
