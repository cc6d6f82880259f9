"""Releasing a frozen account: one person freezes at once, two release (one asks, another approves)."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts import numbers
from accounts.ledger import ACTIVE, FROZEN, Actor, Refused
from accounts.models import DepositAccount
from accounts.models.ledger import PRODUCTS
from accounts.queries.people import users
from cloudbank import approvals, audit, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.money import format_amount

RELEASE = "unfreeze_account"


def ask_release(*, account_id: str, reason: str, key: str, actor: Actor, name: str, now: datetime) -> Approval:
    """Ask for a frozen account to be released; nothing moves on it until another person approves.

    Raises approvals.NotAllowed, or Refused when there is no such account.
    """
    account = _frozen(account_id)
    return approvals.ask(
        code=RELEASE,
        content={"account_id": account_id, "since": account.audit_head},
        about=subject_of(account),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def pending_release(account: DepositAccount, now: datetime) -> Approval | None:
    """The request to release this account that waits for a decision, if any. One index query."""
    asked = approvals.concerning(subject_of(account))
    return next((one for one in asked if one.code == RELEASE and one.state_at(now) == approvals.PENDING), None)


@approvals.effect(
    RELEASE,
    label="Release a frozen account",
    icon="unlock",
    asks="accounts.freeze_account",
    permission="accounts.unfreeze_account",
)
class Release(approvals.Effect):
    """The very freeze that was asked about: after any other change of the account it must be asked anew."""

    refusals = (Refused,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Whose account it is, who froze it and why."""
        account = _frozen(content["account_id"])
        people = users({account.owner_id or "", account.status_by or ""} - {""})
        owner, freezer = people.get(account.owner_id or ""), people.get(account.status_by or "")
        label = f"{PRODUCTS.get(account.product, account.product)} {numbers.masked(account.account_id)}"
        name = owner.name if owner else "an unknown owner"
        balance = f"{format_amount(account.balance, account.currency)} {account.currency}"
        return Shown(
            f"Release {label} of {name}",
            facts=[
                ("Account", numbers.grouped(account.account_id), label),
                ("Owner", name, account.owner_id or ""),
                ("Frozen by", freezer.name if freezer else account.status_by or "", account.status_reason or ""),
                ("Balance", balance, "when it was asked"),
            ],
            changes=[("Status", "Frozen: no money moves", "Active: money moves again")],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only as long as it is the same freeze."""
        _same_freeze(request)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Active again, in the transaction of the decision."""
        account = _same_freeze(request)
        account.status, account.status_reason, account.status_by = ACTIVE, request.reason, actor.user_id
        entry = audit.record(
            account,
            "unfreeze",
            actor=actor,
            now=now,
            before={"status": FROZEN},
            after={"status": ACTIVE, "asked_by": request.maker_id, "approval": request.approval_id},
            reason=request.reason,
        )
        return Outcome("The account is released.", self.link(request.content)[1], [store.changed(account), entry])

    def link(self, content: Any) -> tuple[str, str]:
        """The account's page."""
        return "Open the account", reverse("account", args=[content["account_id"]])


def _frozen(account_id: str) -> DepositAccount:
    account = store.get(DepositAccount, account_id)
    if account is None:
        raise Refused("unknown_account", "There is no account with this number.")
    if account.status != FROZEN:
        raise Refused(account.status, f"This account is {account.status}; there is nothing to release.")
    return account


def _same_freeze(request: Approval) -> DepositAccount:
    account = _frozen(request.content["account_id"])
    if account.audit_head != request.content["since"]:
        raise Refused("changed", "This account was changed since the request was made. Ask again for what is now.")
    return account
