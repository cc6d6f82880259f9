"""`manage.py run_payrolls`: bring payrolls that were left under way to their end. For cron, every few minutes."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.ledger import Refused
from accounts.models.payroll import DONE
from accounts.queries.payroll import under_way
from accounts.services.payroll_runs import advance
from accounts.services.posting import Busy, NotKnownYet
from cloudbank import jobs
from cloudbank.clock import utcnow
from cloudbank.documents import Damaged
from cloudbank.progress import Bar
from cloudbank.store import StoreError

FAILED, NOT_ALL = 1, 2


class Command(BaseCommand):
    help = (
        "Finish payrolls that are under way: credit who is not credited yet, return the rest. Exit code 2: some wait."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """One after the other; what cannot end now is said and tried again the next time."""
        counts = {"finished": 0, "waiting": 0}
        now = utcnow()
        try:
            with jobs.run("run_payrolls", key=now.isoformat(), now=now) as run:
                for payroll_id in under_way():
                    ended = self._finish(payroll_id)
                    counts["finished" if ended else "waiting"] += 1
                    run.counts.update(counts)
        except (jobs.Held, StoreError) as error:
            raise CommandError(str(error), returncode=FAILED) from error
        self.stdout.write(json.dumps(counts))
        if counts["waiting"]:
            raise CommandError(f"{counts['waiting']} payrolls wait", returncode=NOT_ALL)

    def _finish(self, payroll_id: str) -> bool:
        try:
            with Bar(payroll_id) as bar:
                item = advance(payroll_id, now=utcnow, progress=lambda done, total: bar.advance(1))
        except (Refused, Busy, NotKnownYet, Damaged) as error:
            self.stderr.write(f"{payroll_id}: {error}")
            return False
        if item.why:
            self.stderr.write(f"{payroll_id}: {item.why}")
        return item.state == DONE
