"""How the bank stands: all readings, the score, and the days before.

A process keeps the readings for CACHE_SECONDS; the page says as of when. One request takes new
ones while the others still see the last, so a busy page never takes them twice at once.
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

CACHE_SECONDS = 2.0
STALE_SECONDS = 10.0
HISTORY_DAYS = 90


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
        self.standing: Standing | None = None

    def age(self) -> float:
        """Seconds since it was taken."""
        return time.monotonic() - self.taken_at


_kept = _Kept()


def current(now: datetime) -> Standing:
    """The readings, at most a few seconds old."""
    kept = _kept.standing
    if kept and _kept.age() < CACHE_SECONDS:
        return kept
    may_wait = kept is None or _kept.age() > STALE_SECONDS
    if not _kept.lock.acquire(blocking=may_wait):
        return kept or take_readings(now)
    try:
        if _kept.standing is None or _kept.age() >= CACHE_SECONDS:
            _kept.standing, _kept.taken_at = take_readings(now), time.monotonic()
        return _kept.standing
    finally:
        _kept.lock.release()


def forget() -> None:
    """Drop what this process has kept: after a change that the next page must show."""
    _kept.standing = None


def history(last: date, days: int = HISTORY_DAYS) -> list[ControlDay]:
    """The daily snapshots up to and with `last`, oldest first; days without one are left out."""
    keys = [ControlDay.key(last - timedelta(days=back)) for back in range(days - 1, -1, -1)]
    found = store.load(TransactionsItem, keys, consistent=False)
    return [item for key in keys if isinstance(item := found.get(key), ControlDay)]


def day(which: date) -> ControlDay | None:
    """The snapshot of one day, or None."""
    return store.get(ControlDay, ControlDay.key(which))
