"""Holds: set money aside, then capture it, release it or let it expire. Each resolves once (I9)."""

from datetime import date, datetime, timedelta

from accounts.customer_texts import BY_BANK, HOLDS, in_words
from accounts.ledger import CAPTURE, CLEARING, HOUSE, Actor, Instruction, Plan, Refused
from accounts.ledger.planning import GIVES_MONEY
from accounts.models import DepositAccount, Hold
from accounts.models.holds import CAPTURED, EXPIRED, OPEN, RELEASED
from accounts.parameters import HOLD_DAYS
from accounts.queries import holds as queries
from accounts.queries.deposits import account as get_account
from accounts.queries.deposits import ledger_accounts
from accounts.services.counter import OVER_TRANSFER, money
from accounts.services.posting import Accounts, Busy, Receipt, post
from cloudbank import audit, parameters, store
from cloudbank.approvals import same_person
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.money import format_amount, is_whole
from cloudbank.store import Write

ATTEMPTS = 8


def place_hold(
    *,
    account_id: str,
    amount: int,
    reason: str,
    told: str = BY_BANK,
    key: str,
    actor: Actor,
    now: datetime,
    expires_on: date | None = None,
) -> Hold:
    """Set an amount aside; the same key again finds the same hold. Raises Refused, Busy.

    `reason` stays inside the bank, `told` (a code of customer_texts.HOLDS) is what the customer reads.
    """
    if not reason.strip():
        raise Refused("reason", "Say what the hold is for; the customer does not read it.", "reason")
    said = in_words(HOLDS, told)
    hold_id = derived_id("hld", actor.user_id, key)
    last = expires_on or bank_calendar().business_date(now) + timedelta(
        days=parameters.snapshot(now).number(HOLD_DAYS.code)
    )
    for attempt in range(ATTEMPTS):
        earlier = queries.hold(hold_id)
        if earlier:
            return _same(earlier, account_id, amount, reason, said, expires_on)
        account = _holdable(account_id, amount)
        made = Hold(
            transaction_id=hold_id,
            version=1,
            on_account=account_id,
            owner_id=account.owner_id,
            amount=amount,
            currency=account.currency,
            reason=reason.strip(),
            told=said,
            placed_at=iso(now),
            placed_by=actor.user_id,
            expires_on=last.isoformat(),
        )
        made.file()
        after = {"account": account_id, "amount": amount, "expires_on": made.expires_on, "told": said}
        entry = audit.record(made, "place", actor=actor, now=now, after=after, reason=made.reason)
        account.held += amount
        if _saved([store.new(made), entry, store.changed(account)], attempt):
            return made
    raise Busy("Many movements touch this account just now. Try again.")


def _same(earlier: Hold, account_id: str, amount: int, reason: str, said: str, expires_on: date | None) -> Hold:
    asked = {"on_account": account_id, "amount": amount, "reason": reason.strip(), "told": said}
    if expires_on:  # what nobody asked for follows from the day of the first sending
        asked["expires_on"] = expires_on.isoformat()
    difference = next((name for name, value in asked.items() if getattr(earlier, name) != value), "")
    if difference:
        raise Refused("key_reused", "This form was sent before and meant another hold. Open it again.", difference)
    return earlier


def _holdable(account_id: str, amount: int) -> DepositAccount:
    account = get_account(account_id)
    if account is None:
        raise Refused("unknown_account", "There is no account with this number.", "account")
    state = account.state()
    if state.status not in GIVES_MONEY:
        raise Refused(state.status, f"This account is {state.status.replace('_', ' ')}; nothing can be held on it.")
    if not is_whole(amount) or amount <= 0:
        raise Refused("amount", "The amount must be greater than zero.", "amount")
    if amount > state.available:
        free = f"{format_amount(max(0, state.available), state.currency)} {state.currency}"
        raise Refused("insufficient_funds", f"The account has {free} available.", "amount")
    return account


def _saved(writes: list[Write], attempt: int) -> bool:
    """Save once; False when somebody was faster or the answer was lost: load again and look."""
    try:
        store.save(writes)
    except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
        store.pause(attempt)
        return False
    return True


class _Capture:
    """Resolves the hold in the movement's transaction: what is not captured is free again."""

    def __init__(self, hold_id: str, amount: int, actor: Actor, now: datetime) -> None:
        self._hold_id, self._amount, self._actor, self._now = hold_id, amount, actor, now
        self._hold: Hold

    def before(self, accounts: Accounts) -> None:
        """Free the held amount, so that the movement finds it."""
        self._hold = _unresolved(queries.hold(self._hold_id))
        if self._hold.expires_on < bank_calendar().business_date(self._now).isoformat():
            raise Refused(EXPIRED, f"This hold expired on {self._hold.expires_on}.")
        if self._amount > self._hold.amount:
            held = f"{format_amount(self._hold.amount, self._hold.currency)} {self._hold.currency}"
            raise Refused("amount", f"Only {held} is held; capture this much or less.", "amount")
        accounts[self._hold.on_account].held -= self._hold.amount

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """The hold as captured."""
        self._hold.captured, self._hold.movement_id = self._amount, final.movement.movement_id
        return _resolve(self._hold, CAPTURED, "capture", self._actor, self._now)


def capture_hold(
    *, hold_id: str, amount: int, actor: Actor, now: datetime, to: str = CLEARING, memo: str = "", key: str = ""
) -> Receipt:
    """Move what was held, in full or part, to a house account or another account. Raises as `post` does."""
    there = queries.hold(hold_id)
    if there is None:
        raise Refused("unknown_hold", "There is no such hold.")
    refuse_alone(there, amount, actor, now)
    account = get_account(there.on_account)
    instruction = Instruction(
        type=CAPTURE,
        key=key or f"capture#{hold_id}",
        amount=amount,
        currency=there.currency,
        debit=there.on_account,
        credit=to,
        channel="card" if to in HOUSE else "online",
        branch=account.branch if account else "main",
        actor=actor,
        memo=memo or there.said,
        link=hold_id,
    )
    return post(instruction, now=now, companion=_Capture(hold_id, amount, actor, now))


def refuse_alone(hold: Hold, amount: int, actor: Actor, now: datetime) -> None:
    """Over the limit of a transfer, who placed a hold does not take it as well; for the read-back too."""
    most = OVER_TRANSFER.most(hold.currency, now)
    if amount > most and same_person(hold.placed_by, actor.user_id):
        raise Refused(
            "four_eyes",
            f"You placed this hold; over {money(most, hold.currency)} another person takes it. Ask a colleague.",
        )


def _unresolved(found: Hold | None) -> Hold:
    if found is None:
        raise Refused("unknown_hold", "There is no such hold.")
    if found.held_for:
        raise Refused("under_review", "This amount belongs to a payment under review; it is resolved with the payment.")
    if found.state != OPEN:
        raise Refused(found.state, f"This hold is {found.state} already; a hold resolves once.")
    return found


def _resolve(hold: Hold, state: str, action: str, actor: Actor, now: datetime, reason: str = "") -> list[Write]:
    hold.state, hold.resolved_at = state, iso(now)
    hold.file()
    after = {"state": state, "captured": hold.captured}
    entry = audit.record(hold, action, actor=actor, now=now, before={"state": OPEN}, after=after, reason=reason)
    return [store.changed(hold), entry]


def release_hold(*, hold_id: str, reason: str, actor: Actor, now: datetime) -> Hold:
    """Set the money free again. Raises Refused, Busy."""
    if not reason.strip():
        raise Refused("reason", "Give a reason; it is kept with the hold.", "reason")
    return _free(hold_id, RELEASED, "release", reason.strip(), actor, now)


def expire_hold(*, hold_id: str, actor: Actor, now: datetime) -> Hold:
    """Set the money of a hold free whose time is over."""
    return _free(hold_id, EXPIRED, "expire", "", actor, now)


def _free(hold_id: str, state: str, action: str, reason: str, actor: Actor, now: datetime) -> Hold:
    for attempt in range(ATTEMPTS):
        found = queries.hold(hold_id)
        if found is not None and found.state == state:
            return found
        found = _unresolved(found)
        account = ledger_accounts([found.on_account])[found.on_account]
        account.held -= found.amount
        if _saved([store.changed(account), *_resolve(found, state, action, actor, now, reason)], attempt):
            return found
    raise Busy("Somebody else is changing this hold just now. Try again.")
