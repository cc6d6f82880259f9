"""Quarters and their tokens, with any start of the fiscal year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbank.quarters import Quarter, QuarterError, parse_quarter, quarter_of

TODAY = date(2026, 11, 22)


def test_a_calendar_quarter_has_its_days() -> None:
    quarter = Quarter(2026, 1)
    assert (quarter.first, quarter.last, quarter.days) == (date(2026, 1, 1), date(2026, 3, 31), 90)


def test_a_fiscal_year_is_named_by_the_year_in_which_it_ends() -> None:
    assert quarter_of(date(2025, 10, 1), 10) == Quarter(2026, 1, 10)
    assert Quarter(2026, 4, 10).last == date(2026, 9, 30)


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)), st.integers(1, 12))
def test_every_day_lies_in_its_quarter_and_quarters_touch(day: date, start: int) -> None:
    quarter = quarter_of(day, start)
    assert quarter.first <= day <= quarter.last
    assert quarter.next().first == quarter.last + timedelta(days=1)
    assert quarter.next().previous() == quarter
    assert quarter.year_ago().next().next().next().next() == quarter


@pytest.mark.parametrize(
    ("token", "label"),
    [("2026Q3", "2026Q3"), ("2026-q3", "2026Q3"), ("last_quarter", "2026Q3"), ("this_quarter", "2026Q4")],
)
def test_tokens_name_quarters(token: str, label: str) -> None:
    assert parse_quarter(token, TODAY).label == label


@pytest.mark.parametrize("token", ["2026Q5", "Q3", "", "next_quarter", "0000Q1", "２０２６Q3x", "2026Q3 2026Q4"])
def test_nonsense_is_refused_with_what_to_write(token: str) -> None:
    with pytest.raises(QuarterError, match="write 2026Q3"):
        parse_quarter(token, TODAY)
