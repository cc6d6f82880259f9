"""States that a loan seldom is in, and the cent on either side; written against living mutants."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import ledger
from accounts.ledger import CASH, LOAN, REPAYMENT, AccountState
from accounts.loans import remedies, servicing
from accounts.loans.state import CHARGED_OFF, CLOSED, Demand, broken_rule, packed, unpacked
from accounts.tests.conftest import TELLER
from accounts.tests.test_loan_edges import words
from accounts.tests.test_loan_servicing import FEB, JAN, MAR, a_loan, demanded, in_arrears, refusal
from cloudbank.money import in_units_of

LATE = date(2026, 6, 1)


def test_what_is_short_of_a_missed_instalment_counts_with_the_older_ones() -> None:
    older, newer = Demand(FEB, 0, 60, fined=True), Demand(MAR, 0, 60)
    loan = replace(a_loan(), demands=(older, newer))
    assert servicing.missed(replace(loan, fees_paid=119), LATE, 15) == newer
    assert servicing.missed(replace(loan, fees_paid=120), LATE, 15) is None


def test_arrears_as_bad_as_ever_change_nothing() -> None:
    loan = demanded(a_loan())
    aged = servicing.aged(loan, LATE)
    assert servicing.aged(aged, LATE) is aged
    assert aged.worst == (LATE - FEB).days


def test_suspended_interest_of_two_instalments_is_paid_one_after_the_other() -> None:
    loan = in_arrears(2)
    after, split = servicing.repay(loan, loan.suspended - 1, LATE)
    assert (split.suspended, after.suspended) == (loan.suspended - 1, 1)
    assert [one.suspended for one in after.demands] == [0, 1]


def test_a_loan_with_a_fee_left_is_not_over() -> None:
    nearly = replace(a_loan(), principal=0, repaid=1_000_000, fees=5, unposted=7)
    assert servicing.post_income(nearly)[0].stage == "active"
    assert servicing.post_income(replace(nearly, fees=0))[0].stage == CLOSED


def test_what_is_over_is_on_probation_no_more() -> None:
    loan = replace(a_loan(), probation=3)
    paid, _ = servicing.repay(loan, loan.payoff(JAN), JAN)
    assert (paid.stage, paid.probation) == (CLOSED, 0)
    gone, _ = remedies.charge_off(loan)
    assert (gone.stage, gone.probation) == (CHARGED_OFF, 0)


@pytest.mark.parametrize("change", [{"unposted": 1}, {"principal": 0}])
def test_nothing_is_decided_on_a_loan_whose_income_is_not_booked_or_that_is_repaid(change: dict[str, int]) -> None:
    loan = replace(a_loan(), **change)
    assert refusal(remedies.restructure, loan, JAN, rate=600, instalments=12, capitalise=False) == "unposted"
    assert refusal(remedies.refuse_charge_off, loan, JAN, remedies.FRAUD) == "unposted"
    assert refusal(remedies.charge_off, loan) == "interest"


def test_cash_after_a_charge_off_shrinks_the_claim_and_waits_to_be_income() -> None:
    gone, _ = remedies.charge_off(a_loan())
    after = remedies.recover_cash(gone, 400_000)
    assert (after.claim, after.recovered, after.unposted) == (600_000, 400_000, 400_000)
    assert broken_rule(after) == ""
    assert refusal(remedies.recover_cash, gone, 1_000_001) == "overpaid"


def test_remedies_are_refused_in_words_that_say_what_to_do() -> None:
    kwd = remedies.charge_off(replace(a_loan(), currency="KWD"))[0]
    late, owing = demanded(a_loan()), replace(a_loan(), unposted=1)
    terms = {"rate": 600, "instalments": 12, "capitalise": False}
    moment = "Interest of this loan is still being posted. Try again in a moment."
    behind = "Instalments of this loan are still to be demanded. Try again after the day is closed."
    ground = "Choose why the loan is charged off."
    paid = replace(a_loan(), fees_paid=5)
    for act, expected in (
        (lambda: remedies.restructure(owing, JAN, **terms), ("unposted", "", moment)),
        (lambda: remedies.restructure(a_loan(), MAR, **terms), ("behind", "", behind)),
        (lambda: remedies.refuse_charge_off(owing, JAN, remedies.FRAUD), ("unposted", "", moment)),
        (lambda: remedies.refuse_charge_off(a_loan(), JAN, "rain"), ("ground", "ground", ground)),
        (
            lambda: remedies.refuse_charge_off(late, MAR, remedies.LATE),
            ("not_late", "ground", "The loan is 31 days past due; a charge-off for arrears begins at 120."),
        ),
        (lambda: remedies.charge_off(late), ("interest", "", "Stop the loan's interest before charging it off.")),
        (
            lambda: remedies.recover(kwd, 1_000_001),
            ("overpaid", "amount", "Not more than 1,000.000 is owed after the charge-off."),
        ),
        (
            lambda: servicing.charge_late_fee(a_loan(), 5, JAN, 15),
            ("not_missed", "", "No instalment of this loan bears a late fee."),
        ),
        (
            lambda: servicing.take_back_fee(paid, 6, JAN),
            ("fee_paid", "", "This fee was paid, and no more than it is still owed: pay the loan off first."),
        ),
    ):
        assert words(act) == expected


@pytest.mark.parametrize("late", [remedies.CHARGE_OFF_DAYS - 1, remedies.CHARGE_OFF_DAYS])
def test_a_charge_off_for_arrears_begins_on_its_day(late: int) -> None:
    loan, today = demanded(a_loan()), FEB + timedelta(days=late)
    if late < remedies.CHARGE_OFF_DAYS:
        assert refusal(remedies.refuse_charge_off, loan, today, remedies.LATE) == "not_late"
    else:
        remedies.refuse_charge_off(loan, today, remedies.LATE)
    assert remedies.refuse_charge_off(loan, today, remedies.DEATH) is None


def test_two_demands_of_one_day_are_in_order() -> None:
    loan = replace(a_loan(), demands=(Demand(FEB, 5, 0), Demand(FEB, 0, 9)))
    assert broken_rule(loan) == ""


def test_the_stored_form_keeps_the_currency_and_marks_what_bore_its_fee() -> None:
    loan = replace(a_loan(), currency="EUR", demands=(Demand(FEB, 1, 2, 0, fined=True), Demand(MAR, 3, 4)))
    form = packed(loan)
    assert form["demands"] == [["2026-02-28", 1, 2, 0, 1], ["2026-03-31", 3, 4, 0]]
    assert unpacked(loan.stage, "EUR", form) == loan


def test_a_posting_carries_the_split_of_its_loan_and_the_next_one_does_not() -> None:
    loan = AccountState("1", "usr_a", LOAN, "USD", "active", -5, 0, 1, "head", "", "", split="repaid:5")
    asked = ledger.Instruction(
        type=REPAYMENT, amount=5, currency="USD", debit=CASH, credit="1", channel="branch", branch="main", actor=TELLER,
        key="k",
    )  # fmt: skip
    plan = ledger.plan(asked, {"1": loan}, datetime(2026, 2, 2, 15, tzinfo=UTC), date(2026, 2, 2))
    assert [line.split for line in plan.movement.lines] == ["repaid:5"]
    assert [state.split for state in plan.states] == [""]


@pytest.mark.parametrize(
    ("minor", "currency", "other", "expected"),
    [(50_000, "USD", "JPY", 500), (500, "JPY", "USD", 50_000), (500, "JPY", "KWD", 500_000), (7, "USD", "USD", 7)],
)
def test_whole_units_stay_whole_units_in_another_currency(minor: int, currency: str, other: str, expected: int) -> None:
    assert in_units_of(minor, currency, other) == expected
