"""`manage.py report_health`: how long everything has waited, as a line of metrics for CloudWatch."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.telling import metrics
from compliance.operations.health import look
from compliance.operations.planned import late_jobs


class Command(BaseCommand):
    help = "Measure the age of closed days, verifications and queues; print it, and log it as metrics."

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, tell, print. CommandError when the engine does not answer: its silence rings, too."""
        now = utcnow()
        try:
            health = look(now)
        except store.StoreError as error:
            raise CommandError(f"The engine does not answer: {error}") from error
        late, engine = late_jobs(health.jobs), round(health.engine_ms, 1)
        metrics.tell(health.numbers, metrics.OF_HEALTH, now, late_jobs=late, engine_ms=engine)
        self.stdout.write(json.dumps({"late_jobs": late, "engine_ms": engine, **health.numbers}))
