"""The schedule as a borrower reads it."""

from datetime import date

from accounts.loans import remedies, servicing
from accounts.loans.state import LoanState, Terms, applied
from accounts.loans.table import rows

JAN, FEB, MAR, APR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)


def a_loan() -> LoanState:
    return servicing.disburse(servicing.approve(applied(Terms(1_000_000, 600, 12))), JAN)


def test_before_the_money_is_paid_out_there_is_no_table() -> None:
    assert rows(applied(Terms(1_000_000, 600, 12)), JAN) == ()


def test_a_charged_off_loan_calls_no_instalment_paid() -> None:
    loan, _ = servicing.stop_accruing(servicing.demand(a_loan())[0])
    assert rows(loan, APR)[0].status == "overdue"
    assert rows(remedies.charge_off(loan)[0], APR) == ()


def test_paid_part_paid_overdue_and_to_come_stand_in_order() -> None:
    loan, _ = servicing.demand(a_loan())
    loan, _ = servicing.repay(loan, loan.due_now, FEB)
    loan, _ = servicing.demand(loan)
    loan, _ = servicing.repay(loan, 1_000, MAR)
    found = rows(loan, MAR)
    assert [(row.number, row.status) for row in found[:3]] == [(1, "paid"), (2, "part paid"), (3, "to come")]
    assert (found[0].total, found[0].paid, found[0].left) == (86_066, 86_066, 0)
    assert (found[1].paid, found[1].left, found[1].due) == (1_000, 85_066, MAR)
    assert (found[2].paid, found[2].left, found[-1].outstanding) == (0, 86_066, 0)
    assert len(found) == 12
    assert [row.status for row in rows(loan, APR)][:2] == ["paid", "overdue"]
    assert rows(servicing.demand(a_loan())[0], FEB)[0].status == "due"


def test_interest_in_arrears_at_new_terms_is_a_row_of_its_own() -> None:
    loan, _ = servicing.demand(a_loan())
    loan, _ = remedies.restructure(loan, FEB, rate=500, instalments=24, capitalise=False)
    found = rows(loan, FEB)
    assert (found[0].number, found[0].left, found[0].status, len(found)) == (0, 5_000, "due", 25)
    assert rows(loan, MAR)[0].status == "overdue"


def test_the_rows_to_come_and_what_is_unpaid_sum_to_the_principal() -> None:
    loan, _ = servicing.demand(a_loan())
    loan, _ = servicing.repay(loan, 50_000, FEB)
    unpaid = sum(row.principal for row in rows(loan, FEB) if row.status == "to come") + loan.principal_due
    assert unpaid == loan.principal
