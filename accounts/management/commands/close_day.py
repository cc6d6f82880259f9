"""`manage.py close_day`: close the business days that are over. For cron, every night; safe to run again."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.queries.books import currencies_with_books
from accounts.services import closing
from accounts.services.posting import Busy, NotKnownYet
from cloudbank import jobs, store
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import bank_calendar


def _key(through: date, currency: str) -> str:
    """The bank's own currency keeps the plain date: the page of runs and the controls read it."""
    day = through.isoformat()
    return day if currency == settings.BANK_CURRENCY else f"{day} {currency}"


class Command(BaseCommand):
    help = "Fold, prove and seal every business day that is over and still open, in order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The last day to close, and whether to write."""
        parser.add_argument("--through", type=date.fromisoformat, help="last day to close (default: yesterday)")
        parser.add_argument("--currency", help="one of them (default: every currency that has books)")
        parser.add_argument("--dry-run", action="store_true", help="say which days would be closed, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Close and say how many days; exit code 1 when a day cannot be closed. Other currencies are closed still."""
        through = options["through"] or bank_calendar().business_date(utcnow()) - ONE_DAY
        failures = []
        try:
            for currency in self._currencies(options["currency"]):
                try:
                    self._say(currency, self._close(through, currency, options["dry_run"]), options["dry_run"])
                except closing.CannotClose as error:
                    failures.append(f"{currency}: {error}")
        except (jobs.Held, jobs.Lost, store.StoreError, Busy, NotKnownYet) as error:
            raise CommandError(str(error)) from error
        if failures:
            raise CommandError("; ".join(failures))

    def _currencies(self, asked: str | None) -> list[str]:
        return [asked] if asked else currencies_with_books() or [settings.BANK_CURRENCY]

    def _say(self, currency: str, closed: closing.Closed, dry_run: bool) -> None:
        days = closed.days
        verb = "would be closed" if dry_run else "closed"
        span = f" ({days[0]} to {days[-1]})" if days else ""
        self.stdout.write(f"{currency}: {len(days)} business days {verb}{span}.")
        for name, number in sorted(closed.counts.items()):
            self.stdout.write(f"  {name}: {number:,}")

    def _close(self, through: date, currency: str, dry_run: bool) -> closing.Closed:
        if dry_run:
            return closing.close_through(through, currency, now=utcnow(), dry_run=True)
        with (
            jobs.run("close_day", key=_key(through, currency), now=utcnow()) as run,
            tqdm(disable=None, unit="day") as bar,
        ):

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)
                run.progress(done, total)

            closed = closing.close_through(through, currency, now=utcnow(), progress=progress)
            run.counts |= {"days": len(closed.days), **closed.counts}
        return closed
