"""One bank from demo to import: the report before and after, the pages and transfers after.

The history that nobody here made is read from ../shared/data/amlsim; without it only the demo bank is measured.
"""

import tempfile
from collections.abc import Iterator
from datetime import date

from benchmarks import bench_import, bench_pages, bench_patterns
from benchmarks.stage import Figure, engine_on_disk, percentile, run, seconds, use
from cloudbank.house.paths import ROOT

AMLSIM = ROOT.parent / "shared" / "data" / "amlsim"
SEEDED_UNTIL, IMPORT_FROM, IMPORTED_UNTIL = date(2026, 5, 29), date(2026, 6, 1), date(2026, 10, 28)
REPORTS = 5


def figures() -> Iterator[Figure]:
    """Seconds of seeding, importing, closing, verifying and reporting; pages by HTTP."""
    with engine_on_disk() as engine:
        use(engine)
        seeding = seconds(lambda: run("seed_demo", today=SEEDED_UNTIL))
        yield Figure("seed_demo, days closed", seeding, "s", limit=60, note="320 customers, five quarters")
        before = _report("2026Q1")
        yield Figure("quarterly report, demo bank", before, "s", limit=5, note="PDF, CSV and XLSX, median of five")
        if AMLSIM.is_dir():
            yield from _after_import(before)
        yield from bench_pages.figures(engine.url)


def _after_import(before: float) -> Iterator[Figure]:
    yield from bench_import.figures(AMLSIM, IMPORT_FROM)
    yield from bench_patterns.figures()
    closing = seconds(lambda: run("close_day", through=IMPORTED_UNTIL))
    yield Figure("close_day of the import", closing, "s", note="106 business days, 261,116 postings")
    verifying = seconds(lambda: run("verify_ledger", full=True))
    yield Figure("verify_ledger --full, clean", verifying, "s", note="raises when an invariant is broken")
    yield Figure("the same report after the import", _report("2026Q1"), "s", before, 1.2, "before the import")
    yield Figure("report of an imported quarter", _report("2026Q3"), "s", limit=5)


def _report(quarter: str) -> float:
    """Median seconds of all three formats, from the command to the files."""

    def once() -> None:
        with tempfile.TemporaryDirectory() as folder:
            run("quarterly_report", quarter=quarter, format="pdf,csv,xlsx", output=folder)

    return percentile([seconds(once) for _ in range(REPORTS)], 0.5)
