"""Closing an account: its interest is paid to the last day, what stands on it is paid out, then it closes.

Each step is a posting or a change of its own, done once however often it is tried; a process that dies in
between leaves an open account on which closing goes on. Nothing is lost: `change_state` refuses to close an
account with a balance, a hold, or interest that is not paid.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from accounts import ledger, numbers
from accounts.interest import month_of
from accounts.ledger import ACTIVE, CASH, CLOSED, CLOSING, SAVINGS, TRANSFER, WITHDRAWAL, Actor, Instruction, Refused
from accounts.loans.state import APPLIED, APPROVED, LIVE
from accounts.models import DepositAccount
from accounts.models.loans import Loan
from accounts.queries.deposits import account as get_account
from accounts.queries.deposits import accounts_of
from accounts.queries.loans import loans_of
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


def loans_paid_from(account: DepositAccount) -> list[Loan]:
    """The loans that would lose the account they are collected from, or are to be paid out to."""
    own = [loan for loan in loans_of(account.owner_id or "") if loan.pays_to == account.account_id]
    return [loan for loan in own if loan.stage in (APPLIED, APPROVED) or (loan.stage in LIVE and loan.collects)]


def refuse_with_loans(account: DepositAccount) -> None:
    """Refuse to close what a loan needs."""
    loan = next(iter(loans_paid_from(account)), None)
    if loan is None:
        return
    name = numbers.masked(loan.loan_id)
    if loan.stage == APPLIED:
        raise Refused("loan", f"Loan {name} is asked for, to be paid out to this account. Have it decided first.")
    what = "is collected from" if loan.stage in LIVE else "is to be paid out to"
    raise Refused("loan", f"Loan {name} {what} this account. Choose another account on the loan's page first.")


def close_account(
    *, account_id: str, reason: str, actor: Actor, now: datetime, pay_to: str = "", approved: int = 0
) -> DepositAccount:
    """Close an account without a hold, for ever. `pay_to`: another own account or CASH, when anything is due.

    Cash takes two people, whatever the amount: `approved` is what a second one has (accounts.services.cash_closing).
    Raises Refused with nothing written, or what `post` raises; calling it again goes on.
    """
    account, day = existing(account_id), business_date(now)
    if account.status != CLOSED and reason.strip():
        allow(account, CLOSE)
        refuse_with_loans(account)
        due = due_at_closing(account, day)
        payout = payout_of(account, due, pay_to, actor, now, approved=approved) if due.total else None
        if due.interest:
            month, part = month_of(day), f"closing#{day.isoformat()}"
            memo = "Interest to the closing of the account"
            post(interest_payment(account, due.interest, part=part, month=month, memo=memo, actor=PAYER), now=now)
        if payout and post(payout, now=now).held:
            raise Refused("under_review", "The payout is under review; close the account when that is decided.")
    return change_state(transition=CLOSE, account_id=account_id, reason=reason, actor=actor, now=now)


def payout_of(
    account: DepositAccount, due: Due, pay_to: str, actor: Actor, now: datetime, *, approved: int
) -> Instruction:
    """What takes everything from the account; refused when the ledger would, or when it needs a second person."""
    if due.total < 0:
        raise Refused("balance", "The account owes money. It can be closed once this is paid.")
    if not pay_to:
        text = f"{money(due.total, account.currency)} is on this account"
        text += f", {money(due.interest, account.currency)} of it interest to today" if due.interest else ""
        raise Refused("balance", f"{text}. Say where it is paid to.", "pay_to")
    if pay_to != CASH and pay_to not in {one.account_id for one in ways_out(account)}:
        raise Refused("pay_to", "Choose another open account of the same owner, or cash.", "pay_to")
    if pay_to == CASH and not approved:
        raise Refused("second", "Cash takes a second person: a teller approves before it is paid out.", "pay_to")
    if pay_to == CASH and due.total > approved:
        raise Refused("changed", f"More is on the account than was approved: {money(due.total, account.currency)}.")
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
        link=f"{CLOSING}#{account.account_id}",
    )
    if pay_to != CASH and (rule := rule_over(payout, now)):
        most = money(rule.most(account.currency, now), account.currency)
        raise Refused("over_limit", f"Over {most} a second person must approve: have the money moved at a till first.")
    states = {account.account_id: replace(account.state(), balance=due.total)}
    other = get_account(pay_to) if pay_to != CASH else None
    ledger.plan(payout, states | ({pay_to: other.state()} if other else {}), now, business_date(now))
    return payout
