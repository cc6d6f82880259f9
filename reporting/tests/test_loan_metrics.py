"""The loan metrics on a book made by hand (loan_days): every figure worked out on paper, and the errors others made."""

import dataclasses
from datetime import date
from typing import Any

import pytest

from accounts.loans.state import BUCKET_NAMES, bucket
from accounts.totals import DayTotals
from cloudbank.stretches import Days, Month
from reporting.behind import has_rows, value_of
from reporting.drill import behind
from reporting.figures import Value
from reporting.metrics import METRICS, in_order
from reporting.periods import FootingError, Period, period_of
from reporting.tests.days import CALENDAR, Q3
from reporting.tests.loan_days import END, a_row, a_sheet, loan_days, loan_period, rows_at_end

LOANS = (
    "loan_origination", "loan_portfolio", "portfolio_quality", "loan_losses", "loan_bridge", "loan_yield",
    "loan_collections", "roll_rates", "vintages", "borrower_concentration",
)  # fmt: skip


def figures(code: str, period: Period | None = None) -> dict[tuple[str, str], Value]:
    """The values of a metric by name and dimension."""
    return {(one.metric, one.dimension): one.value for one in METRICS[code].measure(period or loan_period()).measures}


def plain(code: str, period: Period | None = None) -> dict[str, Value]:
    """Those of the whole bank."""
    return {name: value for (name, dimension), value in figures(code, period).items() if not dimension}


def test_the_hand_made_days_foot() -> None:
    loan_period().prove()


def test_gross_loans_and_their_daily_average() -> None:
    """14 days at 21,000, 36 at 25,000, 41 at 26,000, one at 24,500: 2,284,500 / 92."""
    found = plain("loan_portfolio")
    assert found["Gross loans, end of period"] == 2_450_000
    assert found["Gross loans, daily average"] == 2_483_152
    assert (found["Loans, end of period"], found["Principal a loan"]) == (5, 490_000)
    assert found["Growth of gross loans"] == 1_667


def test_gross_loans_by_product_branch_and_segment_sum_to_all() -> None:
    found = figures("loan_portfolio")
    held = {of: value for (name, of), value in found.items() if name == "Gross loans, end of period" and of}
    assert held == {
        "product: auto": 400_000, "product: personal": 2_050_000, "branch: harbor": 550_000, "branch: main": 1_900_000,
        "segment: retail": 2_450_000,
    }  # fmt: skip
    assert found["Share of gross loans", "product: auto"] == 1_633


def test_the_bridge_of_gross_loans() -> None:
    found = plain("loan_bridge")
    named = ("Gross loans at start", "Disbursed", "Interest capitalised", "Principal repaid", "Charged off", "Residual")
    assert [found[name] for name in named] == [2_100_000, 1_000_000, 0, -450_000, -200_000, 0]


def test_par_counts_whole_balances_and_not_the_overdue_part() -> None:
    found = plain("portfolio_quality")
    assert [found[f"PAR {days}"] for days in (0, 30, 60, 90)] == [2_449, 2_041, 0, 0]
    assert found["Arrears rate"] == 367  # 900 of overdue principal, another figure with another name
    assert found["NPL ratio"] == 0


def test_there_is_one_par_in_the_product() -> None:
    """The board's PAR 30, the sealed day's and the sheet's are the same loans."""
    period = loan_period()
    found = period.sheet("loans")
    assert found is not None
    assert found.numbers["par_30"] == period.closing["loan_par_30"] == 500_000
    names = [one.metric for metric in in_order() for one in metric.measure(period).measures if "PAR 30" in one.metric]
    assert set(names) == {"PAR 30"}


def test_loans_in_arrears_are_those_past_due_and_not_all_that_run() -> None:
    assert plain("portfolio_quality")["Loans in arrears"] == 2


def test_restructured_loans_stay_in_and_are_shown_apart() -> None:
    found = plain("portfolio_quality")
    assert (found["Restructured loans"], found["Restructured share"]) == (100_000, 408)
    assert found["PAR 0"] == 2_449  # E is in it


def test_buckets_are_disjoint_whatever_the_days_and_sum_to_gross_loans() -> None:
    assert [bucket(days) for days in (0, 1, 30, 31, 60, 61, 90, 91, 180, 181, 365, 366)] == [
        "current", "1-30", "1-30", "31-60", "31-60", "61-90", "61-90", "91-180", "91-180", "181-365", "181-365",
        "over-365",
    ]  # fmt: skip
    found = figures("portfolio_quality")
    held = [found["Gross loans by days past due", f"bucket: {name}"] for name in BUCKET_NAMES]
    assert held == [1_850_000, 100_000, 500_000, 0, 0, 0, 0]
    assert sum(value or 0 for value in held) == 2_450_000
    edges = [name.replace("over-", "").split("-") for name in BUCKET_NAMES[1:]]
    assert [int(low) for low, *_ in edges[1:-1]] == [int(high) + 1 for _, high in edges[:-2]]


def test_nothing_overdue_is_zero_and_not_null() -> None:
    days = with_rows([a_row("A", 24_500)])
    found = plain("portfolio_quality", loan_period(days=days))
    assert [found[name] for name in ("PAR 0", "PAR 30", "Arrears rate", "NPL ratio", "Loans in arrears")] == [0] * 5


def with_rows(rows: list[Any]) -> list[DayTotals]:
    """The same days with another book at the end."""
    days = loan_days()
    found = a_sheet(END, rows)
    end = {
        name: value for name, value in days[-1].end.items() if not name.startswith("loan_") or name == "loan_on_books"
    }
    known = {f"loan_{name}": number for name, number in found.numbers.items() if "@" not in name}
    return [*days[:-1], dataclasses.replace(days[-1], end=end | known, sheets={"loans": found})]


def test_a_bank_without_loans_has_no_rates() -> None:
    days = [
        DayTotals(day, True, end={"deposits": 0, "balance": 0, "overdrawn": 0, "customers": 0})
        for day in ("2026-06-30", END.isoformat())
    ]
    period = period_of(Q3, "USD", days, CALENDAR)
    for code in LOANS:
        for (name, _), value in figures(code, period).items():
            rate = any(
                word in name for word in ("PAR", "ratio", "rate", "share", "Share", "yield", "Coverage", "efficiency")
            )
            assert value is None if rate else not value, (code, name, value)


def test_charge_offs_are_a_year_on_average_loans_and_net_of_recoveries() -> None:
    """2,000 x 365 / 2,284,500 and 1,900 x 365 / 2,284,500."""
    found = plain("loan_losses")
    assert (found["Charged off"], found["Recovered"], found["Charged off, net"]) == (200_000, 10_000, 190_000)
    assert (found["Charge-off ratio"], found["Charge-off ratio, net"]) == (3_195, 3_036)


def test_provisions_are_bucket_balances_times_the_rates_sealed_with_them() -> None:
    """18,500 at 1 %, 1,000 at 5 %, 5,000 at 20 %."""
    found = figures("loan_losses")
    made = [found["Provision", f"bucket: {name}"] for name in BUCKET_NAMES]
    assert made == [18_500, 5_000, 100_000, 0, 0, 0, 0]
    assert found["Loss allowance", ""] == 123_500
    assert found["Coverage", ""] is None  # no loan is non-performing: n/a, not infinite and not zero
    assert found["Allowance of gross loans", ""] == 504


def test_coverage_is_the_allowance_of_non_performing_loans() -> None:
    rows = [row._replace(stage="non_accrual") if row.id == "B" else row for row in rows_at_end()]
    assert plain("loan_losses", loan_period(days=with_rows(rows)))["Coverage"] == 2_470


def test_yield_is_interest_and_fees_on_average_loans_a_year() -> None:
    """520 x 365 / 2,284,500."""
    found = plain("loan_yield")
    assert (found["Interest earned on loans"], found["Fees earned on loans"]) == (50_000, 2_000)
    assert found["Portfolio yield"] == 831


def test_collections_are_of_what_fell_due() -> None:
    found = plain("loan_collections")
    assert (found["Instalments that fell due"], found["Of these unpaid"]) == (150_000, 40_000)
    assert found["Collection efficiency"] == 7_333


def test_collections_of_one_month() -> None:
    days = [DayTotals("2026-08-31", True, end=loan_days()[2].end), loan_days()[-1]]
    found = plain("loan_collections", period_of(Month(2026, 9), "USD", days, CALENDAR))
    assert (found["Instalments that fell due"], found["Of these unpaid"], found["Collection efficiency"]) == (
        50_000,
        20_000,
        6_000,
    )


def test_roll_rates_by_principal_and_count() -> None:
    found = figures("roll_rates")
    went = {of: value for (name, of), value in found.items() if name == "Principal at start by where it went" and value}
    assert went == {
        "roll: current to current": 1_000_000, "roll: current to 1-30": 100_000, "roll: 1-30 to 31-60": 500_000,
        "roll: 31-60 to repaid in full": 300_000, "roll: 91-180 to written off": 200_000,
    }  # fmt: skip
    counts = {of: value for (name, of), value in found.items() if name == "Loans at start by where they went" and value}
    assert counts == dict.fromkeys(went, 1)
    assert [found[name, ""] for name in ("Rolled to a later bucket", "Cured", "Repaid in full", "Charged off of the start")] == [
        3_810, 3_000, 1_429, 952,
    ]  # fmt: skip


def test_each_row_of_the_matrix_is_a_bucket_of_the_start() -> None:
    principal, loans = METRICS["roll_rates"].measure(loan_period()).tables
    assert [row[-1] for row in principal.rows] == [1_100_000, 500_000, 300_000, 0, 200_000, 0, 0]
    assert (principal.total[-1], loans.total[-1]) == (2_100_000, 5)


def test_a_matrix_that_does_not_foot_stops_the_report_and_names_the_residual() -> None:
    rows = [row._replace(principal_3=row.principal_3 + 700) if row.id == "A" else row for row in rows_at_end()]
    with pytest.raises(FootingError, match="the roll rates of 2026Q3 from current does not foot: residual -700"):
        figures("roll_rates", loan_period(days=with_rows(rows)))


@pytest.mark.parametrize("code", ["loan_portfolio", "portfolio_quality"])
def test_loans_that_are_not_the_principal_on_the_books_stop_the_report(code: str) -> None:
    rows = [row._replace(principal=row.principal + 300) if row.id == "A" else row for row in rows_at_end()]
    with pytest.raises(FootingError, match="against the principal on the books does not foot: residual -300"):
        figures(code, loan_period(days=with_rows(rows)))


def test_buckets_that_are_not_the_portfolio_stop_the_report() -> None:
    days = loan_days()
    days[-1].end = {**days[-1].end, "loan_glp_1-30": 99_999}
    with pytest.raises(FootingError, match="buckets of 2026Q3 against the portfolio does not foot: residual 1"):
        figures("portfolio_quality", loan_period(days=days))


def test_vintages_by_quarter_of_disbursement_and_months_on_book() -> None:
    """First quarter: five loans of 12,000; D was late by month 3, C by 5, B by 8; D's 2,000 were lost in month 7."""
    found = figures("vintages")
    assert found["Disbursed", "quarter: 2026Q1"] == 6_000_000
    assert found["Ever more than 30 days late", "quarter: 2026Q1"] == 6_000
    assert found["Charged off so far", "quarter: 2026Q1"] == 333
    assert (found["Loans disbursed", "quarter: 2026Q3"], found["Disbursed", "quarter: 2026Q3"]) == (2, 1_000_000)
    assert found["Ever more than 30 days late", "quarter: 2026Q3"] == 0
    late, lost = METRICS["vintages"].measure(loan_period()).charts
    first = late.series[0]
    assert first.label == "2026Q1"
    assert first.values == (0, 0, 0, 2_000, 2_000, 4_000, 4_000, 4_000, 6_000)
    assert lost.series[0].values == (0, 0, 0, 0, 0, 0, 0, 333, 333)
    assert late.series[1].values == (0, 0, *[None] * 7)  # its youngest loans are one month old


def test_new_loans_and_how_they_were_decided() -> None:
    found = plain("loan_origination")
    assert (found["Loans disbursed"], found["Amount disbursed"], found["Average loan disbursed"]) == (
        2,
        1_000_000,
        500_000,
    )
    assert found["Approval rate"] == 7_500
    assert found["Median days from application to disbursement"] == 5  # of 5 and 9 the lower


def test_borrowers_are_counted_and_not_their_loans() -> None:
    found = plain("borrower_concentration")
    assert (found["Borrowers"], found["Share of the 10 largest borrowers"]) == (4, 10_000)
    many = [a_row(f"L{place}", 1_000) for place in range(24)] + [a_row("big", 500)]
    found = plain("borrower_concentration", loan_period(days=with_rows(many)))
    assert (found["Borrowers"], found["Owed by the 10 largest borrowers"]) == (25, 1_000_000)


@pytest.mark.parametrize("code", LOANS)
def test_every_figure_of_loans_has_rows_that_come_to_it(code: str) -> None:
    period, metric = loan_period(), METRICS[code]
    for measure in metric.measure(period).measures:
        found = behind(metric, measure, period)
        assert has_rows(found), measure.metric
        assert value_of(found) == measure.value, (measure.metric, measure.dimension)


@pytest.mark.parametrize("code", LOANS)
def test_a_period_without_a_sheet_says_na_and_its_rows_too(code: str) -> None:
    days = loan_days()
    for period in (
        period_of(Days(date(2026, 7, 1), date(2026, 8, 20), CALENDAR), "USD", days[:3], CALENDAR),
        period_of(Q3, "USD", [days[0], days[1], dataclasses.replace(days[2], closed=False, end={})], CALENDAR),
    ):
        for measure in METRICS[code].measure(period).measures:
            assert value_of(behind(METRICS[code], measure, period)) == measure.value, (
                measure.metric,
                measure.dimension,
            )
    assert plain("borrower_concentration", period)["Borrowers"] is None
    assert plain("loan_losses", period)["Loss allowance"] is None
