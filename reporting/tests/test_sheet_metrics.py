"""Metrics over month-end sheets: worked examples by hand, their rows, and n/a (never 0) where no sheet tells."""

import dataclasses

import pytest

from accounts import deposit_sheet
from cloudbank.stretches import Month
from reporting.behind import value_of
from reporting.drill import behind
from reporting.metrics import METRICS, Measured, Metric
from reporting.metrics import alerts as alert
from reporting.metrics import compliance_score as score
from reporting.metrics import customer_base as base
from reporting.metrics import depositors as holders
from reporting.metrics import onboarding as board
from reporting.metrics import retention as stay
from reporting.metrics.customers import END as CUSTOMERS
from reporting.metrics.customers import GROSS
from reporting.metrics.deposits import END as DEPOSITS
from reporting.periods import FootingError, Period
from reporting.rows import named
from reporting.tests.sheet_days import a_sheet, deposits, sheets, the_period
from reporting.tests.test_metrics import values

CODES = ("depositors", "customer_base", "onboarding", "retention", "alerts", "compliance_score")
Values = dict[tuple[str, str], int | None]


def of(code: str, period: Period | None = None) -> Values:
    measured: Measured = METRICS[code].measure(period or the_period())
    return values(measured)


def test_depositors_are_people_and_the_largest_by_all_their_accounts() -> None:
    found = of("depositors")
    assert (found[holders.PEOPLE, ""], found[holders.EACH, ""]) == (2, 20_000)
    assert (found[holders.TOP, ""], found[holders.TOP_SHARE, ""]) == (40_000, 10_000)
    assert (found[holders.DORMANT, ""], found[holders.DORMANT_SHARE, ""], found[holders.DORMANT_ACCOUNTS, ""]) == (
        5_000, 1_250, 1,
    )  # fmt: skip
    assert (found[DEPOSITS, "branch: harbor"], found[DEPOSITS, "segment: retail"]) == (15_000, 25_000)


def test_a_sheet_that_is_not_the_deposits_of_its_day_stops_the_report() -> None:
    period = the_period()
    rows = deposits()[:2]
    from_others = a_sheet("deposits", rows, deposit_sheet.fold(rows))
    period.days[-1].sheets = sheets() | {"deposits": from_others}
    with pytest.raises(FootingError, match="the deposits sheet of 2026-09-30") as caught:
        of("depositors", period)
    assert caught.value.residual == 15_000


def test_customers_by_channel_and_their_products() -> None:
    found = of("customer_base")
    assert found[base.PRODUCTS, ""] == 175, "7 products of 4 customers"
    assert (found[CUSTOMERS, "channel: online"], found[CUSTOMERS, "channel: branch"]) == (3, 1)
    assert (found[GROSS, "channel: online"], found[GROSS, "branch: harbor"]) == (1, 0)
    assert (found[base.SHARE, "branch: main"], found[base.PRODUCTS, "branch: harbor"]) == (7_500, 300)


def test_onboarding_by_hand() -> None:
    found = of("onboarding")
    assert (found[board.WAIT, ""], found[board.OLDEST, ""]) == (1, 58)
    assert (found[board.WAIT, "waiting: 31-90 days"], found[board.WAIT, "waiting: 0-7 days"]) == (1, 0)
    assert found[board.MEDIAN, ""] == 7, "4 and 10 days"
    assert (found[board.FUNDED, ""], found[board.ACTIVATION, ""]) == (1, 5_000)


def test_retention_after_one_two_and_four_quarters() -> None:
    found = of("retention")
    assert [found[stay.KEPT[after], ""] for after in (1, 2, 4)] == [0, 10_000, 10_000]
    assert [found[stay.ALIVE[after], ""] for after in (1, 2, 4)] == [0, 0, 10_000]
    (table,) = METRICS["retention"].measure(the_period()).tables
    assert [row[:3] for row in table.rows] == [("2026Q3", 2, 2), ("2026Q2", 1, 0), ("2026Q1", 1, 1), ("2025Q3", 1, 1)]


def test_alerts_by_hand() -> None:
    found = of("alerts")
    assert (found[alert.OPENED, ""], found[alert.OPENED, "severity: high"]) == (2, 1)
    assert (found[alert.OPENED, "rule: structuring"], found[alert.OPENED, "rule: ctr_aggregate"]) == (1, 1)
    assert (found[alert.OPEN, ""], found[alert.OPEN, "age: over 90 days"], found[alert.OLDEST, ""]) == (1, 1, 92)
    assert (found[alert.DECIDED, ""], found[alert.CONFIRMED_N, ""], found[alert.PRECISION, ""]) == (3, 2, 6_667)
    assert found[alert.PRECISION, "rule: structuring"] == 5_000
    assert found[alert.PRECISION, "rule: velocity"] == 0
    assert found[alert.HOURS, ""] == 72, "24, 72 and 480 hours"
    assert found[alert.IN_TIME, ""] == 5_000
    assert (found[alert.REPORTED, ""], found[alert.FILED, ""]) == (1, 0)


def test_the_score_is_of_the_days_of_the_period() -> None:
    found = of("compliance_score")
    assert (found[score.MEAN, ""], found[score.LOWEST, ""], found[score.MEASURED, ""]) == (88, 84, 2)


@pytest.mark.parametrize("code", CODES)
def test_every_figure_is_its_rows(code: str) -> None:
    metric: Metric = METRICS[code]
    for period in (the_period(), the_period(with_sheets=False), a_month()):
        for measure in metric.measure(period).measures:
            again = value_of(behind(metric, measure, period))
            assert again == measure.value, (period.label, measure.metric, measure.dimension, again)


def a_month() -> Period:
    """September alone."""
    period = the_period()
    return dataclasses.replace(period, stretch=Month(2026, 9))


def test_a_month_counts_its_own_month_only() -> None:
    assert of("customer_base", a_month())[GROSS, "channel: online"] == 0
    assert of("alerts", a_month())[alert.OPENED, ""] == 0
    assert of("retention", a_month())[stay.KEPT[1], ""] is None


@pytest.mark.parametrize("code", CODES)
def test_without_a_sheet_a_figure_is_not_available_and_never_zero(code: str) -> None:
    found = of(code, the_period(with_sheets=False))
    assert found and set(found.values()) == {None}


def test_months_of_two_years_are_told_apart() -> None:
    """Ed came in September 2025: he is in the cohort of a year ago, and no part of September 2026."""
    assert of("customer_base")[GROSS, "branch: harbor"] == of("customer_base", a_month())[GROSS, "branch: harbor"] == 0
    assert of("retention")[stay.KEPT[4], ""] == 10_000


def test_rules_and_branches_are_called_what_people_call_them() -> None:
    assert named("ctr_aggregate") == "Cash above the reporting limit"
    assert (named("main"), named("ach"), named("charge_off")) == ("Main branch", "ACH", "Charge-off")
    assert "Cash above the reporting limit" in METRICS["alerts"].measure(the_period()).charts[0].labels
