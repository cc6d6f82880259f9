"""`manage.py report_retention [--delete]`: which archived reports have outlived their class, and their deletion.

Exit codes: 0 listed or deleted; 1 it could not run (another host does, the engine is away); 2 some were not deleted.
"""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.ledger import Actor
from cloudbank import documents, jobs, store
from cloudbank.clock import utcnow
from reporting.models import Report
from reporting.retention import CLASSES, class_of, keep_until
from reporting.services import Busy
from reporting.services.retention import delete_outlived, outlived, size_of

JOB = "report_retention"
COMMAND = Actor(f"command:{JOB}", "system", "command")
SOME_LEFT = 2


class Command(BaseCommand):
    help = "List the reports that need not be kept any more, by class of retention; with --delete, delete their files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Look, or do it."""
        parser.add_argument(
            "--delete",
            action="store_true",
            help="delete the files; who built what, when, and the hashes stay in the archive",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a report: class, until when it had to stay, id, title, size of its files; then the sums."""
        try:
            if options["delete"]:
                self._delete()
            else:
                self._list()
        except (store.StoreError, jobs.Held, jobs.Lost) as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        found = Counter[str]()
        for one in outlived(utcnow()):
            found[class_of(one.provisional).code] += 1
            self.stdout.write(line_of(one))
        self.stdout.write(", ".join(f"{one.title}: {found[one.code]} may go" for one in CLASSES) + ".")

    def _delete(self) -> None:
        now, gone, left, size = utcnow(), Counter[str](), 0, 0
        with jobs.run(JOB, key=now.date().isoformat(), now=now) as run:
            for one in list(outlived(now)):
                try:
                    freed = delete_outlived(report_id=str(one.transaction_id), actor=COMMAND, now=now)
                except (documents.NotDeleted, Busy) as error:
                    left += 1
                    self.stderr.write(f"{one.transaction_id} stays: {error}")
                    continue
                if freed:
                    size += freed
                    gone[class_of(one.provisional).code] += 1
                    self.stdout.write(f"deleted {line_of(one)}")
                run.progress(sum(gone.values()), 0)
            run.counts = {"deleted": sum(gone.values()), "left": left, "bytes": size}
        words = ", ".join(f"{one.title}: {gone[one.code]} deleted" for one in CLASSES)
        self.stdout.write(f"{words}; {size:,} bytes freed.")
        if left:
            raise CommandError(f"{left} report{'s' if left > 1 else ''} could not be deleted.", returncode=SOME_LEFT)


def line_of(one: Report) -> str:
    """Class, until when it had to stay, id, title, period, size."""
    until = keep_until(one.built, one.provisional)
    code = class_of(one.provisional).code
    return f"{code} {until:%Y-%m-%d} {one.transaction_id} {one.title} {one.period} {size_of(one)} bytes"
