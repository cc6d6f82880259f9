"""`manage.py report_retention`: which archived reports have outlived their class. A listing; it deletes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import store
from cloudbank.clock import utcnow
from reporting import queries
from reporting.retention import CLASSES, class_of, keep_until

PAGE = 100


class Command(BaseCommand):
    help = "List the reports that may be deleted, by class of retention; nothing is deleted."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a report: class, until when it had to stay, id, title, size of its files."""
        now, cursor, found = utcnow(), None, dict.fromkeys((one.code for one in CLASSES), 0)
        try:
            while True:
                page = queries.archive(now, cursor, PAGE)
                for one in page.rows:
                    until = keep_until(one.built, one.provisional)
                    if until <= now:
                        code = class_of(one.provisional).code
                        found[code] += 1
                        size = sum(reference[1] for reference in one.files.values())
                        self.stdout.write(
                            f"{code} {until:%Y-%m-%d} {one.transaction_id} {one.title} {one.period} {size} bytes"
                        )
                cursor = page.cursor
                if cursor is None:
                    break
        except store.StoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{one.title}: {found[one.code]} may go" for one in CLASSES) + ".")
