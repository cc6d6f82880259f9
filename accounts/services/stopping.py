"""What is written instead of a posting, or beside it, when screening stops a movement: money on hold, the item that
waits for a decision, the reservation of its key. All in the transaction that also writes the alert.
"""

from collections.abc import Mapping
from datetime import date, datetime

from accounts.ledger import Actor, Instruction, Movement, posting_id
from accounts.models import DayShard, HeldMovement, Hold, LedgerAccount, ReservedPosting
from accounts.models.held import BLOCKED, NEVER, WAITING
from accounts.outcomes import BLOCK, KEEP, REFUSE
from accounts.parameters import REVIEW_DAYS
from accounts.participants import Verdict
from accounts.services.flows import live_shard
from cloudbank import audit, parameters, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.store import Write

SCREENER = Actor("job:screening", "system", "posting")
UNDER_REVIEW = "Payment under review"
"""What customers and tellers read of a hold; no reason, no rule (31 USC 5318(g)(2))."""


def last_day(day: date, now: datetime) -> str:
    """The last business date on which a movement that was stopped on `day` waits."""
    for _ in range(parameters.snapshot(now).number(REVIEW_DAYS.code)):
        day = bank_calendar().after(day)
    return day.isoformat()


def stop_writes(
    way: str,
    instruction: Instruction,
    movement: Movement,
    verdict: Verdict,
    alerts: list[str],
    account: LedgerAccount,
    now: datetime,
) -> list[Write]:
    """The writes of a stopped movement; `account` (where its money is) is changed, and stored by the caller.

    SET_ASIDE and KEEP place a hold, at most six writes; REFUSE records the attempt.
    """
    item = HeldMovement(
        transaction_id=HeldMovement.key(movement.movement_id),
        version=1,
        movement_id=movement.movement_id,
        instruction=instruction.content() | {"key": instruction.key},
        asked_by=instruction.actor.user_id,
        asked_role=instruction.actor.role,
        asked_from=instruction.actor.source,
        on_account=account.account_id,
        owner_id=account.owner_id or "",
        amount=movement.amount,
        currency=movement.currency,
        outcome=verdict.outcome,
        state=BLOCKED if way == REFUSE else WAITING,
        posted=way == KEEP,
        alerts=alerts,
        known=list(verdict.known),
        asked_at=iso(now),
    )
    writes: list[Write] = []
    if way != REFUSE:
        item.expires_on = NEVER if verdict.outcome == BLOCK else last_day(movement.business_date, now)
        hold = _hold(item, now)
        item.hold_id = hold.transaction_id
        account.held += item.amount
        placed = {"account": hold.on_account, "amount": hold.amount, "expires_on": hold.expires_on}
        placed |= {"told": hold.told, "held_for": hold.held_for}
        entry = audit.record(hold, "place", actor=SCREENER, now=now, after=placed, reason=hold.reason)
        writes += [store.new(hold), entry]
    if way != KEEP:
        key = posting_id(movement.movement_id, "debit")
        writes.append(store.new(ReservedPosting(transaction_id=key, version=1, held=item.transaction_id)))
        writes += _counts(movement, verdict)
    item.file()
    after = item.born() | {"state": item.state}
    return [*writes, store.new(item), audit.record(item, way, actor=SCREENER, now=now, after=after)]


def _hold(item: HeldMovement, now: datetime) -> Hold:
    made = Hold(
        transaction_id=derived_id("hld", "review", item.movement_id),
        version=1,
        on_account=item.on_account,
        owner_id=item.owner_id,
        amount=item.amount,
        currency=item.currency,
        reason=f"{UNDER_REVIEW}, {item.movement_id}",
        told=UNDER_REVIEW,
        placed_at=iso(now),
        placed_by=SCREENER.user_id,
        expires_on=item.expires_on,
        held_for=item.transaction_id,
    )
    made.file()
    return made


def _counts(movement: Movement, verdict: Verdict) -> list[Write]:
    """The rules' findings count on the day, though nothing is posted. What was not judged will be looked at again."""
    found: Mapping[str, int] = {name: n for name, n in verdict.counts.items() if name.endswith("_found")}
    day = movement.business_date.isoformat()
    key = DayShard.key(movement.currency, day, live_shard(movement.currency, day, movement.movement_id))
    return [store.Add(DayShard, key, found, unless="closed")] if found else []
