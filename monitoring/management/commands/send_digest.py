"""`manage.py send_digest`: the day's digest of the alert queue for everybody who works on it. For cron."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import jobs, store
from cloudbank.clock import utcnow
from monitoring.queries.digest import queue_digest
from monitoring.services.notices import send_digests

FAILED = 1


class Command(BaseCommand):
    help = "Leave today's digest of the alert queue in the outbox, once a day and person; deliver_messages sends it."

    def handle(self, *args: Any, **options: Any) -> None:
        """One run a time; prints how many digests are new."""
        now = utcnow()
        try:
            digest = queue_digest(now)
            with jobs.run("send_digest", key=digest.day, now=now) as run:
                run.counts["digests"] = send_digests(digest=digest, now=now)
        except (jobs.Held, store.StoreError) as error:
            raise CommandError(str(error), returncode=FAILED) from error
        self.stdout.write(json.dumps({"day": digest.day, "digests": run.counts["digests"]}))
