"""What a borrower who does not pay comes to owe: interest after the last instalment, late fees. Worked examples."""

from datetime import date

from accounts.loans import remedies, servicing
from accounts.loans.state import Demand, packed, unpacked
from accounts.tests.test_loan_servicing import APR, FEB, MAR, a_loan, demanded, in_arrears, refusal


# After the last due date.
def test_interest_after_the_last_instalment_is_the_worked_example() -> None:
    """1,000.00 at 12 % over 3 from 31 January: 340.02, 340.02, then 336.66 + 3.37 that are never paid."""
    loan = a_loan(100_000, 1_200, 3)
    for day in (FEB, MAR):
        loan = demanded(loan)
        loan, _ = servicing.repay(loan, loan.due_now, day)
    loan = demanded(loan)
    assert (loan.demands, loan.not_due) == ((Demand(APR, 337, 33_666),), 0)
    may, june, july = date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31)
    assert loan.next_due == may
    for due in (may, june):  # 33,666 x 12 % / 12 = 336.66, on the principal only: simple, never on the interest
        loan, posted = servicing.demand(loan)
        assert (posted, loan.demands[-1]) == (337, Demand(due, 337, 0))
    assert (loan.due_now, loan.owed, loan.days_past_due(june)) == (33_666 + 3 * 337, 33_666 + 3 * 337, 61)
    half = date(2026, 7, 15)  # 15 of 31 days: 33,666 x 12 % / 12 x 15 / 31 = 162.9
    assert loan.payoff(half) == loan.owed + 163
    paid, split = servicing.repay(loan, loan.payoff(half), half)
    assert (split.interest, split.principal_due, split.accrued, paid.principal) == (3 * 337, 33_666, 163, 0)
    assert servicing.must_stop_accruing(loan, date(2026, 7, 29))
    stopped, reversed_ = servicing.stop_accruing(loan)
    assert reversed_ == 3 * 337
    stopped, posted = servicing.demand(stopped)
    assert (posted, stopped.demands[-1]) == (0, Demand(july, 0, 0, 337)), "owed by the borrower, no income of the bank"


# Late fees.
GRACE = 15


def test_a_late_fee_is_the_worked_example() -> None:
    """Instalment of 860.66 due 28 February; 15 days of grace; 25.00 on 16 March, once."""
    loan = demanded(a_loan())
    assert servicing.missed(loan, date(2026, 3, 15), GRACE) is None
    late = servicing.charge_late_fee(loan, 2_500, date(2026, 3, 16), GRACE)
    assert (late.fees, late.due_now, late.on_books) == (2_500, 88_566, 1_007_500)
    assert servicing.missed(late, date(2026, 3, 30), GRACE) is None
    assert refusal(servicing.charge_late_fee, late, 2_500, date(2026, 3, 30), GRACE) == "not_missed"
    assert unpacked(late.stage, late.currency, packed(late)) == late
    paid, split = servicing.repay(late, 86_066, date(2026, 3, 20))
    assert (split.fees, split.interest, split.principal_due, paid.due_now) == (2_500, 5_000, 78_566, 2_500)


def test_late_fees_never_breed_late_fees() -> None:
    late = servicing.charge_late_fee(demanded(a_loan()), 2_500, date(2026, 3, 16), GRACE)
    paid, _ = servicing.repay(late, 86_066, date(2026, 3, 20))
    march = demanded(paid)
    assert march.demands[-1] == Demand(MAR, 4_607, 81_459)
    whole, _ = servicing.repay(march, 86_066, MAR)  # 25.00 of principal stay short: what the fee took
    assert (whole.due_now, servicing.missed(whole, date(2026, 4, 16), GRACE)) == (2_500, None)
    less, _ = servicing.repay(march, 86_065, MAR)
    assert servicing.missed(less, date(2026, 4, 16), GRACE) == Demand(MAR, 0, 2_501)


def test_what_bears_no_late_fee() -> None:
    later = date(2026, 12, 1)
    assert servicing.missed(in_arrears(), later, GRACE) is None, "it does not accrue"
    assert servicing.missed(a_loan(), later, GRACE) is None, "nothing fell due"
    new_terms, _ = remedies.restructure(demanded(a_loan()), MAR, rate=600, instalments=12, capitalise=False)
    assert new_terms.demands and servicing.missed(new_terms, later, GRACE) is None, "arrears of the old terms"
    ended = demanded(a_loan(100_000, 1_200, 3), 4)
    fined = [ended]
    while servicing.missed(fined[-1], later, GRACE):
        fined.append(servicing.charge_late_fee(fined[-1], 100, later, GRACE))
    assert (len(ended.demands), fined[-1].fees) == (4, 300), "interest after the last instalment"
