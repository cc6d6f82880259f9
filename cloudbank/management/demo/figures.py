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

MILLION = 100_000_000
"""Minor units."""
QUARTERS = (
    {"cet1": 41, "tier1": 43, "total": 51, "weighted": 392, "assets": 498, "liquid": 92, "outflows": 96, "inflows": 22},
    {"cet1": 42, "tier1": 44, "total": 52, "weighted": 405, "assets": 512, "liquid": 95, "outflows": 99, "inflows": 21},
    {
        "cet1": 43,
        "tier1": 45,
        "total": 53,
        "weighted": 421,
        "assets": 530,
        "liquid": 97,
        "outflows": 103,
        "inflows": 20,
    },
    {
        "cet1": 44,
        "tier1": 46,
        "total": 54,
        "weighted": 438,
        "assets": 551,
        "liquid": 98,
        "outflows": 108,
        "inflows": 19,
    },
)
"""The oldest first: capital grows slower than what it stands for."""
ENTERED_AFTER = timedelta(days=21)


def enter_capital(staff: Mapping[str, User], until: datetime, first_month: int) -> int:
    """Figures of the last four quarters that ended; returns how many. Done before: none."""
    if newest_figures() is not None:
        return 0
    today = bank_calendar().local(until).date()
    manager, days = staff["manager@cloudbank.example"], _ends(today, first_month)
    for day, amounts in zip(days, QUARTERS, strict=True):
        values = {name: number * MILLION for name, number in amounts.items()}
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
