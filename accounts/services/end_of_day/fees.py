"""The monthly fee of checking accounts, on the first business day of a month."""

from collections import Counter
from datetime import UTC, datetime, time

from accounts.interest import month_of
from accounts.ledger import CHECKING, FEE, FEE_INCOME, SYSTEM, Instruction
from accounts.models import DepositAccount
from accounts.parameters import FEE_FREE_FROM, MONTHLY_FEE
from accounts.queries.deposits import accounts_in_book
from accounts.services.end_of_day import Evening, step
from accounts.services.posting import post
from cloudbank import parameters
from cloudbank.clock import ONE_DAY


@step("fees", order=30)
def charge_fees(evening: Evening) -> Counter[str]:
    """Charge the accounts whose balance does not reach the waiver; one that cannot pay is counted, not overdrawn.

    Fee and waiver are those in force on the evening's day, in whole units of the books' currency.
    """
    values = parameters.snapshot(datetime.combine(evening.day, time(), UTC))
    fee, free_from = (values.money(one.code, evening.currency) for one in (MONTHLY_FEE, FEE_FREE_FROM))
    if not evening.month_begins or not fee:
        return Counter()
    last = evening.day.replace(day=1) - ONE_DAY

    def charge(account: DepositAccount) -> str:
        if account.balance >= free_from or account.opened_on > last.isoformat():
            return ""
        instruction = Instruction(
            type=FEE,
            key=f"fee#{account.account_id}#{month_of(last)}",
            amount=fee,
            currency=account.currency,
            debit=account.account_id,
            credit=FEE_INCOME,
            channel=SYSTEM,
            branch=account.branch,
            actor=evening.actor,
            memo=f"Account fee for {last:%B %Y}",
        )
        return "replayed" if post(instruction, now=evening.now, day=evening.day).replayed else "charged"

    return evening.each(accounts_in_book(CHECKING, evening.currency), charge)
