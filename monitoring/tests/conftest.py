"""Fixtures of monitoring's tests: a screened bank with a customer who has an account, and an alert."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounts import participants
from accounts.ledger import CASH, Actor
from accounts.models import CustomerActivity, User
from accounts.services.posting import Receipt, post
from accounts.testing import a_customer, a_stranger, an_analyst, make_user, signed_in
from accounts.tests.conftest import an_account, instruct
from cloudbank import store
from cloudbank.clock import utcnow
from monitoring import packing
from monitoring.activity import Activity
from monitoring.models import Alert
from monitoring.queries import news
from monitoring.queries.alerts import ALL, AlertFilter, alerts_page

OVER = 1_000_001
"""One cent more than needs no report."""


@dataclass
class Screened:
    """A customer with an account, an analyst, and the clock."""

    customer: User
    stranger: User
    analyst: User
    account: str
    theirs: str
    clients: dict[str, Client] = field(default_factory=dict)

    def cash_in(self, amount: int = OVER, to: str = "", now: datetime | None = None, **more: Any) -> Receipt:
        """A cash deposit at the counter."""
        return post(instruct("deposit", amount, CASH, to or self.account, **more), now=now or utcnow())

    def transfer(self, amount: int, **more: Any) -> Receipt:
        """From the customer to the stranger."""
        return post(instruct("transfer", amount, self.account, self.theirs, **more), now=utcnow())

    def alerts(self, **wanted: Any) -> list[Alert]:
        """The alerts of the bank, open and closed unless told otherwise."""
        chosen = AlertFilter(**({"status": ALL} | wanted))
        return alerts_page(chosen, limit=200).rows

    def alert(self) -> Alert:
        """A fresh alert of the customer."""
        self.cash_in()
        (found,) = self.alerts()
        return found

    def activity(self) -> Activity:
        """The customer's risk state as it is stored."""
        item = store.get(CustomerActivity, CustomerActivity.key(self.customer.user_id))
        return packing.load(item.state if item else None)

    def actor(self, person: User | None = None) -> Actor:
        """Somebody at work, the analyst unless told otherwise."""
        person = person or self.analyst
        return Actor(person.user_id, person.role, "127.0.0.1")

    def client(self, who: User | str = "") -> Client:
        """A browser signed in as a person, or as somebody of a role."""
        person = make_user(who) if isinstance(who, str) and who else (who or self.analyst)
        assert isinstance(person, User)
        return signed_in(Client(), person)


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    participants.participant.cache_clear()
    news.forget()
    yield
    participants.participant.cache_clear()
    news.forget()


@pytest.fixture
def screened(bank: Any) -> Screened:
    """A bank with all rules."""
    customer, stranger = a_customer(), a_stranger()
    here = Screened(customer, stranger, an_analyst(), an_account(customer), an_account(stranger))
    for person in (customer, stranger):
        known_for_long(person)
    return here


def known_for_long(person: User) -> None:
    """Their first account is of years ago: rule 18 (much money through a new account) has nothing to add."""
    item = store.load(User, [person.user_id])[person.user_id]
    item.first_account_on = "2020-01-02"
    store.save([store.changed(item)])
