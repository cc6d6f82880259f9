"""Cash for a loan at the till: repayments and recoveries, alone up to the teller's limit, with a manager above it."""

from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CASH, LOAN_RECOVERY, REPAYMENT
from accounts.loans.state import broken_rule
from accounts.models import User
from accounts.queries.ledger import history, movement_lines
from accounts.services.loans import recoveries
from accounts.services.loans import servicing as running
from accounts.services.loans.recoveries import recover_loan
from accounts.services.loans.remedies import WRITE_OFF, ask_charge_off
from accounts.services.loans.servicing import service_loan
from accounts.services.loans.till import OVER_LOAN_CASH, Payment, hand_in
from accounts.services.posting import Receipt, post
from accounts.services.verification import verify
from accounts.testing import a_manager, a_teller, signed_in
from accounts.tests.conftest import instruct
from accounts.tests.lending import Borrower, approve, as_actor, paid_out, request_of
from accounts.tests.makers import form_of
from cloudbank import approvals, store
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import utcnow
from cloudbank.conf import business_date

pytestmark = pytest.mark.usefixtures("bank", "quiet")
OVER = 2_500_100
"""More cash than a teller takes in alone, in minor units."""


def a_claim(amount: int = 1_000_000) -> Borrower:
    """A loan that was charged off, the borrower being bankrupt."""
    one, now = paid_out(amount=amount), utcnow()
    ask_charge_off(
        loan_id=one.loan_id,
        ground="bankruptcy",
        reason="court",
        key="k",
        actor=as_actor(one.analyst),
        name="Ana",
        now=now,
    )
    approve(one, request_of(one, WRITE_OFF, now), now)
    assert one.loan.stage == "charged_off"
    return one


def recover(one: Borrower, amount: int, by: User, key: str = "recover-cash-1") -> Receipt:
    return recover_loan(
        loan_id=one.loan_id, amount=amount, source=CASH, key=key, actor=as_actor(by), channel="branch", now=utcnow()
    )


def problems() -> dict[str, str]:
    return {code: found.first for code, found in verify("USD", full=True, now=utcnow()).problems.items()}


# The books.
def test_a_recovery_in_cash_goes_through_the_loan_into_the_recoveries() -> None:
    one, tom = a_claim(), a_teller()
    first = recover(one, 30_000, tom)
    assert recover(one, 30_000, tom).replayed
    state = one.loan.loan()
    assert (state.claim, state.recovered, state.unposted, one.loan.balance) == (970_000, 30_000, 0, 0)
    assert broken_rule(state) == ""
    newest = history(one.loan_id).rows[:2]
    assert [(line.type, line.amount, line.counter) for line in newest] == [
        ("recovery", -30_000, LOAN_RECOVERY), ("repayment", 30_000, CASH),
    ]  # fmt: skip
    assert first.movement_id == newest[1].movement_id
    with pytest.raises(Exception, match="Not more than"):
        recover(one, 970_001, tom, "another")
    assert problems() == {}


def test_the_evening_books_a_recovery_whose_process_died(monkeypatch: pytest.MonkeyPatch) -> None:
    one, now = a_claim(), utcnow()
    day = business_date(now)
    assert one.loan_id not in list(running.due_on(day))

    def dies(**_: Any) -> None:
        raise store.OutcomeUnknown("killed")

    monkeypatch.setattr(recoveries, "caught_up", dies)
    recover(one, 30_000, a_teller())
    assert (one.loan.balance, one.loan.loan().unposted) == (30_000, 30_000)
    assert problems() == {}
    assert one.loan_id in list(running.due_on(day))
    for _ in range(2):
        service_loan(loan_id=one.loan_id, day=day, currency="USD", now=now)
    assert (one.loan.balance, one.loan.loan().unposted, one.loan.loan().recovered) == (0, 0, 30_000)
    assert one.loan_id not in list(running.due_on(day))
    assert problems() == {}


def test_nothing_else_moves_on_a_loan_that_was_charged_off() -> None:
    one = a_claim()
    for type_, debit, credit in (("repayment", CASH, one.loan_id), ("recovery", one.loan_id, LOAN_RECOVERY)):
        with pytest.raises(Exception, match="only together with what is due"):
            post(instruct(type_, 5, debit, credit), now=utcnow())
    assert one.loan.balance == 0


def test_pages_call_cash_for_a_charged_off_loan_a_recovery(client: Client) -> None:
    one, tom = a_claim(), a_teller()
    receipt = recover(one, 30_000, tom)
    for viewer in (tom, one.customer):
        signed_in(client, viewer)
        page = client.get(f"/receipts/{receipt.movement_id}").content.decode()
        assert "Loan recovery posted" in page and "epayment posted" not in page
        movements = client.get(f"/loans/{one.loan_id}?tab=movements").content.decode()
        assert "Recovery in cash" in movements and ">Repayment<" not in movements


# The second person.
def payment(one: Borrower, amount: int, source: str = CASH) -> Payment:
    return Payment(one.loan_id, amount, source, "till-key-1", "branch", "main")


def ask(one: Borrower, tom: User, amount: int = OVER, reason: str = "sold her house") -> Receipt | Approval:
    return hand_in(payment=payment(one, amount), reason=reason, actor=as_actor(tom), name=tom.name, now=utcnow())


@pytest.mark.parametrize("made", [paid_out, a_claim])
def test_cash_over_the_limit_waits_for_a_manager(made: Any) -> None:
    one, tom = made(amount=4_000_000), a_teller()
    request = ask(one, tom)
    assert isinstance(request, Approval) and isinstance(again := ask(one, tom), Approval)
    assert again.approval_id == request.approval_id
    assert "25,001.00 USD in cash" in request.title and one.loan.sequence < 5
    before = one.loan.loan()
    with pytest.raises(NotAllowed):
        approve_as(request, tom)
    done = approve_as(request, one.manager)
    assert done.state == approvals.APPROVED
    after = one.loan.loan()
    assert before.owed + before.claim - after.owed - after.claim == OVER
    lines = movement_lines(payment(one, OVER).movement_id(tom.user_id))
    assert (lines[0].type, lines[0].amount, lines[0].actor_id) == (REPAYMENT, OVER, tom.user_id)
    assert isinstance(ask(one, tom), Receipt)
    assert problems() == {}


def approve_as(request: Approval, who: User) -> Approval:
    return approvals.approve(
        approval_id=request.approval_id, content_hash=request.content_hash, actor=as_actor(who), name=who.name,
        now=utcnow(),
    )  # fmt: skip


def test_at_the_limit_and_from_an_account_one_person_is_enough() -> None:
    one, tom = paid_out(amount=4_000_000), a_teller()
    assert isinstance(ask(one, tom, OVER_LOAN_CASH.most("USD", utcnow())), Receipt)
    own = paid_out(amount=4_000_000)
    from_account = payment(own, OVER, own.account)
    assert isinstance(hand_in(payment=from_account, reason="", actor=own.actor(), name="Carla", now=utcnow()), Receipt)


def test_more_than_is_owed_is_refused_before_a_manager_is_asked() -> None:
    one = paid_out(amount=1_000_000)
    with pytest.raises(Exception, match="is owed on this day"):
        ask(one, a_teller())
    with pytest.raises(NotAllowed) as caught:
        ask(paid_out(amount=4_000_000), a_teller(), reason="")
    assert caught.value.field == "reason"


# The pages.
def test_a_teller_takes_in_much_cash_for_a_loan_with_a_manager() -> None:
    one, till = paid_out(amount=4_000_000), signed_in(Client(), a_teller())
    path = f"/loans/{one.loan_id}/pay"
    form = form_of(till, path) | {"what": "other", "amount": "25,001", "source": CASH}
    shown = till.post(path, form).content.decode()
    assert "A second person must approve this" in shown and "Ask for approval" in shown
    sure = form | {"confirm": "yes", "seen": str(OVER)}
    assert till.post(path, sure).status_code == 422
    asked = till.post(path, sure | {"reason": "Sold her house; saw the deed."})["Location"]
    assert asked.startswith("/approvals/") and one.loan.balance == -4_000_000
    assert till.post(path, form)["Location"] == asked
    boss = signed_in(Client(), a_manager())
    item = store.get(Approval, asked.rpartition("/")[2])
    assert item is not None
    data = {"action": "approve", "note": "", "content_hash": item.content_hash}
    assert boss.post(asked, data).status_code == 302
    assert one.loan.balance == -4_000_000 + OVER
    receipt = f"/receipts/{history(one.loan_id).rows[0].movement_id}"
    assert "Approved by" in boss.get(receipt).content.decode()


def test_a_teller_records_a_recovery_in_cash_and_a_manager_only_from_an_account() -> None:
    one, till, boss = a_claim(), signed_in(Client(), a_teller()), signed_in(Client(), a_manager())
    path = f"/loans/{one.loan_id}/recover"
    form = form_of(till, path) | {"amount": "300", "source": CASH, "reason": ""}
    assert "Nothing is posted yet" in till.post(path, form).content.decode() and one.loan.loan().recovered == 0
    receipt = till.post(path, form | {"confirm": "yes"})["Location"]
    assert "Cash" in till.get(receipt).content.decode() and one.loan.loan().recovered == 30_000
    assert boss.post(path, form_of(boss, path) | {"amount": "300", "source": CASH}).status_code == 422


def test_a_large_recovery_in_cash_is_asked_for_with_its_reason() -> None:
    one, till = a_claim(4_000_000), signed_in(Client(), a_teller())
    path = f"/loans/{one.loan_id}/recover"
    form = form_of(till, path) | {"amount": "25,001", "source": CASH, "reason": ""}
    answer = till.post(path, form)
    assert answer.status_code == 422 and "reason" in answer.context["form"].errors
    form |= {"reason": "Paid by her brother"}
    assert "manager" in till.post(path, form).content.decode()
    assert till.post(path, form | {"confirm": "yes"})["Location"].startswith("/approvals/")
    assert one.loan.loan().recovered == 0


def test_the_till_minds_the_identity_of_who_brings_reportable_cash_for_a_loan() -> None:
    one, till = paid_out(amount=4_000_000), signed_in(Client(), a_teller())
    path = f"/loans/{one.loan_id}/pay"
    form = form_of(till, path) | {"what": "other", "amount": "10,000.01"}
    for source, warned in ((CASH, True), (one.account, False)):
        shown = till.post(path, form | {"source": source}).content.decode()
        assert ("Check the identity document" in shown) is warned
