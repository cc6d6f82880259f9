"""The loan book in numbers: buckets that sum, PAR of whole balances."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from accounts.loans.book import AT_RISK, by_bucket, fold
from accounts.loans.state import Demand, LoanState, Terms

TODAY = date(2026, 11, 20)


def a_loan(principal: int = 1_000_000, late: int = 0, *, due: int = 0, stage: str = "active", **more: int) -> LoanState:
    demands = (Demand(TODAY - timedelta(days=late), 500, due or 1),) if late else ()
    terms = Terms(principal, 600, 12, date(2025, 1, 31))
    return LoanState(stage, terms, principal=principal, demands=demands, disbursed=principal, **more)


def test_portfolio_at_risk_counts_whole_balances() -> None:
    numbers = fold([a_loan(1_000, 31, due=10), a_loan(9_000), a_loan(500, 30), a_loan(70, 91)], TODAY)
    assert (numbers["glp"], numbers["overdue"]) == (10_570, 12)
    assert [numbers[f"par_{days}"] for days in AT_RISK] == [1_570, 1_070, 70, 70]
    assert (numbers["npl"], numbers["non_accrual"]) == (70, 0)


def test_non_accrual_loans_are_non_performing_however_late_they_are() -> None:
    numbers = fold([a_loan(200, 5, stage="non_accrual"), a_loan(300, 90)], TODAY)
    assert (numbers["npl"], numbers["non_accrual"], numbers["loans_non_accrual"], numbers["par_90"]) == (200, 200, 1, 0)


def test_restructured_loans_stay_in_and_are_shown_apart() -> None:
    numbers = fold([replace(a_loan(200), restructured=2), a_loan(300)], TODAY)
    assert (numbers["glp"], numbers["restructured"], numbers["loans_restructured"]) == (500, 200, 1)


def test_loans_that_are_not_outstanding_do_not_count() -> None:
    for stage in ("applied", "approved", "closed", "charged_off", "declined", "withdrawn"):
        assert fold([a_loan(stage=stage)], TODAY) == {}


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 500), st.sampled_from(["active", "non_accrual"]))))
def test_buckets_are_disjoint_and_sum_to_the_portfolio(book: list[tuple[int, int, str]]) -> None:
    numbers = fold([a_loan(principal, late, stage=stage) for principal, late, stage in book], TODAY)
    rows = by_bucket(numbers)
    assert sum(principal for _, _, principal in rows) == numbers["glp"] == sum(one[0] for one in book)
    assert sum(count for _, count, _ in rows) == numbers["loans"] == len(book)
    assert numbers["glp"] - rows[0][2] == numbers["par_0"]
    assert numbers["par_0"] >= numbers["par_30"] >= numbers["par_60"] >= numbers["par_90"]
    assert numbers["npl"] >= numbers["par_90"]
    assert numbers["on_books"] == numbers["glp"] + numbers["interest_due"] + numbers["fees_due"]
