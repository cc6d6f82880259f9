"""`manage.py draft_filings`: currency transaction reports of the sealed days, reports to OFAC. After close_day."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.queries.books import currencies_with_books
from cloudbank import jobs, store
from cloudbank.clock import utcnow
from compliance.filings.drafting import draft_day, draft_due, undrafted
from compliance.filings.ofac_drafting import draft_ofac
from compliance.steps import NotAllowed

JOB = "draft_filings"


class Command(BaseCommand):
    help = "Draft the currency transaction reports of the sealed business days, and what OFAC has to be told of."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which days."""
        parser.add_argument("--day", type=date.fromisoformat, help="look through this business day once more")
        parser.add_argument("--since", type=date.fromisoformat, help="where a bank begins that never drafted")
        parser.add_argument("--dry-run", action="store_true", help="say which days would be looked through")

    def handle(self, *args: Any, **options: Any) -> None:
        """Draft and say how many; exit code 1 when it runs elsewhere or the engine does not answer."""
        if options["dry_run"]:
            days = {code: undrafted(code, options["since"]) for code in currencies_with_books()}
            for code, found in days.items():
                self.stdout.write(f"{code}: {len(found)} business days would be looked through.")
            return
        now = utcnow()
        try:
            with jobs.run(JOB, key=str(options["day"] or now.date()), now=now) as run:
                made = self._draft(options, run)
                blocked = draft_ofac(now=now, since=options["day"] or options["since"])
                run.counts["drafted"], run.counts["ofac"] = len(made), len(blocked)
        except (jobs.Held, jobs.Lost, store.StoreError, NotAllowed) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(made)} currency transaction reports drafted.")
        if blocked:
            self.stdout.write(f"{len(blocked)} reports to OFAC drafted.")

    def _draft(self, options: dict[str, Any], run: jobs.Run) -> list[Any]:
        if options["day"] is None:
            return draft_due(now=utcnow(), since=options["since"], progress=run.progress)
        found = [draft_day(day=options["day"], currency=code, now=utcnow()) for code in currencies_with_books()]
        return [one for some in found for one in some]
