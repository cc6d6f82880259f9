"""Fans: many new counterparties of one customer within a window, on either side. Pure."""

from collections.abc import Callable

from monitoring.activity import FIRST, Activity
from monitoring.rulebook import Customer, Side, listed


def completed(
    side: Side, activity: Activity, customer: Customer | None, *, least: int, exempt: str, newcomers: Callable[[], int]
) -> int:
    """How many new counterparties make a fan with this movement; 0 when it completes none.

    Only a counterparty who is new with this movement can complete one; the others were judged already.
    `newcomers` counts them, and is asked only when everything cheaper allows one.
    """
    counterparty = activity.counterparties.get(side.counterparty)
    if counterparty is None or counterparty[FIRST] != side.at or len(activity.counterparties) < least:
        return 0
    if customer and customer.segment in listed(exempt):
        return 0
    found = newcomers()
    return found if found >= least else 0
