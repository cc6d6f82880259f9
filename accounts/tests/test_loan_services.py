"""Loans in the books, on the real engine: one transaction a step, once, and always equal to the account."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.ledger import CASH, Refused
from accounts.loans.state import broken_rule
from accounts.queries.ledger import history
from accounts.services.closing import close_through
from accounts.services.loans import servicing as running
from accounts.services.loans.applications import disburse_loan, withdraw_loan
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.loans.recoveries import recover_loan
from accounts.services.loans.remedies import (
    WRITE_OFF,
    ask_charge_off,
    ask_restructure,
)
from accounts.services.loans.servicing import caught_up, repay_loan, service_loan
from accounts.services.posting import post
from accounts.services.verification import verify
from accounts.testing import a_customer, a_stranger, a_teller
from accounts.tests.conftest import an_account, instruct
from accounts.tests.lending import Borrower, an_account_at, applied_for, approve, as_actor, paid_out, request_of
from cloudbank import approvals, audit, store
from cloudbank.approvals import NotAllowed
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.ids import new_id

pytestmark = pytest.mark.usefixtures("bank", "quiet")
START = datetime(2026, 1, 30, 15, tzinfo=utcnow().tzinfo)


def refusal(change: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises((Refused, NotAllowed)) as caught:
        change(**arguments)
    return str(getattr(caught.value, "code", ""))


def check(one: Borrower) -> None:
    """The loan says what its account says, and its account what its postings say."""
    loan = one.loan
    assert broken_rule(loan.loan()) == ""
    assert loan.loan().on_books == -loan.balance
    lines = history(one.loan_id, limit=500).rows
    assert sum(line.amount for line in lines) == loan.balance
    assert loan.sequence == len(lines)


def repay(one: Borrower, amount: int, key: str = "", source: str = "", now: datetime | None = None) -> Any:
    return repay_loan(
        loan_id=one.loan_id, amount=amount, source=source or one.account, key=key or new_id("key"), actor=one.actor(),
        channel="online", now=now or utcnow(),
    )  # fmt: skip


def in_months(months: int) -> datetime:
    return START + timedelta(days=30 * months)


def neglected(months: int, **more: Any) -> tuple[Borrower, datetime]:
    """A loan nobody paid for so many months, serviced every month, and the instant."""
    one = paid_out(now=START, **more)
    post(instruct("withdrawal", one.cash, one.account, CASH), now=START)
    for month in range(1, months + 1):
        now = in_months(month) + timedelta(days=5)
        service_loan(loan_id=one.loan_id, day=business_date(now), currency="USD", now=now)
    return one, in_months(months) + timedelta(days=5)


# Application and decision.
def test_an_application_waits_for_another_persons_decision() -> None:
    one = applied_for()
    assert (one.loan.stage, one.loan.balance, one.loan.status) == ("applied", 0, "closed")
    request = request_of(one)
    assert request.maker_id == one.customer.user_id
    assert "new kitchen" in str(request.shown)
    approve(one, request)
    assert (one.loan.stage, one.loan.decided_by) == ("approved", one.manager.user_id)


def test_the_same_form_asks_for_one_loan_and_another_content_is_refused() -> None:
    customer, now = a_customer(), utcnow()
    account = an_account(customer)
    form = {"customer": customer, "account": account, "key": "the-same-key-0001"}
    first, again = applied_for(**form), applied_for(**form)
    assert first.loan_id == again.loan_id
    assert refusal(applied_for, **form, amount=900_000) == "key_reused"
    assert refusal(applied_for, **form, purpose="a boat") == "key_reused"
    assert len(approvals.concerning(audit.subject_of(first.loan))) == 1
    assert first.loan.opened_on == business_date(now).isoformat()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 99_999}, "amount"),
        ({"amount": 5_000_001}, "amount"),
        ({"instalments": 5}, "instalments"),
        ({"instalments": 61}, "instalments"),
        ({"offer": "boat"}, "offer"),
    ],
)
def test_what_the_bank_does_not_offer_is_refused(change: dict[str, Any], code: str) -> None:
    assert refusal(applied_for, **change) == code


def test_the_bank_lends_to_verified_people_into_their_own_open_accounts() -> None:
    theirs = an_account(a_stranger())
    assert refusal(applied_for, account=theirs) == "account"
    pending = a_customer(kyc_status="pending")
    assert refusal(applied_for, customer=pending) == "owner"


def test_a_rejected_request_declines_the_loan_in_the_same_transaction() -> None:
    one = applied_for()
    request = request_of(one)
    approvals.reject(
        approval_id=request.approval_id, content_hash=request.content_hash, note="income too low",
        actor=as_actor(one.manager), name="Mary", now=utcnow(),
    )  # fmt: skip
    assert (one.loan.stage, one.loan.decision_reason, one.loan.status) == ("declined", "income too low", "closed")
    assert refusal(disburse_loan, loan_id=one.loan_id, actor=one.actor(), channel="online", now=utcnow()) != ""


def test_nobody_decides_on_their_own_application() -> None:
    one = applied_for()
    request = request_of(one)
    own = as_actor(one.customer)
    manager_too = type(own)(own.user_id, "manager", own.source)
    arguments = {"approval_id": request.approval_id, "content_hash": request.content_hash, "name": "x"}
    assert refusal(approvals.approve, **arguments, actor=manager_too, now=utcnow()) == "four_eyes"
    assert refusal(approvals.approve, **arguments, actor=as_actor(a_teller()), now=utcnow()) == "permission"
    assert one.loan.stage == "applied"


def test_an_application_can_be_taken_back_and_then_not_approved() -> None:
    one = applied_for()
    request = request_of(one)
    for _ in range(2):
        withdraw_loan(loan_id=one.loan_id, actor=one.actor(), name="Carla", now=utcnow())
    assert one.loan.stage == "withdrawn"
    assert refusal(approve, one=one, request=request) == "overtaken"
    offer = applied_for()
    approve(offer, request_of(offer))
    withdraw_loan(loan_id=offer.loan_id, actor=offer.actor(), name="Carla", now=utcnow())
    assert offer.loan.stage == "withdrawn"


# Paying out.
def test_the_money_is_paid_out_once_in_one_transaction() -> None:
    one = paid_out()
    assert (one.cash, one.loan.balance, one.loan.stage) == (1_000_000, -1_000_000, "active")
    again = disburse_loan(loan_id=one.loan_id, actor=one.actor(), channel="online", now=utcnow())
    assert again.replayed
    other = as_actor(one.manager)
    assert refusal(disburse_loan, loan_id=one.loan_id, actor=other, channel="branch", now=utcnow()) == "stage"
    assert one.cash == 1_000_000
    check(one)


def test_what_is_not_approved_is_not_paid_out() -> None:
    one = applied_for()
    assert refusal(disburse_loan, loan_id=one.loan_id, actor=one.actor(), channel="online", now=utcnow()) != ""
    assert (one.cash, one.loan.balance) == (0, 0)


# Repayment.
def test_a_repayment_moves_money_and_what_is_due_together() -> None:
    one = paid_out(now=START)
    caught_up(loan_id=one.loan_id, day=date(2026, 3, 2), now=in_months(1))
    due = one.loan.loan().due_now
    assert one.loan.balance == -1_000_000 - 9_917
    receipt = repay(one, due, key="pay-one-instalment", now=in_months(1) + timedelta(days=1))
    assert (one.loan.loan().due_now, one.cash) == (0, 1_000_000 - due)
    again = repay(one, due, key="pay-one-instalment", now=in_months(1) + timedelta(days=1))
    assert (again.replayed, again.movement_id, one.cash) == (True, receipt.movement_id, 1_000_000 - due)
    assert refusal(repay, one=one, amount=due + 1, key="pay-one-instalment", now=in_months(1)) == "key_reused"
    check(one)


def test_cash_is_repaid_at_the_counter() -> None:
    one = paid_out()
    repay(one, 5_000, source=CASH)
    assert (one.loan.balance, one.cash) == (-995_000, 1_000_000)
    check(one)


def test_an_early_payoff_pays_interest_to_the_day_books_it_and_closes() -> None:
    one = paid_out(now=START)
    post(instruct("deposit", 100_000, CASH, one.account), now=START)
    later = START + timedelta(days=14)
    owed = one.loan.loan().payoff(business_date(later))
    assert owed > 1_000_000
    assert refusal(repay, one=one, amount=owed - 1, now=later) == "payoff"
    assert refusal(repay, one=one, amount=owed + 1, now=later) == "overpaid"
    repay(one, owed, now=later)
    assert (one.loan.stage, one.loan.balance, one.loan.status) == ("closed", 0, "closed")
    assert one.loan.loan().interest_paid == owed - 1_000_000
    check(one)


def test_interest_that_was_paid_is_booked_by_the_evening_when_the_process_died(monkeypatch: pytest.MonkeyPatch) -> None:
    one = paid_out(now=START)
    post(instruct("deposit", 100_000, CASH, one.account), now=START)
    later = START + timedelta(days=14)
    day = business_date(later)
    owed = one.loan.loan().payoff(day)

    def dies(**_: Any) -> None:
        raise store.OutcomeUnknown("killed")

    monkeypatch.setattr(running, "post_income", dies)
    repay(one, owed, now=later)
    assert (one.loan.stage, one.loan.balance) == ("active", owed - 1_000_000)
    check(one)
    monkeypatch.undo()
    assert one.loan_id in list(running.due_on(day))
    service_loan(loan_id=one.loan_id, day=day, currency="USD", now=later)
    service_loan(loan_id=one.loan_id, day=day, currency="USD", now=later)
    assert (one.loan.stage, one.loan.balance, one.loan.sequence) == ("closed", 0, 3)
    check(one)


def test_money_never_moves_on_a_loan_without_what_is_due_on_it() -> None:
    one = paid_out()
    for type_, amount in (("repayment", 5), ("transfer", 5), ("fee", 5)):
        assert refusal(post, instruction=instruct(type_, amount, one.account, one.loan_id), now=utcnow()) == "loan"
    assert refusal(post, instruction=instruct("deposit", 5, CASH, one.loan_id), now=utcnow()) == "loan"
    assert refusal(post, instruction=instruct("withdrawal", 5, one.loan_id, CASH), now=utcnow()) == "loan"
    assert (one.loan.balance, one.cash) == (-1_000_000, 1_000_000)


def test_many_repayments_at_once_take_exactly_what_is_owed() -> None:
    one = paid_out(amount=100_000, instalments=6)
    post(instruct("deposit", 200_000, CASH, one.account), now=utcnow())

    def pay(number: int) -> bool:
        try:
            repay(one, 30_000, key=f"concurrent-{number:08d}")
        except Refused as refused:
            assert refused.code in ("overpaid", "payoff")
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        done = sum(pool.map(pay, range(6)))
    assert done == 3
    assert (one.loan.balance, one.cash) == (-10_000, 300_000 - 90_000)
    check(one)


def test_many_hands_demand_an_instalment_once() -> None:
    one = paid_out(now=START)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: caught_up(loan_id=one.loan_id, day=date(2026, 3, 2), now=in_months(1)), range(5)))
    assert (len(one.loan.loan().made), one.loan.sequence) == (1, 2)
    check(one)


# The evening.
def test_an_instalment_is_collected_from_the_account_on_its_due_date() -> None:
    one = paid_out(now=START, collects=True)
    evening = {"loan_id": one.loan_id, "day": date(2026, 3, 2), "currency": "USD", "now": in_months(1)}
    assert service_loan(**evening) == ["demanded", "collected"]
    assert (one.loan.loan().due_now, len(one.loan.loan().made), one.loan.loan().interest_paid) == (0, 1, 9_917)
    assert service_loan(**evening) == []
    check(one)


def test_what_cannot_be_collected_is_tried_again_the_next_evening() -> None:
    one = paid_out(now=START, collects=True)
    post(instruct("withdrawal", one.cash, one.account, CASH), now=START)
    evening = {"loan_id": one.loan_id, "currency": "USD"}
    assert service_loan(**evening, day=date(2026, 3, 2), now=in_months(1)) == ["demanded", "aged"]
    post(instruct("deposit", 500_000, CASH, one.account), now=in_months(1))
    assert service_loan(**evening, day=date(2026, 3, 3), now=in_months(1) + timedelta(days=1)) == ["collected"]
    assert one.loan.loan().demands == ()


def test_a_late_loan_moves_through_the_buckets_and_stops_accruing_at_ninety_days() -> None:
    one, now = neglected(4)
    state = one.loan.loan()
    assert (one.loan.stage, state.interest_due, len(state.made)) == ("non_accrual", 0, 4)
    assert state.suspended > 0
    assert (one.loan.balance, state.fees) == (-1_000_000 - 3 * 2_500, 3 * 2_500)
    assert state.days_past_due(business_date(now)) >= 90
    check(one)
    loans = [line for line in history(one.loan_id, limit=50).rows if line.type == "interest"]
    assert sum(line.amount for line in loans) == 0


def test_closing_the_days_services_the_loans_and_the_books_prove_themselves() -> None:
    now = utcnow()
    start = bank_calendar().on_or_before((now - timedelta(days=45)).date())
    begun = datetime(start.year, start.month, start.day, 16, tzinfo=now.tzinfo)
    customer = a_customer()
    account = an_account_at(customer, begun)
    one = paid_out(now=begun, customer=customer, account=account, collects=True)
    last = bank_calendar().on_or_before((now - timedelta(days=3)).date())
    closed = close_through(last, "USD", now=now)
    assert sum(n for name, n in closed.counts.items() if name.startswith("loans.")) >= 1
    assert len(one.loan.loan().made) == 1
    assert one.loan.loan().due_now == 0
    check(one)
    found = verify("USD", full=True, now=utcnow())
    assert found.problems == {}


# Remedies.
def ask(one: Borrower, now: datetime, **terms: Any) -> Any:
    values = {"rate": 500, "instalments": 24, "capitalise": True} | terms
    return ask_restructure(
        loan_id=one.loan_id,
        reason="lost job",
        key=new_id("key"),
        actor=as_actor(one.analyst),
        name="Ana",
        now=now,
        **values,
    )


def test_new_terms_need_a_second_person_and_are_carried_out_once() -> None:
    one, now = neglected(2)
    request = ask(one, now)
    assert one.loan.loan().restructured == 0
    approve(one, request, now)
    state = one.loan.loan()
    assert (state.restructured, state.terms.rate, state.terms.instalments, state.demands) == (1, 500, 24, ())
    assert state.capitalised > 0
    assert one.loan.carried_out[-1] == request.approval_id
    approvals.resume(approval_id=request.approval_id, now=now)
    assert one.loan.loan().restructured == 1
    check(one)


def test_new_terms_are_refused_when_principal_was_paid_since() -> None:
    one, now = neglected(2)
    request = ask(one, now)
    repay(one, one.loan.loan().due_now, source=CASH, now=now)
    assert refusal(approve, one=one, request=request, now=now) == "changed"


def test_terms_that_cannot_be_are_refused_when_they_are_asked_for() -> None:
    one, now = neglected(1)
    assert refusal(ask, one=one, now=now, rate=3_600, instalments=480) == "balloon"


def charged_off() -> tuple[Borrower, datetime]:
    one, now = neglected(5)
    ask_charge_off(
        loan_id=one.loan_id, ground="delinquency", reason="gone away", key="k", actor=as_actor(one.analyst), name="Ana",
        now=now,
    )  # fmt: skip
    approve(one, request_of(one, WRITE_OFF, now), now)
    return one, now


def test_a_charge_off_takes_the_loan_off_the_books_and_keeps_the_claim() -> None:
    one, _ = charged_off()
    state = one.loan.loan()
    assert (one.loan.stage, one.loan.balance, state.charged_off) == ("charged_off", 0, 1_000_000)
    assert state.claim > 1_000_000
    check(one)


def test_a_charge_off_for_arrears_waits_for_its_days() -> None:
    one, now = neglected(2)
    asked = {"loan_id": one.loan_id, "reason": "r", "key": "k", "actor": as_actor(one.analyst), "name": "A", "now": now}
    assert refusal(ask_charge_off, **asked, ground="delinquency") == "not_late"
    assert ask_charge_off(**asked, ground="bankruptcy").state == "pending"
    approve(one, request_of(one, WRITE_OFF, now), now)
    assert (one.loan.stage, one.loan.balance) == ("charged_off", 0)
    check(one)


def test_recoveries_shrink_the_claim_and_never_exceed_it() -> None:
    one, now = charged_off()
    claim = one.loan.loan().claim
    post(instruct("deposit", claim + 1, CASH, one.account), now=now)
    give = {"loan_id": one.loan_id, "source": one.account, "actor": one.actor(), "channel": "online", "now": now}
    recover_loan(**give, amount=1_000, key="recovery-1")
    assert recover_loan(**give, amount=1_000, key="recovery-1").replayed
    assert (one.loan.loan().claim, one.loan.loan().recovered) == (claim - 1_000, 1_000)
    assert refusal(recover_loan, **give, amount=claim, key="recovery-2") == "overpaid"
    assert one.cash == claim + 1 - 1_000


def test_a_fee_is_owed_and_paid_first() -> None:
    one = paid_out()
    fee = {"loan_id": one.loan_id, "amount": 2_500, "key": "fee-1", "actor": as_actor(one.manager), "now": utcnow()}
    assert refusal(charge_loan_fee, **fee, reason=" ") == "reason"
    charge_loan_fee(**fee, reason="late payment")
    assert charge_loan_fee(**fee, reason="late payment").replayed
    assert (one.loan.loan().fees, one.loan.balance) == (2_500, -1_002_500)
    repay(one, 2_500)
    assert (one.loan.loan().fees, one.loan.loan().fees_paid) == (0, 2_500)
    check(one)


def test_every_change_leaves_an_audit_record_in_an_unbroken_chain() -> None:
    one, _ = charged_off()
    records = list(audit.AuditRecord.by_subject.query(audit.subject_of(one.loan)))
    actions = [record.action for record in records]
    assert actions[:3] == ["apply", "approve", "disburse"]
    assert {"demand", "stop_accruing", "charge_off"} <= set(actions)
    assert [record.sequence for record in records] == list(range(1, len(records) + 1))
    assert records[-1].hash == one.loan.audit_head
    assert all(record.hash == record.computed_hash() for record in records)
