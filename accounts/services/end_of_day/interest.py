"""Interest on savings: on the first business day of a month, for the months before, once an account and month (I16)."""

from collections import Counter
from datetime import date

from accounts import interest
from accounts.ledger import SAVINGS
from accounts.models import DepositAccount
from accounts.queries.deposits import accounts_in_book
from accounts.services.end_of_day import Evening, step
from accounts.services.posting import post
from accounts.services.savings import earned, interest_payment
from cloudbank.clock import ONE_DAY


@step("interest", order=20)
def pay_interest(evening: Evening) -> Counter[str]:
    """Credit what savings earned; the days of the months before are sealed, so what they earned is final."""
    if not evening.month_begins:
        return Counter()
    last = evening.day.replace(day=1) - ONE_DAY
    return evening.each(accounts_in_book(SAVINGS, evening.currency), lambda account: _pay(account, last, evening))


def _pay(account: DepositAccount, last: date, evening: Evening) -> str:
    amount, month = earned(account, last), interest.month_of(last)
    if not amount:
        return ""
    memo = f"Interest for {last:%B %Y}"
    instruction = interest_payment(account, amount, part=month, month=month, memo=memo, actor=evening.actor)
    return "replayed" if post(instruction, now=evening.now, day=evening.day).replayed else "paid"
