"""`manage.py snapshot_controls [--watch | --dry-run]`: today's readings of all controls; for cron.

In the evening it keeps the day's snapshot; with `--watch`, every hour, it only looks whether a control has crossed a
threshold or recovered, and tells its owner.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import jobs, store
from cloudbank.clock import utcnow
from compliance.queries import standing
from compliance.services.snapshots import look_at_controls, snapshot_controls


class Command(BaseCommand):
    help = "Keep today's readings of all controls and the score; a second run on the same day changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of two switches."""
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--watch", action="store_true", help="tell what crossed a threshold, keep no snapshot")
        group.add_argument("--dry-run", action="store_true", help="print the readings, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one sentence (with --dry-run one line a control)."""
        try:
            if options["dry_run"]:
                self._show()
                return
            if options["watch"]:
                found = look_at_controls(now=utcnow())
                self.stdout.write(f"{len(found.crossed)} crossed a threshold, {len(found.recovered)} recovered.")
                return
            item, is_new = snapshot_controls(now=utcnow())
        except (jobs.Held, store.StoreError) as error:
            raise CommandError(str(error)) from error
        score = "not measurable" if item.score is None else f"{item.score} of 100"
        word = "Kept" if is_new else "There already is"
        self.stdout.write(f"{word} the snapshot of {item.day}: score {score}, {len(item.readings)} controls.")

    def _show(self) -> None:
        taken = standing.take_readings(utcnow())
        for code, reading in taken.readings.items():
            self.stdout.write(f"{code}: {reading.control.counted(reading.measure.count)}, {reading.state}")
        self.stdout.write(f"Score {taken.score.value}; nothing was written.")
