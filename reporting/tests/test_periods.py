"""Periods: a quarter's days hang together, day by day, or no report is built."""

from dataclasses import replace
from datetime import date

import pytest

from accounts.totals import CellName, DayTotals
from cloudbank.quarters import Quarter
from reporting.periods import FootingError, Period, period_of
from reporting.tests.days import CALENDAR, Q3, bank_days, customers, movement, open_day, sealed


def quarter_of_days(days: list[DayTotals], quarter: Quarter = Q3) -> Period:
    """The period of some days."""
    return period_of(quarter, "USD", days, CALENDAR)


def changed(days: list[DayTotals], place: int, **end: int) -> list[DayTotals]:
    """The days with something else sealed as one day's end."""
    broken = replace(days[place], end={**days[place].end, **end})
    return [*days[:place], broken, *days[place + 1 :]]


def test_sound_days_are_proven() -> None:
    sound = quarter_of_days(bank_days())
    sound.prove()
    assert len(sound.closed) > 50, "and every business day of the quarter was looked at"


@pytest.mark.parametrize(
    ("end", "what"),
    [
        ("deposits", "the deposit bridge on"),
        ("overdrawn", "deposits against balances on"),
        ("house_cash", "balances against the house accounts on"),
        ("customers", "the count of customers on"),
    ],
)
def test_a_broken_day_is_refused_naming_day_and_residual(end: str, what: str) -> None:
    days = bank_days()
    place = len(days) - 10
    broken = changed(days, place, **{end: days[place].end[end] + 7})
    with pytest.raises(FootingError) as caught:
        quarter_of_days(broken).prove()
    assert what in caught.value.what
    assert days[place].day in caught.value.what
    assert abs(caught.value.residual) == 7
    assert "residual" in str(caught.value)


def test_cells_that_do_not_sum_to_the_day_are_refused() -> None:
    days = bank_days()
    days[-5].add_cell(CellName(3, "deposit", "branch", "main"), {"n": 1, "s": 100})
    with pytest.raises(FootingError, match="movements by cell"):
        quarter_of_days(days).prove()


def test_a_missing_day_is_refused() -> None:
    days = bank_days()
    with pytest.raises(FootingError, match="the deposit bridge"):
        quarter_of_days(days[:-20] + days[-19:]).prove()


def test_the_first_quarter_of_the_books_opens_at_zero() -> None:
    day = open_day(date(2026, 7, 1))
    movement(day, 5_000)
    period = quarter_of_days(sealed([day]))
    period.prove()
    assert (period.opening, period.closing["deposits"]) == ({}, 5_000)


def test_overdrafts_are_no_deposits_and_the_bridge_still_foots() -> None:
    first, second = open_day(date(2026, 7, 1)), open_day(date(2026, 7, 2))
    movement(first, 5_000)
    movement(second, 8_000, type="withdrawal")
    second.numbers["overdrawn"] = 3_000
    period = quarter_of_days(sealed([first, second]))
    period.prove()
    assert (period.closing["deposits"], period.closing["overdrawn"], period.closing["balance"]) == (0, 3_000, -3_000)


def test_open_days_are_carried_forward_from_the_last_sealed_one() -> None:
    first, second = open_day(date(2026, 7, 1)), open_day(date(2026, 7, 2))
    movement(first, 5_000)
    movement(second, 700)
    customers(second, 2, 1)
    period = quarter_of_days([*sealed([first]), second])
    assert period.closing["deposits"] == 5_700
    assert period.closing["customers"] == 1
    assert (period.complete, period.as_of) == (False, date(2026, 7, 2))


def test_daily_average_counts_weekends_and_holidays_at_the_balance_before() -> None:
    # Thursday 1,000, Friday 2,000 (observed Independence Day 2026 is Friday 3 July): the weekend counts Thursday's.
    thursday, monday = open_day(date(2026, 7, 2)), open_day(date(2026, 7, 6))
    movement(thursday, 100_000)
    movement(monday, 100_000)
    period = quarter_of_days([thursday, monday])
    assert period.average_deposits() == (4 * 100_000 + 200_000) // 5


def test_a_quarter_is_complete_when_its_last_business_day_is_sealed() -> None:
    days = bank_days()
    assert quarter_of_days(days).complete
    assert quarter_of_days(days).as_of == date(2026, 9, 30)
    assert not quarter_of_days(days[:-1]).complete


def test_opening_balances_taken_over_are_deposits_but_no_transactions() -> None:
    day = open_day(date(2026, 7, 1))
    movement(day, 9_000, type="opening", channel="import")
    movement(day, 1_000)
    period = quarter_of_days(sealed([day]))
    assert period.closing["deposits"] == 10_000
    assert (period.cells()["n"], period.cells()["s"]) == (1, 1_000)


def test_fiscal_quarters_cut_by_their_own_months() -> None:
    days = bank_days()
    fiscal = Quarter(2026, 3, start_month=10)  # April to June 2026
    inside = quarter_of_days(days, fiscal).days
    assert (inside[0].day[:7], inside[-1].day[:7]) == ("2026-04", "2026-06")
