"""Metrics: one promise each, on days made by hand, with numbers that a person can check."""

from datetime import date

import pytest

from accounts.totals import CAPITALISED_UNPOSTED, DayTotals
from cloudbank.quarters import Quarter
from reporting.assemble import assemble
from reporting.metrics import METRICS, Measured, Metric, in_order, metric
from reporting.metrics import loan_bridge as loan
from reporting.metrics.activity_pattern import A_DAY, BUSIEST_HOUR, activity_pattern
from reporting.metrics.customers import ACTIVE, CHURN, END, GROSS, NET, customers
from reporting.metrics.deposit_bridge import END as BRIDGE_END
from reporting.metrics.deposit_bridge import EXISTING, NEW, OVERDRAFTS, RESIDUAL, START, deposit_bridge
from reporting.metrics.deposits import GROWTH, MAXIMUM, MINIMUM, deposits
from reporting.metrics.loan_bridge import loan_bridge
from reporting.metrics.thirty_days import AVERAGE as WINDOW_A_DAY
from reporting.metrics.thirty_days import NUMBER as WINDOW_NUMBER
from reporting.metrics.thirty_days import VOLUME as WINDOW_VOLUME
from reporting.metrics.thirty_days import thirty_days
from reporting.metrics.transaction_mix import SHARE, transaction_mix
from reporting.metrics.transactions import (
    AVERAGE,
    HIGH,
    HIGH_SHARE,
    MEDIAN,
    NUMBER,
    SUSPICIOUS,
    SUSPICIOUS_SHARE,
    VOLUME,
    transactions,
)
from reporting.periods import FootingError, Period, period_of
from reporting.tests import days as made
from reporting.tests.days import CALENDAR, Q3, bank_days, movement, open_day, request, sealed

Values = dict[tuple[str, str], int | None]


def values(measured: Measured) -> Values:
    """Values by metric and dimension."""
    return {(one.metric, one.dimension): one.value for one in measured.measures}


def a_period(days: list[DayTotals], quarter: Quarter = Q3) -> Period:
    """The period of some days."""
    return period_of(quarter, "USD", days, CALENDAR)


def a_small_quarter() -> Period:
    """Two days: 100.00 + 300.00 cash in, 50.00 wire out, 1,000.00 between accounts (suspicious)."""
    first, second = open_day(date(2026, 7, 1)), open_day(date(2026, 8, 3))
    movement(first, 10_000, hour=9)
    movement(first, 30_000, hour=9, new=True)
    movement(second, 5_000, type="withdrawal", channel="wire", hour=15)
    movement(second, 100_000, type="transfer", channel="online", hour=15, suspicious=True)
    return a_period(sealed([first, second]))


def test_transactions_volume_count_average_and_suspicious() -> None:
    found = values(transactions(a_small_quarter()))
    assert (found[VOLUME, ""], found[NUMBER, ""], found[AVERAGE, ""]) == (145_000, 4, 36_250)
    assert (found[SUSPICIOUS, ""], found[SUSPICIOUS_SHARE, ""]) == (1, 2_500)


def test_median_is_within_its_stated_error() -> None:
    found = values(transactions(a_small_quarter()))[MEDIAN, ""]
    assert found is not None
    assert abs(found - 10_000) / 10_000 < 0.045


def test_a_quarter_without_transactions_has_no_average_no_median_no_share() -> None:
    found = values(transactions(a_period(sealed([open_day(date(2026, 7, 1))]))))
    assert [found[name, ""] for name in (VOLUME, NUMBER)] == [0, 0]
    assert [found[name, ""] for name in (AVERAGE, MEDIAN, SUSPICIOUS_SHARE)] == [None] * 3


def test_mix_by_type_and_by_channel_each_sum_to_the_whole() -> None:
    period = a_period(bank_days())
    whole, parts = values(transactions(period)), values(transaction_mix(period))
    for name in (VOLUME, NUMBER):
        for kind in ("type", "channel"):
            assert sum(v or 0 for (m, d), v in parts.items() if m == name and d.startswith(kind)) == whole[name, ""]


def test_mix_shares_of_a_type() -> None:
    found = values(transaction_mix(a_small_quarter()))
    assert (found[VOLUME, "type: transfer"], found[SHARE, "type: transfer"]) == (100_000, 6_897)
    assert found[AVERAGE, "channel: ach"] is None


def test_months_of_two_years_are_never_merged_by_name() -> None:
    days = [open_day(date(2025, 9, 1 + n)) for n in range(2)] + [open_day(date(2026, 9, 1 + n)) for n in range(2)]
    for day in days:
        movement(day, 1_000 if day.day.startswith("2025") else 7)
    both = Period(Q3, "USD", tuple(sealed(days)), {}, {}, False)
    months = transactions(both).tables[0]
    assert [row[:3] for row in months.rows] == [("2025-09", 2, 2_000), ("2026-09", 2, 14)]


def test_days_of_the_pattern_sum_to_the_quarter() -> None:
    period = a_period(bank_days())
    daily = activity_pattern(period).tables[0]
    whole = values(transactions(period))
    assert sum(int(row[1] or 0) for row in daily.rows) == whole[NUMBER, ""] == daily.total[1]
    assert sum(int(row[2] or 0) for row in daily.rows) == whole[VOLUME, ""] == daily.total[2]


def test_busiest_hour_is_the_earliest_of_the_largest() -> None:
    found = values(activity_pattern(a_small_quarter()))
    assert (found[BUSIEST_HOUR, ""], found[A_DAY, ""]) == (9, 200)
    assert found[A_DAY, "weekday: Monday"] == 200


def test_deposit_bridge_foots_with_residual_zero_by_parts() -> None:
    found = values(deposit_bridge(a_period(bank_days())))
    parts = [found[name, ""] or 0 for name in (START, NEW, EXISTING, OVERDRAFTS)]
    assert sum(parts) == found[BRIDGE_END, ""]
    assert found[RESIDUAL, ""] == 0


def test_deposit_bridge_tells_new_customers_from_existing_ones() -> None:
    found = values(deposit_bridge(a_small_quarter()))
    assert (found[START, ""], found[NEW, ""], found[EXISTING, ""], found[BRIDGE_END, ""]) == (0, 30_000, 5_000, 35_000)


def test_bridge_with_a_broken_end_raises_and_names_the_residual() -> None:
    good = bank_days()
    broken = [
        *good[:-1],
        DayTotals(good[-1].day, True, good[-1].numbers, good[-1].cells, {**good[-1].end, "deposits": 1}),
    ]
    with pytest.raises(FootingError, match="residual"):
        deposit_bridge(a_period(broken))
    with pytest.raises(FootingError):
        assemble(request(), broken, CALENDAR)


def a_quarter_of_loans() -> list[DayTotals]:
    """10,000.00 lent in July; in August 1,500.00 repaid with 50.00 interest, 20.00 added, 3,000.00 charged off."""
    first, second = open_day(date(2026, 7, 1)), open_day(date(2026, 8, 3))
    first.numbers["loan_disbursed"] = 1_000_000
    second.numbers.update({"loan_repaid": 150_000, "loan_interest_paid": 5_000, "loan_fees_paid": 2_500})
    second.numbers.update({"loan_capitalised": 1_500, CAPITALISED_UNPOSTED: 500, "loan_charged_off": 300_000})
    return sealed([first, second])


def test_loan_bridge_foots_and_tells_principal_from_interest_and_fees() -> None:
    found = values(loan_bridge(a_period(a_quarter_of_loans())))
    assert [found[name, ""] for name in (loan.START, loan.DISBURSED, loan.CAPITALISED)] == [0, 1_000_000, 2_000]
    assert [found[name, ""] for name in (loan.REPAID, loan.CHARGED_OFF, loan.END)] == [-150_000, -300_000, 552_000]
    assert [found[name, ""] for name in (loan.INTEREST, loan.FEES, loan.RESIDUAL)] == [5_000, 2_500, 0]


def test_a_loan_bridge_with_a_broken_end_is_not_built() -> None:
    good = a_quarter_of_loans()
    end = {**good[-1].end, "book_principal": 552_001}
    with pytest.raises(FootingError, match="loan bridge"):
        loan_bridge(a_period([*good[:-1], DayTotals(good[-1].day, True, good[-1].numbers, good[-1].cells, end)]))


def test_deposits_minimum_maximum_and_growth() -> None:
    found = values(deposits(a_small_quarter()))
    assert (found[MINIMUM, ""], found[MAXIMUM, ""], found[GROWTH, ""]) == (35_000, 40_000, None)


def test_growth_is_against_the_end_of_the_quarter_before() -> None:
    days = bank_days()
    before, now = a_period(days, Q3.previous()), a_period(days)
    start, end = before.closing["deposits"], now.closing["deposits"]
    assert values(deposits(now))[GROWTH, ""] == round((end - start) / start * 10_000)


def test_customers_net_and_churn() -> None:
    opening = {"customers": 100, "active_90": 80, "deposits": 0, "balance": 0}
    day = open_day(date(2026, 7, 1))
    made.customers(day, 10, 4)
    days = sealed([day], opening)
    found = values(customers(Period(Q3, "USD", tuple(days), opening, {}, False)))
    assert (found[GROSS, ""], found[NET, ""], found[END, ""], found[CHURN, ""]) == (10, 6, 106, 500)
    assert found[ACTIVE, ""] == days[-1].end["active_90"]


def test_churn_without_active_customers_is_not_available() -> None:
    assert values(customers(a_small_quarter()))[CHURN, ""] is None


@pytest.mark.parametrize("one", list(METRICS), ids=lambda one: one.code)
def test_every_metric_publishes_formula_unit_and_source(one: Metric) -> None:
    for word in ("Formula:", "Unit:", "Source:"):
        assert word in one.definition
    measured = one.measure(a_period(bank_days()))
    assert all(measure.formula.endswith(".") or measure.formula for measure in measured.measures)
    assert {*one.trend, *one.headline} <= {measure.metric for measure in measured.measures}


@pytest.mark.parametrize("one", list(METRICS), ids=lambda one: one.code)
def test_every_metric_bears_an_empty_quarter(one: Metric) -> None:
    measured = one.measure(a_period(sealed([open_day(date(2026, 7, 1))])))
    names = [(measure.metric, measure.dimension) for measure in measured.measures]
    assert len(set(names)) == len(names)


def test_metric_without_definition_is_refused() -> None:
    with pytest.raises(ValueError, match="Formula: Unit: Source:"):

        @metric("undocumented", title="x", order=1)
        def undocumented(period: Period) -> Measured:
            """No definition."""
            return Measured(())

    assert "undocumented" not in METRICS


def test_metrics_come_in_the_order_of_the_report() -> None:
    assert [one.code for one in in_order(("customers", "transactions"))] == ["transactions", "customers"]


def test_high_value_begins_at_ten_thousand_exactly() -> None:
    day = open_day(date(2026, 7, 1))
    for amount in (999_999, 1_000_000, 2_500_000):
        movement(day, amount)
    found = values(transactions(a_period(sealed([day]))))
    assert (found[HIGH, ""], found[HIGH_SHARE, ""]) == (2, 6_667)


def test_the_thirty_day_window_ends_with_the_period_and_counts_thirty_calendar_days() -> None:
    outside, edge, last = (open_day(day) for day in (date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30)))
    for day, amount in ((outside, 1_000), (edge, 20_000), (last, 300_000)):
        movement(day, amount)
    start = {"deposits": 0, "balance": 0}
    days = [*sealed([open_day(date(2026, 6, 30))], start), *sealed([outside, edge, last], start)]
    found = values(thirty_days(a_period(days)))
    assert (found[WINDOW_VOLUME, ""], found[WINDOW_NUMBER, ""], found[WINDOW_A_DAY, ""]) == (320_000, 2, 10_667)


def test_a_period_of_fewer_days_has_no_thirty_day_window() -> None:
    found = values(thirty_days(a_period([open_day(date(2026, 9, 29)), open_day(date(2026, 9, 30))])))
    assert set(found.values()) == {None}
