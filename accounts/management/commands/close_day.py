"""`manage.py close_day`: close the business days that are over. For cron, every night; safe to run again."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.services import closing
from cloudbank import jobs, store
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import bank_calendar


class Command(BaseCommand):
    help = "Fold, prove and seal every business day that is over and still open, in order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The last day to close, and whether to write."""
        parser.add_argument("--through", type=date.fromisoformat, help="last day to close (default: yesterday)")
        parser.add_argument("--currency", default=settings.BANK_CURRENCY)
        parser.add_argument("--dry-run", action="store_true", help="say which days would be closed, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Close and say how many days; exit code 1 when a day cannot be closed."""
        now = utcnow()
        through = options["through"] or bank_calendar().business_date(now) - ONE_DAY
        try:
            closed = self._close(through, options["currency"], options["dry_run"])
        except (closing.CannotClose, jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        days = closed.days
        verb = "would be closed" if options["dry_run"] else "closed"
        span = f" ({days[0]} to {days[-1]})" if days else ""
        self.stdout.write(f"{len(days)} business days {verb}{span}.")
        for name, number in sorted(closed.counts.items()):
            self.stdout.write(f"  {name}: {number:,}")

    def _close(self, through: date, currency: str, dry_run: bool) -> closing.Closed:
        if dry_run:
            return closing.close_through(through, currency, now=utcnow(), dry_run=True)
        with jobs.run("close_day", key=through.isoformat(), now=utcnow()) as run, tqdm(disable=None, unit="day") as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)
                run.progress(done, total)

            closed = closing.close_through(through, currency, now=utcnow(), progress=progress)
            run.counts |= {"days": len(closed.days), **closed.counts}
        return closed
