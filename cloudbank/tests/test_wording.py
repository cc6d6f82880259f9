from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cloudbank import wording

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 12, 18, 5, 9, tzinfo=UTC)  # 14:05:09 in New York


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3, minutes=59), "3 h ago"),
        (timedelta(hours=20), "yesterday 18:05"),
        (timedelta(days=3), "9 Mar 2026, 14:05"),
        (timedelta(hours=-2), "today 16:05"),
        (timedelta(days=-2), "14 Mar 2026, 14:05"),
    ],
)
def test_age_is_said_in_the_banks_own_days(age: timedelta, said: str) -> None:
    assert wording.relative(NOW - age, NOW, NEW_YORK) == said


def test_absolute_time_names_the_zone_on_both_sides_of_the_clock_change() -> None:
    assert wording.absolute(NOW, NEW_YORK) == "12 Mar 2026, 14:05:09 EDT"
    assert wording.absolute(NOW - timedelta(days=10), NEW_YORK) == "2 Mar 2026, 13:05:09 EST"


def test_account_numbers_are_grouped_by_four() -> None:
    assert wording.grouped("100200300042") == "1002 0030 0042"
    assert wording.grouped("1002 00300") == "1002 0030 0"
    assert wording.last_four("100200300042") == "0042"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Lopez", "AL"), ("ana maria lopez", "AL"), ("ana@bank.example", "A"), ("", "")]
)
def test_initials_are_the_first_and_the_last_word(name: str, letters: str) -> None:
    assert wording.initials(name) == letters


def test_days_have_no_leading_zero() -> None:
    assert wording.day(date(2026, 1, 5)) == "5 Jan 2026"
