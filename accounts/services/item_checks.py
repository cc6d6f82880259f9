"""verify_ledger, full: what holds between an item, its audit records and its postings (I7, I9-I11, I14)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.ledger import ACTIVE, CAPTURE, CLOSED
from accounts.models import DepositAccount, HeldMovement, Hold, Reversed
from accounts.models.holds import CAPTURED, OPEN
from accounts.models.loans import CHANGES, Loan
from accounts.models.payroll import DONE, Payroll
from accounts.queries.ledger import movement_lines
from accounts.services.held_checks import check_held
from accounts.verifying import LedgerCheck, PayrollSums
from cloudbank import approvals, store
from cloudbank.approvals.request import Approval, LatestRequest
from cloudbank.audit import Entry
from cloudbank.clock import from_iso, iso
from cloudbank.tables import TransactionsItem

SETTLED_FOR = timedelta(minutes=1)
"""What ended so long ago has all its postings among those that were read, whichever host's clock said so."""
_NEVER_TOLD = {"status": ACTIVE, "overdraft_limit": 0}
"""What an account is before any record says otherwise."""


def _check_account(check: LedgerCheck, account: DepositAccount, records: list[Entry], now: datetime) -> None:
    """I11: its state and overdraft limit are those it was given; it is filed where interest and fees find it."""
    name = f"account {account.account_id}"
    told = dict(_NEVER_TOLD)
    for record in records:
        told |= {key: value for key, value in record.after.items() if key in _NEVER_TOLD}
    for key, value in told.items():
        if getattr(account, key) != value:
            check.report("I11 state", f"{name}: {key} is {getattr(account, key)}, its audit trail says {value}")
    if records and account.opened_at != records[0].at:
        check.report("I11 state", f"{name}: opened at {account.opened_at}, its audit trail says {records[0].at}")
    if bool(account.closed_on) != (account.status == CLOSED):
        check.report("I11 state", f"{name}: is {account.status} and has the closing date {account.closed_on}")
    order = f"{account.opened_on}#{account.account_id}"
    filed = (None, None) if account.status == CLOSED else (account.product, order)
    if (account.book, account.book_order) != filed:
        check.report("I6 filing", f"{name}: is not in the book of its product")


def _check_loan(check: LedgerCheck, loan: Loan, records: list[Entry], now: datetime) -> None:
    """I14: its stage, its terms and every part of what is owed are those its changes gave it, one after the other."""
    name = f"loan {loan.loan_id}"
    stored = {**loan.parts, "stage": loan.stage}
    told = {key: value for record in records for key, value in record.after.items() if key in CHANGES}
    for key in CHANGES:
        if stored.get(key, 0) != told.get(key, 0):
            check.report("I14 trail", f"{name}: {key} is {stored.get(key, 0)}, its audit trail says {told.get(key, 0)}")


def _check_hold(check: LedgerCheck, hold: Hold, records: list[Entry], now: datetime) -> None:
    """I9: it is what was placed, resolved as was recorded, and captured by the movement that says so."""
    name = f"hold {hold.transaction_id}"
    if not records:
        return check.report("I9 hold", f"{name}: nobody placed it")
    for key, value in _placed(records).items():
        if getattr(hold, key) != value:
            check.report("I9 hold", f"{name}: {key} is {getattr(hold, key)}, its audit trail says {value}")
    owner = check.states.get(hold.on_account)
    if owner and (hold.owner_id, hold.currency) != (owner.owner_id, owner.currency):
        check.report("I9 hold", f"{name}: is not of its account's owner and currency")
    _check_filing(check, hold, name)
    if hold.state == CAPTURED:
        _check_capture(check, hold, name)
    elif hold.captured or hold.movement_id:
        check.report("I9 hold", f"{name}: is {hold.state} and names a capture")
    return None


def _placed(records: list[Entry]) -> Mapping[str, Any]:
    """What the records say of the hold."""
    first, last = records[0], records[-1]
    told = {"state": OPEN, "captured": 0} | {
        key: record.after[key] for record in records for key in ("state", "captured") if key in record.after
    }
    made = {"on_account": first.after.get("account"), "amount": first.after.get("amount")}
    made |= {
        "told": first.after.get("told", ""),
        "held_for": first.after.get("held_for", ""),
        "expires_on": first.after.get("expires_on"),
        "placed_at": first.at,
        "placed_by": first.actor_id,
    }
    resolved = last.at if len(records) > 1 else None
    return told | made | {"reason": first.reason, "resolved_at": resolved, "version": len(records)}


def _check_filing(check: LedgerCheck, hold: Hold, name: str) -> None:
    """Its index keys are those by which it is found and expires."""
    order = f"{hold.expires_on}#{hold.transaction_id}" if hold.state == OPEN else None
    right = (Hold.subject_of(hold.on_account or ""), f"{hold.placed_at}#{hold.transaction_id}", order)
    if (hold.subject, hold.subject_order, hold.worklist_order) != right:
        check.report("I6 filing", f"{name}: is filed where nobody looks for it")


def _check_capture(check: LedgerCheck, hold: Hold, name: str) -> None:
    lines = [line for line in movement_lines(hold.movement_id or "") if line.account_id == hold.on_account]
    if hold.held_for:
        fits = [line for line in lines if HeldMovement.key(line.movement_id) == hold.held_for]
    else:
        fits = [line for line in lines if (line.type, line.link) == (CAPTURE, hold.transaction_id)]
    if not fits or fits[0].amount != -(hold.captured or 0) or fits[0].amount < -(hold.amount or 0):
        check.report("I9 hold", f"{name}: captured {hold.captured} of {hold.amount}, its movement says otherwise")


def _check_payroll(check: LedgerCheck, item: Payroll, records: list[Entry], now: datetime) -> None:
    """I1: what the payer gave is what payees got and what came back; each payee once."""
    if item.state != DONE or item.ended_at > iso(now - SETTLED_FOR):
        return
    moved = check.payrolls.get(item.payroll_id, PayrollSums())
    given = item.done + bool(item.returned_sum)
    if (moved.taken, moved.given, moved.times) != (item.total, item.total, given):
        what = f"took {moved.taken} and gave {moved.given} in {moved.times} postings"
        check.report("I1 payroll", f"payroll {item.payroll_id} of {item.total} to {item.done} payees: {what}")


def _check_request(check: LedgerCheck, item: Approval, records: list[Entry], now: datetime) -> None:
    """What was agreed to is what was asked: its seal fits, and the record of the asking names that seal."""
    asked = records[0].after.get("content_hash") if records else None
    if not item.content_hash == item.computed_hash() == asked:
        check.report("I7 request", f"request {item.approval_id}: is not what was asked")


def check_latest(check: LedgerCheck, items: Sequence[Approval], now: datetime) -> None:
    """Of a kind and a thing one request is open at a time: an open one is the latest, or a newer one took its place."""
    keys = {item.approval_id: LatestRequest.key(item.code, item.about) for item in items}
    pointers = store.load(TransactionsItem, keys.values())
    names = {key: one.approval_id for key, one in pointers.items() if isinstance(one, LatestRequest)}
    named = store.load(TransactionsItem, names.values())
    for item in items:
        latest = named.get(names.get(keys[item.approval_id], ""))
        if not isinstance(latest, Approval):
            check.report("I7 request", f"request {item.approval_id}: the latest of its kind is not on record")
            continue
        waits = item.state_at(now) == approvals.PENDING or item.is_unfinished
        if waits and from_iso(latest.asked_at) + SETTLED_FOR < from_iso(item.asked_at):
            check.report("I7 request", f"request {item.approval_id}: waits, and an older one is named as the latest")


def check_pointer(check: LedgerCheck, pointer: LatestRequest) -> None:
    """It names a request of its own kind about its own thing."""
    named = store.get(TransactionsItem, pointer.approval_id or "-")
    key = LatestRequest.key(named.code, named.about) if isinstance(named, Approval) else ""
    if key != pointer.transaction_id:
        check.report("I7 request", f"{pointer.transaction_id}: names {pointer.approval_id}, which is none such")


def check_mark(check: LedgerCheck, mark: Reversed) -> None:
    """I10: a mark stands only where a reversal was posted; another one would bar it for ever."""
    lines, originals = movement_lines(mark.by_movement or ""), movement_lines(mark.movement_id)
    due = Reversed.of(originals[0].line(), lines[0].line(), mark.at or "") if lines and originals else None
    if due is None or lines[0].link != mark.movement_id or due.serialize() != mark.serialize():
        check.report("I10 reversal", f"mark {mark.transaction_id}: its movement does not say what it says")


def check_marked(check: LedgerCheck) -> None:
    """I10: what is reversed is marked, or it could be reversed again."""
    keys = {Reversed.key(link): line for link, line in check.reversals.items()}
    marks = store.load(TransactionsItem, keys)
    marked = {key: mark.by_movement for key, mark in marks.items() if isinstance(mark, Reversed)}
    for key, line in keys.items():
        if marked.get(key) != line.movement_id:
            check.report("I10 reversal", f"movement {line.link}: is reversed and not marked as such")


CHECKS: Mapping[str, Callable[[LedgerCheck, Any, list[Entry], datetime], None]] = {
    DepositAccount.discriminator(): _check_account,
    Loan.discriminator(): _check_loan,
    Hold.discriminator(): _check_hold,
    HeldMovement.discriminator(): check_held,
    Payroll.discriminator(): _check_payroll,
    Approval.discriminator(): _check_request,
}
