"""Closing an account in cash takes two people: who closes has no till, who has the till does not decide on closing."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.ledger import CASH, CLOSED, Actor, Refused
from accounts.models import DepositAccount
from accounts.queries.people import user
from accounts.readback import amount_in_words
from accounts.services.counter import account_fact, asker_of, money
from accounts.services.deposits import allow, existing
from accounts.services.leaving import Due, close_account, due_at_closing, payout_of, refuse_with_loans
from accounts.services.posting import Busy, NotKnownYet
from accounts.states import CLOSE
from cloudbank import approvals
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.conf import business_date

IN_CASH = "close_in_cash"


def about_closing(account_id: str) -> str:
    """What requests to close an account in cash are filed under."""
    return f"closing#{account_id}"


def ask_to_close_in_cash(*, account_id: str, reason: str, key: str, actor: Actor, name: str, now: datetime) -> Approval:
    """Ask for an account to be closed and paid out in cash. Raises Refused, NotAllowed, Busy."""
    account = existing(account_id)
    due = due_at_closing(account, business_date(now))
    return approvals.ask(
        code=IN_CASH,
        content={"account_id": account_id, "total": due.total, "sequence": account.sequence},
        about=about_closing(account_id),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def pending_closing(account_id: str, now: datetime) -> Approval | None:
    """The request to close this account in cash that can still be approved, if any."""
    return approvals.standing_one(about_closing(account_id), now)


def _closing(content: Any, actor: Actor, now: datetime) -> tuple[DepositAccount, Due]:
    """The account and what it pays out; refused when it could not be closed now, or pays out something else."""
    account = existing(content["account_id"])
    allow(account, CLOSE)
    refuse_with_loans(account)
    due = due_at_closing(account, business_date(now))
    if due.total != content["total"]:
        raise Refused("changed", "What is on the account is not what was asked about. Ask again for what is now.")
    payout_of(account, due, CASH, actor, now, approved=content["total"])
    return account, due


@approvals.effect(
    IN_CASH,
    label="Close an account in cash",
    icon="cash-stack",
    asks="accounts.close_account",
    permission="accounts.post_any_movement",
    separately=True,
)
class CloseInCash(approvals.Effect):
    """Interest, payout and closing are each done once, however often this is tried."""

    refusals = (Refused,)
    doubts = (Busy, NotKnownYet)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Whose account, and the cash to count out."""
        account, due = _closing(content, Actor("", "", ""), now)
        owner = user(account.owner_id or "")
        amount, name = money(due.total, account.currency), owner.name if owner else "an unknown owner"
        interest = money(due.interest, account.currency) if due.interest else ""
        facts = [
            ("Pay out in cash", amount, amount_in_words(due.total, account.currency)),
            account_fact("Account", account.state(), owner),
            ("Interest", interest, "of it, to the day it was asked"),
        ]
        return Shown(
            f"Close the account of {name} and pay out {amount} in cash",
            facts=[fact for fact in facts if fact[1]],
            changes=[("Status", account.status.capitalize(), "Closed, for ever")],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Still to be closed, with the amount that was read."""
        _closing(request.content, asker_of(request), now)

    def begun(self, request: Approval) -> bool:
        """Whether its interest is paid, or more."""
        account = existing(request.content["account_id"])
        return account.status == CLOSED or account.sequence != request.content["sequence"]

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Pay out and close in the name of who asked; never more than was approved."""
        close_account(
            account_id=request.content["account_id"],
            reason=request.reason,
            actor=asker_of(request),
            now=now,
            pay_to=CASH,
            approved=request.content["total"],
        )
        return Outcome("Closed. Count out the cash.", self.link(request.content)[1])

    def link(self, content: Any) -> tuple[str, str]:
        """The account's page."""
        return "Open the account", reverse("account", args=[content["account_id"]])
