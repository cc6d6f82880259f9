"""Accounts with money in them, made by the bank's own services."""

from typing import Any

from django.test import Client

from accounts.ledger import CASH, DEPOSIT, Actor, Instruction
from accounts.models import DepositAccount, User
from accounts.queries.deposits import account
from accounts.services.deposits import open_account
from accounts.services.posting import post
from cloudbank.clock import utcnow
from cloudbank.ids import new_id


def actor(user: User) -> Actor:
    """The person as services want them."""
    return Actor(user.user_id, user.role, "127.0.0.1")


def an_account(owner: User, balance: int = 0, *, product: str = "checking", currency: str = "USD") -> DepositAccount:
    """An open account with this balance (minor units), paid in as cash."""
    now = utcnow()
    opened = open_account(
        owner_id=owner.user_id,
        product=product,
        currency=currency,
        branch="main",
        key=new_id("key"),
        actor=actor(owner),
        now=now,
    )
    if balance:
        paid_in = Instruction(
            type=DEPOSIT,
            key=new_id("key"),
            amount=balance,
            currency=currency,
            debit=CASH,
            credit=opened.account_id,
            channel="branch",
            branch="main",
            actor=Actor("usr_till", "teller", "127.0.0.1"),
        )
        post(paid_in, now=now)
    return fresh(opened)


def fresh(item: DepositAccount) -> DepositAccount:
    """The account as it is stored now."""
    found = account(item.account_id)
    assert found is not None
    return found


def balance(item: DepositAccount) -> int:
    """What the account holds now."""
    return fresh(item).balance


def form_of(client: Client, path: str) -> dict[str, Any]:
    """What a browser would send of the form at this address, untouched: its initial values, with the hidden key."""
    form = client.get(path).context["form"]
    return {name: form[name].value() or "" for name in form.fields}
