"""A sealed day knows the loan book: its figures tie to the day's own postings, and a tampered loan is named."""

from datetime import datetime, timedelta

import pytest

from accounts.models import ClosedDay
from accounts.models.loans import Loan
from accounts.queries.totals import end_of
from accounts.services.closing import close_through
from accounts.services.verification import verify
from accounts.tests.lending import Borrower, paid_out
from accounts.trial import trial_balance
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date

pytestmark = pytest.mark.usefixtures("bank", "quiet")


def sealed_with(one: Borrower, days: int = 0) -> ClosedDay:
    """The last closed day, so many days after today."""
    last = business_date(utcnow()) + timedelta(days=days)
    close_through(last, "USD", now=utcnow() + timedelta(days=days + 7))
    closed = store.get(ClosedDay, ClosedDay.key("USD", bank_calendar().on_or_before(last).isoformat()))
    assert closed is not None
    return closed


def test_the_book_of_the_sealed_day_ties_to_its_postings() -> None:
    one = paid_out(amount=500_000)
    end = sealed_with(one).end
    assert end["book_loan"] == end["loan_on_books"] == end["loan_glp"] == 500_000
    assert end["loan_residual"] == 0
    assert end["loan_loans"] == end["loan_loans_current"] == 1


def test_a_late_loan_stands_in_its_bucket_on_that_day() -> None:
    one = paid_out(amount=500_000)
    end = sealed_with(one, days=75).end
    assert end["loan_par_30"] == end["loan_glp"]
    assert end["loan_residual"] == 0
    assert not verify("USD", full=True, now=utcnow() + timedelta(days=90)).problems


def test_what_moves_between_cut_off_and_sealing_is_left_out() -> None:
    one = paid_out(amount=500_000)
    day = business_date(utcnow())
    later = datetime(day.year, day.month, day.day, 16, tzinfo=utcnow().tzinfo) + timedelta(days=5)
    two = paid_out(amount=300_000, now=later)
    assert two.loan.balance == -300_000
    end = sealed_with(one).end
    assert (end["book_loan"], end["loan_on_books"], end["loan_residual"]) == (500_000, 500_000, 0)
    assert (end["loan_loans"], end["loan_glp"]) == (1, 500_000)


def test_the_trial_balance_foots_with_loans() -> None:
    paid_out(amount=500_000)
    balance = trial_balance(end_of(business_date(utcnow()), "USD"))
    assert balance.residual == 0
    assert next(row.debit for row in balance.rows if row.code == "loan") == 500_000


@pytest.mark.parametrize("full", [True, False])
def test_a_loan_whose_parts_were_changed_is_named(full: bool) -> None:
    one = paid_out(amount=500_000)
    parts = dict(one.loan.parts)
    name = next(key for key, value in parts.items() if value == 500_000)
    store.save([store.Update(Loan, one.loan_id, [Loan.parts.set(parts | {name: 400_000})])])
    problems = verify("USD", full=full, now=utcnow()).problems
    assert one.loan_id in problems["I14 loan"].first
