"""Stretches of the calendar that reports are about: quarters, months, a day, any days; and their tokens. Pure."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from cloudbank.clock import ONE_DAY, BusinessCalendar
from cloudbank.quarters import QuarterError, parse_quarter

MOST_DAYS = 366
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
TOKENS = {
    "last_quarter": "Last quarter",
    "this_quarter": "This quarter so far",
    "last_month": "Last month",
    "this_month": "This month so far",
    "yesterday": "The last business day",
    "today": "Today so far",
}
"""Tokens that move with the calendar, for cron and schedules."""
EXAMPLES = "2026Q3, 2026-09, 2026-09-15, 2026-07-01..2026-09-15 or one of " + ", ".join(TOKENS)


class StretchError(ValueError):
    """The token names no stretch of the calendar; the message says what to type instead."""


class Stretch(Protocol):
    """Calendar days from `first` to `last`, both included. A Quarter is one."""

    @property
    def first(self) -> date:
        """First calendar day."""

    @property
    def last(self) -> date:
        """Last calendar day."""

    @property
    def label(self) -> str:
        """The token that names it for ever: `2026Q3`, `2026-09`, `2026-09-15`, `2026-07-01..2026-09-15`."""

    @property
    def noun(self) -> str:
        """What it is: quarter, month, day, period."""

    @property
    def trend(self) -> int:
        """Over how many of its like, itself included, a trend is drawn."""

    def previous(self) -> "Stretch":
        """The one before it, as long as it is."""

    def year_ago(self) -> "Stretch":
        """The same one a year before."""


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    noun = "month"
    trend = 13

    @property
    def first(self) -> date:
        """First calendar day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Last calendar day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def label(self) -> str:
        """As `2026-09`."""
        return f"{self.year}-{self.number:02d}"

    def previous(self) -> "Month":
        """The month before."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    def year_ago(self) -> "Month":
        """The same month of the year before."""
        return Month(self.year - 1, self.number)

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, order=True)
class Days:
    """A day, or the days from one to another. As long as it is: as many business days."""

    first: date
    last: date
    calendar: BusinessCalendar = field(compare=False, repr=False)

    @property
    def label(self) -> str:
        """As `2026-09-15` or `2026-07-01..2026-09-15`."""
        first = self.first.isoformat()
        return first if self.first == self.last else f"{first}..{self.last.isoformat()}"

    @property
    def noun(self) -> str:
        """A day, or a period."""
        return "day" if self.first == self.last else "period"

    @property
    def trend(self) -> int:
        """Five days; a longer stretch of one's own has no trend but itself and the one before."""
        return 5 if self.first == self.last else 2

    def previous(self) -> "Days":
        """As many business days right before it."""
        count = max(1, sum(1 for _ in self.calendar.days(self.first, self.last)))
        last = first = self.calendar.on_or_before(self.first - ONE_DAY)
        for _ in range(count - 1):
            first = self.calendar.on_or_before(first - ONE_DAY)
        return Days(first, last, self.calendar)

    def year_ago(self) -> "Days":
        """The same dates a year before; a single one without business: the last business day before it."""
        first, last = _year_before(self.first), _year_before(self.last)
        if next(self.calendar.days(first, last), None) is None:
            first = last = self.calendar.on_or_before(last)
        return Days(first, last, self.calendar)

    def __str__(self) -> str:
        return self.label


def _year_before(day: date) -> date:
    """29 February becomes the 28th."""
    leaps = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leaps else day.day)


def month_of(day: date) -> Month:
    """The month that holds the day."""
    return Month(day.year, day.month)


def parse_stretch(text: str, today: date, bank_days: BusinessCalendar, start_month: int = 1) -> Stretch:
    """The stretch that a person or a crontab names. `today` is a business date. Raises StretchError."""
    text = text.strip()
    if text in _MOVING:
        return _MOVING[text](today, bank_days)
    month, days = _MONTH.fullmatch(text), _DAYS.fullmatch(text)
    if month and int(month[1]) >= 1900:
        return Month(int(month[1]), int(month[2]))
    if days:
        return _days(text, days[1], days[2] or days[1], bank_days)
    try:
        return parse_quarter(text, today, start_month)
    except QuarterError as error:
        raise StretchError(f"'{text}' is no period; write {EXAMPLES}.") from error


def _days(text: str, first: str, last: str, bank_days: BusinessCalendar) -> Days:
    try:
        found = Days(date.fromisoformat(first), date.fromisoformat(last), bank_days)
    except ValueError as error:
        raise StretchError(f"'{text}' is no period: there is no such date.") from error
    if found.first.year < 1900:
        raise StretchError(f"'{text}' is no period; write {EXAMPLES}.")
    return checked(found)


def checked(found: Days) -> Days:
    """The days, in order and no more than MOST_DAYS; StretchError otherwise."""
    if found.first > found.last:
        raise StretchError(f"'{found.label}' is no period: its first day is after its last one.")
    if (found.last - found.first).days >= MOST_DAYS:
        raise StretchError(f"'{found.label}' is too long: a report covers at most {MOST_DAYS} days.")
    if next(found.calendar.days(found.first, found.last), None) is None:
        after = found.calendar.on_or_after(found.last)
        raise StretchError(f"There is no business day in '{found.label}'; what happens then is of {after.isoformat()}.")
    return found


def _one(day: date, bank_days: BusinessCalendar) -> Days:
    return Days(day, day, bank_days)


_MOVING: dict[str, Callable[[date, BusinessCalendar], Stretch]] = {
    "this_month": lambda today, _: month_of(today),
    "last_month": lambda today, _: month_of(today).previous(),
    "today": _one,
    "yesterday": lambda today, bank_days: _one(bank_days.on_or_before(today - ONE_DAY), bank_days),
}
