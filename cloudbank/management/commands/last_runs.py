"""For a host that takes another's place (deploy/host/set-up): when each timer's job last ran, for systemd's stamps."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import jobs, store
from cloudbank.clock import from_iso, iso
from cloudbank.jobs import JobRun
from cloudbank.timetable import TIMETABLE

BACK = timedelta(days=7)
"""So far before a run that did not end well its stamp is put: the time that was planned for it then lies after it."""


class Command(BaseCommand):
    help = "Print each timer with the time its job last ran; a run that failed or was cut off counts as missed."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a timer, `<timer> <time>`. Jobs that never ran, or keep no record, have none."""
        try:
            for planned in TIMETABLE:
                run = None if planned.stays or planned.example else jobs.last_run(planned.job)
                if run:
                    self.stdout.write(f"cloudbank-{planned.name}.timer {_stamp(run)}")
        except store.StoreError as error:
            raise CommandError(str(error)) from error


def _stamp(run: JobRun) -> str:
    return run.started_at if run.state == "done" else iso(from_iso(run.started_at) - BACK)
