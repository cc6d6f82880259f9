"""Deposit accounts as they were at the end of a business day, however much later that is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from accounts.ledger import CLOSED, DEPOSIT_PRODUCTS
from accounts.models import DepositAccount, Posting
from accounts.queries.deposits import accounts, accounts_in_book
from accounts.queries.ledger import AFTER_ALL
from accounts.queries.totals import day_totals
from cloudbank.audit import AuditRecord
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import bank_calendar

LINES = 20
"""Postings a page when an account's past is looked up: the newest is always enough for its balance."""


@dataclass(frozen=True, slots=True)
class AccountThen:
    """An account that was open then. `item` is as it is stored now: whose, where, of which product."""

    item: DepositAccount
    balance: int
    own_on: str
    """The business date of the last movement that its owner set off by then, or ""."""


def open_at_end(day: date, currency: str) -> Iterator[AccountThen]:
    """The deposit accounts that were open at the end of `day`, with what they held; states read strongly."""
    return (account_then(item, day) for item in existed_at_end(day, currency))


def existed_at_end(day: date, currency: str) -> Iterator[DepositAccount]:
    """The same as they are stored now, streamed."""
    books = (accounts_in_book(product, currency) for product in DEPOSIT_PRODUCTS)
    for item in chain(*books, closed_after(day, currency)):
        if item.opened_on <= day.isoformat():
            yield item


def account_then(item: DepositAccount, day: date) -> AccountThen:
    """What it was at the end of `day`: as it is stored, or as its postings up to then left it."""
    if item.last_business_date <= day.isoformat():
        return AccountThen(item, item.balance, item.last_own_on)
    upto = Posting.account_order < f"{day}#{AFTER_ALL}"
    lines = Posting.by_account.query(item.account_id, upto, scan_index_forward=False, page_size=LINES)
    last = next(lines, None)
    if last is None:
        return AccountThen(item, 0, "")
    own_on = item.last_own_on
    if own_on > day.isoformat():
        own_on = next((str(one.business_date) for one in chain([last], lines) if one.line().by_owner), "")
    return AccountThen(item, last.balance_after, own_on)


def closed_after(day: date, currency: str) -> Iterator[DepositAccount]:
    """The accounts that were closed after the end of `day`; audit records tell them, read only if there are any."""
    now = utcnow()
    last = bank_calendar().after(bank_calendar().business_date(now))
    if not any(one.numbers["accounts_closed"] for one in day_totals(day + ONE_DAY, last, currency)):
        return
    utc, ids = day, set[str]()
    while utc <= now.date() + ONE_DAY:
        ids |= set(_closed_on(utc))
        utc += timedelta(days=1)
    for item in accounts(sorted(ids)).values():
        if item.status == CLOSED and item.currency == currency and (item.closed_on or "") > day.isoformat():
            yield item


def _closed_on(utc: date) -> Iterator[str]:
    kind = f"{DepositAccount.discriminator()}#"
    for record in AuditRecord.by_day.query(f"audit#{utc.isoformat()}"):
        subject = str(record.subject or "")
        if subject.startswith(kind) and record.after.get("status") == CLOSED:
            yield subject.removeprefix(kind)
