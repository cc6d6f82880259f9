"""Interest on savings: on the first business day of a month, for the months before, once an account and month (I16)."""

from collections import Counter
from datetime import date

from accounts import interest
from accounts.ledger import INTEREST, INTEREST_EXPENSE, SAVINGS, SYSTEM, Instruction
from accounts.models import DepositAccount
from accounts.parameters import SAVINGS_RATE
from accounts.queries.deposits import accounts_in_book
from accounts.services.end_of_day import Evening, step
from accounts.services.posting import post
from cloudbank import parameters
from cloudbank.clock import ONE_DAY


@step("interest", order=20)
def pay_interest(evening: Evening) -> Counter[str]:
    """Credit what savings earned; the days of the months before are sealed, so what they earned is final."""
    if not evening.month_begins:
        return Counter()
    last = evening.day.replace(day=1) - ONE_DAY
    rate = parameters.snapshot(evening.now).number(SAVINGS_RATE.code)
    return evening.each(accounts_in_book(SAVINGS, evening.currency), lambda account: _pay(account, last, rate, evening))


def earned(account: DepositAccount, last: date, rate: int) -> int:
    """Minor units that the account earned up to and including the day `last` and was not paid yet."""
    state = account.state()
    days = interest.brought_forward(state.month_days, state.balance, state.last_business_date, last + ONE_DAY)
    return interest.due(days, interest.month_of(last), rate)


def _pay(account: DepositAccount, last: date, rate: int, evening: Evening) -> str:
    amount, month = earned(account, last, rate), interest.month_of(last)
    if not amount:
        return ""
    instruction = Instruction(
        type=INTEREST,
        key=f"interest#{account.account_id}#{month}",
        amount=amount,
        currency=account.currency,
        debit=INTEREST_EXPENSE,
        credit=account.account_id,
        channel=SYSTEM,
        branch=account.branch,
        actor=evening.actor,
        memo=f"Interest for {last:%B %Y}",
        link=month,
    )
    return "replayed" if post(instruction, now=evening.now, day=evening.day).replayed else "paid"
