"""Interest on savings: balance-days are a fold of the statement, whatever the postings' days."""

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from hypothesis import given
from hypothesis import strategies as st

from accounts.interest import MonthDays, brought_forward, interest_for, settled

START = date(2026, 1, 1)


def test_a_balance_counts_for_each_day_until_the_next_posting() -> None:
    assert brought_forward((), 10_000, "2026-01-30", date(2026, 2, 3)) == (("2026-01", 20_000), ("2026-02", 20_000))


def test_days_before_the_first_posting_and_overdrawn_days_earn_nothing() -> None:
    assert brought_forward((), 10_000, "", date(2026, 2, 3)) == ()
    assert brought_forward((), -10_000, "2026-01-01", date(2026, 2, 3)) == ()


def test_a_leap_day_counts() -> None:
    assert dict(brought_forward((), 1, "2028-02-01", date(2028, 3, 1))) == {"2028-02": 29}


def test_posting_interest_settles_the_months_before() -> None:
    known = (("2026-01", 5), ("2026-02", 7), ("2026-03", 9))
    assert settled(known, "2026-02") == (("2026-03", 9),)


def test_a_year_at_one_and_a_half_percent() -> None:
    assert interest_for(1_000_000 * 365, 150) == 15_000


@given(st.integers(0, 10**18), st.integers(0, 5_000))
def test_interest_is_rounded_half_to_even(month_days: int, rate: int) -> None:
    exact = Decimal(month_days) * rate / (365 * 10_000)
    assert interest_for(month_days, rate) == exact.quantize(Decimal(1), ROUND_HALF_EVEN)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-(10**9), 10**9)), min_size=1, max_size=12))
def test_the_sums_are_those_of_a_day_by_day_count(steps: list[tuple[int, int]]) -> None:
    day, balance, since = START, 0, ""
    known: MonthDays = ()
    expected: dict[str, int] = {}
    for gap, amount in steps:
        until = day + timedelta(days=gap)
        known = brought_forward(known, balance, since, until)
        for offset in range(gap):
            month = f"{day + timedelta(days=offset):%Y-%m}"
            if since and balance > 0:
                expected[month] = expected.get(month, 0) + balance
        day, since, balance = until, until.isoformat(), balance + amount
    assert dict(known) == dict(sorted(expected.items())[-13:])
