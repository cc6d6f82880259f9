"""Controls over loans, deposits and large cash: the ratio of the last closed day, the rows behind it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.queries.month_ends import month_end
from accounts.services.closing import close_through
from accounts.testing import a_customer
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from compliance.control import scope_of
from compliance.controls import CONTROLS
from compliance.score import State
from compliance.testing import an_account_of, cash_in, reading, rows_of, told
from compliance.tests.makers import a_late_loan, a_month_end, a_sealed_day, business_days_ago
from compliance.tests.makers import forget as makers_forget

pytestmark = pytest.mark.usefixtures("bank")
LOANS = ("npl", "par-30", "past-due-early", "past-due-late")


def test_without_a_sealed_day_no_ratio_can_be_said() -> None:
    for code in (*LOANS, "loan-to-deposit", "deposit-outflow", "top-depositors", "large-cash-trend"):
        assert reading(code).state is State.NOT_MEASURABLE


def test_each_ratio_has_its_loans_behind_it() -> None:
    for days, stage in (
        (0, "active"),
        (30, "active"),
        (31, "active"),
        (90, "active"),
        (91, "active"),
        (5, "non_accrual"),
    ):
        a_late_loan(days, stage=stage)
    a_sealed_day(
        business_days_ago(1),
        book_principal=600_000,
        loan_npl=200_000,
        loan_par_30=300_000,
        loan_par_90=100_000,
    )
    found = {code: reading(code).measure for code in LOANS}
    assert {code: one.gauge for code, one in found.items()} == {
        "npl": 3_333,
        "par-30": 5_000,
        "past-due-early": 3_333,
        "past-due-late": 1_667,
    }
    assert {code: one.count.number for code, one in found.items()} == {
        "npl": 2,
        "par-30": 3,
        "past-due-early": 2,
        "past-due-late": 1,
    }


@pytest.mark.parametrize(
    ("npl", "state"), [(300, State.OK), (301, State.APPROACHING), (500, State.APPROACHING), (501, State.BREACHED)]
)
def test_the_npl_ratio_is_held_against_its_thresholds(npl: int, state: State) -> None:
    a_sealed_day(business_days_ago(1), book_principal=10_000, loan_npl=npl)
    assert told("npl") == (0, npl, state)


def test_a_bank_that_lends_nothing_has_no_loan_ratio_but_lends_none_of_its_deposits() -> None:
    a_sealed_day(business_days_ago(1), deposits=10_000, deposits_checking=10_000)
    assert reading("npl").state is State.NOT_MEASURABLE
    assert told("loan-to-deposit") == (1, 0, State.OK)


def test_loans_against_deposits_with_the_amounts_behind_it() -> None:
    a_sealed_day(
        business_days_ago(1), book_principal=95_00, deposits=100_00, deposits_checking=60_00, deposits_savings=40_00
    )
    assert told("loan-to-deposit") == (3, 9_500, State.APPROACHING)


def test_deposits_that_leave_in_a_week_and_the_days_on_which_they_fell() -> None:
    calendar, last = bank_calendar(), business_days_ago(1)
    days = list(calendar.days(calendar.on_or_before(last - timedelta(days=7)), last))
    level = 1_000_000
    for place, day in enumerate(days):
        level += (0, -80_000, 20_000, -20_000, 10_000, 0, 0)[min(place, 6)]
        a_sealed_day(day, deposits=level)
    count, gauge, state = told("deposit-outflow")
    assert (count, gauge) == (2, (1_000_000 - level) // 100)
    assert state is State.APPROACHING


def test_deposits_that_grow_are_no_outflow() -> None:
    a_sealed_day(business_days_ago(8), deposits=100)
    for back in range(7, 0, -1):
        a_sealed_day(business_days_ago(back), deposits=100 + back)
    assert reading("deposit-outflow").measure.gauge == 0 or reading("deposit-outflow").measure.count.number
    a_sealed_day(business_days_ago(0), deposits=900)
    assert reading("deposit-outflow").measure.gauge == 0


def test_the_rise_of_large_cash_against_the_month_before() -> None:
    calendar = bank_calendar()
    end = calendar.on_or_before(business_days_ago(1).replace(day=1) - timedelta(days=1))
    a_sealed_day(end)
    rule = "@rule:ctr_aggregate"
    a_month_end(end, "alerts", {f"opened_0{rule}": 16, f"opened_1{rule}": 10, f"opened_0{rule}s": 99})
    found = CONTROLS["large-cash-trend"].read(scope_of(utcnow()))
    assert (found.measure.count.number, found.measure.gauge, found.state) == (16, 6_000, State.APPROACHING)


def test_a_month_with_too_few_makes_no_base() -> None:
    calendar = bank_calendar()
    end = calendar.on_or_before(business_days_ago(1).replace(day=1) - timedelta(days=1))
    a_sealed_day(end)
    a_month_end(end, "alerts", {"opened_1@rule:ctr_aggregate": 4})
    assert told("large-cash-trend") == (0, None, State.NOT_MEASURABLE)


def test_the_largest_depositors_and_the_large_cash_of_a_sealed_month_are_its_rows() -> None:
    end = date(2026, 3, 31)
    morning = datetime(2026, 3, 27, 15, tzinfo=UTC)
    for number in range(22):
        account = an_account_of(a_customer(name=f"Person {number:02}"), now=morning)
        cash_in(account, 1_100_000 if number < 6 else 1_000 * (number + 1), now=morning)
    close_through(end, "USD", now=datetime(2026, 4, 1, 15, tzinfo=UTC))
    makers_forget()
    assert month_end(end, "USD", "deposits") is not None
    found = reading("top-depositors")
    small = sum(1_000 * (number + 1) for number in range(6, 22))
    assert found.measure.count.number == 20
    assert found.measure.gauge == round(10_000 * (6_600_000 + small - 7_000 - 8_000) / (6_600_000 + small))
    assert [row.amount for row in rows_of("top-depositors")][:6] == [1_100_000] * 6  # type: ignore[attr-defined]
    assert reading("large-cash-trend").measure.count.number == 6
