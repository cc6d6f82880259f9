"""`manage.py quarterly_report`: build, archive and write the files of a quarter, month, day or any days. For cron."""

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
from cloudbank.stretches import EXAMPLES, Stretch, StretchError, parse_stretch
from reporting import services
from reporting.beside import BOTH, COMPARISONS
from reporting.cuts import CutError, parse_cut
from reporting.metrics import METRICS
from reporting.metrics import in_order as metrics_in_order
from reporting.models import Report
from reporting.orders import Order
from reporting.periods import FootingError
from reporting.queries import NothingToReport, check_stretch
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
    help = "Build the report of a quarter, month, day or any days, archive it, and write its files into a folder."
    requires_system_checks: list[str] = []  # they would load every page of the bank: a second that cron need not wait

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which quarter, which figures, which files, where to."""
        parser.add_argument("--quarter", "--period", default="last_quarter", help=EXAMPLES)
        parser.add_argument("--format", default=",".join(WRITERS.codes()), help=f"some of {', '.join(WRITERS.codes())}")
        parser.add_argument("--metrics", default="", help=f"some of {', '.join(METRICS.codes())} (default: all)")
        parser.add_argument("--compare", default=BOTH, choices=COMPARISONS, help="what stands beside the figures")
        parser.add_argument("--cut", action="append", default=[], help="part of the bank: branch=main, segment=retail")
        parser.add_argument("--currency", default=settings.BANK_CURRENCY)
        parser.add_argument("--output", required=True, help="folder for the files; it is made when it is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, say one sentence and the paths; exit code 1 and one sentence when something is wrong."""
        formats = writers_in_order(_codes(options["format"], WRITERS.codes(), "format"))
        order = _order(options)
        folder = _folder(options["output"])
        try:
            report, paths = _build(order, formats, folder)
        except EXPECTED as error:
            raise CommandError(str(error)) from error
        status = "PROVISIONAL" if report.provisional else "final"
        count = f"{len(paths)} file{'s' if len(paths) != 1 else ''}"
        self.stdout.write(
            f"{report.title} {report.period} in {report.currency} ({status}, as of {report.as_of}): {count}."
        )
        for path in paths:
            self.stdout.write(str(path))


def _order(options: dict[str, Any]) -> Order:
    """What is asked for; CommandError in one sentence when it cannot be."""
    currency = options["currency"].upper()
    metrics = metrics_in_order(_codes(options["metrics"], METRICS.codes(), "metric"))
    try:
        cut = parse_cut(options["cut"])
        stretch = _stretch(options["quarter"], currency)
    except (StretchError, NothingToReport, CutError) as error:
        raise CommandError(str(error)) from error
    return Order(stretch, tuple(metrics), currency, options["compare"], cut)


def _stretch(token: str, currency: str) -> Stretch:
    now = utcnow()
    found = parse_stretch(token, bank_calendar().business_date(now), bank_calendar(), settings.FISCAL_YEAR_START_MONTH)
    check_stretch(found, currency, now)
    return found


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


def _build(order: Order, formats: list[Writer], folder: Path) -> tuple[Report, list[Path]]:
    with (
        jobs.run(JOB, key=f"{order.stretch.label} {order.currency}", now=utcnow()) as run,
        tqdm(disable=None, unit="step", desc=order.stretch.label) as bar,
    ):

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)
            run.progress(done, total)

        report = services.build_report(
            order=order,
            formats=formats,
            actor=COMMAND,
            now=utcnow(),
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
