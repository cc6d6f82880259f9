"""Before a task serves pages (deploy/host/serve): does DynamoDB answer it?"""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import store
from cloudbank.ready import refuse_unready

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    help = "Wait until the tables answer and the clock is right; exit code 1 when they do not in time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long."""
        parser.add_argument("--seconds", type=float, default=PATIENCE_SECONDS, help="to wait at most (default: 30)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask once a second."""
        until = time.monotonic() + options["seconds"]
        while True:
            try:
                refuse_unready()
            except store.StoreError as error:
                if time.monotonic() + PAUSE_SECONDS > until:
                    raise CommandError(f"Not ready: {type(error).__name__}: {error}") from error
                time.sleep(PAUSE_SECONDS)
            else:
                self.stdout.write("ready")
                return
