"""Fixtures of the accounts' tests: a bank without rules, two funded people, makers of instructions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings

from accounts import participants
from accounts.ledger import CASH, Actor, Instruction
from accounts.models import DepositAccount, User
from accounts.queries.deposits import account
from accounts.services.deposits import open_account
from accounts.services.posting import Receipt, post
from accounts.testing import a_customer, a_manager, a_stranger, a_teller
from accounts.tests import makers
from cloudbank import audit, store
from cloudbank.clock import utcnow
from cloudbank.ids import new_id

TELLER = Actor("usr_teller", "teller", "test")
MANAGER = Actor("usr_manager", "manager", "test")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No rules: what is tested is the ledger alone."""
    monkeypatch.setattr(settings, "POSTING_PARTICIPANTS", ["accounts.tests.quiet.Quiet"])
    participants.participant.cache_clear()
    yield
    participants.participant.cache_clear()


def instruct(type_: str, amount: int, debit: str, credit: str, key: str = "", **more: Any) -> Instruction:
    """An instruction at the branch, with a fresh key unless told otherwise."""
    values: dict[str, Any] = {"channel": "branch", "branch": "main", "actor": TELLER, "currency": "USD"} | more
    return Instruction(type=type_, key=key or new_id("key"), amount=amount, debit=debit, credit=credit, **values)


@dataclass
class TwoPeople:
    """A customer and a stranger with one checking account each; the customer's holds 1,000.00."""

    customer: User
    stranger: User
    mine: str
    theirs: str

    def deposit(self, amount: int, to: str = "", **more: Any) -> Receipt:
        """Cash in."""
        return post(instruct("deposit", amount, CASH, to or self.mine, **more), now=utcnow())

    def withdraw(self, amount: int, **more: Any) -> Receipt:
        """Cash out of the customer's account."""
        return post(instruct("withdrawal", amount, self.mine, CASH, **more), now=utcnow())

    def transfer(self, amount: int, **more: Any) -> Receipt:
        """From the customer to the stranger."""
        return post(instruct("transfer", amount, self.mine, self.theirs, **more), now=utcnow())

    def balances(self) -> tuple[int, int]:
        """Of the customer's and of the stranger's account."""
        return stored(self.mine).balance, stored(self.theirs).balance


def stored(account_id: str) -> DepositAccount:
    """The account as it is stored now."""
    found = account(account_id)
    assert found is not None
    return found


def set_by_hand(account_id: str, **values: Any) -> None:
    """Change an account as two people's approval would, with its audit record, without going through their pages."""
    item, now = stored(account_id), utcnow()
    before = {name: getattr(item, name) for name in values}
    for name, value in values.items():
        setattr(item, name, value)
    entry = audit.record(item, "set_by_hand", actor=MANAGER, now=now, before=before, after=values)
    store.save([store.changed(item), entry])


def an_account(owner: User, product: str = "checking") -> str:
    """A fresh account of the owner; its number."""
    opened = open_account(
        owner_id=owner.user_id,
        product=product,
        currency="USD",
        branch="main",
        key=new_id("key"),
        actor=TELLER,
        now=utcnow(),
    )
    return opened.account_id


@pytest.fixture
def two(bank: Any, quiet: None) -> TwoPeople:
    """Two people in a bank without rules."""
    return two_people()


def two_people() -> TwoPeople:
    """Two people with an account each, the first one funded with 1,000.00."""
    customer, stranger = a_customer(), a_stranger()
    people = TwoPeople(customer, stranger, an_account(customer), an_account(stranger))
    people.deposit(100_000)
    return people


Maker = Callable[..., Receipt]


@pytest.fixture
def carla() -> User:
    """A customer."""
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    """The customer's account with 100,000.00."""
    return makers.an_account(carla, 10_000_000)


@pytest.fixture
def tom() -> User:
    """A teller."""
    return a_teller()


@pytest.fixture
def mary() -> User:
    """A manager."""
    return a_manager()
