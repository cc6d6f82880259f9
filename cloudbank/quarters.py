"""Quarters of a fiscal year, and the tokens that name them. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_TOKEN = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)


class QuarterError(ValueError):
    """The token names no quarter; the message says what to type instead."""


@dataclass(frozen=True, order=True)
class Quarter:
    """Quarter `number` (1-4) of the fiscal year `year`.

    A fiscal year that starts in another month than January is named by the calendar year in
    which it ends, as US federal and most corporate usage has it (start October 2025: FY2026).
    """

    year: int
    number: int
    start_month: int = 1

    noun = "quarter"
    trend = 5
    """Quarters in a trend: itself, the three before, and the same one of last year."""

    def _month_index(self) -> int:
        first_year = self.year if self.start_month == 1 else self.year - 1
        return first_year * 12 + self.start_month - 1 + (self.number - 1) * 3

    @property
    def first(self) -> date:
        """First calendar day."""
        year, month = divmod(self._month_index(), 12)
        return date(year, month + 1, 1)

    @property
    def last(self) -> date:
        """Last calendar day."""
        return self.next().first - timedelta(days=1)

    @property
    def days(self) -> int:
        """Number of calendar days."""
        return (self.last - self.first).days + 1

    @property
    def label(self) -> str:
        """The token, as `2026Q3`."""
        return f"{self.year}Q{self.number}"

    def next(self) -> "Quarter":
        """The quarter after this one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1, self.start_month)

    def previous(self) -> "Quarter":
        """The quarter before this one."""
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1, self.start_month)

    def year_ago(self) -> "Quarter":
        """The same quarter of the year before."""
        return Quarter(self.year - 1, self.number, self.start_month)

    def __str__(self) -> str:
        return self.label


def quarter_of(day: date, start_month: int = 1) -> Quarter:
    """The quarter that holds the day."""
    offset = (day.month - start_month) % 12
    start_year = day.year - (day.month < start_month)
    return Quarter(start_year + (start_month != 1), offset // 3 + 1, start_month)


def parse_quarter(text: str, today: date, start_month: int = 1) -> Quarter:
    """The quarter a person or a crontab names: `2026Q3`, `last_quarter`, `this_quarter`."""
    if text in ("this_quarter", "last_quarter"):
        current = quarter_of(today, start_month)
        return current if text == "this_quarter" else current.previous()
    match = _TOKEN.fullmatch(text.strip())
    if not match or int(match[1]) < 1900:
        raise QuarterError(f"'{text}' is no quarter; write 2026Q3, last_quarter or this_quarter.")
    return Quarter(int(match[1]), int(match[2]), start_month)
