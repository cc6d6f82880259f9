"""verify_ledger: what stopped movements say is what their audit trail, their hold and the postings say (I8, I9)."""

from collections.abc import Mapping
from datetime import datetime

from accounts.ledger import first_difference, posting_id
from accounts.models import HeldMovement, Hold, ReservedPosting
from accounts.models.held import BLOCKED, RELEASED, WAITING
from accounts.models.holds import CAPTURED, OPEN
from accounts.queries.holds import hold as get_hold
from accounts.queries.ledger import movement_lines
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.audit import Entry
from cloudbank.tables import TransactionsItem


def check_held(check: LedgerCheck, item: HeldMovement, records: list[Entry], now: datetime) -> None:
    """It is what it was when it was stopped, decided as was recorded, and its money is where it says."""
    if problem := _trail_problem(item, records) or _place_problem(item):
        check.report("I9 held", f"held movement {item.transaction_id}: {problem}")


def check_named(check: LedgerCheck, named: Mapping[str, str]) -> None:
    """What a hold or a reserved place names is there. `named`: key of the held movement -> who names it."""
    for key, by in named.items():
        if store.get(HeldMovement, key or "-") is None:
            check.report("I9 held", f"held movement {key} is gone; {by} names it")


def _trail_problem(item: HeldMovement, records: list[Entry]) -> str:
    if not records:
        return "nobody stopped it"
    told = {name: value for name, value in records[0].after.items() if name != "state"}
    for name, value in told.items():
        if getattr(item, name) != value:
            return f"{name} is {getattr(item, name)}, its audit trail says {value}"
    last = records[-1]
    decided = (last.actor_id, last.at) if len(records) > 1 else ("", "")
    if (item.state, item.decided_by, item.decided_at) != (last.after["state"], *decided):
        return f"it is {item.state}, its audit trail says {last.after['state']}"
    return "" if item.version == len(records) else "it was changed without an audit record"


def _place_problem(item: HeldMovement) -> str:
    """Its index keys, its hold, its postings or their absence."""
    here = _keys(item)
    item.file()
    if _keys(item) != here or item.transaction_id != HeldMovement.key(item.movement_id):
        return "is filed where nobody looks for it"
    if item.state != BLOCKED and not _hold_fits(item, get_hold(item.hold_id)):
        return "its hold does not say what it says"
    lines = [line.line() for line in movement_lines(item.movement_id)]
    if bool(lines) != (item.posted or item.state == RELEASED):
        return f"it is {item.state} and has {len(lines)} postings"
    if lines and first_difference(item.asked(), {line.posting_id: line for line in lines}):
        return "its postings are not what was asked"
    return "" if lines or _reserved(item) else "its key is not reserved: it could be posted"


def _keys(item: HeldMovement) -> list[str | None]:
    filed = ("subject", "subject_order", "day_group", "day_order", "worklist_group", "worklist_order")
    return [getattr(item, name) for name in filed]


def _hold_fits(item: HeldMovement, hold: Hold | None) -> bool:
    if hold is None or hold.held_for != item.transaction_id:
        return False
    right = OPEN if item.state == WAITING else CAPTURED if item.state == RELEASED and not item.posted else ""
    same = (hold.on_account, hold.amount, hold.currency) == (item.on_account, item.amount, item.currency)
    return same and (hold.state == right if right else hold.state not in (OPEN, CAPTURED))


def _reserved(item: HeldMovement) -> bool:
    place = store.load(TransactionsItem, [posting_id(item.movement_id, "debit")]).values()
    return any(isinstance(one, ReservedPosting) and one.held == item.transaction_id for one in place)
