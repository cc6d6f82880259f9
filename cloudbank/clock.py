"""Time of the bank: UTC instants, and the business date they belong to.

Business date (31 CFR 1010.313): the bank's time zone and cut-off; nights, weekends and
bank holidays belong to the next business day. The date is a value that is passed in.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


def utcnow() -> datetime:
    """The instant now, aware, UTC. Only the outermost layer calls it."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Fixed-width UTC text with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_iso(text: str) -> datetime:
    """The instant that `iso` wrote."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class BusinessCalendar:
    """The bank's days. `holidays` answers `date in holidays` (the `holidays` package's objects do)."""

    zone: ZoneInfo
    cutoff: time
    holidays: Container[date]

    def local(self, moment: datetime) -> datetime:
        """The instant on the bank's clock."""
        return moment.astimezone(self.zone)

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday and no bank holiday."""
        return day.weekday() < 5 and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        """The first business day that is not before `day`."""
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def on_or_before(self, day: date) -> date:
        """The last business day that is not after `day`."""
        while not self.is_business_day(day):
            day -= ONE_DAY
        return day

    def after(self, day: date) -> date:
        """The next business day."""
        return self.on_or_after(day + ONE_DAY)

    def business_date(self, moment: datetime) -> date:
        """The business date a movement at this instant belongs to."""
        local = self.local(moment)
        day = local.date() if local.time() < self.cutoff else local.date() + ONE_DAY
        return self.on_or_after(day)

    def days(self, first: date, last: date) -> Iterator[date]:
        """The business days from `first` to `last`, both included."""
        day = self.on_or_after(first)
        while day <= last:
            yield day
            day = self.after(day)
