"""Tells what this process counted: to the other processes by its item, to CloudWatch by a line of the log.

A process of the web has a thread for it (`start`, from wsgi.py), which also speaks when an answer was lost and when the
process ends; a job speaks at its end and now and then before (cloudbank.jobs). Never within a request or a
posting: what is told is what was counted, and a word that cannot be written is said the next time.
"""

import atexit
import logging
import threading
import time
from datetime import datetime
from typing import Any

from django.conf import settings

from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.telling import fleet, metrics
from cloudbank.telling.tally import tally

log = logging.getLogger(__name__)


class Speaker:
    """One for each process."""

    def __init__(self) -> None:
        self._me: fleet.Me | None = None
        self._lock = threading.Lock()
        self._last, self._told = 0.0, 0

    def speak(self, what: str, now: datetime, **more: Any) -> None:
        """Tell now. `what`: what this process does, unless it has said so before; `more` stands in the line."""
        if not settings.TELL_SECONDS:
            return
        with self._lock:
            if self._me is None:
                self._me, self._told = fleet.Me(what, now), fleet.hour_of(now) - 1
            self._last = time.monotonic()
            metrics.tell_counts(tally.untold(), now, process=self._me.name, what=self._me.what, **more)
            try:
                fleet.tell(self._me, tally, now, since=self._told)
                self._told = fleet.hour_of(now)
            except store.StoreError as error:
                log.warning("This process could not tell what it counted (%s); it tries again.", type(error).__name__)

    def speak_if_due(self, what: str, now: datetime) -> None:
        """Tell, unless that was less than TELL_SECONDS ago."""
        if time.monotonic() - self._last >= settings.TELL_SECONDS:
            self.speak(what, now)

    def listen(self, what: str) -> None:
        """Tell every TELL_SECONDS, and at once when an answer was lost; for ever."""
        while True:
            self.speak(what, utcnow())
            tally.urgent.wait(settings.TELL_SECONDS)
            tally.urgent.clear()


speaker = Speaker()


def start(what: str) -> None:
    """Let this process tell by itself, in a thread that ends with it, and once more when it ends."""
    if settings.TELL_SECONDS:
        threading.Thread(target=speaker.listen, args=(what,), name="telling", daemon=True).start()
        atexit.register(lambda: speaker.speak(what, utcnow()))
