"""Capital and liquidity figures of the demo bank, of four quarters' ends, entered by its manager as people would."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from accounts.models import User
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from cloudbank.management.demo.work import actor_of
from cloudbank.quarters import quarter_of
from compliance.prudential.entering import Entry, enter_figures
from compliance.prudential.reading import newest_figures
from compliance.queries.sealed import last_sealed

ROUND = 100_000
"""Figures are entered in whole thousands: minor units."""
SMALLEST = 100_000_000
"""Deposits that a bank without closed days is taken to have: minor units."""
AMOUNTS = ("cet1", "tier1", "total", "weighted", "assets", "liquid", "outflows", "inflows")
QUARTERS = (
    (61, 64, 75, 580, 900, 150, 146, 24),
    (65, 68, 80, 630, 970, 153, 154, 26),
    (69, 72, 85, 680, 1040, 157, 163, 27),
    (73, 76, 90, 740, 1110, 161, 175, 28),
)
"""Thousandths of the deposits, the oldest quarter first: capital grows slower than what it stands for."""
ENTERED_AFTER = timedelta(days=21)


def enter_capital(staff: Mapping[str, User], until: datetime, first_month: int) -> int:
    """Figures of the last four quarters that ended; returns how many. Done before: none."""
    if newest_figures() is not None:
        return 0
    today = bank_calendar().local(until).date()
    books = last_sealed()
    deposits = max(SMALLEST, books.end.get("deposits", 0) if books else 0)
    manager, days = staff["manager@cloudbank.example"], _ends(today, first_month)
    for day, amounts in zip(days, QUARTERS, strict=True):
        values = {
            name: number * deposits // 1000 // ROUND * ROUND for name, number in zip(AMOUNTS, amounts, strict=True)
        }
        at = min(until, until - (today - day) + ENTERED_AFTER)
        enter_figures(
            entry=Entry(day, values, f"Call report of {day:%d %B %Y}, schedules RC-R and RC-K."),
            version=0,
            actor=actor_of(manager),
            now=at,
        )
    return len(days)


def _ends(today: date, first_month: int) -> list[date]:
    """The last days of the four quarters that are over, the oldest first."""
    found, quarter = [], quarter_of(today, first_month)
    for _ in QUARTERS:
        found.append(quarter.first - ONE_DAY)
        quarter = quarter.previous()
    return found[::-1]
