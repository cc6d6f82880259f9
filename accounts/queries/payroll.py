"""Reads of payrolls."""

from collections.abc import Iterable
from itertools import islice

from accounts.ledger import posting_id
from accounts.models import Posting
from accounts.models.payroll import PAYROLLS, Payroll
from cloudbank import store
from cloudbank.ids import derived_id
from cloudbank.tables import TransactionsItem


def payroll(payroll_id: str) -> Payroll | None:
    """The payroll, read strongly, or None."""
    return store.get(Payroll, payroll_id) if payroll_id.startswith("pay_") else None


def subject(owner_id: str) -> str:
    """The group of the index by_subject that holds an owner's payrolls."""
    return f"payrolls#{owner_id}"


def payrolls_of(owner_id: str, limit: int, before: str = "") -> list[Payroll]:
    """An owner's payrolls, newest first."""
    condition = Payroll.subject_order < before if before else None
    found = Payroll.by_subject.query(subject(owner_id), condition, scan_index_forward=False, page_size=limit)
    return [item for item in islice(found, limit) if isinstance(item, Payroll)]


def all_payrolls(limit: int, before: str = "") -> list[Payroll]:
    """The bank's payrolls, newest first."""
    condition = Payroll.day_order < before if before else None
    found = Payroll.by_day.query(PAYROLLS, condition, scan_index_forward=False, page_size=limit)
    return [item for item in islice(found, limit) if isinstance(item, Payroll)]


def under_way() -> list[str]:
    """The ids of payrolls that are not at their end, the oldest first."""
    return [key for _, key in store.index_keys(TransactionsItem, "worklist", PAYROLLS)]


def key_of(payroll_id: str, part: int | str = "") -> str:
    """The idempotency key of the payer's debit, of a row's credit, of the return."""
    return f"payroll#{payroll_id}#{part}" if part else f"payroll#{payroll_id}"


def movement_of(item: Payroll, part: int | str = "") -> str:
    """The id of that movement."""
    return derived_id("mov", item.actor_id, key_of(item.payroll_id, part))


def credits(item: Payroll, lines: Iterable[int]) -> dict[int, Posting]:
    """The credits that are in the books, by line of the file; strongly read."""
    ids = {posting_id(movement_of(item, line), "debit"): line for line in lines}
    found = store.load(TransactionsItem, ids)
    return {ids[key]: posting for key, posting in found.items() if isinstance(posting, Posting)}
