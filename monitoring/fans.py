"""Fans: many new counterparties of one customer within a window, on either side. Pure."""

from dataclasses import dataclass

from monitoring.activity import DAY_SECONDS, FIRST, SEEN_IN, SEEN_OUT, Activity
from monitoring.rulebook import NOT_EVALUABLE, Answer, Customer, Hit, Side, listed

BEFORE = 4
"""Whole windows before a slow fan that say how many new counterparties are usual for the customer."""
KNOWN_DAYS = 28
"""Who is known for less is new to everybody."""


def is_newcomers(side: Side, activity: Activity, customer: Customer | None, exempt: str) -> bool:
    """Whether this is the first movement with somebody, of a customer who does not meet many by trade.

    Only a counterparty who is new with this movement can complete a fan; the others were judged already.
    """
    counterparty = activity.counterparties.get(side.counterparty)
    if counterparty is None or counterparty[FIRST] != side.at:
        return False
    return not (customer and customer.segment in listed(exempt))


@dataclass(frozen=True)
class Slow:
    """New counterparties within several days. `sum`: what they paid or were paid, of the last ten movements."""

    number: int
    sum: int
    usual: float
    """New counterparties in as many days, in the mean of the windows before."""


def slow_hit(
    side: Side, activity: Activity, *, days: int, least: int, least_sum: int, percent: int, noun: str, verb: str
) -> Answer:
    """The answer of a rule to a slow fan: "6 different senders, none seen before, paid in 2,000.00 within 7 days"."""
    found = slow_fan(side, activity, days, least, least_sum, percent)
    if not isinstance(found, Slow):
        return NOT_EVALUABLE if found else None
    return Hit(
        value=found.number,
        threshold=least,
        unit="count",
        sentence=(
            f"{found.number} different {noun}, none seen before, {verb} {side.money(found.sum)} "
            f"within {days} days; in the weeks before, as many days brought {found.usual:.1f} new ones on average."
        ),
        inputs={f"new_{noun}": found.number, "sum": found.sum, "amount": side.amount, "days": days},
        baseline={"usual_new": round(found.usual, 2)},
        days=1 + days,
    )


def slow_fan(side: Side, activity: Activity, days: int, least: int, least_sum: int, percent: int) -> Slow | bool:
    """A fan that is slower than a day and far above what is usual for this customer.

    False: there is none; True: there is one by its numbers, but the customer is not known for long enough to say what
    is usual. `percent`: so many times the usual number, in percent. A `least` of 0: it is not looked for.
    """
    if not 0 < least <= len(activity.counterparties):
        return False
    since = side.at - days * DAY_SECONDS
    seen, ring = (SEEN_IN, activity.ring_in) if side.incoming else (SEEN_OUT, activity.ring_out)
    first = [one[FIRST] for one in activity.counterparties.values() if one[seen]]
    number = sum([1 for at in first if since < at <= side.at])
    if number < least:
        return False
    whole = sum(
        [
            amount
            for then, amount, who in ring
            if since < then <= side.at and (met := activity.counterparties.get(who)) and met[FIRST] > since
        ]
    )
    if whole < least_sum:
        return False
    before = since - BEFORE * days * DAY_SECONDS
    usual = sum([1 for at in first if before < at <= since]) / BEFORE
    if number * 100 < percent * usual:
        return False
    known_on = min([*activity.daily, *(7 * week + 6 for week in activity.weeks)], default=side.day)
    return Slow(number, whole, usual) if side.day - known_on >= KNOWN_DAYS else True
