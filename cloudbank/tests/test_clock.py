"""The business date: nights, weekends and holidays belong to the next business day."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import holidays
import pytest

from cloudbank.clock import BusinessCalendar, from_iso, iso

CALENDAR = BusinessCalendar(ZoneInfo("America/New_York"), time(18), holidays.country_holidays("US"))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-20T17:59:59-05:00", "2026-11-20"),  # Friday before the cut-off
        ("2026-11-20T18:00:00-05:00", "2026-11-23"),  # Friday night
        ("2026-11-22T12:00:00-05:00", "2026-11-23"),  # Sunday
        ("2026-11-26T10:00:00-05:00", "2026-11-27"),  # Thanksgiving
        ("2026-12-31T18:30:00-05:00", "2027-01-04"),  # New Year's Eve, then a holiday and a weekend
        ("2026-03-08T01:59:00-05:00", "2026-03-09"),  # the night the clocks go forward, a Sunday
        ("2026-11-01T01:30:00-04:00", "2026-11-02"),  # the hour that happens twice
        ("2028-02-29T12:00:00-05:00", "2028-02-29"),  # leap day
    ],
)
def test_the_business_date_of_a_moment(moment: str, day: str) -> None:
    assert CALENDAR.business_date(datetime.fromisoformat(moment)) == date.fromisoformat(day)


def test_stored_times_sort_as_time_and_come_back() -> None:
    early = datetime(2026, 1, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    late = datetime(2026, 1, 2, tzinfo=UTC)
    assert iso(early) < iso(late)
    assert from_iso(iso(early)) == early


def test_business_days_of_a_range_leave_out_weekends_and_holidays() -> None:
    days = list(CALENDAR.days(date(2026, 11, 25), date(2026, 11, 30)))
    assert [day.day for day in days] == [25, 27, 30]
