"""Closing an account: its interest is paid to the last day, what stands on it is paid out, then it closes.

Each step is a posting or a change of its own, done once however often it is tried; a process that dies in
between leaves an open account on which closing goes on. Nothing is lost: `change_state` refuses to close an
account with a balance, a hold, or interest that is not paid.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from accounts import ledger
from accounts.interest import month_of
from accounts.ledger import ACTIVE, CASH, CLOSED, SAVINGS, TRANSFER, WITHDRAWAL, Actor, Instruction, Refused
from accounts.models import DepositAccount
from accounts.queries.deposits import account as get_account
from accounts.queries.deposits import accounts_of
from accounts.services.counter import AT_COUNTER, money, rule_over
from accounts.services.deposits import allow, change_state, existing
from accounts.services.posting import post
from accounts.services.savings import earned, interest_payment
from accounts.states import CLOSE
from cloudbank.clock import ONE_DAY
from cloudbank.conf import business_date

PAYER = Actor("close_account", "system", "closing")
"""In whose name interest is paid, whoever closes: two people at once pay it once."""


@dataclass(frozen=True)
class Due:
    """What an account pays out when it closes, in minor units."""

    balance: int
    interest: int

    @property
    def total(self) -> int:
        """Balance and interest."""
        return self.balance + self.interest


def due_at_closing(account: DepositAccount, day: date) -> Due:
    """Interest accrues until the day on which the money leaves (12 CFR 1030.7(c)): that day ends with nothing."""
    rest = earned(account, day - ONE_DAY) if account.product == SAVINGS else 0
    return Due(account.balance, rest)


def ways_out(account: DepositAccount) -> list[DepositAccount]:
    """The owner's other accounts that can take what is paid out."""
    others = accounts_of(account.owner_id or "")
    usable = [one for one in others if one.status == ACTIVE and one.currency == account.currency]
    return [one for one in usable if one.account_id != account.account_id]


def close_account(*, account_id: str, reason: str, actor: Actor, now: datetime, pay_to: str = "") -> DepositAccount:
    """Close an account without a hold, for ever. `pay_to`: another own account or CASH, when anything is due.

    Raises Refused with nothing written, or what `post` raises; calling it again goes on.
    """
    account, day = existing(account_id), business_date(now)
    if account.status != CLOSED and reason.strip():
        allow(account, CLOSE)
        due = due_at_closing(account, day)
        payout = _payout(account, due, pay_to, actor, now) if due.total else None
        if due.interest:
            month, part = month_of(day), f"closing#{day.isoformat()}"
            memo = "Interest to the closing of the account"
            post(interest_payment(account, due.interest, part=part, month=month, memo=memo, actor=PAYER), now=now)
        if payout and post(payout, now=now).held:
            raise Refused("under_review", "The payout is under review; close the account when that is decided.")
    return change_state(transition=CLOSE, account_id=account_id, reason=reason, actor=actor, now=now)


def _payout(account: DepositAccount, due: Due, pay_to: str, actor: Actor, now: datetime) -> Instruction:
    """What takes everything from the account; refused when the ledger would, or when it needs a second person."""
    if due.total < 0:
        raise Refused("balance", "The account owes money. It can be closed once this is paid.")
    if not pay_to:
        text = f"{money(due.total, account.currency)} is on this account"
        text += f", {money(due.interest, account.currency)} of it interest to today" if due.interest else ""
        raise Refused("balance", f"{text}. Say where it is paid to.", "pay_to")
    if pay_to != CASH and pay_to not in {one.account_id for one in ways_out(account)}:
        raise Refused("pay_to", "Choose another open account of the same owner, or cash.", "pay_to")
    payout = Instruction(
        type=WITHDRAWAL if pay_to == CASH else TRANSFER,
        key=f"closing#{account.account_id}#{account.sequence}",
        amount=due.total,
        currency=account.currency,
        debit=account.account_id,
        credit=pay_to,
        channel=AT_COUNTER,
        branch=account.branch,
        actor=actor,
        memo="Closing of the account",
    )
    if rule := rule_over(payout, now):
        most = money(rule.most(account.currency, now), account.currency)
        raise Refused("over_limit", f"Over {most} a second person must approve: have the money moved at a till first.")
    states = {account.account_id: replace(account.state(), balance=due.total)}
    other = get_account(pay_to) if pay_to != CASH else None
    ledger.plan(payout, states | ({pay_to: other.state()} if other else {}), now, business_date(now))
    return payout
