"""Wires: the movement, then its fee. What a wire must carry is in accounts.wires."""

import logging
from datetime import date, datetime

from accounts.fee_schedule import FEES, WIRE_FEE, schedule, wire_fee_key
from accounts.ledger import WIRE_OUT, Actor, Instruction, Refused
from accounts.services.fees import charge_fee
from accounts.services.posting import Receipt, post
from accounts.wires import THRESHOLD
from cloudbank import parameters
from cloudbank.money import in_units_of

TRAVEL_LIMIT = "rule.travel_data.limit"
"""A parameter that the monitoring app declares; without it the law's own amount holds."""

logger = logging.getLogger(__name__)


def wire_fee(currency: str, now: datetime) -> int:
    """What an outgoing wire costs, in minor units of the currency."""
    return next((amount for code, _, amount in schedule(currency, now) if code == WIRE_FEE), 0)


def must_travel(amount: int, currency: str, now: datetime) -> bool:
    """Whether a wire of this amount must carry all fields."""
    values = parameters.snapshot(now)
    known = TRAVEL_LIMIT in values
    return amount >= (values.money(TRAVEL_LIMIT, currency) if known else in_units_of(THRESHOLD, "USD", currency))


def send_wire(*, instruction: Instruction, now: datetime) -> Receipt:
    """Post a wire and, of one that goes out, its fee: a movement of its own, under a key of the wire's, so that
    sending the form again charges what a crash in between left out, and the end of the day does when nobody sends it
    again (accounts.services.end_of_day.wire_fees). One that is held costs nothing before it is released. Raises as
    `post` does.
    """
    receipt = post(instruction, now=now)
    if not receipt.held:
        charge_for(instruction, now)
    return receipt


def charge_for(wire: Instruction, now: datetime) -> None:
    """The fee of a wire that was posted, once; of another movement, nothing.

    The wire stands whatever becomes of its fee: when the money is gone meanwhile, the end of the day tries once
    more, and after that staff charge it by hand.
    """
    if wire.type != WIRE_OUT or not wire_fee(wire.currency, now):
        return
    try:
        charge_wire_fee(movement_id=wire.movement_id, account_id=wire.debit, actor=wire.actor, now=now)
    except Refused as refused:
        logger.warning("the fee of wire %s was not charged: %s", wire.movement_id, refused.message)


def charge_wire_fee(
    *,
    movement_id: str,
    account_id: str,
    actor: Actor,
    now: datetime,
    sent_at: datetime | None = None,
    day: date | None = None,
) -> Receipt:
    """Charge the fee in force when the wire was sent; the same wire is charged once. Raises as `post` does."""
    return charge_fee(
        account_id=account_id,
        fee=WIRE_FEE,
        reason=f"{FEES[WIRE_FEE][1]} {movement_id}",
        key=wire_fee_key(movement_id),
        actor=actor,
        now=now,
        priced_at=sent_at,
        day=day,
    )
