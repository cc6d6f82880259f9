"""Interest on savings as the books pay it: what was earned up to a day, and the instruction that credits it."""

from datetime import date, datetime

from accounts import interest
from accounts.ledger import INTEREST, INTEREST_EXPENSE, SYSTEM, Actor, Instruction
from accounts.models import DepositAccount
from accounts.parameters import SAVINGS_RATE
from cloudbank import parameters
from cloudbank.clock import ONE_DAY


def rate_on(now: datetime) -> int:
    """Basis points a year."""
    return parameters.snapshot(now).number(SAVINGS_RATE.code)


def earned(account: DepositAccount, last: date, rate: int) -> int:
    """Minor units that the account earned up to and including the day `last` and was not paid yet."""
    state = account.state()
    days = interest.brought_forward(state.month_days, state.balance, state.last_business_date, last + ONE_DAY)
    return interest.due(days, interest.month_of(last), rate)


def interest_payment(
    account: DepositAccount, amount: int, *, part: str, month: str, memo: str, actor: Actor
) -> Instruction:
    """The credit of interest; with it the sums up to and including `month` are settled. `part` makes its key."""
    return Instruction(
        type=INTEREST,
        key=f"interest#{account.account_id}#{part}",
        amount=amount,
        currency=account.currency,
        debit=INTEREST_EXPENSE,
        credit=account.account_id,
        channel=SYSTEM,
        branch=account.branch,
        actor=actor,
        memo=memo,
        link=month,
    )
