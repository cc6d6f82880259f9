"""Makers for tests of compliance: accounts, cash at the counter, corrective actions."""

from datetime import date, datetime, timedelta
from typing import Any

from accounts.ledger import CASH, DEPOSIT, Actor, Instruction
from accounts.models import User
from accounts.services.deposits import open_account
from accounts.services.posting import Receipt, post
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.ids import new_id
from compliance.control import Reading, scope_of
from compliance.controls import CONTROLS
from compliance.models import CorrectiveAction
from compliance.score import State
from compliance.services.actions import Content, move_action, open_action

TILL = Actor("usr_till", "teller", "127.0.0.1")


def actor(user: User) -> Actor:
    """The person as services want them."""
    return Actor(user.user_id, user.role, "127.0.0.1")


def today() -> date:
    """The calendar day on the bank's clock."""
    return bank_calendar().local(utcnow()).date()


def days_ago(days: int) -> str:
    """An ISO date before today."""
    return (today() - timedelta(days=days)).isoformat()


def filed(user: User, **attributes: Any) -> User:
    """The person with these attributes, filed for review as the services do it."""
    item = store.get(User, user.user_id)
    assert item is not None
    for name, value in attributes.items():
        setattr(item, name, value)
    item.file_for_review()
    store.save([store.changed(item)])
    return item


def an_account_of(owner: User, now: datetime | None = None) -> str:
    """An open account, without money."""
    made = open_account(
        owner_id=owner.user_id,
        product="checking",
        currency="USD",
        branch="main",
        key=new_id("key"),
        actor=actor(owner),
        now=now or utcnow(),
    )
    return made.account_id


def cash_in(account_id: str, amount: int, *, now: datetime | None = None) -> Receipt:
    """Cash of `amount` minor units over the counter."""
    asked = Instruction(
        type=DEPOSIT,
        key=new_id("key"),
        amount=amount,
        currency="USD",
        debit=CASH,
        credit=account_id,
        channel="branch",
        branch="main",
        actor=TILL,
    )
    return post(asked, now=now or utcnow())


def content(owner: User, **changes: Any) -> Content:
    """What an officer writes about an action."""
    known: dict[str, Any] = {
        "title": "Verify the oldest identities",
        "root_cause": "Nobody stood in during leave.",
        "plan": "Name a deputy; clear the list.",
        "priority": 2,
        "owner_id": owner.user_id,
        "due_on": today() + timedelta(days=14),
    }
    return Content(**(known | changes))


def an_action(officer: User, *steps: str, control: str = "kyc-pending", **changes: Any) -> CorrectiveAction:
    """An action that this officer opened and took through these steps."""
    item = open_action(
        content=content(officer, **changes), control_code=control, key=new_id("key"), actor=actor(officer), now=utcnow()
    )
    for step in steps:
        item = take_step(item, step, officer)
    return item


def take_step(item: CorrectiveAction, step: str, by: User, note: str = "Looked at it.") -> CorrectiveAction:
    """One step with a note."""
    return move_action(
        action_id=item.transaction_id, step=step, note=note, version=item.version, actor=actor(by), now=utcnow()
    )


def rows_of(code: str, size: int = 7) -> list[object]:
    """All rows of a drill-down, page by page."""
    found: list[object] = []
    cursor = None
    offenders = CONTROLS[code].offenders(scope_of(utcnow()))
    while True:
        page = offenders.page(cursor, size)
        found += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return found


def reading(code: str) -> Reading:
    """The reading now; its count must be the number of the drilled rows."""
    now = CONTROLS[code].read(scope_of(utcnow()))
    assert not now.measure.count.more
    assert now.measure.count.number == len(rows_of(code))
    return now


def told(code: str) -> tuple[int, int | None, State]:
    """(count, gauge, state)."""
    now = reading(code)
    return now.measure.count.number, now.measure.gauge, now.state
