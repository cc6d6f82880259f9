"""verify_ledger: read the books and check every invariant that stored items can show."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial

from accounts.ledger import CLOSED, AccountState
from accounts.models import LEDGER_KINDS, Books, ClosedDay, DepositAccount, LedgerAccount
from accounts.queries import scans
from accounts.queries import totals as queries
from accounts.queries.deposits import ledger_accounts
from accounts.queries.lines import day_lines
from accounts.services.crosschecks import check_holds, check_loans, check_principal, check_reversals
from accounts.services.day_checks import LOOKS, check_days
from accounts.services.trails import check_items
from accounts.verifying import LedgerCheck, is_day
from cloudbank import store
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar

Progress = Callable[[str, int, int], None]
"""Told which part of the work is under way, how much of it is done, and of how much."""


def verify(
    currency: str, *, full: bool, now: datetime, progress: Progress = lambda part, done, total: None
) -> LedgerCheck:
    """Check the books of one currency, also while money moves.

    Fast: the open days, their accounts and the last seal. Full: every day since the first, every
    account, every seal, every item that explains them with its audit trail, and (by scanning) that no
    posting lies outside the days. Memory: the accounts, the audited items' names, and one day's postings.
    """
    if garbled := _garbled(queries.books(currency)):
        check = LedgerCheck(whole=full)
        check.report("I7 books", f"the books of {currency} {garbled}; nothing else can be checked")
        return check
    days = _days(currency, full, now)
    check = LedgerCheck(whole=full, states=_states(days, currency, full))
    days += _days_ahead(days, check.states.values())
    check_days(check, days, currency, partial(progress, "Days"))
    _check_accounts(check, currency, full, progress)
    check_holds(check, currency)
    check_reversals(check)
    check_loans(check)
    if full:
        check_items(check, currency, now, progress)
        check_principal(check, currency, days)
        _count_accounts(check, currency, days)
    return check


def _garbled(books: Books) -> str:
    """Why no day can be found by these books; "" when they can be read."""
    for name in ("first_day", "last_closed"):
        if (text := getattr(books, name)) and not is_day(text):
            return f"name {text} as their {name.replace('_', ' ')}"
    for import_id, days in books.imports.items():
        if not (isinstance(days, list) and len(days) == 2 and all(is_day(day) for day in days)):
            return f"do not name the days of the import {import_id}"
    return ""


def _check_accounts(check: LedgerCheck, currency: str, full: bool, progress: Progress) -> None:
    """Each account's state against its chain; what moved meanwhile is looked at again."""
    for number, state in enumerate(check.states.values(), 1):
        check.account(state)
        progress("Accounts", number, len(check.states))
    moved = check.moved()
    found = ledger_accounts(moved)
    for account_id in moved:
        check.again(account_id, found[account_id].state() if account_id in found else None, currency)
    check.finish(_house(check, currency), _balances(check, currency) if full and not moved else {})


def _days(currency: str, full: bool, now: datetime) -> list[date]:
    first, last_closed = queries.first_day(currency), queries.last_closed_day(currency)
    if first is None:
        return []
    calendar = bank_calendar()
    # A posting may already carry the next business date: the day of `now` may just have been closed.
    last = max(calendar.after(calendar.business_date(now)), calendar.after(last_closed or first))
    return list(calendar.days(first if full or last_closed is None else last_closed, last))


def _days_ahead(days: list[date], states: Iterable[AccountState]) -> list[date]:
    """The days after these that hold postings: a host's clock ran ahead, and accounts never go back in time."""
    ahead = max((state.last_business_date for state in states), default="")
    if not days or ahead <= days[-1].isoformat():
        return []
    return list(bank_calendar().days(days[-1] + ONE_DAY, date.fromisoformat(ahead)))


def _states(days: list[date], currency: str, full: bool) -> dict[str, AccountState]:
    """The accounts to check, as they are before their postings are read."""
    if full:
        found: Iterable[LedgerAccount] = scans.accounts_in(currency, LEDGER_KINDS)
    else:
        ids = {line.account_id for day in days for line in day_lines(day, currency) if line.account_id}
        found = (item for item in ledger_accounts(ids).values() if item.currency == currency)
    return {item.account_id: item.state() for item in found}


def _balances(check: LedgerCheck, currency: str) -> dict[str, int]:
    return {currency: sum(state.balance for state in check.states.values())}


def _house(check: LedgerCheck, currency: str) -> dict[str, int]:
    return {currency: sum(check.house.values())}


def _count_accounts(check: LedgerCheck, currency: str, days: list[date]) -> None:
    """I15: the days' counts of accounts opened and closed give the accounts that there are."""
    for attempt in range(LOOKS):
        before = _accounts_counted(currency, days)
        there = sum(item.status != CLOSED for item in scans.accounts_in(currency, [DepositAccount]))
        if there == before:
            return
        store.pause(attempt, base=0.05, ceiling=1.0)
    check.report("I15 accounts", f"{currency}: {there} accounts are open, the days' totals say {before}")


def _accounts_counted(currency: str, days: list[date]) -> int:
    last_closed = queries.books(currency).last_closed or ""
    sealed = store.get(ClosedDay, ClosedDay.key(currency, last_closed)) if last_closed else None
    counted = (sealed.end or {}).get("accounts", 0) if sealed else 0
    open_days = [day for day in days if day.isoformat() > last_closed]
    for totals in queries.open_totals(open_days, currency, with_cells=False, consistent=True).values():
        counted += totals.numbers["accounts_opened"] - totals.numbers["accounts_closed"]
    return int(counted)
