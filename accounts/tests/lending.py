"""Makers of loans by the bank's own services, for the tests of loans."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.ledger import Actor
from accounts.models import User
from accounts.models.loans import Loan
from accounts.services.deposits import open_account
from accounts.services.loans.applications import DECIDE, Application, apply_for_loan, disburse_loan, open_request
from accounts.services.loans.postings import existing
from accounts.testing import a_customer, a_manager, make_user
from accounts.tests.conftest import an_account, stored
from cloudbank import approvals
from cloudbank.approvals import Approval
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.ids import new_id


@dataclass
class Borrower:
    """A customer with an account and one loan, and two people of the bank."""

    customer: User
    account: str
    loan_id: str
    analyst: User
    manager: User

    @property
    def loan(self) -> Loan:
        """As it is stored now."""
        return existing(self.loan_id)

    @property
    def cash(self) -> int:
        """What is in the deposit account."""
        return stored(self.account).balance

    def actor(self) -> Actor:
        """The customer, acting."""
        return as_actor(self.customer)


def as_actor(user: User) -> Actor:
    """The person as services want them."""
    return Actor(user.user_id, user.role, "127.0.0.1")


def applied_for(*, amount: int = 1_000_000, instalments: int = 12, collects: bool = False, **more: Any) -> Borrower:
    """A customer who asked for a loan."""
    customer = more.pop("customer", None) or a_customer()
    account = more.pop("account", None) or an_account(customer)
    asked: dict[str, Any] = {"offer": "personal", "purpose": "new kitchen", "monthly_income": 400_000}
    asked |= {name: more.pop(name) for name in tuple(more) if name in asked}
    application = Application(amount=amount, instalments=instalments, pays_to=account, collects=collects, **asked)
    values = {"key": new_id("key"), "now": utcnow(), "actor": as_actor(customer), "name": customer.name} | more
    loan = apply_for_loan(owner=customer, application=application, **values)
    analyst = make_user("analyst", name="Ana Analyst")
    return Borrower(customer, account, loan.loan_id, analyst, a_manager())


def request_of(one: Borrower, code: str = DECIDE, now: datetime | None = None) -> Approval:
    """The request about the loan that waits."""
    found = open_request(one.loan, code, now or utcnow())
    assert found is not None
    return found


def approve(one: Borrower, request: Approval, now: datetime | None = None) -> Approval:
    """The manager says yes."""
    return approvals.approve(
        approval_id=request.approval_id,
        content_hash=request.content_hash,
        actor=as_actor(one.manager),
        name=one.manager.name,
        now=now or utcnow(),
    )


def paid_out(**more: Any) -> Borrower:
    """A customer whose loan is running since `now`."""
    now = more.get("now") or utcnow()
    one = applied_for(**more)
    approve(one, request_of(one, now=now), now)
    disburse_loan(loan_id=one.loan_id, actor=one.actor(), channel="online", now=now)
    return one


def today() -> date:
    """The business day of now."""
    return business_date(utcnow())


def an_account_at(customer: User, now: datetime) -> str:
    """An account opened then: the books begin on its day."""
    return open_account(
        owner_id=customer.user_id, product="checking", currency="USD", branch="main", key="k1", actor=as_actor(customer),
        now=now,
    ).account_id  # fmt: skip
