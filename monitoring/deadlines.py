"""Deadlines in the bank's business hours, and how the time to one is said. Pure: clock and calendar are passed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cloudbank.clock import ONE_DAY, BusinessCalendar

SOON = 4
"""The last quarter (one in SOON) of the time is said in amber."""


@dataclass(frozen=True)
class Desk:
    """When analysts are at their desks: on the calendar's business days, from one hour to another (0 to 24, local).

    A business day counts `closes - opens` hours.
    """

    calendar: BusinessCalendar
    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= 24:
            raise ValueError(f"a desk cannot be open from {self.opens} to {self.closes}")

    def windows(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The hours of every business day from that of `start` on, as instants (UTC)."""
        day = self.calendar.local(start).date()
        while True:
            if self.calendar.is_business_day(day):
                yield self._at(day, self.opens), self._at(day, self.closes)
            day += ONE_DAY

    def _at(self, day: date, hour: int) -> datetime:
        """The instant at which the bank's clock says so; an hour that the spring leaves out is the one after it."""
        local = datetime.combine(day + ONE_DAY * (hour // 24), time(hour % 24), self.calendar.zone)
        return local.astimezone(UTC)

    def after(self, start: datetime, *, hours: int = 0, days: int = 0) -> datetime:
        """The instant (UTC) when so much time at the desk has passed since `start`.

        At the desk means elapsed time: on the day the clocks change a night desk has an hour less or more.
        """
        left = timedelta(hours=hours + days * (self.closes - self.opens))
        for opens, closes in self.windows(start):
            begins = max(opens, start)
            if begins >= closes:
                continue
            if left <= closes - begins:
                return (begins + left).astimezone(UTC)
            left -= closes - begins
        raise AssertionError("unreachable: there is always another business day")


@dataclass(frozen=True)
class Due:
    """The words, the colour of the palette and the icon of a deadline."""

    text: str
    variant: str
    icon: str


def length(span: timedelta) -> str:
    """ "35 min", "3 h", "2 d": one unit is enough."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def due(opened: datetime, deadline: datetime | None, closed: datetime | None, now: datetime) -> Due:
    """What a list says of an alert's deadline. Without one it was found in imported history."""
    if deadline is None:
        return Due("history", "navy", "clock-history")
    if closed:
        late = closed > deadline
        return Due("met late", "red", "x-octagon-fill") if late else Due("met", "green", "check-circle-fill")
    left = deadline - now
    if left < timedelta(0):
        return Due(f"{length(left)} late", "red", "exclamation-octagon-fill")
    soon = left < (deadline - opened) / SOON
    return Due(f"{length(left)} left", "amber" if soon else "blue", "hourglass-split" if soon else "clock")
