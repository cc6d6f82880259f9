"""Held movements that nobody decided on in time are not carried out; what came in from outside is free."""

from collections import Counter

from accounts.models import HeldMovement
from accounts.queries.held import overdue
from accounts.services.end_of_day import Evening, step
from accounts.services.held import run_out
from cloudbank.clock import ONE_DAY


@step("held", order=5)
def end_held_movements(evening: Evening) -> Counter[str]:
    """Those that may not wait on the next day. Counts: expired."""

    def expire(item: HeldMovement) -> str:
        run_out(movement_id=item.movement_id, actor=evening.actor, now=evening.now)
        return "expired"

    due = [one for one in overdue(evening.day + ONE_DAY) if one.currency == evening.currency]
    return evening.each(due, expire)
