"""Stretches: months, days and ranges beside quarters, what comes before them and a year ago, and their tokens."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest

from cloudbank.clock import BusinessCalendar
from cloudbank.quarters import Quarter
from cloudbank.stretches import TOKENS, Days, Month, StretchError, parse_stretch

CALENDAR = BusinessCalendar(ZoneInfo("America/New_York"), time(18), holidays.country_holidays("US"))
MONDAY = date(2026, 9, 14)


def found(token: str, today: date = MONDAY, start: int = 1) -> str:
    """The label a token stands for."""
    return parse_stretch(token, today, CALENDAR, start).label


@pytest.mark.parametrize(
    ("token", "label"),
    [
        ("2026Q3", "2026Q3"),
        ("last_quarter", "2026Q2"),
        ("this_quarter", "2026Q3"),
        ("2026-09", "2026-09"),
        ("last_month", "2026-08"),
        ("this_month", "2026-09"),
        ("today", "2026-09-14"),
        ("yesterday", "2026-09-11"),
        ("2026-09-15", "2026-09-15"),
        ("2026-09-15..2026-09-15", "2026-09-15"),
        (" 2026-07-01..2026-09-15 ", "2026-07-01..2026-09-15"),
    ],
)
def test_tokens_name_quarters_months_days_and_ranges(token: str, label: str) -> None:
    assert found(token) == label


@pytest.mark.parametrize("token", TOKENS)
def test_every_token_that_moves_is_understood_on_every_day_of_two_years(token: str) -> None:
    day = date(2026, 1, 1)
    while day < date(2028, 1, 1):
        stretch = parse_stretch(token, CALENDAR.on_or_after(day), CALENDAR)
        assert stretch.first <= stretch.last
        assert parse_stretch(stretch.label, day, CALENDAR) == stretch, "its label names it for ever"
        day += timedelta(days=1)


def test_last_month_in_january_is_december_of_the_year_before() -> None:
    assert found("last_month", date(2027, 1, 4)) == "2026-12"
    assert (Month(2027, 1).previous(), Month(2027, 1).year_ago()) == (Month(2026, 12), Month(2026, 1))


def test_yesterday_after_a_weekend_and_a_holiday_is_the_last_business_day() -> None:
    assert found("yesterday", date(2026, 7, 6)) == "2026-07-02", "Friday 3 July 2026 is the observed holiday"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("2026-00", "is no period; write 2026Q3"),
        ("0026-09", "is no period; write"),
        ("2026-02-30", "there is no such date"),
        ("2026-09-15..", "is no period; write"),
        ("2026-09-15..2026-09-14", "its first day is after its last one"),
        ("2024-01-01..2025-01-01", "too long: a report covers at most 366 days"),
        ("2026-09-12..2026-09-13", "no business day in '2026-09-12..2026-09-13'; what happens then is of 2026-09-14"),
        ("", "is no period"),
    ],
)
def test_nonsense_is_refused_with_what_to_write(token: str, words: str) -> None:
    with pytest.raises(StretchError, match=words):
        parse_stretch(token, MONDAY, CALENDAR)


def test_before_a_range_stand_as_many_business_days() -> None:
    week = Days(date(2026, 9, 14), date(2026, 9, 18), CALENDAR)
    assert week.previous().label == "2026-09-04..2026-09-11", "Labor Day, 7 September 2026, is no business day"
    day = Days(MONDAY, MONDAY, CALENDAR)
    assert day.previous().label == "2026-09-11"
    long = Days(date(2026, 7, 1), date(2026, 9, 15), CALENDAR)
    count = len(list(CALENDAR.days(long.first, long.last)))
    before = long.previous()
    assert len(list(CALENDAR.days(before.first, before.last))) == count
    assert CALENDAR.after(before.last) == long.first


def test_a_year_before_a_range_stand_the_same_dates_and_before_a_day_a_business_day() -> None:
    assert Days(date(2026, 7, 1), date(2026, 9, 15), CALENDAR).year_ago().label == "2025-07-01..2025-09-15"
    assert Days(MONDAY, MONDAY, CALENDAR).year_ago().label == "2025-09-12", "14 September 2025 was a Sunday"
    leap = date(2024, 2, 29)
    assert Days(leap, leap, CALENDAR).year_ago().label == "2023-02-28"


def test_a_quarter_is_a_stretch_with_a_trend_back_to_last_year() -> None:
    assert (Quarter(2026, 3).noun, Quarter(2026, 3).trend) == ("quarter", 5)
    assert (Month(2026, 9).noun, Month(2026, 9).trend) == ("month", 13)
