"""Where a control is heading: the straight line through its last daily readings, and the days it leaves. Pure.

Least squares over (day, gauge) of at most the last WINDOW days, today's reading included; at least FEWEST of them.
The days left are those until the line passes a threshold: an outlook, not a promise, and said to be one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor

from compliance.score import Direction

WINDOW = 14
FEWEST = 3
FARTHEST = 90
"""Who would reach a threshold later than in so many days is not heading there."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The line: its slope in gauge units a day, over how many readings, since which day."""

    slope: Fraction
    value: int
    """Today's gauge."""
    readings: int
    since: date

    def days_to(self, threshold: int, direction: Direction) -> int | None:
        """Whole days until the gauge lies beyond the threshold at this slope; None when it does not get there soon.

        0: it lies beyond already.
        """
        sign = 1 if direction is Direction.AT_MOST else -1
        gap = sign * (threshold - self.value)
        if gap < 0:
            return 0
        speed = sign * self.slope
        if speed <= 0:
            return None
        days = floor(Fraction(gap) / speed) + 1
        return days if days <= FARTHEST else None

    @property
    def a_day(self) -> float:
        """The slope to two decimals."""
        return round(float(self.slope), 2)


def trend(readings: Sequence[tuple[date, int]]) -> Trend | None:
    """The line through the newest readings (one a day, oldest first); None when there are too few."""
    if len(readings) < FEWEST:
        return None
    last = readings[-1][0]
    near = [(day, gauge) for day, gauge in readings if (last - day).days < WINDOW]
    if len(near) < FEWEST:
        return None
    count = len(near)
    days = [(day - last).days for day, _ in near]
    gauges = [gauge for _, gauge in near]
    mean_day, mean_gauge = Fraction(sum(days), count), Fraction(sum(gauges), count)
    spread = sum((day - mean_day) ** 2 for day in days)
    if not spread:
        return None
    shared = sum((day - mean_day) * (gauge - mean_gauge) for day, gauge in zip(days, gauges, strict=True))
    return Trend(Fraction(shared) / spread, gauges[-1], count, near[0][0])
