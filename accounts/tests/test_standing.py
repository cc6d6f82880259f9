"""The due dates of standing orders: worked examples, and what holds for all of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.standing import DAILY, MONTHLY, RHYTHMS, WEEKLY, in_words, next_due, nth_due, ordinal

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
ALL = st.sampled_from(sorted(RHYTHMS))


def test_the_31st_is_the_last_day_of_a_shorter_month_and_comes_back() -> None:
    first = date(2026, 1, 31)
    due = [nth_due(first, MONTHLY, number) for number in range(6)]
    assert [str(day) for day in due] == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30",
    ]  # fmt: skip
    assert next_due(first, MONTHLY, date(2028, 2, 1)) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("rhythm", "after", "due"),
    [
        (DAILY, date(2026, 3, 4), date(2026, 3, 5)),
        (WEEKLY, date(2026, 3, 4), date(2026, 3, 11)),
        (WEEKLY, date(2026, 3, 10), date(2026, 3, 11)),
        (MONTHLY, date(2026, 3, 4), date(2026, 4, 4)),
        (MONTHLY, date(2026, 12, 31), date(2027, 1, 4)),
        (MONTHLY, date(2026, 1, 1), date(2026, 3, 4)),
    ],
)
def test_the_next_due_date_is_the_first_later_one(rhythm: str, after: date, due: date) -> None:
    assert next_due(date(2026, 3, 4), rhythm, after) == due


@given(DAYS, ALL, DAYS)
def test_nothing_is_due_between_a_day_and_its_next_due_date(first: date, rhythm: str, after: date) -> None:
    due = next_due(first, rhythm, after)
    assert due > after or (due == first and after < first)
    assert due >= first
    day = after + timedelta(days=1)
    known = {nth_due(first, rhythm, number) for number in range(2_200) if rhythm == MONTHLY} or None
    while day < min(due, after + timedelta(days=40)):
        if known is None:
            assert day < first or (day - first).days % (7 if rhythm == WEEKLY else 1)
        else:
            assert day not in known
        day += timedelta(days=1)


@given(DAYS, ALL, st.integers(0, 500))
def test_due_dates_only_grow_and_following_them_one_by_one_misses_none(first: date, rhythm: str, number: int) -> None:
    due = nth_due(first, rhythm, number)
    assert next_due(first, rhythm, due) == nth_due(first, rhythm, number + 1) > due


@given(DAYS, st.integers(0, 600))
def test_a_monthly_order_is_due_once_in_each_month_and_never_later_than_its_day(first: date, number: int) -> None:
    due = nth_due(first, MONTHLY, number)
    assert (due.year * 12 + due.month) - (first.year * 12 + first.month) == number
    assert due.day == first.day or (due.day < first.day and (due + timedelta(days=1)).day == 1)


def test_the_rhythm_is_said_in_words() -> None:
    assert in_words(date(2026, 3, 4), WEEKLY) == "Every Wednesday"
    assert in_words(date(2026, 3, 31), MONTHLY) == "Every month on the 31st, or the last day of a shorter month"
    assert in_words(date(2026, 3, 2), MONTHLY) == "Every month on the 2nd"
    assert in_words(date(2026, 3, 2), DAILY) == "Every business day"
    assert [ordinal(day) for day in (1, 3, 11, 12, 13, 22, 30)] == [
        "1st",
        "3rd",
        "11th",
        "12th",
        "13th",
        "22nd",
        "30th",
    ]
