"""How long the queue is. A count reads a thousand keys, so a process keeps it while nothing on the queue has changed.

What says so: the newest findings (news.Mark: every page reads them anyway), and for what people do the time at which
a file of this host was touched. What a colleague does on another host is counted CACHE_SECONDS later at most.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from monitoring.queries.alerts import QueueSize, queue_size
from monitoring.queries.news import Mark

CACHE_SECONDS = 5.0
_touched = Path(settings.BASE_DIR) / "var" / "queue"


@dataclass(frozen=True)
class _Kept:
    """A count, and what was true before it was read."""

    size: QueueSize
    mark: Mark
    touched: int
    at: float


_kept: _Kept | None = None


def forget() -> None:
    """Drop what this process has cached."""
    global _kept
    _kept = None


def changed() -> None:
    """People have closed, escalated or reopened alerts: the processes of this host count again. Never fails."""
    forget()
    with suppress(OSError):
        _touched.parent.mkdir(exist_ok=True)
        _touched.touch()


def size_as_of(mark: Mark) -> QueueSize:
    """Open alerts by severity, as somebody sees them who has just taken this mark."""
    global _kept
    kept, touched, now = _kept, _when_touched(), time.monotonic()
    if kept and (kept.mark, kept.touched) == (mark, touched) and now - kept.at < CACHE_SECONDS:
        return kept.size
    _kept = _Kept(queue_size(), mark, touched, now)
    return _kept.size


def _when_touched() -> int:
    with suppress(OSError):
        return _touched.stat().st_mtime_ns
    return 0
