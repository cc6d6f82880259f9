"""Standing orders that are due: each due date is paid once; without money it is tried once more on the next day."""

from collections import Counter
from datetime import date
from functools import partial

from accounts.ledger import CLOSED, SYSTEM, TRANSFER, Instruction, Plan, Refused
from accounts.models.standing import ACTIVE, ENDED, StandingOrder
from accounts.queries.standing import due_orders, standing_order
from accounts.services.end_of_day import Evening, step
from accounts.services.posting import Accounts, Busy, post
from accounts.services.standing import move_on
from cloudbank import audit, store
from cloudbank.conf import bank_calendar
from cloudbank.store import Write
from cloudbank.wording import day as in_words

ATTEMPTS = 8
WITHOUT_MONEY, MOVED = "insufficient_funds", "moved"
FOR_GOOD = frozenset({CLOSED, "unknown_account"})
"""Refusals that no later day makes good."""
PASSES = 2
"""In one evening an order may pay what yesterday could not be paid, and what is due today."""


@step("standing_orders", order=40)
def pay_standing_orders(evening: Evening) -> Counter[str]:
    """Transfer what is due. Counts: paid, held (for review), retried (on the next day), missed (its owner is told)."""
    counts: Counter[str] = Counter()
    for _ in range(PASSES):
        counts += evening.each(due_orders(evening.day, evening.currency), partial(_pay, evening=evening))
    return counts


class _Advance:
    """Moves the order on in the transaction of its transfer: what is paid is due no more, and the other way round.

    A transfer that is held for review is done with as well: it is decided on by itself.
    """

    waits = True

    def __init__(self, order_id: str, due_on: str, evening: Evening) -> None:
        self._order_id, self._due_on, self._evening = order_id, due_on, evening

    def before(self, accounts: Accounts) -> None:
        """Refuse when its owner paused or ended it, or when this due date is done."""
        found = standing_order(self._order_id)
        if found is None or found.state != ACTIVE or found.due_on != self._due_on:
            raise Refused(MOVED, "This standing order has moved on.")
        self._order = found

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """The order, waiting for its next due date, and its audit record."""
        order, evening = self._order, self._evening
        order.paid += 1
        order.last_paid_on, order.last_movement = final.movement.business_date.isoformat(), final.movement.movement_id
        order.problem = order.problem_on = ""
        move_on(order, _settled_on(order))
        order.file()
        after = {"due_on": self._due_on, "movement": order.last_movement, "state": order.state}
        entry = audit.record(order, "pay", actor=evening.actor, now=evening.now, after=after)
        return [store.changed(order), entry]


def _settled_on(order: StandingOrder) -> date:
    """The business date that its due date belongs to: a weekend's due dates are one with the Monday's."""
    return bank_calendar().on_or_after(date.fromisoformat(order.due_on))


def _pay(order: StandingOrder, *, evening: Evening) -> str:
    instruction = Instruction(
        type=TRANSFER,
        key=f"standing#{order.transaction_id}#{order.due_on}",
        amount=order.amount,
        currency=order.currency,
        debit=order.from_account,
        credit=order.to_account,
        channel=SYSTEM,
        branch=order.branch,
        actor=evening.actor,
        memo=order.memo,
        link=order.transaction_id,
    )
    try:
        advance = _Advance(order.transaction_id, order.due_on, evening)
        done = post(instruction, now=evening.now, day=evening.day, companion=advance)
    except Refused as refused:
        return "" if refused.code == MOVED else _miss(order.transaction_id, order.due_on, refused, evening)
    return "" if done.replayed else "held" if done.held else "paid"


def _miss(order_id: str, due_on: str, refused: Refused, evening: Evening) -> str:
    """Keep why it was not paid, for its owner to read; without money it is tried once more."""
    for attempt in range(ATTEMPTS):
        order = standing_order(order_id)
        if order is None or order.state != ACTIVE or order.due_on != due_on:
            return ""
        again = refused.code == WITHOUT_MONEY and not order.tries
        _note(order, refused, evening, again=again)
        order.file()
        action, after = "retry" if again else "miss", {"due_on": due_on, "why": refused.code, "state": order.state}
        entry = audit.record(order, action, actor=evening.actor, now=evening.now, after=after, reason=order.problem)
        try:
            store.save([store.changed(order), entry])
            return "retried" if again else "missed"
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy(f"standing order {order_id} is being changed; run the command again")


def _note(order: StandingOrder, refused: Refused, evening: Evening, *, again: bool) -> None:
    due, order.problem_on = in_words(date.fromisoformat(order.due_on)), evening.day.isoformat()
    if again:
        following = bank_calendar().after(evening.day)
        order.tries, order.run_on = order.tries + 1, following.isoformat()
        order.problem = f"The payment due on {due} found too little money. It is tried again on {in_words(following)}."
        return
    order.missed += 1
    order.problem = f"The payment due on {due} was not made: {_why(refused)}"
    if refused.code in FOR_GOOD:
        order.state, order.ended_why = ENDED, _why(refused)
    else:
        move_on(order, _settled_on(order))


def _why(refused: Refused) -> str:
    """For the payer to read: what the ledger says of the recipient's account is the recipient's business."""
    if refused.field == "credit" or refused.code == "unknown_account":
        return "the recipient's account does not take money."
    if refused.code == WITHOUT_MONEY:
        return "there was too little money on the account, twice."
    return refused.message[:1].lower() + refused.message[1:]
