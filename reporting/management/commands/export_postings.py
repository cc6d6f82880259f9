"""`manage.py export_postings`: the postings of any days as CSV. Whole or not at all; safe to run again."""

import signal
import tempfile
import threading
import zlib
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cloudbank import documents, jobs, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.exports import safe_filename
from cloudbank.lists.taken import Taker, keep_taken
from cloudbank.progress import Bar
from cloudbank.quarters import QuarterError, parse_quarter
from reporting.postings import Extent, Incomplete, NoSuchDays, PostingsFile, extent

JOB = "export_postings"
COMMAND = Taker(f"command:{JOB}", "system", "command")
EXPECTED = (NoSuchDays, Incomplete, documents.NotStored, jobs.Held, jobs.Lost, store.StoreError)
STOPPED = 143
GZIP_LEVEL = 5
"""Nearly as small as 9 in a third of the time."""


class Command(BaseCommand):
    help = "Write the postings of a quarter, or of any days, as one CSV file."
    requires_system_checks: list[str] = []  # they would load every page of the bank: a second that cron need not wait

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which days, where to."""
        parser.add_argument("--from", dest="first", default="", help="first business day, 2026-07-01")
        parser.add_argument("--to", dest="last", default="", help="last business day, 2026-09-30")
        parser.add_argument("--quarter", default="", help="instead: 2026Q3, last_quarter or this_quarter so far")
        parser.add_argument("--currency", default=settings.BANK_CURRENCY)
        parser.add_argument(
            "--output",
            required=True,
            help="a file (.csv or .csv.gz), or a folder (there already, or written with a / at its end)",
        )
        parser.add_argument("--gzip", action="store_true", help="compress, also without .gz in the file's name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, say what it holds; exit code 1 and one sentence when something is wrong."""
        now = utcnow()
        try:
            of = extent(*_days(options), options["currency"].upper(), now)
            path = _path(options["output"], of, options["gzip"])
            packed = options["gzip"] or path.suffix == ".gz"
            keep_taken(COMMAND, path=str(path), extension="csv", facts=[*of.facts(), _expected(of)], now=now)
            with _tidy_when_stopped():
                rows, size = _write(of, path, packed)
        except EXPECTED as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{rows:,} postings of {of.first} to {of.last} in {of.currency}, {size:,} bytes: {path}")


@contextmanager
def _tidy_when_stopped() -> Iterator[None]:
    """What is half written goes when the program is asked to end, as with Ctrl+C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: Any) -> NoReturn:
    raise SystemExit(STOPPED)


def _expected(of: Extent) -> tuple[str, str]:
    return "Rows", f"{of.postings:,}"


def _days(options: dict[str, Any]) -> tuple[date, date]:
    first, last, token = options["first"], options["last"], options["quarter"]
    if bool(token) == bool(first or last):
        raise CommandError("Say which days: --from and --to, or --quarter.")
    if not token:
        return _day(first, "--from"), _day(last, "--to")
    today = bank_calendar().business_date(utcnow())
    try:
        quarter = parse_quarter(token, today, settings.FISCAL_YEAR_START_MONTH)
    except QuarterError as error:
        raise CommandError(str(error)) from error
    return quarter.first, min(quarter.last, today) if quarter.first <= today else quarter.last


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{option}: '{text}' is no day; write it as 2026-09-30.") from error


def _path(text: str, of: Extent, packed: bool) -> Path:
    """Where to: proven writable before a posting is read."""
    path = Path(text).expanduser()
    if path.is_dir() or text.endswith("/"):
        path = path / (safe_filename(of.stem, "csv") + (".gz" if packed else ""))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            return path
    except OSError as error:
        raise CommandError(f"Cannot write into {path.parent}: {error.strerror or error}.") from error


def _write(of: Extent, path: Path, packed: bool) -> tuple[int, int]:
    """How many postings, how many bytes."""
    with jobs.run(JOB, key=of.stem, now=utcnow()) as run, Bar("Postings", of.postings) as bar:

        def progress(number: int) -> None:
            bar.advance(number)
            run.progress(bar.done, of.postings)

        file = PostingsFile(of, progress)
        documents.replace_file(path, compressed(file.chunks()) if packed else file.chunks())
        run.counts |= {"postings": file.rows, "bytes": path.stat().st_size}
    return file.rows, path.stat().st_size


def compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same as gzip, piece by piece; without a time in its header, so the same content gives the same file."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
