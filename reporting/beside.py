"""Which periods a report measures: its own, those beside it, those of its trend; and the days they need. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from accounts.months import month_of
from cloudbank.clock import ONE_DAY
from cloudbank.stretches import Stretch
from cloudbank.stretches import month_of as month_of_day
from reporting.periods import CLOSURE

BOTH, PREVIOUS, YEAR_AGO, NONE = "both", "previous", "year_ago", "none"
COMPARISONS = {
    BOTH: "Period before and year ago",
    PREVIOUS: "The period before",
    YEAR_AGO: "The same period a year ago",
    NONE: "Nothing",
}
Dates = tuple[date, date]


def back(stretch: Stretch, count: int) -> list[Stretch]:
    """The stretch and those before it, oldest first."""
    found = [stretch]
    while len(found) < count:
        found.insert(0, found[0].previous())
    return found


@dataclass(frozen=True)
class Beside:
    """A stretch and what stands beside it. `trend`: oldest first, itself last; empty when nothing before is wanted."""

    own: Stretch
    previous: Stretch | None
    year_ago: Stretch | None
    trend: tuple[Stretch, ...]

    def all(self) -> list[Stretch]:
        """Each stretch once, oldest first, its own last."""
        others = {one for one in (self.year_ago, *self.trend, self.previous) if one and one != self.own}
        return [*sorted(others, key=lambda one: (one.first, one.last)), self.own]

    def dates(self) -> list[Dates]:
        """The days to read, in order and apart: every stretch with the end before it, and the ends of a year before."""
        wanted: list[Dates] = []
        for one in self.all():
            wanted.append((one.first - CLOSURE, one.last))
        for one in filter(None, (self.own, self.previous, self.year_ago)):
            ended = one.year_ago().last
            wanted.append((ended + ONE_DAY - CLOSURE, ended))
        return merged(wanted)

    def months(self, days: Iterable[date]) -> list[str]:
        """The whole months among these days ("2026-07") that no stretch cuts in two: they may come in one piece."""
        known = set(days)
        months = {month_of(day): month_of_day(day) for day in known}
        return sorted(name for name, month in months.items() if self._whole(month) and _covers(known, month))

    def _whole(self, month: Stretch) -> bool:
        inside = (one.first <= month.first and month.last <= one.last for one in self.all())
        apart = (month.last < one.first or one.last < month.first for one in self.all())
        return all(is_in or is_out for is_in, is_out in zip(inside, apart, strict=True))


def _covers(days: set[date], month: Stretch) -> bool:
    return all(month.first + number * ONE_DAY in days for number in range((month.last - month.first).days + 1))


def beside(stretch: Stretch, compare: str = BOTH) -> Beside:
    """What a report of this stretch measures. KeyError for an unknown comparison."""
    COMPARISONS[compare]
    before, then = compare in (BOTH, PREVIOUS), compare in (BOTH, YEAR_AGO)
    return Beside(
        own=stretch,
        previous=stretch.previous() if before else None,
        year_ago=stretch.year_ago() if then else None,
        trend=tuple(back(stretch, stretch.trend)) if before else (),
    )


def merged(wanted: Iterable[Dates]) -> list[Dates]:
    """Runs of days that overlap or touch, made one."""
    found: list[Dates] = []
    for first, last in sorted(wanted):
        if found and first <= found[-1][1] + ONE_DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
