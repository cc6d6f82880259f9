"""`manage.py verify_ledger [--full]`: check the books; names the first broken item of each kind."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.queries.books import currencies_with_books
from accounts.services.verification import verify
from accounts.verifying import LedgerCheck
from cloudbank import jobs, store
from cloudbank.clock import utcnow
from cloudbank.progress import Parts


class Command(BaseCommand):
    help = "Check every invariant of the ledger; exit code 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which books, how thoroughly."""
        parser.add_argument("--full", action="store_true", help="every day and account, not only the open days")
        parser.add_argument("--currency", help="one of them (default: every currency that has books)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result; the run's record keeps it for the compliance page."""
        chosen = [options["currency"]] if options["currency"] else None
        currencies = chosen or currencies_with_books() or [settings.BANK_CURRENCY]
        try:
            checks = {one: self._verify(one, options["full"]) for one in currencies}
        except (jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        for currency, check in checks.items():
            for problem in check.problems.values():
                self.stderr.write(f"BROKEN {problem.code} in {currency} ({problem.count}): {problem.first}")
        broken = sum(len(check.problems) for check in checks.values())
        postings = sum(check.postings for check in checks.values())
        if broken:
            raise CommandError(f"{broken} invariants are broken; {postings} postings read.")
        read = max(len(check.tips) for check in checks.values())
        self.stdout.write(f"The ledger is sound in {', '.join(checks)}: {postings} postings, {read} accounts read.")

    def _verify(self, currency: str, full: bool) -> LedgerCheck:
        key = "full" if full else "fast"
        key = key if currency == settings.BANK_CURRENCY else f"{key} {currency}"
        with jobs.run("verify_ledger", key=key, now=utcnow()) as run, Parts() as parts:

            def progress(part: str, done: int, total: int) -> None:
                parts.show(part, done, total)
                run.progress(done, total)

            check = verify(currency, full=full, now=utcnow(), progress=progress)
            run.counts |= {"postings": check.postings, "accounts": len(check.tips), "broken": len(check.problems)}
        return check
