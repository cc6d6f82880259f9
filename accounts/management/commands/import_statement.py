"""`manage.py import_statement`: a statement file of another bank into the books, each entry once."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import numbers
from accounts.ledger import Actor
from accounts.models.statement_files import DONE, StatementImport
from accounts.services.posting import Busy, NotKnownYet
from accounts.services.statement_files import CannotImport, Checked, Choice, check, receive
from accounts.services.statement_runs import advance, confirm
from accounts.statement_files.matching import NEW
from accounts.statement_files.parts import Malformed
from accounts.statement_files.reading import AUTO, FORMATS, load
from cloudbank.clock import utcnow
from cloudbank.documents import Damaged, NotStored
from cloudbank.money import format_amount
from cloudbank.progress import Bar
from cloudbank.store import StoreError

FAILED, NOT_ALL = 1, 2
SHOWN = 20
ACTOR = Actor("import_statement", "system", "import_statement")


class Command(BaseCommand):
    help = (
        "Import a camt.053 or OFX statement. Entries that are in the books are recognised; an interrupted import goes "
        "on when the same command is given again. Exit code 0: done; 1: could not; 2: malformed, or conflicts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whose account it is of when this is its first statement."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--format", choices=[AUTO, *FORMATS], default=AUTO, help="recognised unless given")
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--account", type=_number, metavar="NUMBER", help="our account it belongs to")
        whose.add_argument("--open-for", default="", metavar="CUSTOMER", help="open an account for this customer")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, post, tell."""
        began = time.monotonic()
        try:
            choice = Choice(options["format"], options["account"] or "", options["open_for"])
            checked = check(load(options["file"]), choice)
            self._tell(checked)
            if options["dry_run"]:
                counts = checked.counts | {"dry_run": True}
                self.stdout.write("Nothing was written.")
            else:
                counts = self._run(checked, options["file"].name)
        except Malformed as error:
            raise CommandError(f"{options['file']}: {error}; nothing was written", returncode=NOT_ALL) from error
        except (CannotImport, Busy, NotKnownYet, Damaged, NotStored, StoreError) as error:
            raise CommandError(str(error), returncode=FAILED) from error
        self.stdout.write(json.dumps(counts | {"seconds": round(time.monotonic() - began, 1)}))
        if checked.conflicts:
            raise CommandError(f"{len(checked.conflicts):,} conflicts were left out", returncode=NOT_ALL)

    def _run(self, checked: Checked, name: str) -> dict[str, Any]:
        item = receive(checked, file_name=name, actor=ACTOR, now=utcnow())
        if item.state == DONE:
            self.stdout.write("This file was imported before; nothing was written.")
            return _summary(item)
        confirm(item.transaction_id, actor=ACTOR, now=utcnow())
        with Bar("Posting", checked.counts[NEW]) as bar:
            item = advance(item.transaction_id, actor=ACTOR, now=utcnow, progress=lambda done, total: bar.advance(1))
        if item.state != DONE:
            raise CannotImport(
                f"Stopped: {item.why} {item.counts['waiting']:,} entries wait; the same command goes on."
            )
        posted, duplicates = item.counts["posted"], item.counts["duplicates"]
        self.stdout.write(f"Posted {posted:,} entries; {duplicates:,} were in the books already.")
        return _summary(item)

    def _tell(self, checked: Checked) -> None:
        for part in checked.parts:
            one = part.statement
            opened = f"opening {_money(one.opening.amount, one.currency)}, " if one.opening else ""
            closed = f"closing {_money(one.closing.amount, one.currency)}, " if one.closing else ""
            into = "a new account" if part.new_account else f"account {numbers.grouped(part.number)}"
            self.stdout.write(
                f"{one.position.capitalize()} of {one.holder} into {into}: {opened}{closed}"
                f"{len(part.judged):,} entries, {len(part.having(NEW)):,} new."
            )
            self._list([str(left) for left in part.left_out], "left out")
        self._list(checked.conflicts, "conflicts")

    def _list(self, lines: list[str], what: str) -> None:
        for line in lines[:SHOWN]:
            self.stderr.write(line)
        if len(lines) > SHOWN:
            self.stderr.write(f"... and {len(lines) - SHOWN:,} more {what}")


def _number(text: str) -> str:
    return numbers.parse(text)


def _money(minor: int, currency: str) -> str:
    return f"{format_amount(minor, currency)} {currency}"


def _summary(item: StatementImport) -> dict[str, Any]:
    return {"import_id": item.transaction_id, "state": item.state} | item.counts
