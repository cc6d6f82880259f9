"""Fees of wires that were lost because the process ended between a wire (or its release) and its fee."""

from collections import Counter

from accounts.ledger import Actor, Line
from accounts.queries.wire_fees import wires_without_fee
from accounts.services.end_of_day import Evening, step
from accounts.services.wires import charge_wire_fee, wire_fee
from cloudbank.clock import ONE_DAY, from_iso
from cloudbank.conf import bank_calendar


@step("wire_fees", order=35)
def charge_lost_fees(evening: Evening) -> Counter[str]:
    """Charge what nobody charged: of the day, and of the one before, whose last wires came after its own evening.

    Under the key that the sender's own try had, so that the two can never both be posted. One that the account cannot
    pay is counted, not overdrawn.
    """
    before = bank_calendar().on_or_before(evening.day - ONE_DAY)

    def charge(wire: Line) -> str:
        sent_at = from_iso(wire.posted_at)
        if not wire_fee(wire.currency, sent_at):
            return ""
        receipt = charge_wire_fee(
            movement_id=wire.movement_id,
            account_id=wire.account_id,
            actor=Actor(wire.actor_id, wire.actor_role, wire.source),
            now=evening.now,
            sent_at=sent_at,
            day=evening.day,
        )
        return "replayed" if receipt.replayed else "charged"

    return evening.each(wires_without_fee([before, evening.day], evening.currency), charge)
