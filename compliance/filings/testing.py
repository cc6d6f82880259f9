"""Makers for tests of filings."""

from datetime import datetime

from accounts.ledger import CASH, DEPOSIT, WITHDRAWAL, Instruction
from accounts.models import User
from accounts.services.posting import Receipt, post
from cloudbank import approvals
from cloudbank.approvals import Approval
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.ids import new_id
from compliance.filings.life import ask_approval, filing, record_filed
from compliance.filings.models import Filing
from compliance.filings.terms import FILE
from compliance.testing import TILL, actor

NUMBER = "31000123456789"


def cash(
    account_id: str, amount: int, at: datetime, *, branch: str = "main", conductor_id: str = "", key: str = ""
) -> Receipt:
    """Cash over the counter at an instant: in, or out when `amount` (minor units) is negative."""
    incoming = amount > 0
    asked = Instruction(
        type=DEPOSIT if incoming else WITHDRAWAL,
        key=key or new_id("key"),
        amount=abs(amount),
        currency="USD",
        debit=CASH if incoming else account_id,
        credit=account_id if incoming else CASH,
        channel="branch",
        branch=branch,
        conductor_id=conductor_id,
        actor=TILL,
    )
    return post(asked, now=at)


def fresh(item: Filing) -> Filing:
    """The filing as it is stored."""
    found = filing(item.filing_id)
    assert found is not None
    return found


def reviewed(item: Filing, reviewer: User, decision: str = FILE) -> Approval:
    """The request of a reviewer."""
    return ask_approval(
        filing_id=item.filing_id,
        decision=decision,
        note="Slips and identities agree.",
        version=fresh(item).version,
        actor=actor(reviewer),
        name=reviewer.name,
        now=utcnow(),
    )


def agreed(request: Approval, second: User) -> None:
    """A second person approves it."""
    approvals.approve(
        approval_id=request.approval_id,
        content_hash=request.content_hash,
        note="Agreed.",
        actor=actor(second),
        name=second.name,
        now=utcnow(),
    )


def the_way_to_filed(item: Filing, reviewer: User, second: User, number: str = NUMBER) -> Filing:
    """Reviewed, approved, filed."""
    agreed(reviewed(item, reviewer), second)
    return record_filed(
        filing_id=item.filing_id,
        acknowledgement=number,
        filed_on=bank_calendar().local(utcnow()).date(),
        version=fresh(item).version,
        actor=actor(reviewer),
        now=utcnow(),
    )
