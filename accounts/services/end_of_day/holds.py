"""Holds whose last day is over set their money free."""

from collections import Counter

from accounts.models import Hold
from accounts.queries.holds import due_holds
from accounts.services.end_of_day import Evening, step
from accounts.services.holds import expire_hold
from cloudbank.clock import ONE_DAY


@step("holds", order=10)
def expire_holds(evening: Evening) -> Counter[str]:
    """Those that do not count on the next day."""

    def expire(hold: Hold) -> str:
        expire_hold(hold_id=hold.transaction_id, actor=evening.actor, now=evening.now)
        return "expired"

    return evening.each((one for one in due_holds(evening.day + ONE_DAY) if not one.held_for), expire)
