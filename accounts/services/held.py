"""Deciding on a held movement: release it, reject it, let its time run out. Each ends once, in one transaction (I9)."""

from collections.abc import Sequence
from datetime import datetime

from accounts.ledger import Actor, Plan, Refused
from accounts.mail import later, send
from accounts.models import HeldMovement, Hold, LedgerAccount
from accounts.models.held import EXPIRED, REJECTED, RELEASED
from accounts.models.holds import CAPTURED
from accounts.models.holds import EXPIRED as HOLD_EXPIRED
from accounts.models.holds import RELEASED as HOLD_RELEASED
from accounts.queries.deposits import ledger_accounts
from accounts.queries.held import held_movement
from accounts.queries.holds import hold as get_hold
from accounts.queries.people import user
from accounts.services.answers import Cleared
from accounts.services.posting import Accounts, Busy, Receipt, post
from accounts.services.wires import charge_for
from cloudbank import audit, store
from cloudbank.approvals import same_person
from cloudbank.clock import iso
from cloudbank.money import format_amount
from cloudbank.store import Write

ATTEMPTS = 8
DONE = {RELEASED: "released", REJECTED: "rejected", EXPIRED: "let run out"}


class Overtaken(Refused):
    """Somebody decided before; the message says who and what."""


def existing(movement_id: str) -> HeldMovement:
    """The held movement, which still waits. Raises Refused, Overtaken."""
    found = held_movement(movement_id)
    if found is None:
        raise Refused("unknown_movement", "There is no such held movement.")
    if not found.is_waiting:
        colleague = user(found.decided_by) if found.decided_by.startswith("usr_") else None
        who = colleague.name if colleague else "The bank's programs" if found.decided_by else "Screening"
        raise Overtaken("overtaken", f"{who} {DONE.get(found.state, found.state)} this movement before.")
    return found


def _to_decide(movement_id: str, reason: str, actor: Actor) -> HeldMovement:
    """What waits, for a person who gives a reason and has no part in it."""
    if not reason.strip():
        raise Refused("reason", "Say what you found; it is kept with the movement.", "reason")
    item = existing(movement_id)
    if any(same_person(actor.user_id, one) for one in (item.asked_by, item.owner_id)):
        raise Refused("four_eyes", "You have a part in this movement; a colleague decides on it.")
    return item


def let_go(*, movement_id: str, reason: str, actor: Actor, now: datetime) -> Receipt | HeldMovement:
    """Let a held movement go on: it is judged again (funds, limits, states) and posted once; or what came in is free.

    Who may do that alone is for the caller to say. Raises Refused, Overtaken, what `post` raises.
    """
    item = _to_decide(movement_id, reason, actor)
    if item.posted:
        return _free(item.movement_id, RELEASED, HOLD_RELEASED, "release", reason, actor, now)
    cleared = Cleared(item.outcome, tuple(item.known))
    receipt = post(item.asked(), now=now, companion=_Release(item.movement_id, reason, actor, now), cleared=cleared)
    charge_for(item.asked(), now)
    return receipt


def turn_away(*, movement_id: str, reason: str, actor: Actor, now: datetime) -> HeldMovement:
    """Do not carry it out: its money is free again, and its customer is told so, without a reason.

    What came in from outside cannot be sent back like this. Raises Refused, Overtaken, Busy.
    """
    if _to_decide(movement_id, reason, actor).posted:
        raise Refused("posted", "This money is on the account already; release it, or leave it held.")
    return _free(movement_id, REJECTED, HOLD_RELEASED, "reject", reason, actor, now)


def run_out(*, movement_id: str, actor: Actor, now: datetime) -> HeldMovement:
    """Its time is over: as if rejected; what came in from outside is free. Raises Refused, Busy."""
    return _free(movement_id, EXPIRED, HOLD_EXPIRED, "expire", "", actor, now)


class _Release:
    """Resolves the hold and the held movement in the transaction of its posting."""

    def __init__(self, movement_id: str, reason: str, actor: Actor, now: datetime) -> None:
        self._movement_id, self._reason, self._actor, self._now = movement_id, reason.strip(), actor, now
        self._item: HeldMovement
        self._hold: Hold

    def before(self, accounts: Accounts) -> None:
        """Free the held amount, so that the movement finds it."""
        self._item = existing(self._movement_id)
        self._hold = _hold_of(self._item)
        accounts[self._item.on_account].held -= self._hold.amount

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """The hold as captured, the item as released."""
        self._hold.captured, self._hold.movement_id = self._hold.amount, self._movement_id
        return [
            *_resolved(self._hold, CAPTURED, self._actor, self._now),
            *_decided(self._item, RELEASED, "release", self._reason, self._actor, self._now),
        ]


def _hold_of(item: HeldMovement) -> Hold:
    found = get_hold(item.hold_id)
    if found is None:
        raise Refused("unknown_hold", "The hold of this movement is gone; call the people who keep the books.")
    return found


def _resolved(hold: Hold, state: str, actor: Actor, now: datetime) -> list[Write]:
    before, hold.state, hold.resolved_at = {"state": hold.state}, state, iso(now)
    hold.file()
    after = {"state": state, "captured": hold.captured}
    return [store.changed(hold), audit.record(hold, "resolve", actor=actor, now=now, before=before, after=after)]


def _decided(item: HeldMovement, state: str, action: str, reason: str, actor: Actor, now: datetime) -> Sequence[Write]:
    before = {"state": item.state}
    item.state, item.decided_by, item.decided_at = state, actor.user_id, iso(now)
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after={"state": state}, reason=reason)
    return [store.changed(item), entry]


def _free(
    movement_id: str, state: str, hold_state: str, action: str, reason: str, actor: Actor, now: datetime
) -> HeldMovement:
    """End it without a posting: the hold is off, the money free."""
    ours: set[str] = set()
    for attempt in range(ATTEMPTS):
        found = held_movement(movement_id)
        if found and found.audit_head in ours:
            return found  # the answer to our save was lost
        item = existing(movement_id)
        hold = _hold_of(item)
        account: LedgerAccount = ledger_accounts([item.on_account])[item.on_account]
        account.held -= hold.amount
        writes = [store.changed(account), *_resolved(hold, hold_state, actor, now)]
        writes += _decided(item, state, action, reason.strip(), actor, now)
        ours.add(item.audit_head)
        try:
            store.save(writes)
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
            continue
        if not item.posted:
            _tell(item)
        return item
    raise Busy("Somebody else is changing this movement just now. Look at it again before you retry.")


def _tell(item: HeldMovement) -> None:
    """An e-mail to whose money it is: not carried out, the money is free; no reason (31 USC 5318(g)(2))."""
    owner = user(item.owner_id)
    if owner and owner.email:
        amount = f"{format_amount(item.amount, item.currency)} {item.currency}"
        later(lambda: send("not_carried_out", owner.email, name=owner.name, amount=amount))
