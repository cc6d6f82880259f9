"""When a schedule's periods are due. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from cloudbank.clock import BusinessCalendar
from cloudbank.stretches import Stretch, parse_stretch

TOKENS = {"last_quarter": "Each quarter", "last_month": "Each month", "yesterday": "Each business day"}
COMING = {"last_quarter": "this_quarter", "last_month": "this_month", "yesterday": "today"}
MOST_BACK = {"last_quarter": 4, "last_month": 6, "yesterday": 10}
"""So many periods are caught up with after a pause; who was away longer asks for the others by hand."""


@dataclass(frozen=True)
class Rhythm:
    """`token` each period, `days_after` calendar days after its last one, from `at` on, on the bank's clock."""

    token: str
    days_after: int
    at: time
    start_month: int = 1

    def due_at(self, stretch: Stretch, calendar: BusinessCalendar) -> datetime:
        """From when on the period's report is due."""
        day = stretch.last + timedelta(days=self.days_after)
        return datetime.combine(day, self.at, tzinfo=calendar.zone)

    def due(self, since: datetime, now: datetime, calendar: BusinessCalendar) -> list[Stretch]:
        """The periods that fell due after `since` and not after now, oldest first; of many, the newest few."""
        found: list[Stretch] = []
        one = parse_stretch(self.token, calendar.business_date(now), calendar, self.start_month)
        for _ in range(MOST_BACK[self.token] + self.days_after + 1):
            due_at = self.due_at(one, calendar)
            if due_at < since:
                break
            if due_at <= now:
                found.insert(0, one)
            one = one.previous()
        return found[-MOST_BACK[self.token] :]

    def next_at(self, now: datetime, calendar: BusinessCalendar) -> datetime:
        """When the next report is due."""
        one = parse_stretch(COMING[self.token], calendar.business_date(now), calendar, self.start_month)
        earlier = one.previous()
        while self.due_at(earlier, calendar) > now:
            one, earlier = earlier, earlier.previous()
        return self.due_at(one, calendar)
