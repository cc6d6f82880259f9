"""A fee on a loan: read back, charged once, taken back by two people as if it had never been charged."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CASH, Refused
from accounts.loans import servicing
from accounts.loans.state import broken_rule
from accounts.models import User
from accounts.models.loans import Loan
from accounts.parameters import LATE_FEE
from accounts.queries.holds import reversal_of
from accounts.queries.ledger import history
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.loans.servicing import caught_up, repay_loan, service_loan
from accounts.services.posting import Receipt, post
from accounts.services.reversals import reverse_movement
from accounts.services.reversing import ask_reversal
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, an_analyst, an_officer, signed_in
from accounts.tests.conftest import instruct
from accounts.tests.lending import Borrower, an_account_at, as_actor, paid_out
from accounts.tests.makers import form_of
from accounts.tests.test_loan_servicing import FEB, JAN, a_loan, demanded
from cloudbank import approvals, parameters, store
from cloudbank.approvals import Approval
from cloudbank.clock import utcnow
from cloudbank.conf import business_date

needs_bank = pytest.mark.usefixtures("bank", "quiet")


# Pure: the state follows.
def test_an_unpaid_fee_that_is_taken_back_leaves_the_loan_as_it_was() -> None:
    loan = demanded(a_loan())
    assert servicing.take_back_fee(servicing.charge_fee(loan, 2_500), 2_500, FEB) == (loan, servicing.Split())


@pytest.mark.parametrize("payment", [1, 2_499, 2_500, 2_501, 5_000, 20_000, 86_066, 200_000, 990_000])
def test_a_fee_that_was_paid_pays_what_would_have_been_paid_without_it(payment: int) -> None:
    loan = demanded(a_loan())
    charged, _ = servicing.repay(servicing.charge_fee(loan, 2_500), payment, FEB)
    after, _ = servicing.take_back_fee(charged, 2_500, FEB)
    assert after == servicing.repay(loan, payment, FEB)[0]
    assert broken_rule(after) == ""


def test_of_two_fees_the_unpaid_one_goes_first() -> None:
    loan = servicing.charge_fee(servicing.charge_fee(demanded(a_loan()), 2_500), 1_000)
    paid, _ = servicing.repay(loan, 2_000, FEB)
    after, split = servicing.take_back_fee(paid, 2_500, FEB)
    assert (after.fees, after.fees_paid, split.interest, after.interest_due) == (0, 1_000, 1_000, 4_000)


def test_a_fee_that_was_paid_ends_a_loan_on_which_just_as_much_is_owed() -> None:
    loan = demanded(a_loan())
    charged, _ = servicing.repay(servicing.charge_fee(loan, 2_500), 2_500, FEB)
    nearly, _ = servicing.repay(charged, charged.payoff(FEB) - 2_500, FEB)
    after, split = servicing.take_back_fee(nearly, 2_500, FEB)
    assert (after.stage, after.on_books, split.principal) == ("closed", 0, 2_500)


def test_a_fee_that_was_paid_never_pays_more_than_is_owed() -> None:
    charged, _ = servicing.repay(servicing.charge_fee(demanded(a_loan()), 2_500), 2_500, FEB)
    nearly, _ = servicing.repay(charged, charged.payoff(FEB) - 2_499, FEB)
    over, _ = servicing.repay(nearly, 2_499, FEB)
    for state, code in ((nearly, "fee_paid"), (over, "stage"), (a_loan(started=JAN), "fee_paid")):
        with pytest.raises(Refused) as caught:
            servicing.take_back_fee(state, 2_500, FEB)
        assert caught.value.code == code


# The bank's books.
def charge(one: Borrower, amount: int = 2_500, key: str = "fee-1") -> Receipt:
    return charge_loan_fee(
        loan_id=one.loan_id, amount=amount, reason="Returned direct debit", key=key, actor=as_actor(one.manager),
        now=utcnow(),
    )  # fmt: skip


def reverse(movement_id: str, by: User) -> Receipt:
    return reverse_movement(movement_id=movement_id, reason="Charged in error", actor=as_actor(by), now=utcnow())


def problems() -> dict[str, str]:
    return {code: one.first for code, one in verify("USD", full=True, now=utcnow()).problems.items()}


@needs_bank
def test_a_reversed_fee_is_not_owed_and_the_books_stay_sound() -> None:
    one = paid_out()
    before = one.loan.loan()
    made = charge(one)
    assert (one.loan.loan().fees, one.loan.balance) == (2_500, -1_002_500)
    back = reverse(made.movement_id, one.manager)
    assert reverse(made.movement_id, one.manager).movement_id == back.movement_id
    assert (one.loan.loan(), one.loan.balance) == (before, -1_000_000)
    assert [line.type for line in history(one.loan_id).rows] == ["reversal", "fee", "disbursement"]
    assert problems() == {}


@needs_bank
def test_a_reversed_fee_that_was_paid_pays_the_loan_instead() -> None:
    begun, customer = utcnow() - timedelta(days=40), a_customer()
    one = paid_out(now=begun, customer=customer, account=an_account_at(customer, begun))
    made = charge(one)
    caught_up(loan_id=one.loan_id, day=business_date(utcnow()), now=utcnow())
    due = one.loan.loan().due_interest
    assert due
    repay_loan(
        loan_id=one.loan_id, amount=2_500, source=CASH, key="pay", actor=one.actor(), channel="branch", now=utcnow()
    )
    assert one.loan.loan().fees_paid == 2_500
    reverse(made.movement_id, one.manager)
    state = one.loan.loan()
    assert (state.fees, state.fees_paid, state.interest_paid, state.due_interest) == (0, 0, 2_500, due - 2_500)
    assert problems() == {}


@needs_bank
def test_a_fee_on_a_loan_is_reversed_once_and_only_after_a_second_person() -> None:
    one = paid_out()
    made = charge(one)
    request = ask_reversal(
        movement_id=made.movement_id, reason="Charged in error", key="k", actor=as_actor(one.manager), name="Mary",
        now=utcnow(),
    )  # fmt: skip
    assert "Not owed any more" in str(request.shown) and one.loan.loan().fees == 2_500
    officer = an_officer()
    approvals.approve(
        approval_id=request.approval_id, content_hash=request.content_hash, actor=as_actor(officer), name="Oscar",
        now=utcnow(),
    )  # fmt: skip
    assert one.loan.loan().fees == 0 and reversal_of(made.movement_id)
    with pytest.raises(Refused, match="reversed already"):
        reverse(made.movement_id, officer)


@needs_bank
def test_what_else_moved_on_a_loan_is_not_reversed() -> None:
    one = paid_out()
    paid_out_by = history(one.loan_id).rows[0].movement_id
    with pytest.raises(Refused) as caught:
        reverse(paid_out_by, one.manager)
    assert caught.value.code == "loan"
    assert one.loan.balance == -1_000_000


@needs_bank
def test_a_reversal_that_no_companion_brings_never_reaches_a_loan() -> None:
    one = paid_out()
    charge(one)
    with pytest.raises(Refused) as caught:
        post(instruct("reversal", 2_500, "house:fee_income", one.loan_id), now=utcnow())
    assert caught.value.code == "loan" and one.loan.balance == -1_002_500


@needs_bank
def test_the_checker_names_a_loan_whose_parts_were_shifted_by_hand() -> None:
    one = paid_out()
    charge(one)
    assert problems() == {}
    parts = one.loan.parts
    parts |= {"fees": 1_500, "principal": parts["principal"] + 1_000}  # the balance still fits
    store.save([store.Update(Loan, one.loan_id, [Loan.parts.set(parts)])])
    assert (
        f"loan {one.loan_id}: principal is 1001000" in problems()["I14 trail"]
        or "fees is 1500" in problems()["I14 trail"]
    )


# The pages.
def approved(answer: Any, by: User) -> None:
    path = answer["Location"]
    item = store.get(Approval, path.rpartition("/")[2])
    assert item is not None
    data = {"action": "approve", "note": "", "content_hash": item.content_hash}
    assert signed_in(Client(), by).post(path, data).status_code == 302


@needs_bank
def test_a_fee_is_read_back_posted_and_asked_back_on_its_receipt() -> None:
    one = paid_out()
    desk, boss = signed_in(Client(), an_analyst()), signed_in(Client(), a_manager())
    path = f"/loans/{one.loan_id}/fee"
    form = form_of(desk, path) | {"amount": "25.00", "reason": "Returned direct debit"}
    shown = desk.post(path, form).content.decode()
    assert "Nothing is posted yet" in shown and "Returned direct debit" in shown and "twenty-five" in shown.lower()
    assert one.loan.loan().fees == 0
    assert desk.post(path, form | {"amount": "99,999"}).status_code == 422
    receipt = desk.post(path, form | {"confirm": "yes"})["Location"]
    assert desk.post(path, form | {"confirm": "yes"})["Location"] == receipt
    assert one.loan.loan().fees == 2_500
    assert "Ask to reverse" not in desk.get(receipt).content.decode()
    assert "Ask to reverse" in boss.get(receipt).content.decode()
    ask = f"{receipt}/reverse"
    assert "Fee: Service of the bank" in boss.get(ask).content.decode()
    approved(boss.post(ask, form_of(boss, ask) | {"reason": "Charged in error"}), an_officer())
    assert one.loan.loan().fees == 0
    moved = boss.get(f"/loans/{one.loan_id}?tab=movements").content.decode()
    assert "Fee taken back" in moved and "Reversed" in moved
    assert "Fee taken back" in boss.get(f"/loans/{one.loan_id}?tab=history").content.decode()


@needs_bank
def test_a_paid_out_loan_offers_no_reversal_on_its_receipt() -> None:
    one = paid_out()
    receipt = f"/receipts/{history(one.loan_id).rows[0].movement_id}"
    assert "Ask to reverse" not in signed_in(Client(), a_manager()).get(receipt).content.decode()


# Late fees, in the evening.
def evening(one: Borrower, day: date) -> list[str]:
    now = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
    return service_loan(loan_id=one.loan_id, day=day, currency="USD", now=now)


def neglected() -> Borrower:
    """Paid out on 30 January 2026, the first instalment due on 28 February and not paid."""
    begun, customer = datetime(2026, 1, 30, 15, tzinfo=UTC), a_customer()
    return paid_out(now=begun, customer=customer, account=an_account_at(customer, begun))


@needs_bank
def test_the_evening_charges_a_missed_instalment_once() -> None:
    one = neglected()
    assert evening(one, date(2026, 3, 2)) == ["demanded", "aged"]
    assert evening(one, date(2026, 3, 13)) == []
    assert evening(one, date(2026, 3, 16)) == ["fined"]
    assert evening(one, date(2026, 3, 16)) == evening(one, date(2026, 3, 27)) == []
    line = history(one.loan_id).rows[0]
    assert (line.type, line.amount, line.memo) == ("fee", -2_500, "Late fee, instalment due 2026-02-28")
    assert one.loan.loan().fees == 2_500
    assert evening(one, date(2026, 4, 16)) == ["demanded", "fined", "aged"]
    reverse(line.movement_id, one.manager)
    assert evening(one, date(2026, 4, 17)) == [], "a late fee that was waived is not charged again"
    assert problems() == {}


@needs_bank
def test_many_evenings_at_once_charge_one_late_fee() -> None:
    one = neglected()
    evening(one, date(2026, 3, 2))
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: evening(one, date(2026, 3, 16)), range(5)))
    assert [line.type for line in history(one.loan_id).rows].count("fee") == 1
    assert one.loan.loan().fees == 2_500


@needs_bank
def test_the_late_fee_is_that_of_the_evenings_date() -> None:
    one, two = neglected(), neglected()
    for borrower in (one, two):
        evening(borrower, date(2026, 3, 2))
    ada = as_actor(one.manager)
    for value, since in ((4_000, date(2026, 3, 18)), (0, date(2026, 4, 1))):
        parameters.set_value(
            code=LATE_FEE.code, value=value, effective_from=since, actor=ada, now=datetime(2026, 2, 1, tzinfo=UTC),
            reason="new prices",
        )  # fmt: skip
    parameters.forget()
    evening(one, date(2026, 3, 16))
    evening(two, date(2026, 3, 18))
    assert (one.loan.loan().fees, two.loan.loan().fees) == (2_500, 4_000)
    assert "fined" not in evening(one, date(2026, 4, 20))
    parameters.forget()


@needs_bank
def test_after_the_last_instalment_the_account_pays_the_interest_up_to_the_evening_too() -> None:
    begun, customer = datetime(2026, 1, 30, 15, tzinfo=UTC), a_customer()
    own = an_account_at(customer, begun)
    one = paid_out(now=begun, customer=customer, account=own, amount=100_000, instalments=6, collects=True)
    post(instruct("withdrawal", one.cash, own, CASH), now=begun)
    assert "demanded" in evening(one, date(2026, 7, 30))
    parts = one.loan.loan()
    assert parts.not_due == 0 and parts.next_due == date(2026, 8, 30)
    post(instruct("deposit", 200_000, CASH, own), now=datetime(2026, 8, 10, 15, tzinfo=UTC))
    later = datetime(2026, 8, 10, 23, tzinfo=UTC)
    owed = one.loan.loan().payoff(date(2026, 8, 10))
    assert owed > one.loan.loan().due_now
    service_loan(loan_id=one.loan_id, day=date(2026, 8, 10), currency="USD", now=later)
    assert (one.loan.stage, one.loan.balance, one.cash) == ("closed", 0, 200_000 - owed)
