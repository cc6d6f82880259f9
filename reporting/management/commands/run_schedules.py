"""`manage.py run_schedules`: build and mail the reports that are due. For cron, every few minutes; safe to run again.

Exit codes: 0 all that is due is built; 1 it could not run (another host does, the engine is away); 2 a schedule failed.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import jobs, store
from cloudbank.clock import utcnow
from reporting.services.schedules import run_due

JOB = "run_schedules"
SOME_FAILED = 2


class Command(BaseCommand):
    help = "Build and mail the scheduled reports that are due, once a period each; catches up after a pause."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """One line of JSON; a line on stderr for each schedule that failed or waits."""
        now = utcnow()
        try:
            with jobs.run(JOB, key=now.isoformat(timespec="minutes"), now=now) as run:
                ran = run_due(watch=run.progress)
                run.counts = {"built": ran.built, "failed": len(ran.failed), "waiting": len(ran.waiting)}
        except (jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        for name in ran.waiting:
            self.stderr.write(f"{name}: waits until its last business day is closed (manage.py close_day)")
        for line in ran.failed:
            self.stderr.write(line)
        self.stdout.write(
            json.dumps({"built": ran.built, "there": ran.there, "waiting": len(ran.waiting), "failed": len(ran.failed)})
        )
        if ran.failed:
            raise CommandError(f"{len(ran.failed)} scheduled reports failed", returncode=SOME_FAILED)
