"""Loans at their edges: every refusal in its words, the cent before and after; written against living mutants."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from accounts.ledger import Refused
from accounts.loans import schedule, servicing
from accounts.loans.state import CHARGED_OFF, CLOSED, NON_ACCRUAL, Demand, LoanState, Terms, applied
from cloudbank.money import MAX_MINOR

JAN, FEB, MAR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
AMOUNT = ("amount", "amount", "The amount must be greater than zero and within the bank's limit.")


def a_loan(principal: int = 1_000_000, rate: int = 600, currency: str = "USD") -> LoanState:
    """A loan over twelve months that was just paid out."""
    terms = applied(Terms(principal, rate, 12))
    return servicing.disburse(servicing.approve(replace(terms, currency=currency)), JAN)


def words(act: Callable[[], object]) -> tuple[str, str, str]:
    """Code, field and words of the refusal."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code, caught.value.field, caught.value.message


@pytest.mark.parametrize("amount", [0, -1, MAX_MINOR + 1, True, 1.0, "5"])
def test_an_amount_is_a_whole_positive_number_within_the_banks_limit(amount: object) -> None:
    assert words(lambda: servicing.charge_fee(a_loan(), amount)) == AMOUNT
    assert words(lambda: schedule.check_terms(amount, 600, 12)) == AMOUNT
    assert servicing.charge_fee(a_loan(), MAX_MINOR).fees == MAX_MINOR


@pytest.mark.parametrize("rate", [-1, schedule.MAX_RATE + 1, True, 1.5])
def test_a_rate_out_of_range_is_refused(rate: object) -> None:
    most = f"{schedule.MAX_RATE // 100}.{schedule.MAX_RATE % 100:02d}"
    assert words(lambda: schedule.check_terms(5, rate, 12)) == (
        "rate",
        "rate",
        f"The rate must lie between 0 and {most} % a year.",
    )


@pytest.mark.parametrize("count", [0, schedule.MAX_INSTALMENTS + 1, True, 1.5])
def test_a_term_out_of_range_is_refused(count: object) -> None:
    said = f"Choose between 1 and {schedule.MAX_INSTALMENTS} monthly instalments."
    assert words(lambda: schedule.check_terms(5, 600, count)) == ("instalments", "instalments", said)


def test_terms_whose_last_instalment_is_a_balloon_are_refused() -> None:
    said = "At this rate the loan is not repaid in this time. Choose fewer instalments."
    twice = thrice = 0
    for principal in range(1, 400):
        rows = schedule.schedule(principal, 0, 30, JAN)
        first, last = rows[0].total, rows[-1].total
        if first < 1 or last > 2 * first:
            assert words(partial(schedule.check_amortises, principal, 0, 30)) == ("balloon", "instalments", said)
            thrice += first >= 1 and last <= 3 * first
        else:
            schedule.check_amortises(principal, 0, 30)
            twice += last == 2 * first
    assert twice and thrice  # both sides of the limit were met


def test_the_summary_names_the_first_instalment_and_the_last() -> None:
    rows = schedule.schedule(1_000_000, 600, 12, JAN)
    told = schedule.summary(rows)
    assert (told.instalment, told.last, told.count) == (rows[0].total, rows[-1].total, 12)
    one = schedule.summary(schedule.schedule(1_000, 0, 1, JAN))
    assert (one.instalment, one.last) == (1_000, 1_000)


def test_nothing_more_than_is_owed_and_nothing_less_than_ends_it() -> None:
    loan = a_loan(100_000, 0)
    assert words(lambda: servicing.allocate(loan, 100_001, JAN)) == (
        "overpaid",
        "amount",
        "Not more than 1,000.00 USD is owed on this day.",
    )
    yen = a_loan(100_000, 0, currency="JPY")
    assert words(lambda: servicing.allocate(yen, 100_001, JAN))[2] == "Not more than 100,000 JPY is owed on this day."
    running = a_loan()
    payoff = running.payoff(date(2026, 2, 15))
    assert payoff > 1_000_000
    code, field, said = words(lambda: servicing.allocate(running, 1_000_000, date(2026, 2, 15)))
    assert (code, field) == ("payoff", "amount")
    assert said == f"To pay the loan off on this day, pay {payoff // 100:,}.{payoff % 100:02d} USD."


def test_what_cannot_be_done_is_said_plainly() -> None:
    loan = a_loan()
    closed = replace(loan, stage=CLOSED)
    charged_off = replace(loan, stage=CHARGED_OFF)
    said = "This loan is charged off; this cannot be done to it."
    assert words(lambda: servicing.approve(charged_off)) == ("stage", "", said)
    assert words(lambda: servicing.approve(closed))[2] == "This loan is closed; this cannot be done to it."
    assert words(lambda: servicing.post_income(loan)) == ("no_income", "", "No income waits to be posted.")
    repaid = replace(loan, principal=0, unposted=5)
    assert words(lambda: servicing.charge_fee(repaid, 5)) == ("repaid", "", "This loan is repaid.")
    over = replace(loan, principal=0)
    assert words(lambda: servicing.demand(over)) == ("nothing_due", "", "No instalment of this loan is to come.")


def test_a_loan_is_over_only_when_nothing_at_all_is_left() -> None:
    loan = replace(a_loan(1_000, 0), probation=3)
    done, _ = servicing.repay(loan, 1_000, JAN)
    assert (done.stage, done.probation) == (CLOSED, 0)
    owing = replace(loan, principal=0, disbursed=1_000, unposted=7, fees=0)
    assert servicing.post_income(owing)[0].stage == CLOSED
    for left in ({"fees": 5}, {"demands": (Demand(FEB, 5, 0, 0),)}):
        assert servicing.post_income(replace(owing, **left))[0].stage != CLOSED


def test_suspended_interest_is_paid_oldest_first_and_only_once() -> None:
    demands = (Demand(FEB, 0, 100, 50), Demand(MAR, 0, 100, 60))
    loan = replace(a_loan(1_000, 0), stage=NON_ACCRUAL, demands=demands)
    after, split = servicing.repay(loan, 30, MAR)
    assert (split.suspended, after.unposted) == (30, 30)
    assert after.demands == (Demand(FEB, 0, 100, 20), Demand(MAR, 0, 100, 60))
    further, split = servicing.repay(after, 50, MAR)
    assert split.suspended == 50
    assert further.demands == (Demand(FEB, 0, 100, 0), Demand(MAR, 0, 100, 30))
    last, split = servicing.repay(further, 30 + 150, MAR)
    assert (split.suspended, split.principal_due) == (30, 150)
    assert last.demands == (Demand(MAR, 0, 50, 0),)
