"""manage.py load_list FILE: put the rows of a CSV on the block and the watch list."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.ledger import Actor, Refused
from accounts.services.posting import Busy
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from monitoring.listing import NotListable, read_rows
from monitoring.services.lists import load_rows


class Command(BaseCommand):
    """Columns list (block, watch), kind (account, name, customer, country), value, reason, expires_on."""

    help = "Add the rows of a CSV file to the block and watch list. Run again, it goes on; it takes nothing off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whether only to try."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, write nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """Load it; exit code 1 when a row cannot be taken."""
        now, actor = utcnow(), Actor("command:load_list", "system", "command")
        try:
            rows = read_rows(file.read_text("utf-8"), business_date(now))
            loaded = load_rows(rows=rows, origin=file.name[:60], dry_run=dry_run, actor=actor, now=now)
        except (OSError, UnicodeDecodeError, NotListable, Refused, Busy, store.StoreError) as error:
            raise CommandError(f"{file}: {error}") from error
        for row in loaded.problems:
            self.stderr.write(f"line {row.line}: {row.shown}: {row.problem}")
        counts = ", ".join(f"{number} {fate}" for fate, number in loaded.counts.items())
        self.stdout.write(f"{'Would be: ' if dry_run else ''}{counts}, {len(loaded.problems)} not taken.")
        if loaded.problems:
            raise CommandError(
                f"{len(loaded.problems)} rows cannot be taken; the others are {'fine' if dry_run else 'in'}."
            )
