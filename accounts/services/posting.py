"""The one way money moves: load, decide, save (design.md, section 4).

A posting costs at most one read request a table and one TransactWriteItems, whatever the rules.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.conf import settings
from pynamodb.expressions.operand import Path

from accounts import ledger, limits, outcomes, totals
from accounts.ledger import HOUSE, Instruction, Line, Movement, Plan, Refused, posting_id
from accounts.models import CubeCell, CustomerActivity, DayShard, LedgerAccount, Posting, ReservedPosting, User
from accounts.models.ledger import cell_group
from accounts.parameters import limits_of
from accounts.participants import Verdict, participant
from accounts.queries.deposits import ledger_accounts
from accounts.queries.totals import LIVE_GROUP, books, file_of
from accounts.services.answers import Busy as Busy
from accounts.services.answers import Cleared as Cleared
from accounts.services.answers import NotKnownYet as NotKnownYet
from accounts.services.answers import Receipt as Receipt
from accounts.services.answers import earlier_answer, not_carried_out
from accounts.services.flows import cell_writer, live_shard, shard_of
from accounts.services.stopping import stop_writes
from accounts.services.turns import in_turn
from cloudbank import store, trace
from cloudbank.conf import bank_calendar
from cloudbank.quarters import quarter_of
from cloudbank.store import Write
from cloudbank.tables import UsersItem
from cloudbank.telling import tally

ATTEMPTS = 12
PATIENCE_SECONDS = 20.0
"""A silent engine costs 15 s a request (three tries of the SDK): no new attempt is begun after this."""


Accounts = Mapping[str, LedgerAccount]


class Companion(Protocol):
    """What changes together with a movement, in its transaction: the hold it captures, the loan it repays."""

    def before(self, accounts: Accounts) -> None:
        """Change the accounts as loaded before the movement is decided, or raise Refused."""

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """Change the accounts as they will be stored; what else is written. At most ten writes.

        With an attribute `waits` that is True it is also written when the movement is held, in that transaction.
        """


@tally.watched(tally.POSTING, tally.POSTED, {Refused: tally.REFUSED, Busy: tally.BUSY, NotKnownYet: tally.NOT_KNOWN})
def post(
    instruction: Instruction,
    *,
    now: datetime,
    companion: Companion | None = None,
    day: date | None = None,
    cleared: Cleared | None = None,
) -> Receipt:
    """Post a movement once, whatever happens on the way.

    `day`: the business date, when it is not that of `now` (the end of a day books on that day); once it
    is closed, or an account has moved on, the next one that is open takes the movement.
    `cleared`: it was held, and somebody releases it; only accounts.services.held says so.

    Raises Refused for business reasons, Busy after too many conflicts, NotKnownYet when the
    engine's answer stays away, store.Unavailable when it cannot be reached.
    """
    asked = _Asked(instruction, now, companion, cleared)
    day = day or bank_calendar().business_date(now)
    doubtful = there = False
    until = time.monotonic() + PATIENCE_SECONDS
    for attempt in range(ATTEMPTS):
        try:
            earlier = earlier_answer(instruction, cleared) if there else None
            return earlier or _in_turn(asked, day)
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
    """Whether this key was posted or stopped meanwhile."""
    return any(
        isinstance(write, store.Put) and isinstance(write.item, Posting | ReservedPosting) for write in error.writes
    )


@dataclass(frozen=True)
class _Asked:
    """One call of `post`."""

    instruction: Instruction
    now: datetime
    companion: Companion | None
    cleared: Cleared | None


def _in_turn(asked: _Asked, day: date) -> Receipt:
    sides = (asked.instruction.debit, asked.instruction.credit)
    accounts = [side for side in sides if side not in HOUSE]
    with in_turn(accounts):
        return _attempt(asked, accounts, day)


def _attempt(asked: _Asked, accounts: list[str], day: date) -> Receipt:
    instruction, now, companion, cleared = asked.instruction, asked.now, asked.companion, asked.cleared
    held = ledger_accounts(accounts)
    try:
        if companion:
            companion.before(held)
        decided = ledger.plan(instruction, {key: item.state() for key, item in held.items()}, now, day)
        people = _people(decided.movement)
        limits.keep_within(decided, {cid: limits_of(user.kyc_status, now) for cid, user in people.users.items()})
    except Refused:
        earlier = earlier_answer(instruction, cleared)
        if earlier:
            return earlier
        raise
    activities = {cid: people.activity(cid) for cid in people.users}
    screener = participant()
    states = {cid: screener.load(activity.state) for cid, activity in activities.items()}
    profiles = {cid: user.profile() for cid, user in people.users.items()}
    verdict = screener.decide(decided.movement, states, profiles, cleared.known if cleared else ())
    way = _way(verdict, decided.movement, asked)
    if way in (outcomes.SET_ASIDE, outcomes.REFUSE):
        return _stop(way, asked, decided, verdict, held, activities, states)
    final = ledger.finish(
        decided, verdict.badge, {c: u.segment for c, u in people.users.items()}, trace=trace.current()
    )
    writes = _account_writes(final, held)
    if way == outcomes.KEEP:  # posted and held: the hold, and the item that waits for a decision
        alerts, account = screener.references(verdict), held[final.movement.credit]
        writes += stop_writes(way, instruction, final.movement, verdict, alerts, account, now)
    writes += companion.after(final, held) if companion else []
    writes += _posting_writes(final.movement, activities, reserved=cleared is not None)
    writes += screener.writes(final.movement, verdict, states)
    writes += _activity_writes(final.movement, activities, states)
    writes += total_writes(final.movement, people.users, verdict)
    store.save(writes)
    return Receipt(final.movement.movement_id, final.movement.lines, verdict.badge, replayed=False)


def _way(verdict: Verdict, movement: Movement, asked: _Asked) -> str:
    """What is done with it. What a person released is only stopped by something worse than what they judged."""
    alone = asked.companion is None or getattr(asked.companion, "waits", False)
    way = outcomes.way_of(verdict.outcome, movement, alone=alone)
    if asked.cleared is None:
        return way
    if way == outcomes.REFUSE and asked.cleared.outcome != outcomes.BLOCK:
        raise Refused("blocked", "Screening now forbids this movement. Look at its alerts; it can only be rejected.")
    return outcomes.CARRY_OUT


def _stop(
    way: str,
    asked: _Asked,
    decided: Plan,
    verdict: Verdict,
    held: Accounts,
    activities: Mapping[str, CustomerActivity],
    states: Mapping[str, Any],
) -> Receipt:
    """Nothing moves: the amount is held, or the attempt only recorded; with the alert, in one transaction."""
    movement, screener = decided.movement, participant()
    writes = screener.writes(movement, verdict, states)
    account = held[next(line.account_id for line in movement.lines if line.amount < 0 or len(movement.lines) == 1)]
    alerts = screener.references(verdict)
    writes += stop_writes(way, asked.instruction, movement, verdict, alerts, account, asked.now)
    if way == outcomes.SET_ASIDE:
        writes.append(store.changed(account))
        writes += asked.companion.after(decided, held) if asked.companion else []
    for customer_id, activity in activities.items():
        activity.state = screener.dump(screener.without(activity.state, states[customer_id]))
        writes.append(store.stored(activity))
    store.save(writes)
    if way == outcomes.REFUSE:
        raise not_carried_out()
    return Receipt(movement.movement_id, (), verdict.badge, replayed=False, held=True)


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


def _posting_writes(
    movement: Movement, activities: Mapping[str, CustomerActivity], *, reserved: bool = False
) -> list[Write]:
    """The postings. `reserved`: the first takes the place that was kept for it while the movement was held."""
    file = file_of(shard_of(movement.movement_id))
    items = [Posting.of(line, file, seen_before(line, activities.get(line.owner_id))) for line in movement.lines]
    there = Path("kind") == ReservedPosting.discriminator()
    place = posting_id(movement.movement_id, "debit")
    return [store.Put(item, there) if reserved and item.transaction_id == place else store.new(item) for item in items]


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
    name, number = cell_of(movement), live_shard(currency, day, movement.movement_id)
    shard = store.Add(
        DayShard,
        DayShard.key(currency, day, number),
        totals.shard_numbers(movement, new_owners, verdict.badge) | dict(verdict.counts),
        unless="closed",
    )
    cell = store.Add(
        CubeCell,
        CubeCell.key(currency, day, cell_writer(number), name.text),
        totals.cell_numbers(movement, verdict.badge),
        {"cell_day": cell_group(currency, day, LIVE_GROUP)},
    )
    return [shard, cell]


def cell_of(movement: Movement) -> totals.CellName:
    """The cube cell of a movement; its hour on the bank's clock."""
    hour = bank_calendar().local(movement.posted_at).hour
    return totals.cell_of(movement.lines[0], hour)
