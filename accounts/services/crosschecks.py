"""verify_ledger: what holds between accounts and the items that explain them (I3 holds, I9, I10, I14)."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import date

from accounts.ledger import LOAN
from accounts.models import ClosedDay, Hold, Loan
from accounts.models.holds import OPEN, WORKLIST
from accounts.queries import totals as queries
from accounts.queries.deposits import ledger_accounts
from accounts.queries.ledger import movement_lines
from accounts.queries.loans import loans
from accounts.queries.scans import accounts_in
from accounts.totals import principal_flow
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.tables import TransactionsItem

LOOKS = 5
"""How often holds and accounts are read until nothing moved between the two and the index has caught up."""


def check_holds(check: LedgerCheck, currency: str) -> None:
    """I3: what is held on an account is the sum of its open holds; I9: a capture is within its hold."""
    suspects = {key for key, state in check.states.items() if state.held} | set(_held(currency))
    for attempt in range(LOOKS):
        sums, stored = _held(currency), ledger_accounts(suspects)
        suspects = {key for key in suspects if key in stored and stored[key].held != sums[key]}
        if not suspects:
            return
        store.pause(attempt, base=0.05, ceiling=1.0)
    for key in sorted(suspects):
        check.report("I3 held", f"account {key}: stored {stored[key].held}, its open holds give {sums[key]}")


def _held(currency: str) -> Counter[str]:
    """Open holds by account, read strongly; found by an index, which may lag. Damaged ones hold nothing."""
    keys = [key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST)]
    sums: Counter[str] = Counter()
    for raw in store.load_raw(TransactionsItem, keys):
        if raw["kind"]["S"] == Hold.discriminator():
            one = Hold.from_raw_data(raw)
            if one.state == OPEN and one.currency == currency and one.on_account and one.amount:
                sums[one.on_account] += one.amount
    return sums


def check_loans(check: LedgerCheck) -> None:
    """I14: fees, interest and principal of a loan are what its balance says; both stand on one item."""
    ids = [key for key, state in check.states.items() if state.product == LOAN]
    for item in loans(ids).values():
        try:
            parts = item.loan().on_books
        except (KeyError, TypeError, ValueError) as error:
            check.report("I14 loan", f"loan {item.loan_id} cannot be read: {error!r}")
            continue
        if parts != -item.balance:
            check.report("I14 loan", f"loan {item.loan_id}: its balance is {item.balance}, its parts give {-parts}")


def check_principal(check: LedgerCheck, currency: str, days: Iterable[date]) -> None:
    """I14: what the days say was lent, added, repaid, written off leaves the principal that the loans say is owed."""
    for attempt in range(LOOKS):
        told, there = _principal_told(currency, days), _principal_there(currency)
        if told == there:
            return
        store.pause(attempt, base=0.05, ceiling=1.0)
    check.report("I14 principal", f"{currency}: the loans owe a principal of {there}, the days' totals say {told}")


def _principal_there(currency: str) -> int:
    """Damaged loans are named elsewhere and owe nothing here."""
    whole = 0
    for item in accounts_in(currency, [Loan]):
        with suppress(KeyError, TypeError, ValueError):
            whole += item.loan().principal
    return whole


def _principal_told(currency: str, days: Iterable[date]) -> int:
    last = queries.books(currency).last_closed or ""
    sealed = store.get(ClosedDay, ClosedDay.key(currency, last)) if last else None
    opened = queries.open_totals(
        [day for day in days if day.isoformat() > last], currency, with_cells=False, consistent=True
    )
    return int(
        ((sealed.end or {}).get("book_principal", 0) if sealed else 0)
        + sum(principal_flow(day.numbers) for day in opened.values())
    )


def check_reversals(check: LedgerCheck) -> None:
    """I10: each reversal is the opposite of the movement it names."""
    for link in check.reversals:
        check.nets_to_zero([item.line() for item in movement_lines(link)], link)
