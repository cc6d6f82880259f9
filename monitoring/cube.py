"""Days of the bank as figures of a slice of the cube: of a type, channel, branch, segment, or of everything. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from accounts.totals import CellName, DayTotals, bucket_counts, bucket_middle, quantile

UNUSUAL = 3.5
"""Modified z-scores from here on are marked (B. Iglewicz, D. Hoaglin: How to Detect and Handle Outliers, 1993)."""
LEAST_DAYS = 10
"""Fewer days with movements say nothing of what is usual."""
_TO_SIGMA = 0.6745
"""The 75 % quantile of the normal distribution: turns a median absolute deviation into standard deviations."""


@dataclass(frozen=True)
class Slice:
    """Which movements; "": all of them."""

    type: str = ""
    channel: str = ""
    branch: str = ""
    segment: str = ""

    def keeps(self, cell: CellName) -> bool:
        """Whether a cell is part of it."""
        return (
            self.type in ("", cell.type)
            and self.channel in ("", cell.channel)
            and self.branch in ("", cell.branch)
            and self.segment in ("", cell.segment)
        )  # fmt: skip

    @property
    def filters(self) -> dict[str, str]:
        """As the list of movements takes them."""
        chosen = {name: getattr(self, name) for name in ("type", "channel", "branch", "segment")}
        return {name: value for name, value in chosen.items() if value}


EVERYTHING = Slice()


@dataclass
class DayFigures:
    """One business day of a slice; amounts in minor units."""

    day: date
    count: int = 0
    volume: int = 0
    suspicious: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    by_branch: Counter[str] = field(default_factory=Counter)
    by_segment: Counter[str] = field(default_factory=Counter)
    by_hour: Counter[int] = field(default_factory=Counter)
    buckets: Counter[int] = field(default_factory=Counter)

    @property
    def average(self) -> int:
        """The mean amount; 0 without movements."""
        return round(self.volume / self.count) if self.count else 0


def figures_of(totals: DayTotals, wanted: Slice) -> DayFigures:
    """A day's cells, folded. The totals must have been read with their cells."""
    day = DayFigures(date.fromisoformat(totals.day))
    for cell, numbers in totals.cells.items():
        if wanted.keeps(cell):
            _add(day, cell, numbers)
    return day


def _add(day: DayFigures, cell: CellName, numbers: Counter[str]) -> None:
    count = numbers["n"]
    day.count += count
    day.volume += numbers["s"]
    day.suspicious += numbers["suspicious"]
    day.by_type[cell.type] += count
    day.by_channel[cell.channel] += count
    day.by_branch[cell.branch] += count
    day.by_segment[cell.segment] += count
    day.by_hour[cell.hour] += count
    day.buckets.update(bucket_counts(numbers))


@dataclass(frozen=True)
class Period:
    """The days with movements from `first` to `last`, of a slice."""

    first: date
    last: date
    currency: str
    days: Sequence[DayFigures]
    slice: Slice = EVERYTHING

    @property
    def count(self) -> int:
        """Movements."""
        return sum(one.count for one in self.days)

    @property
    def volume(self) -> int:
        """Their amounts together, minor units."""
        return sum(one.volume for one in self.days)

    @property
    def average(self) -> int:
        """The mean amount, minor units; 0 without movements."""
        return round(self.volume / self.count) if self.count else 0

    @property
    def suspicious(self) -> int:
        """Movements with an alert."""
        return sum(one.suspicious for one in self.days)

    @property
    def buckets(self) -> Counter[int]:
        """How many movements in each log bucket of amounts."""
        return sum((one.buckets for one in self.days), Counter())

    def quantile(self, q: float) -> int:
        """The amount below which a share q of the movements lies, from log buckets: at most 4.4 % off."""
        return quantile(self.buckets, q)

    def over(self, name: str) -> Counter[Any]:
        """Movements by type, channel, branch, segment or hour (`by_type` ...), over all days."""
        return sum((getattr(one, name) for one in self.days), Counter())

    @property
    def by_weekday(self) -> dict[int, float]:
        """Movements on an average Monday (0) ... Friday (4), over the days with movements."""
        counts: dict[int, list[int]] = {}
        for one in self.days:
            counts.setdefault(one.day.weekday(), []).append(one.count)
        return {weekday: sum(each) / len(each) for weekday, each in sorted(counts.items())}


@dataclass(frozen=True)
class Unusual:
    """A day that stands out, with what is usual; `what` is count, volume or suspicious."""

    day: date
    what: str
    value: int
    usual: int
    score: float


def unusual_days(period: Period) -> list[Unusual]:
    """Days whose count, volume or suspicious movements lie far from the period's median, the newest first."""
    found = [one for what in ("count", "volume", "suspicious") for one in _outliers(period.days, what)]
    return sorted(found, key=lambda one: (one.day, one.score), reverse=True)


def _outliers(days: Sequence[DayFigures], what: str) -> Iterable[Unusual]:
    values = [getattr(one, what) for one in days]
    if len(values) < LEAST_DAYS:
        return
    usual = median(values)
    spread = median(abs(value - usual) for value in values) or sum(abs(value - usual) for value in values) / len(values)
    for one, value in zip(days, values, strict=True):
        score = _TO_SIGMA * (value - usual) / spread if spread else 0.0
        if abs(score) >= UNUSUAL:
            yield Unusual(one.day, what, value, round(usual), score)


def change(now: int, before: int) -> float | None:
    """By what share it grew; None when there was nothing before."""
    return (now - before) / before if before else None


def decades(buckets: Counter[int], exponent: int) -> list[tuple[int, int, int]]:
    """(from, up to, movements): the distribution of amounts in steps of 1, 2, 5, 10, 20, ... major units; minor units.

    A bucket counts where its middle lies. Steps before the first and after the last with movements are left out.
    """
    if not buckets:
        return []
    top = bucket_middle(max(buckets))
    edges, step = [0], 10**exponent
    while edges[-1] <= top:
        edges += [step, 2 * step, 5 * step]
        step *= 10
    counts = [0] * (len(edges) - 1)
    for bucket, number in buckets.items():
        middle = bucket_middle(bucket)
        counts[next(place for place in range(len(counts)) if middle < edges[place + 1])] += number
    held = [place for place, number in enumerate(counts) if number]
    return [(edges[place], edges[place + 1], counts[place]) for place in range(held[0], held[-1] + 1)]
