"""A loan through its life, step by step, with numbers that can be checked by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from accounts.ledger import Refused
from accounts.loans import remedies, servicing
from accounts.loans.state import (
    BUCKET_NAMES,
    Demand,
    LoanState,
    Terms,
    applied,
    broken_rule,
    bucket,
    packed,
    unpacked,
)

JAN = date(2026, 1, 31)
FEB, MAR, APR = date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)


def a_loan(principal: int = 1_000_000, rate: int = 600, instalments: int = 12, started: date = JAN) -> LoanState:
    """A loan that was just paid out."""
    return servicing.disburse(servicing.approve(applied(Terms(principal, rate, instalments))), started)


def demanded(loan: LoanState, times: int = 1) -> LoanState:
    """The loan after so many due dates without a payment."""
    for _ in range(times):
        loan, _ = servicing.demand(loan)
    return loan


def in_arrears(months: int = 3) -> LoanState:
    """A loan with unpaid instalments that no longer accrues."""
    return servicing.stop_accruing(demanded(a_loan(), months))[0]


def refusal(change: Callable[..., object], *args: object, **kwargs: object) -> str:
    with pytest.raises(Refused) as caught:
        change(*args, **kwargs)
    return caught.value.code


# Application.
def test_an_application_is_approved_then_paid_out() -> None:
    asked = applied(Terms(1_000_000, 600, 12))
    assert (asked.stage, asked.on_books, asked.next_due) == ("applied", 0, None)
    offer = servicing.approve(asked)
    assert (offer.stage, offer.on_books) == ("approved", 0)
    loan = servicing.disburse(offer, JAN)
    assert (loan.stage, loan.principal, loan.disbursed, loan.on_books) == ("active", 1_000_000, 1_000_000, 1_000_000)
    assert (loan.next_due, loan.last_due, loan.due_now) == (FEB, JAN, 0)


def test_what_was_not_approved_is_never_paid_out() -> None:
    asked = applied(Terms(1_000_000, 600, 12))
    for state in (asked, servicing.decline(asked), servicing.withdraw(asked), a_loan()):
        assert refusal(servicing.disburse, state, JAN) == "stage"


def test_a_decision_is_made_once() -> None:
    declined = servicing.decline(applied(Terms(1, 0, 1)))
    withdrawn = servicing.withdraw(servicing.approve(applied(Terms(1, 0, 1))))
    assert (declined.stage, withdrawn.stage) == ("declined", "withdrawn")
    for state in (declined, withdrawn, a_loan()):
        assert refusal(servicing.approve, state) == "stage"
        assert refusal(servicing.decline, state) == "stage"
        assert refusal(servicing.withdraw, state) == "stage"


def test_terms_have_no_dates_before_the_money_is_paid_out() -> None:
    assert refusal(Terms(1, 0, 1).due, 1) == "not_disbursed"


# Demands.
def test_a_due_date_demands_interest_on_the_books_and_principal() -> None:
    loan, interest = servicing.demand(a_loan())
    assert interest == 5_000
    assert loan.demands == (Demand(FEB, 5_000, 81_066),)
    assert (loan.on_books, loan.due_now, loan.principal) == (1_005_000, 86_066, 1_000_000)
    assert (loan.next_due, loan.last_due, loan.made) == (MAR, FEB, ((5_000, 81_066),))
    assert (loan.interest_due, loan.principal_due, loan.not_due) == (5_000, 81_066, 918_934)


def test_a_loan_paid_on_time_follows_its_schedule_to_the_last_cent() -> None:
    loan = a_loan()
    rows = loan.to_come()
    assert [row.due for row in rows][:3] == [FEB, MAR, APR]
    for row in rows:
        loan, interest = servicing.demand(loan)
        assert (interest, loan.demands[0].principal) == (row.interest, row.principal)
        loan, split = servicing.repay(loan, row.total, row.due)
        assert (split.interest, split.principal_due, split.total) == (row.interest, row.principal, row.total)
        assert loan.principal == row.left
    assert (loan.stage, loan.interest_paid, loan.repaid, loan.on_books) == ("closed", 32_796, 1_000_000, 0)
    assert refusal(servicing.demand, loan) == "nothing_due"


def test_interest_runs_on_overdue_principal_too() -> None:
    loan, interest = servicing.demand(demanded(a_loan()))
    assert interest == 5_000
    assert loan.demands[1] == Demand(MAR, 5_000, 81_066)


def test_after_the_last_due_date_interest_goes_on_and_no_instalment() -> None:
    loan = demanded(a_loan(), 12)
    assert (loan.next_due, loan.not_due, loan.to_come()) == (date(2027, 2, 28), 0, ())
    assert loan.next_parts() == (5_000, 0)
    assert loan.demands[-1].principal == 1_000_000 - 11 * 81_066
    free = demanded(a_loan(300, 0, 3), 3)
    assert (free.next_due, free.accrued(date(2030, 1, 1))) == (None, 0)
    assert refusal(servicing.demand, free) == "nothing_due"


def test_a_page_shows_what_fell_due_before_the_evening_stored_it() -> None:
    assert servicing.as_of(a_loan(), date(2026, 2, 27)) == a_loan()
    assert servicing.as_of(a_loan(), FEB) == demanded(a_loan())
    assert servicing.as_of(a_loan(), APR) == demanded(a_loan(), 3)
    assert servicing.as_of(a_loan(), date(2030, 1, 1)) == demanded(a_loan(), 47)


# Repayment.
def test_a_repayment_pays_fees_then_interest_then_principal_oldest_first() -> None:
    loan = servicing.charge_fee(demanded(a_loan(), 2), 2_500)
    after, split = servicing.repay(loan, 2_500 + 10_000 + 81_066 + 34, MAR)
    assert (split.fees, split.interest, split.principal_due, split.principal_ahead) == (2_500, 10_000, 81_100, 0)
    assert after.demands == (Demand(MAR, 0, 81_032),)
    assert (after.fees_paid, after.interest_paid, after.repaid) == (2_500, 10_000, 81_100)
    assert after.on_books == loan.on_books - split.total


def test_a_small_repayment_pays_the_older_interest_first() -> None:
    after, split = servicing.repay(demanded(a_loan(), 2), 7_000, MAR)
    assert (split.interest, split.principal) == (7_000, 0)
    assert after.demands == (Demand(FEB, 0, 81_066), Demand(MAR, 3_000, 81_066))
    assert after.days_past_due(MAR) == 31


def test_what_is_paid_beyond_what_is_due_shortens_the_loan() -> None:
    loan, split = servicing.repay(demanded(a_loan()), 86_066 + 500_000, FEB)
    assert (split.principal_due, split.principal_ahead) == (81_066, 500_000)
    assert (loan.principal, loan.due_now) == (418_934, 0)
    rows = loan.to_come()
    assert (rows[0].total, len(rows), rows[0].number, rows[-1].left) == (86_066, 5, 2, 0)


@pytest.mark.parametrize("amount", [0, -1, 10**14 + 1, 1.0, True, None])
def test_what_is_no_amount_is_refused(amount: object) -> None:
    assert refusal(servicing.repay, a_loan(), amount, JAN) == "amount"
    assert refusal(servicing.charge_fee, a_loan(), amount) == "amount"
    assert refusal(remedies.recover, remedies.charge_off(in_arrears())[0], amount) == "amount"


def test_nothing_is_repaid_on_a_loan_that_is_not_running() -> None:
    for state in (applied(Terms(1, 0, 1)), remedies.charge_off(in_arrears())[0], replace(a_loan(), stage="closed")):
        assert refusal(servicing.repay, state, 1, JAN) == "stage"
        assert refusal(servicing.charge_fee, state, 1) == "stage"


# Payoff.
def test_a_payoff_adds_interest_by_days_of_the_running_month() -> None:
    loan = a_loan()
    assert (loan.accrued(JAN), loan.accrued(date(2026, 2, 14))) == (0, 2_500)  # 14 of 28 days
    assert loan.accrued(FEB) == loan.accrued(date(2026, 6, 1)) == 5_000
    assert loan.accrued(date(2025, 1, 1)) == 0
    assert loan.payoff(date(2026, 2, 14)) == 1_002_500


def test_the_interest_of_a_payoff_is_posted_after_the_cash_and_then_the_loan_closes() -> None:
    day = date(2026, 2, 14)
    paid, split = servicing.repay(a_loan(), 1_002_500, day)
    assert (split.accrued, split.principal_ahead, split.all_interest) == (2_500, 1_000_000, 2_500)
    assert (paid.stage, paid.unposted, paid.on_books, paid.next_due) == ("active", 2_500, -2_500, None)
    assert refusal(servicing.charge_fee, paid, 1) == "repaid"
    closed, income = servicing.post_income(paid)
    assert (closed.stage, income, closed.on_books) == ("closed", 2_500, 0)
    assert refusal(servicing.post_income, closed) == "no_income"


def test_a_payoff_on_a_due_date_that_was_demanded_closes_at_once() -> None:
    loan = demanded(a_loan())
    assert loan.payoff(FEB) == 1_005_000
    closed, split = servicing.repay(loan, 1_005_000, FEB)
    assert (closed.stage, split.accrued) == ("closed", 0)


def test_nobody_pays_more_than_the_payoff_nor_all_but_its_interest() -> None:
    day = date(2026, 2, 14)
    assert refusal(servicing.repay, a_loan(), 1_002_501, day) == "overpaid"
    assert refusal(servicing.repay, a_loan(), 1_002_499, day) == "payoff"
    assert refusal(servicing.repay, a_loan(), 1_000_000, day) == "payoff"
    assert servicing.repay(a_loan(), 999_999, day)[0].principal == 1
    with pytest.raises(Refused, match=r"10,025\.00 USD"):
        servicing.repay(a_loan(), 1_000_000, day)


# Arrears.
@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-1, "current"), (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
        (90, "61-90"), (91, "91-180"), (180, "91-180"), (181, "181-365"), (365, "181-365"), (366, "over-365"),
    ],
)  # fmt: skip
def test_buckets_are_disjoint(days: int, name: str) -> None:
    assert bucket(days) == name
    assert name in BUCKET_NAMES


def test_days_past_due_count_from_the_oldest_instalment_not_fully_paid() -> None:
    loan = demanded(a_loan(), 2)
    assert [loan.days_past_due(day) for day in (FEB, MAR, APR)] == [0, 31, 61]
    almost, _ = servicing.repay(loan, 10_000 + 81_065, MAR)
    assert almost.days_past_due(MAR) == 31
    paid, _ = servicing.repay(almost, 1, MAR)
    assert (paid.days_past_due(MAR), paid.days_past_due(APR), paid.worst) == (0, 30, 31)
    assert (loan.needs_attention_on, paid.needs_attention_on, a_loan().needs_attention_on) == (FEB, MAR, FEB)


def test_the_worst_arrears_are_kept() -> None:
    loan = servicing.aged(demanded(a_loan()), MAR)
    assert loan.worst == 31
    assert servicing.aged(loan, FEB) is loan


# Non-accrual.
def test_accrual_stops_at_ninety_days() -> None:
    loan = demanded(a_loan(), 3)
    assert not servicing.must_stop_accruing(loan, date(2026, 5, 28))  # 89 days after 28 February
    assert servicing.must_stop_accruing(loan, date(2026, 5, 29))
    assert servicing.must_stop_accruing(loan, MAR, after=31)
    assert not servicing.must_stop_accruing(in_arrears(), date(2026, 5, 29))


def test_interest_nobody_paid_leaves_the_books_but_is_still_owed() -> None:
    loan = demanded(a_loan(), 3)
    stopped, reversed_ = servicing.stop_accruing(loan)
    assert reversed_ == 15_000
    assert (stopped.stage, stopped.interest_due, stopped.suspended) == ("non_accrual", 0, 15_000)
    assert (stopped.on_books, stopped.due_now) == (1_000_000, loan.due_now)
    assert stopped.days_past_due(APR) == loan.days_past_due(APR)
    assert refusal(servicing.stop_accruing, stopped) == "stage"


def test_a_non_accrual_loan_demands_interest_off_the_books() -> None:
    loan, interest = servicing.demand(in_arrears())
    assert interest == 0
    assert loan.demands[-1] == Demand(date(2026, 5, 31), 0, 81_066, 5_000)
    assert loan.on_books == 1_000_000


def test_interest_of_a_non_accrual_loan_is_income_when_it_is_paid() -> None:
    loan = in_arrears()
    paid, split = servicing.repay(loan, 16_000, date(2026, 6, 1))
    assert (split.suspended, split.interest, split.principal_due) == (15_000, 0, 1_000)
    assert (paid.stage, paid.unposted, paid.on_books) == ("non_accrual", 15_000, 984_000)
    booked, income = servicing.post_income(paid)
    assert (income, booked.on_books, booked.unposted) == (15_000, 999_000, 0)


def test_a_loan_brought_current_accrues_again() -> None:
    loan = in_arrears()
    still, _ = servicing.repay(loan, loan.due_now - 1, date(2026, 6, 1))
    assert still.stage == "non_accrual"
    again, _ = servicing.repay(loan, loan.due_now, date(2026, 6, 1))
    assert again.stage == "active"
    assert servicing.demand(servicing.post_income(again)[0])[1] > 0


# Restructuring.
def test_new_terms_start_from_what_is_outstanding_and_interest_stays_due() -> None:
    day = date(2026, 4, 15)
    loan, accrued = remedies.restructure(demanded(a_loan(), 2), day, rate=400, instalments=24, capitalise=False)
    assert accrued == 2_500  # 15 of 30 days
    assert (loan.principal, loan.capitalised, loan.not_due) == (1_000_000, 0, 1_000_000)
    assert loan.demands == (Demand(day, 12_500, 0),)
    assert (loan.terms, loan.made) == (Terms(1_000_000, 400, 24, day), ())
    assert (loan.worst, loan.restructured, loan.stage, loan.probation) == (46, 1, "active", 0)
    assert (loan.on_books, loan.next_due) == (1_012_500, date(2026, 5, 15))


def test_unpaid_interest_is_capitalised_only_if_said_so() -> None:
    day = date(2026, 4, 15)
    loan, accrued = remedies.restructure(demanded(a_loan(), 2), day, rate=400, instalments=24, capitalise=True)
    assert (accrued, loan.principal, loan.capitalised, loan.demands) == (2_500, 1_012_500, 12_500, ())
    assert (loan.on_books, loan.terms.principal, broken_rule(loan)) == (1_012_500, 1_012_500, "")


def test_interest_off_the_books_is_never_capitalised() -> None:
    day = date(2026, 5, 29)
    loan, accrued = remedies.restructure(in_arrears(), day, rate=400, instalments=24, capitalise=True)
    assert (accrued, loan.principal, loan.capitalised) == (0, 1_000_000, 0)
    assert loan.demands == (Demand(day, 0, 0, 15_000 + 4_677),)  # 29 of 31 days
    assert (loan.stage, loan.probation, loan.worst) == ("non_accrual", 6, 90)


def test_a_restructured_loan_accrues_again_after_six_payments() -> None:
    loan, _ = remedies.restructure(in_arrears(), APR, rate=0, instalments=24, capitalise=False)
    loan, _ = servicing.repay(loan, loan.due_now, APR)
    assert (loan.stage, loan.probation, loan.demands) == ("non_accrual", 6, ())
    for paid in range(1, 7):
        assert loan.stage == "non_accrual"
        loan = demanded(loan)
        loan, _ = servicing.repay(loan, loan.due_now, loan.last_due)
        assert loan.probation == 6 - paid
    assert loan.stage == "active"


def test_a_loan_behind_its_demands_is_not_restructured() -> None:
    loan = a_loan()
    terms = {"rate": 600, "instalments": 24, "capitalise": False}
    assert refusal(remedies.restructure, loan, date(2026, 3, 1), **terms) == "behind"
    on_the_day, accrued = remedies.restructure(loan, FEB, **terms)
    assert (accrued, on_the_day.demands) == (5_000, (Demand(FEB, 5_000, 0),))
    paid, _ = servicing.repay(loan, 1_002_500, date(2026, 2, 14))
    assert refusal(remedies.restructure, paid, date(2026, 2, 14), **terms) == "unposted"
    assert refusal(remedies.restructure, loan, JAN, rate=3_600, instalments=480, capitalise=False) == "balloon"
    assert refusal(remedies.restructure, applied(Terms(1, 0, 1)), JAN, **terms) == "stage"


# Charge-off and recovery.
def test_a_charge_off_waits_for_its_days_unless_there_is_another_ground() -> None:
    loan = in_arrears()
    assert refusal(remedies.refuse_charge_off, loan, date(2026, 6, 27), "delinquency") == "not_late"
    remedies.refuse_charge_off(loan, date(2026, 6, 28), "delinquency")
    remedies.refuse_charge_off(loan, MAR, "delinquency", after=31)
    remedies.refuse_charge_off(a_loan(), JAN, "bankruptcy")
    assert refusal(remedies.refuse_charge_off, loan, date(2027, 1, 1), "a whim") == "ground"
    assert refusal(remedies.refuse_charge_off, remedies.charge_off(loan)[0], JAN, "fraud") == "stage"
    half_paid_off, _ = servicing.repay(a_loan(), 1_002_500, date(2026, 2, 14))
    assert refusal(remedies.refuse_charge_off, half_paid_off, JAN, "fraud") == "unposted"
    some_paid, _ = servicing.repay(loan, 1, APR)
    assert refusal(remedies.refuse_charge_off, some_paid, date(2026, 8, 1), "fraud") == "unposted"


def test_a_charged_off_loan_leaves_the_books_and_becomes_a_claim() -> None:
    loan = servicing.charge_fee(in_arrears(), 2_500)
    gone, written_off = remedies.charge_off(loan)
    assert (written_off.principal, written_off.fees, written_off.total) == (1_000_000, 2_500, 1_002_500)
    assert written_off.total == loan.on_books
    assert (gone.stage, gone.on_books, gone.claim, gone.days_past_due(MAR)) == ("charged_off", 0, 1_017_500, 0)
    assert (gone.charged_off, gone.fees_charged_off, gone.next_due) == (1_000_000, 2_500, None)


def test_interest_on_the_books_is_reversed_before_a_charge_off() -> None:
    assert refusal(remedies.charge_off, demanded(a_loan())) == "interest"
    paid, _ = servicing.repay(a_loan(), 1_002_500, date(2026, 2, 14))
    assert refusal(remedies.charge_off, paid) == "interest"
    assert refusal(remedies.charge_off, applied(Terms(1, 0, 1))) == "stage"


def test_recoveries_never_exceed_the_claim() -> None:
    gone, _ = remedies.charge_off(in_arrears())
    some = remedies.recover(gone, 1_000)
    assert (some.recovered, some.claim, some.stage) == (1_000, 1_014_000, "charged_off")
    assert refusal(remedies.recover, some, 1_014_001) == "overpaid"
    assert remedies.recover(some, 1_014_000).claim == 0
    assert refusal(remedies.recover, a_loan(), 1) == "stage"


# Storage.
def test_a_state_survives_its_stored_form() -> None:
    states = [applied(Terms(5, 0, 1)), a_loan(), servicing.charge_fee(demanded(a_loan(), 2), 7), in_arrears()]
    states.append(remedies.charge_off(in_arrears())[0])
    for state in states:
        assert unpacked(state.stage, state.currency, packed(state)) == state
        assert broken_rule(state) == ""


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"fees": -1}, "negative"),
        ({"principal": 5}, "outstanding"),
        ({"demands": (Demand(FEB, 0, 1_000_001),)}, "more principal"),
        ({"demands": (Demand(FEB, 0, 0),)}, "fully paid"),
        ({"demands": (Demand(FEB, -1, 0),)}, "negative"),
        ({"demands": (Demand(MAR, 1, 0), Demand(FEB, 1, 0))}, "order"),
        ({"stage": "closed"}, "closed"),
        ({"stage": "non_accrual", "demands": (Demand(FEB, 1, 0),)}, "non-accrual"),
    ],
)
def test_a_broken_state_is_named(change: dict[str, object], rule: str) -> None:
    assert rule in broken_rule(replace(a_loan(), **change))
