"""What is new since a moment: the small read that live pages ask for many times a second.

A process reads the newest findings at most every CACHE_SECONDS, however many people watch, and once more
when a process of this host has just raised an alert (`expect` touches a file), so that it is seen at once. A
finding is stamped when its posting begins and is seen when it commits, so a stamp may turn up
late, behind one that was seen already. The mark therefore holds the newest stamp and how many
stood in the overlap before it: findings are only ever added, so a larger count there is news.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings

from cloudbank.clock import from_iso, iso, utcnow
from cloudbank.conf import business_date
from monitoring.models import AlertFinding, finding_group

CACHE_SECONDS = 1.0
EARLY_SECONDS = 0.3
"""Alerts of this host are seen at once, a storm of them so often: such a read is owed to an alert, not to watchers."""
COMMIT_SECONDS = 0.15
"""How long after a posting was judged its findings can be read, as a rule."""
MOST = 100
OVERLAP = timedelta(seconds=10)
_SEEN = ["transaction_id", "kind", "at", "alert_id"]

_lock = threading.Lock()
_cached: tuple[float, str, list["Stamp"]] = (0.0, "", [])
_signal = Path(settings.BASE_DIR) / "var" / "news"
"""Its time of change tells the processes of a host that one of them has raised an alert; costs no request."""
_signalled_at = 0
_expected_at = _early_at = 0.0


@dataclass(frozen=True)
class Stamp:
    """A finding as watchers see it."""

    at: str
    alert_id: str


def forget() -> None:
    """Drop what this process remembers."""
    global _cached, _expected_at, _early_at
    _cached, _expected_at, _early_at = (0.0, "", []), 0.0, 0.0


@dataclass(frozen=True)
class Mark:
    """How far a watcher has seen: the newest stamp, and how many stamps lie in the overlap up to it."""

    stamp: str
    overlap: int = -1
    """-1: not known (the mark is a time only); then the overlap is not looked at."""

    @property
    def text(self) -> str:
        """As it stands in a URL."""
        return self.stamp if self.overlap < 0 else f"{self.stamp}~{self.overlap}"


def read_mark(text: str) -> Mark | None:
    """The mark of a URL; None when it is none."""
    stamp, _, overlap = text.partition("~")
    try:
        moment = from_iso(stamp)
    except ValueError:
        return None
    if (
        moment.tzinfo is None
        or not 2000 <= moment.year < 9999
        or (overlap and not (overlap.isascii() and overlap.isdigit() and len(overlap) < 6))
    ):
        return None
    return Mark(iso(moment), int(overlap) if overlap else -1)


def expect() -> None:
    """Findings are about to be stored by this process. Never fails: without the file it takes a second longer."""
    global _expected_at
    _expected_at = time.monotonic() + COMMIT_SECONDS
    with suppress(OSError):
        _signal.parent.mkdir(exist_ok=True)
        _signal.touch()


def _hear(now: float) -> None:
    """Whether another process of this host expects findings."""
    global _signalled_at, _expected_at
    with suppress(OSError):
        touched = _signal.stat().st_mtime_ns
        if touched > _signalled_at:
            left = COMMIT_SECONDS - (utcnow().timestamp() - touched / 1e9)
            if _signalled_at:
                heard = now + min(max(left, 0.0), COMMIT_SECONDS)
                _expected_at = min(_expected_at, heard) if _expected_at else heard
            _signalled_at = touched


def _is_due(read_at: float) -> bool:
    """Whether to read again: a second is over, or findings of this host must be there by now."""
    global _expected_at, _early_at
    now = time.monotonic()
    _hear(now)
    if now - read_at > CACHE_SECONDS:
        return True
    if _expected_at and now >= _expected_at and now - _early_at > EARLY_SECONDS:
        _expected_at, _early_at = 0.0, now
        return True
    return False


def _stamps(day: date, *, fresh: bool = False) -> list[Stamp]:
    """The newest stamps of a business date, newest first; unless `fresh`, at most CACHE_SECONDS old."""
    global _cached
    group = finding_group(day.isoformat())
    with _lock:
        read_at, cached_group, stamps = _cached
        if fresh or cached_group != group or _is_due(read_at):
            rows = AlertFinding.by_day.query(
                group, scan_index_forward=False, limit=MOST, page_size=MOST, attributes_to_get=_SEEN
            )
            stamps = [Stamp(row.at, row.alert_id) for row in rows]
            _cached = (time.monotonic(), group, stamps)
        return stamps


def mark_now(now: datetime) -> Mark:
    """The mark of somebody who is about to see everything: take it before reading what is shown."""
    stamps = _stamps(business_date(now), fresh=True)
    newest = stamps[0].at if stamps else iso(now)
    return Mark(newest, _overlap(stamps, newest))


def _overlap(stamps: list[Stamp], upto: str) -> int:
    since = iso(from_iso(upto) - OVERLAP)
    return sum(1 for stamp in stamps if since <= stamp.at <= upto)


@dataclass(frozen=True)
class News:
    """How many alerts are new or have new findings; when `is_cut`, at least so many."""

    count: int
    is_cut: bool


def news_since(mark: Mark, now: datetime) -> News:
    """Alerts with findings that became visible after the mark was taken."""
    stamps = _stamps(business_date(now))
    after = [stamp for stamp in stamps if stamp.at > mark.stamp]
    late = max(0, _overlap(stamps, mark.stamp) - mark.overlap) if mark.overlap >= 0 else 0
    return News(len({stamp.alert_id for stamp in after}) + late, len(after) >= MOST)
