"""manage.py screen_customers: every customer's name against the sanctions list in force; hits become alerts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.ledger import Actor
from accounts.services.posting import Busy
from cloudbank import jobs, store
from cloudbank.clock import utcnow
from monitoring.services.sanctions import screen_customers


class Command(BaseCommand):
    """For every night: it finds who registered since, and what a change of the list brings."""

    help = "Screen all customers against the sanctions list in force. A hit alerts once for an entry as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        """One run under the job's lease."""
        now = utcnow()
        try:
            with jobs.run("screen_customers", key=now.isoformat(timespec="minutes"), now=now) as run:
                actor = Actor("command:screen_customers", "system", "command")
                found = screen_customers(actor=actor, now=now, progress=run.progress)
                counts = {
                    "customers": found.customers,
                    "hits": found.hits,
                    "cleared": found.cleared,
                    "new": found.findings,
                }
                run.counts.update(counts)
        except (jobs.Held, Busy, store.StoreError, LookupError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{number:,} {what}" for what, number in counts.items()) + ".")
