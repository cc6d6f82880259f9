"""`manage.py deliver_messages`: tell those outside what the outbox holds. `--watch` stays and looks every second."""

import json
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cloudbank import outbox, store
from cloudbank.clock import utcnow
from cloudbank.telling.speaker import speaker

FAILED, NOT_ALL = 1, 2
PAUSE_SECONDS = 1.0
PAUSE_WHEN_DOWN = 5.0


class Command(BaseCommand):
    help = (
        "Deliver the messages that are due, once each (for cron), or for ever with --watch. Exit code 2: some failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--watch", action="store_true", help="stay, and look every second, until SIGTERM")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rounds until nothing is due, or until we are told to stop."""
        if options["watch"]:
            return self._watch()
        total = outbox.Delivered()
        while (done := self._round()).messages:
            total.messages, total.delivered = total.messages + done.messages, total.delivered + done.delivered
            total.failed += done.failed
        self.stdout.write(json.dumps({"delivered": total.delivered, "failed": len(total.failed)}))
        if total.failed:
            raise CommandError(f"{len(total.failed)} addresses did not take their message", returncode=NOT_ALL)
        return None

    def _round(self) -> outbox.Delivered:
        try:
            done = outbox.deliver_due(utcnow())
        except store.StoreError as error:
            raise CommandError(str(error), returncode=FAILED) from error
        for line in done.failed:
            self.stderr.write(line)
        return done

    def _watch(self) -> None:
        """One small query of keys a second. The engine may go away and come back."""
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        while not over.is_set():
            speaker.speak_if_due("deliver_messages", utcnow())
            try:
                found = self._round().messages
            except CommandError as error:
                self.stderr.write(str(error))
                over.wait(PAUSE_WHEN_DOWN)
                continue
            over.wait(0 if found else PAUSE_SECONDS)
