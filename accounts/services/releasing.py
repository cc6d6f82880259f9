"""Lifting what protects an account takes two: releasing a frozen one, lifting a block, waking a dormant one.

One person asks, another approves; each is a transition of accounts.states with a second permission. Who releases
a frozen account lifts the freeze alone: a block or a sleep that it had before is there again.
"""

from datetime import datetime
from typing import Any, ClassVar

from django.urls import reverse

from accounts import numbers
from accounts.ledger import FROZEN, Actor, Refused
from accounts.models import DepositAccount
from accounts.models.ledger import PRODUCTS
from accounts.queries.people import users
from accounts.states import SAID, UNBLOCK, UNFREEZE, WAKE, Transition, state_in_words
from cloudbank import approvals, audit, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.money import format_amount

RELEASE = "unfreeze_account"
CODES = {UNFREEZE: RELEASE, UNBLOCK: "unblock_account", WAKE: "wake_account"}
"""Transition -> code of its kind of request."""


def ask_release(*, account_id: str, reason: str, key: str, actor: Actor, name: str, now: datetime) -> Approval:
    """Ask for a frozen account to be released; nothing moves on it until another person approves."""
    return ask_change(
        transition=UNFREEZE, account_id=account_id, reason=reason, key=key, actor=actor, name=name, now=now
    )


def ask_change(
    *, transition: Transition, account_id: str, reason: str, key: str, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask for a state to be lifted; it stays until another person approves.

    Raises approvals.NotAllowed, or Refused when there is no such account.
    """
    account = _in_state(account_id, transition)
    return approvals.ask(
        code=CODES[transition],
        content={"account_id": account_id, "since": account.audit_head},
        about=subject_of(account),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def pending_release(account: DepositAccount, now: datetime) -> Approval | None:
    """The request to lift this account's state that waits for a decision, if any. One index query."""
    return approvals.open_one(subject_of(account), now, *CODES.values())


class _Lift(approvals.Effect):
    """The very state that was asked about: after any other change of the account it must be asked anew."""

    refusals = (Refused,)
    transition: ClassVar[Transition]
    verb: ClassVar[str]

    def shown(self, content: Any, now: datetime) -> Shown:
        """Whose account it is, who brought it into its state and why."""
        account = _in_state(content["account_id"], self.transition)
        people = users({account.owner_id or "", account.status_by or ""} - {""})
        owner, who = people.get(account.owner_id or ""), people.get(account.status_by or "")
        label = f"{PRODUCTS.get(account.product, account.product)} {numbers.masked(account.account_id)}"
        name = owner.name if owner else "an unknown owner"
        balance = f"{format_amount(account.balance, account.currency)} {account.currency}"
        state = state_in_words(account.status).capitalize()
        return Shown(
            f"{self.verb} {label} of {name}",
            facts=[
                ("Account", numbers.grouped(account.account_id), label),
                ("Owner", name, account.owner_id or ""),
                (f"{state} by", who.name if who else account.status_by or "", account.status_reason or ""),
                ("Balance", balance, "when it was asked"),
            ],
            changes=[("Status", SAID[account.status], SAID[_end(account, self.transition)])],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only as long as nothing else changed."""
        self._same(request)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """As it was before, in the transaction of the decision."""
        account = self._same(request)
        end = _end(account, self.transition)
        before = {"status": account.status}
        account.status, account.status_reason, account.status_by = end, request.reason, actor.user_id
        entry = audit.record(
            account,
            self.transition.action,
            actor=actor,
            now=now,
            before=before,
            after={"status": end, "asked_by": request.maker_id, "approval": request.approval_id},
            reason=request.reason,
        )
        return Outcome(
            f"The account is {state_in_words(end)} again.",
            self.link(request.content)[1],
            [store.changed(account), entry],
        )

    def link(self, content: Any) -> tuple[str, str]:
        """The account's page."""
        return "Open the account", reverse("account", args=[content["account_id"]])

    def _same(self, request: Approval) -> DepositAccount:
        account = _in_state(request.content["account_id"], self.transition)
        if account.audit_head != request.content["since"]:
            raise Refused("changed", "This account was changed since the request was made. Ask again for what is now.")
        return account


@approvals.effect(
    RELEASE,
    label="Release a frozen account",
    icon="unlock",
    asks=UNFREEZE.permission,
    permission=UNFREEZE.second,
)
class Release(_Lift):
    """Frozen -> what it was before."""

    transition, verb = UNFREEZE, "Release"


@approvals.effect(
    CODES[UNBLOCK],
    label="Lift a block on an account",
    icon="unlock",
    asks=UNBLOCK.permission,
    permission=UNBLOCK.second,
)
class Unblock(_Lift):
    """Blocked for debits or credits -> active."""

    transition, verb = UNBLOCK, "Unblock"


@approvals.effect(
    CODES[WAKE],
    label="Wake a dormant account",
    icon="sun",
    asks=WAKE.permission,
    permission=WAKE.second,
)
class Wake(_Lift):
    """Dormant -> active: an account that nobody watches is where a single insider would take from."""

    transition, verb = WAKE, "Wake"


def _end(account: DepositAccount, transition: Transition) -> str:
    """The state that it comes into; of a frozen account the one that its latest freeze found, says its audit trail."""
    for number in range(account.audit_sequence if transition == UNFREEZE else 0, 0, -1):
        record = store.get(AuditRecord, f"audit#{subject_of(account)}#{number:08d}")
        if record and record.after.get("status") == FROZEN:
            return str(record.before.get("status") or transition.end)
    return transition.end


def _in_state(account_id: str, transition: Transition) -> DepositAccount:
    account = store.get(DepositAccount, account_id)
    if account is None:
        raise Refused("unknown_account", "There is no account with this number.")
    if account.status not in transition.start:
        said = state_in_words(account.status)
        raise Refused(account.status, f"This account is {said}; there is nothing to release.")
    return account
