"""`manage.py quarterly_report`: build, archive and write the files of a quarter. For cron; safe to run again."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.ledger import Actor
from cloudbank import documents, jobs, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.exports import safe_filename
from cloudbank.fonts import FontMissing
from cloudbank.quarters import Quarter, QuarterError, parse_quarter
from reporting import services
from reporting.metrics import METRICS, Metric
from reporting.metrics import in_order as metrics_in_order
from reporting.models import Report
from reporting.periods import FootingError
from reporting.queries import NothingToReport, check_quarter
from reporting.writers import WRITERS, Writer
from reporting.writers import in_order as writers_in_order

JOB = "quarterly_report"
COMMAND = Actor(f"command:{JOB}", "system", "command")
EXPECTED = (
    NothingToReport,
    FootingError,
    FontMissing,
    documents.NotStored,
    documents.Damaged,
    services.Busy,
    jobs.Held,
    jobs.Lost,
    store.StoreError,
)


class Command(BaseCommand):
    help = "Build a quarter's report, archive it, and write its files into a folder."
    requires_system_checks: list[str] = []  # they would load every page of the bank: a second that cron need not wait

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which quarter, which figures, which files, where to."""
        parser.add_argument("--quarter", default="last_quarter", help="2026Q3, last_quarter or this_quarter")
        parser.add_argument("--format", default=",".join(WRITERS.codes()), help=f"some of {', '.join(WRITERS.codes())}")
        parser.add_argument("--metrics", default="", help=f"some of {', '.join(METRICS.codes())} (default: all)")
        parser.add_argument("--currency", default=settings.BANK_CURRENCY)
        parser.add_argument("--output", required=True, help="folder for the files; it is made when it is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, say one sentence and the paths; exit code 1 and one sentence when something is wrong."""
        quarter = _quarter(options["quarter"])
        formats = writers_in_order(_codes(options["format"], WRITERS.codes(), "format"))
        metrics = metrics_in_order(_codes(options["metrics"], METRICS.codes(), "metric"))
        folder = _folder(options["output"])
        try:
            report, paths = _build(quarter, metrics, formats, options["currency"].upper(), folder)
        except EXPECTED as error:
            raise CommandError(str(error)) from error
        status = "PROVISIONAL" if report.provisional else "final"
        count = f"{len(paths)} file{'s' if len(paths) != 1 else ''}"
        self.stdout.write(
            f"{report.title} {report.period} in {report.currency} ({status}, as of {report.as_of}): {count}."
        )
        for path in paths:
            self.stdout.write(str(path))


def _quarter(token: str) -> Quarter:
    now = utcnow()
    try:
        quarter = parse_quarter(token, bank_calendar().business_date(now), settings.FISCAL_YEAR_START_MONTH)
        check_quarter(quarter, now)
    except (QuarterError, NothingToReport) as error:
        raise CommandError(str(error)) from error
    return quarter


def _codes(text: str, known: list[str], what: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.strip().lower() for code in text.split(",") if code.strip()))
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise CommandError(f"There is no {what} '{unknown[0]}'; choose from {', '.join(known)}.")
    return codes


def _folder(text: str) -> Path:
    """The folder, made and proven writable before any work is done."""
    folder = Path(text).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise CommandError(f"Cannot write into {folder}: {error.strerror or error}.") from error


def _build(
    quarter: Quarter, metrics: list[Metric], formats: list[Writer], currency: str, folder: Path
) -> tuple[Report, list[Path]]:
    with (
        jobs.run(JOB, key=f"{quarter.label} {currency}", now=utcnow()) as run,
        tqdm(disable=None, unit="step", desc=quarter.label) as bar,
    ):

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)
            run.progress(done, total)

        report = services.build_report(
            quarter=quarter,
            metrics=metrics,
            formats=formats,
            actor=COMMAND,
            now=utcnow(),
            currency=currency,
            progress=progress,
        )
        paths = [_write(report, writer, folder) for writer in formats]
        run.counts |= {"files": len(paths), "report": report.transaction_id}
    return report, paths


def _write(report: Report, writer: Writer, folder: Path) -> Path:
    """Hand the archived file out under its plain name; the old file stands until the new one is complete."""
    content = services.hand_out(report_id=report.transaction_id, code=writer.code, actor=COMMAND, now=utcnow())
    path = folder / safe_filename(report.stem, writer.code)
    documents.replace_file(path, content)
    return path
