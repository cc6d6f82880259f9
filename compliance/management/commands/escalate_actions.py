"""`manage.py escalate_actions`: tell owners of overdue corrective actions, then those above them; for cron, daily."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import jobs, store
from cloudbank.clock import utcnow
from compliance.services.regress import escalate_actions


class Command(BaseCommand):
    help = "Take up overdue corrective actions: their owners are told at once, compliance and managers after a week."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one sentence."""
        try:
            done = escalate_actions(now=utcnow())
        except (jobs.Held, store.StoreError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done} overdue corrective action{'s' if done != 1 else ''} taken up.")
