"""The business days behind a figure. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.ledger import OPENING
from accounts.totals import DayTotals


@dataclass(frozen=True)
class DayRow:
    """A business day's part of a figure. Volume in minor units; for suspicious ones the cells know only the count."""

    day: str
    closed: bool
    count: int
    volume: int | None


def matching_days(
    days: Iterable[DayTotals], *, type: str = "", channel: str = "", badge: str = ""
) -> list[DayRow]:  # fmt: skip
    """The days that have transactions of this type, channel and badge, in order."""
    rows = []
    for day in days:
        count = volume = 0
        for name, numbers in day.cells.items():
            if name.type != OPENING and type in ("", name.type) and channel in ("", name.channel):
                count += numbers["suspicious" if badge else "n"]
                volume += numbers["s"]
        if count:
            rows.append(DayRow(day.day, day.closed, count, None if badge else volume))
    return rows
