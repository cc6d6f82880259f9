"""Standing orders of customers: set up, pause, resume, end. The end of day carries them out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from accounts.ledger import Actor, Refused
from accounts.ledger.planning import GIVES_MONEY, TAKES_MONEY
from accounts.models import DepositAccount, User
from accounts.models.standing import ACTIVE, ENDED, PAUSED, StandingOrder
from accounts.parameters import limits_of
from accounts.queries.deposits import accounts
from accounts.queries.people import users
from accounts.queries.standing import standing_order
from accounts.readback import masked_name
from accounts.services.posting import Busy
from accounts.standing import RHYTHMS, next_due
from accounts.states import state_in_words
from cloudbank import audit, store
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.money import format_amount, is_whole

ATTEMPTS = 8
FINISHED = "Its last day has passed."


@dataclass(frozen=True)
class Wish:
    """What a customer wants transferred again and again. `amount` in minor units of the accounts' currency."""

    from_account: str
    to_account: str
    amount: int
    rhythm: str
    first_on: date
    last_on: date | None = None
    memo: str = ""


def check_wish(wish: Wish, *, actor: Actor, now: datetime) -> StandingOrder:
    """The order this would become, not saved: what the read-back shows. Raises Refused."""
    if wish.rhythm not in RHYTHMS:
        raise Refused("rhythm", "Choose how often.", "rhythm")
    if not is_whole(wish.amount) or wish.amount <= 0:
        raise Refused("amount", "The amount must be greater than zero.", "amount")
    if wish.first_on < bank_calendar().local(now).date():
        raise Refused("first_on", "The first day lies in the past.", "first_on")
    if wish.last_on and wish.last_on < wish.first_on:
        raise Refused("last_on", "The last day is before the first one.", "last_on")
    giver, taker = _ends(wish, actor)
    people = users({giver.owner_id or "", taker.owner_id or ""} - {""})
    _keep_within_limits(wish.amount, giver, people, now)
    own, receiver = taker.owner_id == actor.user_id, people.get(taker.owner_id or "")
    name = receiver.name if receiver else ""
    made = StandingOrder(
        version=1,
        owner_id=actor.user_id,
        from_account=giver.account_id,
        to_account=taker.account_id,
        to_name=name if own else masked_name(name),
        amount=wish.amount,
        currency=giver.currency,
        branch=giver.branch,
        memo=wish.memo,
        rhythm=wish.rhythm,
        first_on=wish.first_on.isoformat(),
        last_on=wish.last_on.isoformat() if wish.last_on else "",
        made_at=iso(now),
    )
    _due_next(made, wish.first_on)
    return made


def _ends(wish: Wish, actor: Actor) -> tuple[DepositAccount, DepositAccount]:
    """The two accounts, when money can move from the one to the other now."""
    if wish.from_account == wish.to_account:
        raise Refused("same_account", "Choose two different accounts: money cannot move to where it is.", "to_account")
    found = accounts([wish.from_account, wish.to_account])
    giver, taker = found.get(wish.from_account), found.get(wish.to_account)
    if giver is None or giver.owner_id != actor.user_id:
        raise Refused("unknown_account", "There is no account with this number.", "from_account")
    if taker is None:
        raise Refused("unknown_account", "There is no account with this number.", "to_account")
    if giver.status not in GIVES_MONEY:
        raise Refused(giver.status, f"This account is {state_in_words(giver.status)}.", "from_account")
    if taker.status not in TAKES_MONEY:
        raise Refused(taker.status, "This account takes no money just now.", "to_account")
    if giver.currency != taker.currency:
        raise Refused("currency", f"This account is not held in {giver.currency}.", "to_account")
    return giver, taker


def _keep_within_limits(amount: int, giver: DepositAccount, people: dict[str, User], now: datetime) -> None:
    """What an owner may send by themselves, checked when the order is set up."""
    owner = people.get(giver.owner_id or "")
    limits = limits_of(owner.kyc_status if owner else "", now).of(giver.currency)
    most = min(limits.movement, limits.day)
    if amount > most:
        way = "" if limits.verified else " The limit rises once your identity is verified."
        text = f"{format_amount(most, giver.currency)} {giver.currency}"
        raise Refused("limit_movement", f"A standing order can send at most {text} each time.{way}", "amount")


def create_order(*, wish: Wish, key: str, actor: Actor, now: datetime) -> StandingOrder:
    """Set it up; the same key finds the same order. Raises Refused, Busy."""
    order_id = derived_id("sto", actor.user_id, key)
    for attempt in range(ATTEMPTS):
        earlier = standing_order(order_id)
        if earlier:
            return _same(earlier, wish)
        made = check_wish(wish, actor=actor, now=now)
        made.transaction_id = order_id
        made.file()
        after = {name: getattr(made, name) for name in ("from_account", "to_account", "amount", "rhythm", "first_on")}
        entry = audit.record(made, "create", actor=actor, now=now, after=after | {"last_on": made.last_on})
        if _saved([store.new(made), entry], attempt):
            return made
    raise Busy("The bank's books are busy just now. Send the form again; it makes one order.")


def _same(earlier: StandingOrder, wish: Wish) -> StandingOrder:
    asked = {
        "from_account": wish.from_account,
        "to_account": wish.to_account,
        "amount": wish.amount,
        "rhythm": wish.rhythm,
        "first_on": wish.first_on.isoformat(),
        "last_on": wish.last_on.isoformat() if wish.last_on else "",
        "memo": wish.memo,
    }
    difference = next((name for name, value in asked.items() if getattr(earlier, name) != value), "")
    if difference:
        raise Refused("key_reused", "This form was sent before and meant another order. Open it again.", difference)
    return earlier


def _saved(writes: list[store.Write], attempt: int) -> bool:
    """Save once; False when somebody was faster or the answer was lost: load again and look."""
    try:
        store.save(writes)
    except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
        store.pause(attempt)
        return False
    return True


# What happens to an order.
def pause_order(*, order_id: str, actor: Actor, now: datetime) -> StandingOrder:
    """Nothing is transferred until it is resumed; what falls due meanwhile is not made up for."""

    def pause(order: StandingOrder) -> None:
        order.state = PAUSED

    return _change(order_id, (ACTIVE,), PAUSED, "pause", pause, actor, now)


def resume_order(*, order_id: str, actor: Actor, now: datetime) -> StandingOrder:
    """Go on with the first due date that has not passed."""
    today = bank_calendar().business_date(now)

    def resume(order: StandingOrder) -> None:
        order.state, order.problem = ACTIVE, ""
        due = date.fromisoformat(order.due_on)
        move_on(order, due if due >= today else today - ONE_DAY, keep=due >= today)

    return _change(order_id, (PAUSED,), ACTIVE, "resume", resume, actor, now)


def end_order(*, order_id: str, actor: Actor, now: datetime) -> StandingOrder:
    """End it for good."""

    def end(order: StandingOrder) -> None:
        order.state, order.ended_why, order.problem = ENDED, "Ended by its owner.", ""

    return _change(order_id, (ACTIVE, PAUSED), ENDED, "end", end, actor, now)


def acknowledge_problem(*, order_id: str, actor: Actor, now: datetime) -> StandingOrder:
    """Its owner has read what went wrong."""

    def clear(order: StandingOrder) -> None:
        order.problem = ""

    return _change(order_id, (ACTIVE, PAUSED, ENDED), "", "acknowledge", clear, actor, now)


def _change(
    order_id: str,
    allowed: tuple[str, ...],
    end: str,
    action: str,
    act: Callable[[StandingOrder], None],
    actor: Actor,
    now: datetime,
) -> StandingOrder:
    """Load, change, save with its audit record. What is so already stays as it is. Raises Refused, Busy."""
    for attempt in range(ATTEMPTS):
        order = standing_order(order_id)
        if order is None or order.owner_id != actor.user_id:
            raise Refused("unknown_order", "There is no such standing order.")
        if order.state == end or (not end and not order.problem):
            return order
        if order.state not in allowed:
            raise Refused(order.state, f"This standing order is {order.state}.")
        before = {"state": order.state}
        act(order)
        order.file()
        entry = audit.record(order, action, actor=actor, now=now, before=before, after={"state": order.state})
        if _saved([store.changed(order), entry], attempt):
            return order
    raise Busy("This standing order is being carried out just now. Try again.")


# Its dates.
def move_on(order: StandingOrder, after: date, *, keep: bool = False) -> None:
    """Set the next due date later than `after` (or keep the one it has); past its last day the order ends."""
    due = (
        date.fromisoformat(order.due_on) if keep else next_due(date.fromisoformat(order.first_on), order.rhythm, after)
    )
    if order.last_on and due.isoformat() > order.last_on:
        order.state, order.ended_why = ENDED, FINISHED
        return
    _due_next(order, due)


def _due_next(order: StandingOrder, due: date) -> None:
    order.due_on, order.tries = due.isoformat(), 0
    order.run_on = bank_calendar().on_or_after(due).isoformat()
