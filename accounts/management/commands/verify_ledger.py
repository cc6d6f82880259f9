"""`manage.py verify_ledger [--full]`: check the books; names the first broken item of each kind."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.services.verification import verify
from accounts.verifying import LedgerCheck
from cloudbank import jobs, store
from cloudbank.clock import utcnow


class Command(BaseCommand):
    help = "Check every invariant of the ledger; exit code 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which books, how thoroughly."""
        parser.add_argument("--full", action="store_true", help="every day and account, not only the open days")
        parser.add_argument("--currency", default=settings.BANK_CURRENCY)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result; the run's record keeps it for the compliance page."""
        try:
            check = self._verify(options["currency"], options["full"])
        except (jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        for problem in check.problems.values():
            self.stderr.write(f"BROKEN {problem.code} ({problem.count}): {problem.first}")
        if check.problems:
            raise CommandError(f"{len(check.problems)} invariants are broken; {check.postings} postings read.")
        self.stdout.write(f"The ledger is sound: {check.postings} postings, {len(check.tips)} accounts read.")

    def _verify(self, currency: str, full: bool) -> LedgerCheck:
        key = "full" if full else "fast"
        with jobs.run("verify_ledger", key=key, now=utcnow()) as run, tqdm(disable=None, unit="day") as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)
                run.progress(done, total)

            check = verify(currency, full=full, now=utcnow(), progress=progress)
            run.counts |= {"postings": check.postings, "accounts": len(check.tips), "broken": len(check.problems)}
        return check
