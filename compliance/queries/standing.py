"""How the bank stands: all readings, the score, and the days before.

A process keeps the readings for two seconds, longer only when taking them takes long (a big backlog);
the page says as of when. One request takes new ones while the others still see the last, so a busy
page never takes them twice at once.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from cloudbank import store
from cloudbank.roles import allows
from compliance.control import Framework, Reading, scope_of
from compliance.controls import CONTROLS, needed_for
from compliance.models import CONTROL_DAYS, ControlDay
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

    def seen_by(self, role: str) -> "Standing":
        """Without the controls of which this role must not know."""
        return self._only(lambda needed: not needed or allows(role, needed))

    @property
    def in_the_open(self) -> "Standing":
        """Without the controls of which anybody must not know: what counts in all that goes to everybody."""
        return self._only(lambda needed: not needed)

    def _only(self, wanted: Callable[[str], bool]) -> "Standing":
        known = {code: one for code, one in self.readings.items() if wanted(one.control.permission)}
        return replace(self, readings=known)

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


def expire() -> None:
    """The next page takes all readings anew; what never changes stays known."""
    _kept.standing = None


def forget() -> None:
    """Drop what this process has kept: after a change that the next page must show."""
    global _history
    _kept.standing = None
    _history = _History()


class _History:
    """The snapshots that this process has read. Those of past days never change, so only newer ones are asked for."""

    def __init__(self) -> None:
        self.days: dict[str, ControlDay] = {}
        self.since: date | None = None
        self.upto: date | None = None
        self.read_at = 0.0

    def knows(self, first: date, last: date) -> bool:
        """Whether nothing has to be read: the newest day is looked for every half minute."""
        if self.since is None or self.upto is None or first < self.since or last > self.upto:
            return False
        return last < self.upto or time.monotonic() - self.read_at < HISTORY_SECONDS

    def read(self, first: date, last: date) -> None:
        """Read what is not known yet, up to `last`."""
        whole = self.since is None or self.upto is None or first < self.since
        start = first if whole or self.upto is None else min(self.upto, last)
        wanted = ControlDay.day_order.between(start.isoformat(), last.isoformat())
        found = {one.day: one for one in ControlDay.by_day.query(CONTROL_DAYS, wanted) if isinstance(one, ControlDay)}
        self.days = found if whole else self.days | found
        self.since = first if whole else self.since
        self.upto = last if whole or self.upto is None else max(self.upto, last)
        self.read_at = time.monotonic()


_history = _History()


def history(last: date, days: int = HISTORY_DAYS) -> list[ControlDay]:
    """The daily snapshots up to and with `last`, oldest first, without the days that have none."""
    first = last - timedelta(days=days - 1)
    if not _history.knows(first, last):
        _history.read(first, last)
    known = _history.days
    return [known[day] for day in sorted(known) if first.isoformat() <= day <= last.isoformat()]


def score_for(item: ControlDay, role: str) -> int | None:
    """The score of a snapshot for a role: over all controls, or over those that are no secret to anybody."""
    needed = {str(one.get("needs") or needed_for(code)) for code, one in item.readings.items()} - {""}
    return item.score if all(allows(role, one) for one in needed) else item.open_score


def day(which: date) -> ControlDay | None:
    """The snapshot of one day, or None."""
    return store.get(ControlDay, ControlDay.key(which))
