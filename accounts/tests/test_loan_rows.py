"""A loan's row on the month-end sheet: what it says of a month, and what of the months before goes on with it."""

from dataclasses import replace
from datetime import date

import pytest

from accounts.loans import remedies, servicing
from accounts.loans.rows import LoanRow, Place, carried, months_back, months_between, row_of
from accounts.loans.sheet import fold, of_row, waited
from accounts.loans.state import LoanState, Terms, applied

MARCH, APRIL, MAY, JUNE = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 29), date(2026, 6, 30)
ENDS = [date(2025, 12, 31), date(2026, 1, 30), date(2026, 2, 27), MARCH, APRIL, MAY, JUNE, date(2026, 7, 31)]
START = date(2026, 3, 10)
PLACE = Place("4000", "usr_a", "personal", "main", "retail", "2026-03-04", "2026-03-10", "")


def running() -> LoanState:
    """12,000.00 at 6 % over a year, paid out on 10 March."""
    return servicing.disburse(servicing.approve(applied(Terms(1_200_000, 600, 12))), START)


def at(state: LoanState, day: date, ended_on: str = "") -> LoanRow:
    """The row at a month end, with every due date up to it demanded."""
    place = ENDS.index(day)
    ends = [ENDS[place - back] for back in range(4)]
    return row_of(PLACE._replace(ended_on=ended_on), servicing.as_of(state, day), ends)


def paid(state: LoanState, day: date) -> LoanState:
    """What is due is paid."""
    state = servicing.as_of(state, day)
    return servicing.repay(state, state.due_now, day)[0]


def then(row: LoanRow | None, before: LoanRow | None, day: date) -> LoanRow:
    found = carried(row, before, day)
    assert found is not None
    return found


def test_a_row_says_what_fell_due_in_the_month_and_what_of_it_is_unpaid() -> None:
    state = running()
    instalment = state.terms.instalment
    row = at(state, APRIL)
    assert (row.due, row.unpaid, row.days, row.bucket) == (instalment, instalment, 20, "1-30")
    assert row.principal == 1_200_000
    assert row.overdue == instalment - 6_000  # 0.5 % of 12,000.00 is interest
    row = at(paid(state, APRIL), APRIL)
    assert (row.due, row.unpaid, row.bucket, row.overdue) == (instalment, 0, "current", 0)


def test_what_is_paid_later_is_paid_of_the_month_in_which_it_fell_due() -> None:
    state = running()
    first = at(state, APRIL)
    late = paid(state, date(2026, 5, 4))
    second = then(at(late, MAY), first, MAY)
    assert (second.due_1, second.unpaid_1) == (first.due, 0)
    assert (second.due, second.unpaid) == (second.due, second.due)


def test_three_months_go_on_with_the_row() -> None:
    state, before = running(), None
    for day in (MARCH, APRIL, MAY, JUNE):
        before = then(at(state, day), before, day)
    assert before is not None
    assert [before.bucket_3, before.bucket_2, before.bucket_1, before.bucket] == ["current", "1-30", "31-60", "61-90"]
    assert before.due == before.unpaid and before.due_2 == before.unpaid_2 == state.terms.instalment
    assert before.late_in == "2026-05"
    numbers = of_row(before, JUNE)
    assert numbers["rolled@roll:current>61-90"] == 1_200_000
    assert numbers["late_2@vintage:2026-03"] == 1_200_000


def test_new_terms_pay_nothing_of_what_fell_due_before() -> None:
    state = servicing.as_of(running(), MAY)
    before = then(at(state, MAY), at(running(), APRIL), MAY)
    fresh, _ = remedies.restructure(state, date(2026, 6, 3), rate=600, instalments=24, capitalise=True)
    row = then(at(fresh, JUNE), before, JUNE)
    assert row.restructured == 1 and row.bucket == "current"
    assert (row.due_1, row.unpaid_1, row.due_2, row.unpaid_2) == (
        before.due,
        before.unpaid,
        before.due_1,
        before.unpaid_1,
    )
    assert row.unpaid_1 == row.due_1 > 0
    assert row.late_in == "2026-05"  # new terms do not clear it


def test_a_charge_off_pays_nothing_and_keeps_its_loss() -> None:
    state, _ = servicing.stop_accruing(servicing.as_of(running(), JUNE))
    before = then(at(state, JUNE), at(running(), MAY), JUNE)
    gone, _ = remedies.charge_off(state)
    row = then(at(gone, date(2026, 7, 31), "2026-07-20"), before, date(2026, 7, 31))
    assert (row.bucket, row.principal, row.charged_off) == ("charged_off", 0, 1_200_000)
    assert (row.unpaid_1, row.due_1) == (before.unpaid, before.due)
    numbers = fold([row], date(2026, 7, 31))
    assert (numbers["lost"], numbers["lost_n"], numbers["glp"]) == (1_200_000, 1, 0)
    assert numbers["lost_4@vintage:2026-03"] == 1_200_000


def test_a_loan_paid_off_owes_nothing_of_any_month() -> None:
    before = at(running(), APRIL)
    state = servicing.as_of(running(), date(2026, 5, 5))
    over, _ = servicing.repay(state, state.payoff(date(2026, 5, 5)), date(2026, 5, 5))
    closed = replace(over, unposted=0, stage="closed")
    row = then(at(closed, MAY, "2026-05-05"), before, MAY)
    assert (row.stage, row.unpaid, row.unpaid_1, row.due_1) == ("closed", 0, 0, before.due)
    assert (row.bucket_1, row.principal_1, row.principal) == ("1-30", 1_200_000, 0)


def test_a_loan_that_ended_stays_for_five_years_and_ages_out_of_the_months() -> None:
    over = at(running(), MAY)._replace(stage="closed", bucket="closed", principal=0, ended_on="2026-05-05")
    row = then(None, over, JUNE)
    assert (row.due, row.due_1, row.bucket_1) == (0, over.due, "")
    assert carried(None, over, date(2031, 2, 28)) is not None
    assert carried(None, over, date(2031, 3, 31)) is None


def test_a_running_loan_that_is_not_read_again_is_not_told_as_if_it_ran() -> None:
    assert carried(None, at(running(), MAY), JUNE) is None


@pytest.mark.parametrize(
    ("first", "last", "months"), [("2026-03", "2026-03", 0), ("2025-11", "2026-02", 3), ("2025-12", "2026-12", 12)]
)
def test_months_on_book(first: str, last: str, months: int) -> None:
    assert months_between(first, last) == months


def test_the_same_month_of_two_years_is_not_one() -> None:
    """Months go by year and month, never by name: March of last year is not March of this one."""
    assert months_back(date(2026, 2, 27)) == ["2026-02", "2026-01", "2025-12"]
    old = at(running(), APRIL)._replace(id="old", disbursed_on="2025-03-10", asked_on="2025-03-01")
    numbers = fold([at(running(), APRIL), old], APRIL)
    assert (numbers["lent@vintage:2026-03"], numbers["lent@vintage:2025-03"]) == (1_200_000, 1_200_000)
    assert numbers["lent_n"] == 1
    assert waited(numbers, ["2026-03"]) == {6: 1}
