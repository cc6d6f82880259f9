"""How the bank stands: all readings, the score, and the days before.

A process keeps the readings for two seconds, longer only when taking them takes long (a big backlog);
the page says as of when. One request takes new ones while the others still see the last, so a busy
page never takes them twice at once.
"""

import threading
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cloudbank import store
from cloudbank.tables import TransactionsItem
from compliance.control import Framework, Reading, scope_of
from compliance.controls import CONTROLS
from compliance.models import ControlDay
from compliance.score import Score, State, scored

KEPT_SECONDS, KEPT_AT_MOST, KEPT_TIMES = 2.0, 10.0, 15
"""Readings that took t seconds are kept for 15 t, at least 2 and at most 10 seconds."""
STALE_SECONDS = 15.0
HISTORY_DAYS = 90
HISTORY_SECONDS = 30.0


@dataclass(frozen=True)
class Standing:
    """All readings of one moment, by control code."""

    as_of: datetime
    parameters_version: str
    readings: dict[str, Reading]

    @property
    def score(self) -> Score:
        """The score of these readings."""
        return scored(reading.part for reading in self.readings.values())

    def of(self, framework: Framework) -> list[Reading]:
        """The readings of one framework: what needs a person first."""
        urgency = [State.BREACHED, State.APPROACHING, State.NOT_MEASURABLE, State.OK]
        found = [one for one in self.readings.values() if one.control.framework is framework]
        return sorted(found, key=lambda one: (urgency.index(one.state), -one.control.weight, one.control.code))


def take_readings(now: datetime) -> Standing:
    """Read every control now."""
    scope = scope_of(now)
    return Standing(now, scope.parameters.version, {control.code: control.read(scope) for control in CONTROLS})


class _Kept:
    """The last standing of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.taken_at = 0.0
        self.seconds = KEPT_SECONDS
        self.standing: Standing | None = None

    @property
    def age(self) -> float:
        """Seconds since it was taken."""
        return time.monotonic() - self.taken_at

    @property
    def is_fresh(self) -> bool:
        """Whether it may be shown without a word."""
        return self.standing is not None and self.age < self.seconds

    def take(self, now: datetime) -> Standing:
        """Take new readings and keep them."""
        began = time.monotonic()
        self.standing = take_readings(now)
        self.taken_at = time.monotonic()
        self.seconds = min(KEPT_AT_MOST, max(KEPT_SECONDS, KEPT_TIMES * (self.taken_at - began)))
        return self.standing


_kept = _Kept()
_history: dict[tuple[date, int], tuple[float, list[ControlDay]]] = {}


def current(now: datetime) -> Standing:
    """The readings, at most a few seconds old."""
    kept = _kept.standing
    if kept and _kept.is_fresh:
        return kept
    must_wait = kept is None or _kept.age > STALE_SECONDS
    if not _kept.lock.acquire(blocking=must_wait):
        return kept or take_readings(now)
    try:
        kept = _kept.standing
        return kept if kept and _kept.is_fresh else _kept.take(now)
    finally:
        _kept.lock.release()


def forget() -> None:
    """Drop what this process has kept: after a change that the next page must show."""
    _kept.standing = None
    _history.clear()


def history(last: date, days: int = HISTORY_DAYS) -> list[ControlDay]:
    """The daily snapshots up to and with `last`, oldest first, without the days that have none. Kept half a minute."""
    taken_at, found = _history.get((last, days), (0.0, []))
    if taken_at and time.monotonic() - taken_at < HISTORY_SECONDS:
        return found
    keys = [ControlDay.key(last - timedelta(days=back)) for back in range(days - 1, -1, -1)]
    loaded = store.load(TransactionsItem, keys, consistent=False)
    found = [item for key in keys if isinstance(item := loaded.get(key), ControlDay)]
    _history.clear()
    _history[last, days] = (time.monotonic(), found)
    return found


def day(which: date) -> ControlDay | None:
    """The snapshot of one day, or None."""
    return store.get(ControlDay, ControlDay.key(which))
