"""The straight line through daily readings, and the days it leaves."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.score import Direction
from compliance.trend import FARTHEST, WINDOW, Trend, trend

LAST = date(2026, 11, 23)


def daily(*gauges: int, skip: int = 1) -> list[tuple[date, int]]:
    """Readings that end with LAST, so many days apart."""
    count = len(gauges)
    return [(LAST - timedelta(days=(count - 1 - place) * skip), gauge) for place, gauge in enumerate(gauges)]


def test_the_worked_example() -> None:
    found = trend(daily(10, 12, 14, 16, 18))
    assert found is not None
    assert (found.slope, found.value, found.readings, found.since) == (Fraction(2), 18, 5, date(2026, 11, 19))
    assert found.days_to(25, Direction.AT_MOST) == 4  # 20, 22, 24, 26
    assert found.days_to(18, Direction.AT_MOST) == 1
    assert found.days_to(17, Direction.AT_MOST) == 0


@pytest.mark.parametrize("gauges", [(5, 5, 5), (9, 7, 5), (0, 0, 0, 0)])
def test_what_stands_or_gets_better_heads_nowhere(gauges: tuple[int, ...]) -> None:
    found = trend(daily(*gauges))
    assert found is not None
    assert found.days_to(10, Direction.AT_MOST) is None


def test_a_control_that_must_stay_above_falls_towards_its_threshold() -> None:
    found = trend(daily(130, 120, 110))
    assert found is not None
    assert found.days_to(100, Direction.AT_LEAST) == 2
    assert found.days_to(111, Direction.AT_LEAST) == 0


def test_too_few_readings_make_no_line_and_old_ones_do_not_count() -> None:
    assert trend(daily(1, 2)) is None
    assert trend(daily(1, 2, 3, skip=WINDOW)) is None
    assert trend([(LAST, 1), (LAST, 2), (LAST, 3)]) is None
    found = trend(daily(*range(100, 130)))
    assert found is not None and found.readings == WINDOW


def test_what_is_farther_than_a_quarter_away_is_not_said() -> None:
    slow = Trend(Fraction(1, 10), 0, 10, LAST)
    assert slow.days_to(8, Direction.AT_MOST) == 81
    assert slow.days_to(FARTHEST, Direction.AT_MOST) is None


@settings(max_examples=60)
@given(st.integers(-50, 50), st.integers(1, 20), st.integers(3, 14), st.integers(0, 60))
def test_on_a_straight_line_the_days_left_are_exact(start: int, slope: int, count: int, gap: int) -> None:
    found = trend(daily(*(start + slope * place for place in range(count))))
    assert found is not None and found.slope == slope
    threshold = found.value + gap
    days = found.days_to(threshold, Direction.AT_MOST)
    assert days is not None
    assert found.value + slope * days > threshold >= found.value + slope * (days - 1)
