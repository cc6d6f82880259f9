"""The overdraft limit of an account: one person asks for another limit, a second one grants it."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts import numbers
from accounts.ledger import CHECKING, CLOSED, Actor, Refused
from accounts.models import DepositAccount
from accounts.models.ledger import PRODUCTS
from accounts.queries.people import user
from cloudbank import approvals, audit, parameters, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.money import MAX_MINOR, format_amount, is_whole
from cloudbank.parameters import Parameter, declare

SET = "overdraft_limit"
MOST = declare(
    Parameter(
        code="limit.overdraft",
        label="Overdraft limit of an account, at most",
        kind="money",
        default=1_000_000,
        minimum=0,
        maximum=MAX_MINOR,
        unit="USD minor",
        source="Bank policy",
    )
)


def ask_overdraft(
    *, account_id: str, limit: int, reason: str, key: str, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask for another overdraft limit (minor units). Raises Refused, approvals.NotAllowed."""
    account = _account(account_id)
    _allowed(account, limit, now)
    return approvals.ask(
        code=SET,
        content={"account_id": account_id, "limit": limit, "before": account.overdraft_limit},
        about=subject_of(account),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


@approvals.effect(
    SET,
    label="Change an overdraft limit",
    icon="sliders",
    asks="accounts.ask_overdraft",
    permission="accounts.grant_overdraft",
)
class SetOverdraft(approvals.Effect):
    """The limit that was asked for, as long as the account has the one it had then."""

    refusals = (Refused,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Whose account it is, what it owes, and both limits."""
        account = _account(content["account_id"])
        owner = user(account.owner_id or "")
        label = f"{PRODUCTS.get(account.product, account.product)} {numbers.masked(account.account_id)}"
        name = owner.name if owner else "an unknown owner"
        return Shown(
            f"Set the overdraft limit of {label} of {name} to {_money(content['limit'], account)}",
            facts=[
                ("Account", numbers.grouped(account.account_id), label),
                ("Owner", name, account.owner_id or ""),
                ("Balance", _money(account.balance, account), "when it was asked"),
            ],
            changes=[("Overdraft limit", _money(content["before"], account), _money(content["limit"], account))],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only as long as the account has the limit it had."""
        _unchanged(request.content)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """The new limit, in the transaction of the decision."""
        account, content = _unchanged(request.content), request.content
        _allowed(account, content["limit"], now)
        account.overdraft_limit = content["limit"]
        entry = audit.record(
            account,
            "set_overdraft",
            actor=actor,
            now=now,
            before={"overdraft_limit": content["before"]},
            after={"overdraft_limit": content["limit"], "asked_by": request.maker_id, "approval": request.approval_id},
            reason=request.reason,
        )
        return Outcome("The limit is set.", self.link(content)[1], [store.changed(account), entry])

    def link(self, content: Any) -> tuple[str, str]:
        """The account's page."""
        return "Open the account", reverse("account", args=[content["account_id"]])


def _money(amount: int, account: DepositAccount) -> str:
    return f"{format_amount(amount, account.currency)} {account.currency}"


def _account(account_id: str) -> DepositAccount:
    account = store.get(DepositAccount, account_id)
    if account is None:
        raise Refused("unknown_account", "There is no account with this number.")
    return account


def _unchanged(content: Any) -> DepositAccount:
    account = _account(content["account_id"])
    if account.overdraft_limit != content["before"]:
        raise Refused("changed", "The limit was changed since this was asked. Ask again.")
    return account


def _allowed(account: DepositAccount, limit: int, now: datetime) -> None:
    if account.status == CLOSED:
        raise Refused(CLOSED, "This account is closed.")
    if account.product != CHECKING:
        raise Refused("product", "Only a checking account can be overdrawn.")
    most = parameters.snapshot(now).money(MOST.code, account.currency)
    if not (is_whole(limit) and 0 <= limit <= most):
        raise Refused("limit", f"The limit must lie between 0 and {_money(most, account)}.", "limit")
    if limit == account.overdraft_limit:
        raise Refused("same", f"The limit is {_money(limit, account)} already.", "limit")
    if -account.balance > limit:
        raise Refused(
            "owed", f"The account owes {_money(-account.balance, account)}; the limit cannot be lower.", "limit"
        )
