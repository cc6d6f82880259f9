"""`manage.py quarterly_report`: build, archive, write and mail the report of a quarter, month, day or any days.

Exit codes: 0 done, or there already (`--if-missing`); 1 not built, or not written; 2 built, and not everybody's mail
server took it (the outbox tries again).
"""

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.ledger import Actor
from cloudbank import documents, jobs
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.exports import safe_filename
from cloudbank.stretches import EXAMPLES, Stretch, StretchError, parse_stretch
from reporting import queries, services
from reporting.beside import BOTH, COMPARISONS
from reporting.cuts import CutError, parse_cut
from reporting.metrics import METRICS
from reporting.metrics import in_order as metrics_in_order
from reporting.models import Report
from reporting.orders import Order
from reporting.packs import NoSuchPack
from reporting.queries import NothingToReport, check_stretch
from reporting.services.delivery import NoRecipient, recipients_from, send_now
from reporting.services.packs import pack_named
from reporting.services.runs import KNOWN, Cancelled, ask_again, not_mailed, performing
from reporting.writers import WRITERS, Writer
from reporting.writers import in_order as writers_in_order

COMMAND = Actor("command:quarterly_report", "system", "command")
NOT_MAILED = 2


class Command(BaseCommand):
    help = "Build the report of a quarter, month, day or any days, archive it, write its files, mail it."
    requires_system_checks: list[str] = []  # they would load every page of the bank: a second that cron need not wait

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which period, which figures, which files, where to."""
        parser.add_argument("--quarter", "--period", default="last_quarter", help=EXAMPLES)
        parser.add_argument("--pack", default="", help="a declared or shared pack: board, loans, deposits, ...")
        parser.add_argument("--format", default=",".join(WRITERS.codes()), help=f"some of {', '.join(WRITERS.codes())}")
        parser.add_argument("--metrics", default="", help=f"some of {', '.join(METRICS.codes())} (default: all)")
        parser.add_argument("--compare", default="", choices=["", *COMPARISONS], help="what stands beside the figures")
        parser.add_argument("--cut", action="append", default=[], help="part of the bank: branch=main, segment=retail")
        parser.add_argument("--currency", default=settings.BANK_CURRENCY)
        parser.add_argument("--output", default="", help="folder for the files; it is made when it is missing")
        parser.add_argument("--email", default="", help="colleagues who may read reports: a@bank.example,...")
        parser.add_argument("--if-missing", action="store_true", help="build only what the archive does not have yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, say one sentence and the paths; exit code 1 and one sentence when something is wrong."""
        formats = writers_in_order(_codes(options["format"], WRITERS.codes(), "format"))
        order = _order(options)
        recipients = _recipients(options["email"])
        folder = _folder(options["output"]) if options["output"] else None
        there = queries.built_before(order, [one.code for one in formats], utcnow()) if options["if_missing"] else None
        try:
            if there:
                self._said(there, _written(there, formats, folder, only_missing=True), "is in the archive already")
                return
            report, paths, refused = _build(order, formats, recipients, folder)
        except (*KNOWN, Cancelled, jobs.Held) as error:
            raise CommandError(str(error)) from error
        self._said(report, paths, f"{len(formats)} file{'s' if len(formats) != 1 else ''}")
        if refused:
            raise CommandError(f"It is built, but could not be mailed: {refused}", returncode=NOT_MAILED)

    def _said(self, report: Report, paths: list[Path], what: str) -> None:
        status = "PROVISIONAL" if report.provisional else "final"
        self.stdout.write(
            f"{report.title} {report.period} in {report.currency} ({status}, as of {report.as_of}): {what}."
        )
        for path in paths:
            self.stdout.write(str(path))


def _order(options: dict[str, Any]) -> Order:
    """What is asked for; CommandError in one sentence when it cannot be."""
    currency, codes = options["currency"].upper(), _codes(options["metrics"], METRICS.codes(), "metric")
    if options["pack"] and codes:
        raise CommandError("Give either --pack or --metrics, not both.")
    try:
        pack = pack_named(options["pack"]) if options["pack"] else None
        cut = parse_cut(options["cut"]) or (pack.part if pack else ())
        stretch = _stretch(options["quarter"], currency)
    except (StretchError, NothingToReport, CutError, NoSuchPack) as error:
        raise CommandError(str(error)) from error
    return Order(
        stretch=stretch,
        metrics=pack.metrics if pack else tuple(metrics_in_order(codes)),
        currency=currency,
        compare=options["compare"] or (pack.compare if pack else BOTH),
        cut=cut,
        pack_code=pack.code if pack else "",
        pack_title=pack.title if pack else "",
    )


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


def _recipients(text: str) -> list[str]:
    try:
        return recipients_from(text.split(","))
    except NoRecipient as error:
        raise CommandError(str(error)) from error


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
    order: Order, formats: list[Writer], recipients: list[str], folder: Path | None
) -> tuple[Report, list[Path], str]:
    """The report, its files, and what a mail server said that refused it ("" when all took it)."""
    key = json.dumps(order.as_data(), sort_keys=True)
    run = ask_again(order=order, formats=formats, key=key, actor=COMMAND, now=utcnow(), recipients=recipients)
    with tqdm(disable=None, unit="step", desc=order.stretch.label) as bar:

        def watch(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        with performing(run_id=run.transaction_id, watch=watch) as work:
            report = work.build()
            paths = _written(report, formats, folder)
    refused = send_now(work.run, utcnow()) if recipients else ""
    if refused:
        not_mailed(run_id=run.transaction_id, why=refused, now=utcnow())
    return report, paths, refused


def _written(report: Report, formats: list[Writer], folder: Path | None, *, only_missing: bool = False) -> list[Path]:
    """The archived files under their plain names; an old file stands until the new one is complete."""
    paths = []
    for writer in formats if folder else []:
        path = Path(str(folder)) / safe_filename(report.stem, writer.code)
        if not (only_missing and path.exists()):
            content = services.hand_out(
                report_id=report.transaction_id, code=writer.code, actor=COMMAND, now=utcnow()
            )  # fmt: skip
            documents.replace_file(path, content)
        paths.append(path)
    return paths
