"""Interest on savings as the books pay it: what was earned up to a day, and the instruction that credits it."""

from datetime import UTC, date, datetime, time, timedelta

from accounts import interest
from accounts.ledger import INTEREST, INTEREST_EXPENSE, SYSTEM, AccountState, Actor, Instruction
from accounts.models import DepositAccount
from accounts.parameters import SAVINGS_RATE
from accounts.queries.ledger import balance_before, statement_lines
from accounts.services.posting import Busy
from cloudbank import parameters
from cloudbank.clock import ONE_DAY


def rate_on(day: date) -> int:
    """Basis points a year that are in force on a day."""
    return parameters.snapshot(datetime.combine(day, time(), UTC)).number(SAVINGS_RATE.code)


def earned(account: DepositAccount, last: date) -> int:
    """Minor units that the account earned up to and including the day `last` and was not paid yet.

    Each day earns at the rate in force on it, each month is rounded by itself. Raises Busy.
    """
    state = account.state()
    days = interest.brought_forward(state.month_days, state.balance, state.last_business_date, last + ONE_DAY)
    months = (one for one in days if one[0] <= interest.month_of(last))
    return sum(_of_month(account, month, total, last) for month, total in months)


def left_unpaid(state: AccountState, day: date) -> int:
    """The same up to the day before `day`, at its rate, of an account in memory: for history that is brought in."""
    days = interest.brought_forward(state.month_days, state.balance, state.last_business_date, day)
    return interest.due(days, interest.month_of(day), rate_on(day))


def _of_month(account: DepositAccount, month: str, total: int, last: date) -> int:
    """Interest of a month (or of its days up to `last`) whose balances sum to `total`, minor units x days."""
    first = date.fromisoformat(f"{month}-01")
    until = min(interest.first_of_next(first), last + ONE_DAY)
    days = [first + timedelta(days=number) for number in range((until - first).days)]
    rates = [rate_on(day) for day in days]
    if len(set(rates)) == 1:
        return interest.interest_for(total, rates[0])
    return interest.interest_of_days(zip(_balances(account, days, total), rates, strict=True))


def _balances(account: DepositAccount, days: list[date], total: int) -> list[int]:
    """The balance at the end of each day, from the postings: needed only where the rate changed within a month.

    They are found by an index; what they sum to is known from the account itself, so that a late index pays nothing.
    Days whose interest was paid within the month (a closing that was given up) count as nothing.
    """
    lines, month = list(statement_lines(account.account_id, days[0], days[-1])), interest.month_of(days[0])
    left = {line.business_date: line.balance_after for line in lines}
    paid = max((line.business_date for line in lines if line.type == INTEREST and line.link >= month), default="")
    balance, found = balance_before(account.account_id, days[0]), []
    for day in days:
        balance = left.get(day.isoformat(), balance)
        found.append(balance if day.isoformat() >= paid else 0)
    if sum(max(0, one) for one in found) != total:
        raise Busy(f"The postings of account {account.account_id} are not all there yet. Try again in a moment.")
    return found


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
