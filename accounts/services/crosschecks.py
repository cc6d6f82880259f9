"""verify_ledger: what holds between accounts and the items that explain them (I3 holds, I9, I10, I14)."""

from collections import Counter

from accounts.ledger import LOAN
from accounts.models import Hold
from accounts.models.holds import OPEN, WORKLIST
from accounts.queries.deposits import ledger_accounts
from accounts.queries.ledger import movement_lines
from accounts.queries.loans import loans
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


def check_reversals(check: LedgerCheck) -> None:
    """I10: each reversal is the opposite of the movement it names."""
    for link in check.reversals:
        check.nets_to_zero([item.line() for item in movement_lines(link)], link)
