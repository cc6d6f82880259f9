"""verify_ledger: read the books and check every invariant that stored items can show."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime

from accounts import closing
from accounts.models import ClosedDay, DepositAccount, Posting
from accounts.queries import totals as queries
from accounts.queries.deposits import accounts
from accounts.services.closing import fold_postings, seal_of
from accounts.totals import DayTotals
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.conf import bank_calendar

Progress = Callable[[int, int], None]


def verify(currency: str, *, full: bool, now: datetime, progress: Progress = lambda done, total: None) -> LedgerCheck:
    """Check the books of one currency.

    Fast: the open days, their accounts and the last seal. Full: every day since the first, every
    account, every seal, and (by scanning) that no posting lies outside the days.
    """
    days = _days(currency, full, now)
    check = LedgerCheck(whole=full)
    previous = _seal_before(days, currency)
    for number, day in enumerate(days, 1):
        proof = closing.DayProof()
        check.day(day.isoformat(), fold_postings(day, currency, proof))
        previous = _check_totals(check, day, currency, proof, previous)
        progress(number, len(days))
    balances: Counter[str] = Counter()
    for account in _accounts(check, full):
        if account.currency == currency:
            check.account(account.state())
            balances[currency] += account.balance
    check.finish(_house(check, currency), balances if full else {})
    if full:
        _count_postings(check, currency)
    return check


def _days(currency: str, full: bool, now: datetime) -> list[date]:
    first, last_closed = queries.first_day(currency), queries.last_closed_day(currency)
    if first is None:
        return []
    calendar = bank_calendar()
    # A posting may already carry the next business date: the day of `now` may just have been closed.
    last = max(calendar.after(calendar.business_date(now)), calendar.after(last_closed or first))
    return list(calendar.days(first if full or last_closed is None else last_closed, last))


def _seal_before(days: list[date], currency: str) -> str | None:
    if not days:
        return None
    there = store.get(ClosedDay, ClosedDay.key(currency, days[0].isoformat()))
    return there.previous_seal if there else None


def _check_totals(
    check: LedgerCheck, day: date, currency: str, proof: closing.DayProof, previous: str | None
) -> str | None:
    """I15, and I7 for sealed days. Returns the day's seal for the next one to name."""
    sealed = store.get(ClosedDay, ClosedDay.key(currency, day.isoformat()))
    if sealed is None:
        totals = queries.open_totals([day], currency, with_cells=True, consistent=True).get(day)
        totals = totals or DayTotals(day.isoformat(), False)
    else:
        totals = queries.sealed_totals(sealed)
        if sealed.seal != seal_of(sealed) or sealed.postings_hash != proof.postings_hash:
            check.report("I7 seal", f"closed day {day}: its content or its postings are not those it was sealed with")
        if previous is not None and sealed.previous_seal != previous:
            check.report("I7 seal", f"closed day {day}: does not name the seal of the day before")
    try:
        closing.prove(totals.numbers, totals.cells, proof)
    except closing.NotProven as error:
        check.report("I15 totals", f"{day}: {error}")
    return sealed.seal if sealed else None


def _accounts(check: LedgerCheck, full: bool) -> Iterator[DepositAccount]:
    if not full:
        yield from accounts(check.tips).values()
        return
    yield from DepositAccount.scan(page_size=500)


def _house(check: LedgerCheck, currency: str) -> dict[str, int]:
    return {currency: sum(check.house.values())}


def _count_postings(check: LedgerCheck, currency: str) -> None:
    """No posting of an account may lie outside the days that were read."""
    found: Counter[str] = Counter()
    for row in Posting.scan(Posting.currency == currency, attributes_to_get=["account_id", "kind"], page_size=1000):
        found[row.account_id or ""] += 1
    for account_id in sorted(found.keys() | check.tips.keys()):
        read = check.tips[account_id].sequence if account_id in check.tips else 0
        if found[account_id] != read:
            check.report("I6 count", f"account {account_id}: {found[account_id]} postings stored, {read} in its chain")
