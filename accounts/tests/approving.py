"""Asking for and deciding on requests under four eyes, for tests."""

from typing import Any

from django.test import Client

from accounts.ledger import CASH, Instruction
from accounts.models import DepositAccount, User
from accounts.services.counter import hand_in
from accounts.testing import (
    signed_in,
)
from accounts.tests.makers import actor
from cloudbank import approvals
from cloudbank.approvals import PENDING, Approval
from cloudbank.clock import utcnow
from cloudbank.ids import new_id

REASON = "The customer showed the invoice."
OVER = 2_500_001


def page_of(item: Approval | str) -> str:
    """The address of a request."""
    return f"/approvals/{item if isinstance(item, str) else item.approval_id}"


def the_one() -> Approval:
    """The only request there is."""
    rows, _ = approvals.listed(PENDING, now=utcnow(), wanted=lambda filed: True, cursor=None, limit=10)
    assert len(rows) == 1
    return rows[0]


def stored(item: Approval) -> Approval:
    """As it is now."""
    found = approvals.find(item.approval_id)
    assert found is not None
    return found


def decide(user: User, item: Approval, action: str = "approve", note: str = "", **more: str) -> Any:
    """Decide on its page, as this person."""
    data = {"action": action, "note": note, "content_hash": item.content_hash} | more
    return signed_in(Client(), user).post(page_of(item), data)


class Till:
    """A teller's cash over the limit."""

    def instruction(self, tom: User, account: DepositAccount, amount: int = OVER, key: str = "") -> Instruction:
        """A deposit in cash, over the limit unless told otherwise."""
        return Instruction(
            type="deposit", key=key or new_id("key"), amount=amount, currency="USD", debit=CASH,
            credit=account.account_id, channel="branch", branch="main", actor=actor(tom), memo="Car",
        )  # fmt: skip

    def asked(self, tom: User, account: DepositAccount, **more: Any) -> Approval:
        """The request that it becomes."""
        result = hand_in(instruction=self.instruction(tom, account, **more), reason=REASON, name="Tom", now=utcnow())
        assert isinstance(result, Approval)
        return result

    def approve(self, item: Approval, by: User, **more: Any) -> Approval:
        """Approve it, as this person."""
        known = {
            "approval_id": item.approval_id,
            "content_hash": item.content_hash,
            "actor": actor(by),
            "now": utcnow(),
        }
        return approvals.approve(**(known | {"name": by.name} | more))
