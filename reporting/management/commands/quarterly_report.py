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
from cloudbank import documents, jobs, store
from cloudbank.clock import utcnow
from cloudbank.exports import safe_filename
from cloudbank.stretches import EXAMPLES
from reporting import queries, services
from reporting.beside import COMPARISONS
from reporting.metrics import METRICS
from reporting.models import Report
from reporting.orders import Order
from reporting.services.asked import Asked, Refused, record_refusal, resolved
from reporting.services.delivery import send_now
from reporting.services.runs import CAUSE_COMMAND, KNOWN, Cancelled, ask_again, not_mailed, performing
from reporting.writers import WRITERS, Writer

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
        parser.add_argument(
            "--cut",
            action="append",
            default=[],
            help="part of the bank: branch=main, segment=retail, product=auto; several narrow it further",
        )
        parser.add_argument("--currency", default=settings.BANK_CURRENCY)
        parser.add_argument("--output", default="", help="folder for the files; it is made when it is missing")
        parser.add_argument("--email", default="", help="colleagues who may read reports: a@bank.example,...")
        parser.add_argument("--if-missing", action="store_true", help="build only what the archive does not have yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, say one sentence and the paths; exit code 1 and one sentence when something is wrong."""
        now, asked = utcnow(), _asked(options)
        try:
            wanted = resolved(asked, now)
            folder = _folder(options["output"]) if options["output"] else None
        except Refused as error:
            record_refusal(asked=asked, why=str(error), cause=CAUSE_COMMAND, actor=COMMAND, now=now)
            raise CommandError(str(error)) from error
        except store.StoreError as error:
            raise CommandError(str(error)) from error
        order, formats, recipients = wanted.order, wanted.formats, wanted.recipients
        self._run(order, formats, recipients, folder, options)

    def _run(
        self, order: Order, formats: list[Writer], recipients: list[str], folder: Path | None, options: dict[str, Any]
    ) -> None:
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


def _asked(options: dict[str, Any]) -> Asked:
    """What was typed."""
    return Asked(
        period=options["quarter"],
        pack=options["pack"],
        metrics=options["metrics"],
        formats=options["format"],
        compare=options["compare"],
        cut=tuple(options["cut"]),
        currency=options["currency"],
        email=options["email"],
    )


def _folder(text: str) -> Path:
    """The folder, made and proven writable before any work is done. Raises Refused."""
    folder = Path(text).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise Refused(f"Cannot write into {folder}: {error.strerror or error}.") from error


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
