"""What somebody asked who is shut out since, or has another role, is not done in their name: by no page, no evening."""

from datetime import timedelta

import pytest

from accounts.ledger import CASH
from accounts.models import DepositAccount, User
from accounts.queries.ledger import movement_lines
from accounts.services import counter
from accounts.services.counter import hand_in, instruction_of
from accounts.services.loans.till import Payment
from accounts.services.loans.till import hand_in as hand_in_for_loan
from accounts.services.people import change_role, set_disabled
from accounts.services.posting import post
from accounts.services.reversing import ask_reversal
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_admin
from accounts.tests.approving import decide, stored
from accounts.tests.conftest import instruct
from accounts.tests.lending import paid_out
from accounts.tests.makers import actor, an_account, balance
from accounts.tests.test_over_limit import transfer
from cloudbank import approvals
from cloudbank.approvals import APPROVED, FAILED, Approval, NotAllowed
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank", "quiet")
LATER = timedelta(minutes=5)


@pytest.fixture
def tom() -> User:
    return a_teller()


@pytest.fixture
def own() -> DepositAccount:
    return an_account(a_customer(), 10_000_000)


def asked(tom: User, own: DepositAccount) -> Approval:
    """A transfer that needs a second person."""
    instruction = transfer(tom, own, an_account(a_stranger()))
    found = hand_in(instruction=instruction, reason="x", name="Tom", now=utcnow())
    assert isinstance(found, Approval)
    return found


def shut_out(someone: User, disabled: bool = True) -> None:
    set_disabled(user_id=someone.user_id, disabled=disabled, reason="Fraud", actor=actor(an_admin()), now=utcnow())


def approve(item: Approval, mary: User) -> Approval:
    return approvals.approve(
        approval_id=item.approval_id, content_hash=item.content_hash, actor=actor(mary), name="Mary", now=utcnow()
    )


def test_the_kernel_itself_refuses_to_approve_it(tom: User, own: DepositAccount) -> None:
    item, mary = asked(tom, own), a_manager()
    shut_out(tom)
    with pytest.raises(NotAllowed, match="has been shut out since they asked this. Reject it"):
        approve(item, mary)
    assert balance(own) == 10_000_000
    shut_out(tom, disabled=False)
    assert approve(item, mary).state == APPROVED


def test_who_has_another_role_since_asked_in_vain(tom: User, own: DepositAccount) -> None:
    item = asked(tom, own)
    change_role(user_id=tom.user_id, role="auditor", reason="moved", actor=actor(an_admin()), now=utcnow())
    with pytest.raises(NotAllowed, match="has another role"):
        approve(item, a_manager())


@pytest.mark.parametrize("posted", [False, True])
def test_what_was_approved_and_not_carried_out_is_not_carried_on_unless_it_is_in_the_books(
    tom: User, own: DepositAccount, monkeypatch: pytest.MonkeyPatch, posted: bool
) -> None:
    item, real = asked(tom, own), counter.post

    def dies(instruction: object, **more: object) -> object:
        monkeypatch.setattr(counter, "post", real)
        if posted:
            real(instruction, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(counter, "post", dies)
    with pytest.raises(KeyboardInterrupt):
        decide(a_manager(), item)
    shut_out(tom)
    assert approvals.resume_due(now=utcnow() + LATER) == (1, 0)
    done = stored(item)
    assert done.state == (APPROVED if posted else FAILED)
    assert bool(movement_lines(instruction_of(item).movement_id)) is posted
    assert posted or done.outcome == "Not done. Tom Teller has been shut out since they asked this."
    assert balance(own) == 10_000_000 - 5_000_001 * posted


def test_it_keeps_nobody_else_from_asking(tom: User, own: DepositAccount) -> None:
    mary = a_manager()
    fee = post(instruct("deposit", 5, CASH, own.account_id), now=utcnow()).movement_id
    other = a_manager(name="Max Manager")
    ask = {"movement_id": fee, "reason": "x", "name": "M", "now": utcnow()}
    first = ask_reversal(**ask, key="a", actor=actor(mary))
    with pytest.raises(approvals.AlreadyAsked):
        ask_reversal(**ask, key="b", actor=actor(other))
    shut_out(mary)
    again = ask_reversal(**ask, key="c", actor=actor(other))
    assert again.approval_id != first.approval_id


def test_cash_for_a_loan_that_was_not_posted_has_not_begun(tom: User) -> None:
    one = paid_out(amount=4_000_000)
    payment = Payment(one.loan_id, 2_500_100, CASH, "till-key-1", "branch", "main")
    item = hand_in_for_loan(payment=payment, reason="x", actor=actor(tom), name="Tom", now=utcnow())
    assert isinstance(item, Approval) and item.effect and not item.effect.begun(item)
    decide(one.manager, item)
    assert item.effect.begun(item)
