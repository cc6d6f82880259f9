"""The one way money moves: load, decide, save (design.md, section 4).

A posting costs at most one read request a table and one TransactWriteItems, whatever the rules.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.conf import settings

from accounts import ledger, limits, totals
from accounts.ledger import HOUSE, Instruction, Line, Movement, Plan, Refused
from accounts.models import CubeCell, CustomerActivity, DayShard, LedgerAccount, Posting, User
from accounts.models.ledger import cell_group
from accounts.parameters import limits_of
from accounts.participants import Verdict, participant
from accounts.queries.deposits import ledger_accounts
from accounts.queries.ledger import movement_lines
from accounts.queries.totals import LIVE_GROUP, books
from accounts.services.flows import shard_of
from accounts.services.turns import in_turn
from cloudbank import store
from cloudbank.conf import bank_calendar
from cloudbank.quarters import quarter_of
from cloudbank.store import Write
from cloudbank.tables import UsersItem

ATTEMPTS = 12
PATIENCE_SECONDS = 20.0
"""A silent engine costs 15 s a request (three tries of the SDK): no new attempt is begun after this."""


class Busy(Exception):
    """Too many others move money on these accounts: try again with the same key."""


class NotKnownYet(Exception):
    """The engine did not answer: the movement may have happened. The same key finds out safely."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"The bank's books did not answer. Reference {reference}; sending the form again is safe.")
        self.reference = reference


@dataclass(frozen=True)
class Receipt:
    """What was posted. `replayed`: this key had been posted before; nothing was written now."""

    movement_id: str
    lines: tuple[Line, ...]
    badge: str
    replayed: bool


Accounts = Mapping[str, LedgerAccount]


class Companion(Protocol):
    """What changes together with a movement, in its transaction: the hold it captures, the loan it repays."""

    def before(self, accounts: Accounts) -> None:
        """Change the accounts as loaded before the movement is decided, or raise Refused."""

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """Change the accounts as they will be stored; what else is written. At most ten writes."""


def post(
    instruction: Instruction, *, now: datetime, companion: Companion | None = None, day: date | None = None
) -> Receipt:
    """Post a movement once, whatever happens on the way.

    `day`: the business date, when it is not that of `now` (the end of a day books on that day); once it
    is closed, or an account has moved on, the next one that is open takes the movement.

    Raises Refused for business reasons, Busy after too many conflicts, NotKnownYet when the
    engine's answer stays away, store.Unavailable when it cannot be reached.
    """
    day = day or bank_calendar().business_date(now)
    doubtful = there = False
    until = time.monotonic() + PATIENCE_SECONDS
    for attempt in range(ATTEMPTS):
        try:
            earlier = _earlier(instruction) if there else None
            return earlier or _in_turn(instruction, now, day, companion)
        except store.ConditionFailed as error:
            there = _own_posting_there(error)
            if any(isinstance(write, store.Add) for write in error.writes):
                day = _open_after(day, instruction.currency)
        except store.Conflict:
            pass
        except store.OutcomeUnknown:
            doubtful = True  # trying again is safe: the posting ids derive from the key
        except store.Unavailable:
            if doubtful:
                break  # this try wrote nothing, but one before it may have
            raise
        if time.monotonic() > until:
            break
        store.pause(0 if there else attempt)
    if doubtful:
        raise NotKnownYet(instruction.movement_id)
    raise Busy("Many movements touch this account just now. Send the form again; it will not be posted twice.")


def _open_after(day: date, currency: str) -> date:
    """The business day that takes what a closed one does not."""
    closed = books(currency).last_closed
    return bank_calendar().after(max(day, date.fromisoformat(closed)) if closed else day)


def _own_posting_there(error: store.ConditionFailed) -> bool:
    return any(isinstance(write, store.Put) and isinstance(write.item, Posting) for write in error.writes)


def _in_turn(instruction: Instruction, now: datetime, day: date, companion: Companion | None) -> Receipt:
    accounts = [side for side in (instruction.debit, instruction.credit) if side not in HOUSE]
    with in_turn(accounts):
        return _attempt(instruction, accounts, now, day, companion)


def _attempt(
    instruction: Instruction, accounts: list[str], now: datetime, day: date, companion: Companion | None
) -> Receipt:
    held = ledger_accounts(accounts)
    try:
        if companion:
            companion.before(held)
        decided = ledger.plan(instruction, {key: item.state() for key, item in held.items()}, now, day)
        people = _people(decided.movement)
        limits.keep_within(decided, {cid: limits_of(user.kyc_status, now) for cid, user in people.users.items()})
    except Refused:
        earlier = _earlier(instruction)
        if earlier:
            return earlier
        raise
    activities = {cid: people.activity(cid) for cid in people.users}
    screener = participant()
    states = {cid: screener.load(activity.state) for cid, activity in activities.items()}
    profiles = {cid: user.profile() for cid, user in people.users.items()}
    verdict = screener.decide(decided.movement, states, profiles)
    final = ledger.finish(decided, verdict.badge)
    writes = _account_writes(final, held)
    writes += companion.after(final, held) if companion else []
    writes += _posting_writes(final.movement, activities)
    writes += screener.writes(final.movement, verdict, states)
    writes += _activity_writes(final.movement, activities, states)
    writes += total_writes(final.movement, people.users, verdict)
    store.save(writes)
    return Receipt(final.movement.movement_id, final.movement.lines, verdict.badge, replayed=False)


@dataclass(frozen=True)
class _People:
    users: Mapping[str, User]
    items: Mapping[str, Any]

    def activity(self, customer_id: str) -> CustomerActivity:
        key = CustomerActivity.key(customer_id)
        return self.items.get(key) or CustomerActivity(user_id=key)


def _people(movement: Movement) -> _People:
    ids = {line.owner_id for line in movement.lines} | ({movement.conductor_id} - {""})
    items = store.load(UsersItem, sorted(ids | {CustomerActivity.key(cid) for cid in ids}))
    return _People({cid: item for cid in sorted(ids) if isinstance(item := items.get(cid), User)}, items)


def _account_writes(final: Plan, held: Accounts) -> list[Write]:
    writes: list[Write] = []
    for state in final.states:
        held[state.account_id].take(state)
        writes.append(store.changed(held[state.account_id]))
    return writes


def _posting_writes(movement: Movement, activities: Mapping[str, CustomerActivity]) -> list[Write]:
    shard = shard_of(movement.movement_id)
    return [
        store.new(Posting.of(line, shard, seen_before(line, activities.get(line.owner_id)))) for line in movement.lines
    ]


def seen_before(line: Line, activity: CustomerActivity | None) -> str | None:
    """The date of the owner's own movement before this line; None when the line is not their own."""
    if not line.own:
        return None
    return activity.last_movement_on if activity else ""


def _activity_writes(
    movement: Movement, activities: Mapping[str, CustomerActivity], states: Mapping[str, Any]
) -> list[Write]:
    movers = {line.owner_id for line in movement.lines if line.own}
    for customer_id, activity in activities.items():
        activity.state = participant().dump(states[customer_id])
        if customer_id in movers:
            activity.last_movement_on = movement.business_date.isoformat()
    return [store.stored(activity) for activity in activities.values()]


def is_new(user: User, day: date) -> bool:
    """Whether an owner's flows count as those of a new customer: activated in this quarter, or not yet."""
    start = settings.FISCAL_YEAR_START_MONTH
    return not user.activated_on or quarter_of(date.fromisoformat(user.activated_on), start) >= quarter_of(day, start)


def total_writes(movement: Movement, users: Mapping[str, User], verdict: Verdict) -> list[Write]:
    """The movement's part of its day shard (guarded by the day's gate) and of its cube cell."""
    day, currency = movement.business_date.isoformat(), movement.currency
    new_owners = [cid for cid, user in users.items() if is_new(user, movement.business_date)]
    name = cell_of(movement)
    shard = store.Add(
        DayShard,
        DayShard.key(currency, day, shard_of(movement.movement_id)),
        totals.shard_numbers(movement, new_owners, verdict.badge) | dict(verdict.counts),
        unless="closed",
    )
    cell = store.Add(
        CubeCell,
        CubeCell.key(currency, day, LIVE_GROUP, name.text),
        totals.cell_numbers(movement, verdict.badge),
        {"cell_day": cell_group(currency, day, LIVE_GROUP)},
    )
    return [shard, cell]


def cell_of(movement: Movement) -> totals.CellName:
    """The cube cell of a movement; its hour on the bank's clock."""
    hour = bank_calendar().local(movement.posted_at).hour
    return totals.CellName(hour, movement.type, movement.channel, movement.branch)


def _earlier(instruction: Instruction) -> Receipt | None:
    """The result this key had before, if any; refused when it meant another movement."""
    items = movement_lines(instruction.movement_id)
    if not items:
        return None
    lines = tuple(item.line() for item in items)
    difference = ledger.first_difference(instruction, {line.posting_id: line for line in lines})
    if difference:
        raise Refused(
            "key_reused",
            f"This form was sent before with another {difference}. Open the form again for a new movement.",
            difference,
        )
    return Receipt(instruction.movement_id, lines, lines[0].badge, replayed=True)
