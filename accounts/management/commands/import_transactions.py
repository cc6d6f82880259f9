"""`manage.py import_transactions`: history from two files, through the same pure posting and rules as live."""

import json
import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.bulk.register import CannotImport
from accounts.bulk.run import Outcome
from accounts.imports.checking import Checked
from accounts.imports.mappings import MAPPINGS
from accounts.imports.reading import Unreadable
from accounts.imports.service import Files, Prepared, prepare
from cloudbank.clock import utcnow
from cloudbank.money import format_amount
from cloudbank.progress import Bar, peak_megabytes
from cloudbank.store import StoreError

FAILED, BAD_LINES = 1, 2
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import accounts and their history. Nothing is written while a line is malformed; an interrupted import "
        "goes on when the same command is given again. Exit code 0: done; 1: could not; 2: lines are malformed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files and how to read them."""
        parser.add_argument("--accounts", type=Path, required=True, metavar="FILE", help="CSV, also .gz")
        parser.add_argument("--transactions", type=Path, required=True, metavar="FILE", help="CSV, also .gz")
        parser.add_argument("--mapping", choices=MAPPINGS.codes(), required=True, help="the format of the files")
        parser.add_argument("--start-date", type=date.fromisoformat, metavar="DATE", help="day of the opening balances")
        parser.add_argument("--import-id", default="", metavar="NAME", help="derived from the files unless given")
        parser.add_argument("--dry-run", action="store_true", help="compute everything, screening too; write nothing")
        parser.add_argument(
            "--skip-bad-lines", action="store_true", help="leave malformed lines out and import the rest"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, run, tell."""
        names = ("accounts", "transactions", "mapping", "start_date", "import_id")
        files = Files(**{name: options[name] for name in names})
        began = time.monotonic()
        try:
            with Bar("Checking") as bar:
                prepared = prepare(files, now=utcnow(), progress=bar.advance)
            self._complain(prepared.checked, options["skip_bad_lines"])
            with Bar("Posting", prepared.history.size) as bar:
                outcome = prepared.run(now=utcnow(), dry_run=options["dry_run"], progress=bar.advance)
        except (Unreadable, CannotImport, StoreError) as error:
            raise CommandError(str(error), returncode=FAILED) from error
        if outcome.already:
            self.stdout.write(f"{prepared.identity.import_id} was imported before; nothing was written.")
        else:
            self._tell(prepared, outcome, options["dry_run"])
            self.stdout.write(json.dumps(_summary(prepared, outcome, time.monotonic() - began)))
        if prepared.checked.bad:
            raise CommandError(f"{prepared.checked.bad:,} malformed lines were left out", returncode=BAD_LINES)

    def _complain(self, checked: Checked, skip: bool) -> None:
        for complaint in checked.complaints[:SHOWN]:
            self.stderr.write(str(complaint))
        if checked.bad > SHOWN:
            self.stderr.write(f"... and {checked.bad - SHOWN:,} more malformed lines")
        if checked.loops:
            lines = ", ".join(map(str, checked.loops[:SHOWN])) + (" ..." if len(checked.loops) > SHOWN else "")
            number = f"{len(checked.loops):,}"
            self.stderr.write(f"{number} transfers from an account to itself move nothing, left out: lines {lines}")
        if checked.bad and not skip:
            raise CommandError(
                f"{checked.bad:,} malformed lines; nothing was written. Mend them, or leave them out: --skip-bad-lines",
                returncode=BAD_LINES,
            )

    def _tell(self, prepared: Prepared, outcome: Outcome, dry_run: bool) -> None:
        counts = outcome.counts
        if outcome.resumed_at:
            self.stdout.write(f"Resumed after {outcome.resumed_at:,} events.")
        days = " to ".join(day.isoformat() for day in next(iter(prepared.identity.days.values()), ()))
        self.stdout.write(
            f"{'Would import' if dry_run else 'Imported'} {counts.customers:,} customers, "
            f"{counts.accounts:,} accounts, {counts.movements:,} movements ({counts.postings:,} postings) "
            f"as {prepared.identity.import_id}, "
            f"business days {days}."
        )
        self.stdout.write(
            f"Observed, so not refused for funds: {counts.below_zero:,} movements took an account below zero, "
            f"the lowest to {format_amount(counts.lowest)}."
        )
        found = ", ".join(f"{rule} {number:,}" for rule, number in counts.findings.most_common()) or "none"
        self.stdout.write(f"Suspicious movements: {counts.suspicious:,}. Findings by rule: {found}.")
        for code, number in counts.refused.most_common():
            self.stdout.write(f"Refused by the ledger ({code}): {number:,}.")


def _summary(prepared: Prepared, outcome: Outcome, seconds: float) -> dict[str, Any]:
    return outcome.counts.as_json() | {
        "import_id": prepared.identity.import_id,
        "items": outcome.items,
        "bad_lines": prepared.checked.bad,
        "loops": len(prepared.checked.loops),
        "seconds": round(seconds, 1),
        "megabytes": peak_megabytes(),
    }
