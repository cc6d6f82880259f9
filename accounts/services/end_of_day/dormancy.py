"""Accounts not moved by their owner for long fall dormant: money may come in, none leaves until they are woken."""

from collections import Counter
from datetime import timedelta
from itertools import chain

from accounts.ledger import ACTIVE, CHECKING, DORMANT, SAVINGS
from accounts.models import DepositAccount
from accounts.parameters import DORMANT_AFTER
from accounts.queries.deposits import account as get_account
from accounts.queries.deposits import accounts_in_book
from accounts.services.end_of_day import Evening, step
from accounts.services.posting import Busy
from cloudbank import audit, parameters, store

ATTEMPTS = 8


@step("dormancy", order=90)
def put_to_sleep(evening: Evening) -> Counter[str]:
    """Look at every open account once a month."""
    if not evening.month_begins:
        return Counter()
    quiet_days = parameters.snapshot(evening.now).number(DORMANT_AFTER.code)
    since = (evening.day - timedelta(days=quiet_days)).isoformat()
    open_accounts = chain.from_iterable(accounts_in_book(one, evening.currency) for one in (CHECKING, SAVINGS))
    quiet = (account for account in open_accounts if _sleeps(account, since))
    return evening.each(quiet, lambda account: _sleep(account.account_id, since, quiet_days, evening))


def _sleeps(account: DepositAccount, since: str) -> bool:
    return account.status == ACTIVE and (account.last_own_on or account.opened_on) <= since


def _sleep(account_id: str, since: str, days: int, evening: Evening) -> str:
    for attempt in range(ATTEMPTS):
        account = get_account(account_id)
        if account is None or not _sleeps(account, since):
            return ""
        account.status, account.status_by = DORMANT, evening.actor.user_id
        account.status_reason = f"No movement of the owner for {days} days"
        entry = audit.record(
            account,
            "dormant",
            actor=evening.actor,
            now=evening.now,
            before={"status": ACTIVE},
            after={"status": DORMANT},
            reason=account.status_reason,
        )
        try:
            store.save([store.changed(account), entry])
            return "dormant"
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy(f"account {account_id} is being changed; run the command again")
