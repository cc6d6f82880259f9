"""What was normal for a customer before a moment: their activity made anew from the lines before it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from accounts.ledger import CASH, HOUSE
from accounts.models import DepositAccount, Posting
from accounts.queries.ledger import history
from cloudbank.clock import from_iso
from monitoring.activity import Activity, counterparty_hash

MOST_LINES = 300
"""Lines read of each account; a customer with more is judged by the newest of them, and the page says so."""


@dataclass(frozen=True)
class Normal:
    """The activity up to a moment, and how many lines it is made of."""

    activity: Activity
    lines: int
    is_cut: bool
    """There are earlier lines that were not read."""


def normal_before(accounts: Iterable[DepositAccount], at: str, day: str, currency: str) -> Normal:
    """From the customer's lines posted before `at` (ISO instant of business date `day`), the newest of them."""
    lines: list[Posting] = []
    complete_since = ""
    for account in accounts:
        if account.currency != currency:
            continue  # limits and usual amounts are in the bank's currency
        found = history(account.account_id, last=date.fromisoformat(day), limit=MOST_LINES)
        lines += [line for line in found.rows if line.posted_at < at]
        if found.cursor:
            complete_since = max(complete_since, found.rows[-1].posted_at)
    read = sorted((line for line in lines if line.posted_at >= complete_since), key=lambda line: line.posted_at)
    return Normal(activity_of(read), len(read), bool(complete_since))


def activity_of(lines: Iterable[Posting]) -> Activity:
    """The activity that screening would have kept of these lines, oldest first; without cash carried for others."""
    activity = Activity()
    for line in lines:
        own = line.counter_owner == line.owner_id
        other = "" if own or line.counter in HOUSE else line.counter_owner or line.counter
        activity.record(
            line.amount > 0,
            abs(line.amount),
            int(from_iso(line.posted_at).timestamp()),
            date.fromisoformat(line.business_date).toordinal(),
            cash=line.counter == CASH,
            counterparty=counterparty_hash(other),
            own=own,
            near=False,
        )
    return activity
