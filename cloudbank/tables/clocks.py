"""Whether this host's clock agrees with the database's: read off the `Date` of its answers, now and then."""

import logging
import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any

EVERY_SECONDS = 5.0
"""So often an answer's date is looked at; between, a request costs one comparison."""
log = logging.getLogger(__name__)


class ClockWatch:
    """`off`: seconds by which this host's clock is ahead of the database's (behind: negative)."""

    def __init__(self) -> None:
        self.off, self._look_at, self._lock = 0.0, 0.0, threading.Lock()

    def note(self, response: Any = None, **_: Any) -> None:
        """botocore shows an answer. One without a readable date tells nothing."""
        if response is None or time.monotonic() < self._look_at:
            return
        with self._lock:
            self._look_at = time.monotonic() + EVERY_SECONDS
        try:
            theirs = parsedate_to_datetime(response[0].headers.get("date", ""))
        except (TypeError, ValueError):
            return
        self.off = time.time() - theirs.timestamp()

    def says(self, tolerance: int) -> str:
        """Why nothing may be written now, or "". A tolerance of 0 asks nothing."""
        if not tolerance or abs(self.off) <= tolerance:
            return ""
        way = "ahead of" if self.off > 0 else "behind"
        return (
            f"The clock of this host is {abs(self.off):,.0f} seconds {way} the database's; nothing is written until it"
            " is right. Set it by NTP."
        )


clocks = ClockWatch()
