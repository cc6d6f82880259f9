"""verify_ledger: what stopped movements say is what their audit trail, their hold and the postings say (I8, I9)."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.ledger import first_difference, posting_id
from accounts.models import HeldMovement, Hold, ReservedPosting
from accounts.models.held import BLOCKED, RELEASED, WAITING
from accounts.models.holds import CAPTURED, OPEN
from accounts.queries.holds import hold as get_hold
from accounts.queries.ledger import movement_lines
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.audit import GENESIS, AuditRecord, broken_at, subject_of
from cloudbank.tables import TransactionsItem


def trails_of(items: Iterable[Any]) -> dict[str, list[AuditRecord]]:
    """Each item's audit records from the first to the one it names as its last."""
    keys = {
        item.hash_key: [f"audit#{subject_of(item)}#{number:08d}" for number in range(1, (item.audit_sequence or 0) + 1)]
        for item in items
    }
    raws = store.load_raw(TransactionsItem, [key for some in keys.values() for key in some])
    kind = AuditRecord.discriminator()
    found = {raw["transaction_id"]["S"]: AuditRecord.from_raw_data(raw) for raw in raws if raw["kind"]["S"] == kind}
    return {item: [found[key] for key in some if key in found] for item, some in keys.items()}


def broken_trail(item: Any, records: list[AuditRecord]) -> str:
    """What is wrong with an item's audit trail; "" when nothing is."""
    if broken := broken_at(records):
        return broken
    if len(records) != item.audit_sequence:
        return f"it has {len(records)} records, the item names {item.audit_sequence}"
    last = records[-1].hash if records else GENESIS
    return "" if item.audit_head == last else "the item names another last record"


def check_held(check: LedgerCheck, items: Iterable[HeldMovement]) -> None:
    """Each is what it was when it was stopped, decided as was recorded, and its money is where it says."""
    items = list(items)
    trails = trails_of(items)
    for item in items:
        name = f"held movement {item.transaction_id}"
        if problem := _trail_problem(item, trails[item.transaction_id]) or _place_problem(item):
            check.report("I9 held", f"{name}: {problem}")


def check_named(check: LedgerCheck, named: Mapping[str, str]) -> None:
    """What a hold or a reserved place names is there. `named`: key of the held movement -> who names it."""
    for key, by in named.items():
        if store.get(HeldMovement, key or "-") is None:
            check.report("I9 held", f"held movement {key} is gone; {by} names it")


def _trail_problem(item: HeldMovement, records: list[AuditRecord]) -> str:
    if broken := broken_trail(item, records):
        return broken
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
