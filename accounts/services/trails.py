"""verify_ledger, full: accounts, loans, holds, marks say of themselves what their audit trail and postings say of them.

What no posting folds (a state, an overdraft limit, whose hold it was) is held against the audit records, which are
chained; so an edit has to be made in several places at once, and the chain still shows it (I7, I9, I10, I11).
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from accounts.ledger import ACTIVE, CAPTURE, CLOSED
from accounts.models import DepositAccount, HeldMovement, Hold, ReservedPosting, Reversed
from accounts.models.holds import CAPTURED, OPEN
from accounts.models.loans import CHANGES, Loan
from accounts.queries.ledger import movement_lines
from accounts.services.held_checks import broken_trail, check_held, check_named, trails_of
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.audit import AuditRecord
from cloudbank.tables import TransactionsItem, connection

T = TypeVar("T")
AT_ONCE = 50
_HOLDS = f"{Hold.discriminator()}#"
_NEVER_TOLD = {"status": ACTIVE, "overdraft_limit": 0}
"""What an account is before any record says otherwise."""


def check_trails(check: LedgerCheck, currency: str) -> None:
    """All accounts of the currency, all holds, all marks; by scanning."""
    for accounts in _in_groups(DepositAccount.scan(DepositAccount.currency == currency, page_size=500)):
        trails = trails_of(accounts)
        for account in accounts:
            _check_account(check, account, trails[account.account_id])
    for some_loans in _in_groups(Loan.scan(Loan.currency == currency, page_size=500)):
        trails = trails_of(some_loans)
        for loan in some_loans:
            _check_loan(check, loan, trails[loan.loan_id])
    placed, there, stopped = set[str](), set[str](), dict[str, str]()
    for some in _in_groups(_explaining_items()):
        holds = [one for one in some if isinstance(one, Hold)]
        trails = trails_of(holds)
        for hold in holds:
            there.add(hold.transaction_id)
            stopped |= {hold.held_for: hold.transaction_id} if hold.held_for else {}
            _check_hold(check, hold, trails[hold.transaction_id])
        check_held(check, [one for one in some if isinstance(one, HeldMovement) and one.currency == currency])
        for item in some:
            if isinstance(item, Reversed):
                _check_mark(check, item)
            elif isinstance(item, ReservedPosting):
                stopped[item.held or ""] = item.transaction_id
            elif isinstance(item, AuditRecord):
                placed.add((item.subject or "").removeprefix(_HOLDS))
    missing = sorted(placed - there)
    now = store.load(TransactionsItem, missing)  # one that was placed while we scanned may have been passed by
    for hold_id in missing:
        if not isinstance(now.get(hold_id), Hold):
            check.report("I9 hold", f"hold {hold_id} is gone; its audit trail is there")
    check_named(check, stopped)
    _check_marked(check)


def _in_groups(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _explaining_items() -> Iterator[TransactionsItem]:
    """Holds, held movements, marks of reversals, and the first audit record of each hold: one scan for all."""
    kwargs: dict[str, Any] = {
        "TableName": TransactionsItem.Meta.table_name,
        "FilterExpression": "#k IN (:hold, :held, :place, :mark)"
        " OR (#k = :audit AND begins_with(#s, :holds) AND #n = :one)",
        "ExpressionAttributeNames": {"#k": "kind", "#s": "subject", "#n": "sequence"},
        "ExpressionAttributeValues": {
            ":hold": {"S": Hold.discriminator()},
            ":held": {"S": HeldMovement.discriminator()},
            ":place": {"S": ReservedPosting.discriminator()},
            ":mark": {"S": Reversed.discriminator()},
            ":audit": {"S": AuditRecord.discriminator()},
            ":holds": {"S": _HOLDS},
            ":one": {"N": "1"},
        },
    }
    while True:
        answer = connection().dispatch("Scan", kwargs)
        yield from (TransactionsItem.from_raw_data(raw) for raw in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        kwargs["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _check_account(check: LedgerCheck, account: DepositAccount, records: list[AuditRecord]) -> None:
    """I11: its state and overdraft limit are those it was given; it is filed where interest and fees find it."""
    name = f"account {account.account_id}"
    if broken := broken_trail(account, records):
        check.report("I7 trail", f"{name}: {broken}")
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


def _check_loan(check: LedgerCheck, loan: Loan, records: list[AuditRecord]) -> None:
    """I14: its stage, its terms and every part of what is owed are those its changes gave it, one after the other."""
    name = f"loan {loan.loan_id}"
    if broken := broken_trail(loan, records):
        check.report("I7 trail", f"{name}: {broken}")
    stored = {**loan.parts, "stage": loan.stage}
    told = {key: value for record in records for key, value in record.after.items() if key in CHANGES}
    for key in CHANGES:
        if stored.get(key, 0) != told.get(key, 0):
            check.report("I14 trail", f"{name}: {key} is {stored.get(key, 0)}, its audit trail says {told.get(key, 0)}")


def _check_hold(check: LedgerCheck, hold: Hold, records: list[AuditRecord]) -> None:
    """I9: it is what was placed, resolved as was recorded, and captured by the movement that says so."""
    name = f"hold {hold.transaction_id}"
    if broken := broken_trail(hold, records):
        check.report("I7 trail", f"{name}: {broken}")
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


def _placed(records: list[AuditRecord]) -> Mapping[str, Any]:
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


def _check_mark(check: LedgerCheck, mark: Reversed) -> None:
    """I10: a mark stands only where a reversal was posted; another one would bar it for ever."""
    lines = movement_lines(mark.by_movement or "")
    told = (mark.transaction_id.removeprefix(Reversed.key("")), mark.reason)
    if not lines or (lines[0].link, lines[0].memo) != told:
        check.report("I10 reversal", f"mark {mark.transaction_id}: its movement does not say what it says")


def _check_marked(check: LedgerCheck) -> None:
    """I10: what is reversed is marked, or it could be reversed again."""
    keys = {Reversed.key(link): line for link, line in check.reversals.items()}
    raws = store.load_raw(TransactionsItem, keys)
    marked = {raw["transaction_id"]["S"]: raw.get("by_movement", {}).get("S") for raw in raws if _is_mark(raw)}
    for key, line in keys.items():
        if marked.get(key) != line.movement_id:
            check.report("I10 reversal", f"movement {line.link}: is reversed and not marked as such")


def _is_mark(raw: Mapping[str, Any]) -> bool:
    return bool(raw["kind"]["S"] == Reversed.discriminator())
