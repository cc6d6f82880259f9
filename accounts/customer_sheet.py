"""The customers sheet: a row a person who registered, as they stood at the end of a month, and its numbers. Pure.

People are counted, not accounts. Names of the numbers: `customers` (activated and not left) `active` (of all people,
an own movement within 90 days) `products` (kinds of account and loans that customers hold, added up) `waiting`
(identity not decided on) with `waiting_<days>` and `waiting_oldest`; of the month that ends and the two before it (_0,
_1, _2) `new` (activated) `funded` (of these, money came within 30 days of it) `onboarded_<days>` (by days from
registering). All but the oldest also by part of the bank ("customers@branch:main"). By month of activation
`cohort kept alive @activated:<YYYY-MM>`: who was activated in it, who of them has not left, who is active as well.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from accounts.closing import ACTIVE_DAYS
from accounts.loans.rows import months_back, months_between

DIMENSIONS = ("channel", "branch", "segment")
FUNDED_WITHIN = 30
"""Days from activation in which a new customer brings money, or is not counted as won."""
WAITED = ((7, "0-7"), (30, "8-30"), (90, "31-90"))
LONGEST = "over 90"
WAITING = (*(name for _, name in WAITED), LONGEST)
"""The buckets of who waits for their identity to be decided on, by days since registering; disjoint."""
COHORT_MONTHS = 16
"""Retention after four quarters asks for no older month of activation."""


class CustomerRow(NamedTuple):
    """A person with whom the bank has, wants or had an account. Dates are ISO, "" for not yet."""

    id: str
    segment: str
    branch: str
    channel: str
    registered_on: str
    waiting: int
    """1 while nobody decided on their identity."""
    activated_on: str
    exited_on: str
    funded_on: str
    """Of people activated in the three months that end with the sheet: when money first came to an account."""
    own_on: str
    """Their last own movement."""
    products: int
    """How many kinds of account, and loans as one kind, they hold."""

    @property
    def is_customer(self) -> bool:
        """Activated and not left."""
        return bool(self.activated_on) and not self.exited_on


def bucket_of(days: int) -> str:
    """In which bucket somebody stands who waits for so many days."""
    return next((name for most, name in WAITED if days <= most), LONGEST)


def fold(rows: Iterable[CustomerRow], today: date) -> Counter[str]:
    """The numbers of a whole sheet."""
    numbers: Counter[str] = Counter()
    for row in rows:
        numbers.update(of_row(row, today))
        if row.waiting:
            numbers["waiting_oldest"] = max(numbers["waiting_oldest"], _days(row.registered_on, today.isoformat()))
    return Counter({name: number for name, number in sorted(numbers.items()) if number})


def of_row(row: CustomerRow, today: date) -> dict[str, int]:
    """What one person adds to the numbers that are sums."""
    back = {month: place for place, month in enumerate(months_back(today))}
    since = (today - timedelta(days=ACTIVE_DAYS - 1)).isoformat()
    own = _standing(row, today, since) + _arrival(row, back)
    parts = ("", *(f"@{name}:{getattr(row, name)}" for name in DIMENSIONS))
    found = {f"{name}{part}": number for part in parts for name, number in own.items()}
    return found | _cohort(row, since)


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _standing(row: CustomerRow, today: date, since: str) -> Counter[str]:
    found: Counter[str] = Counter()
    if row.is_customer:
        found.update({"customers": 1, "products": row.products})
    if row.own_on >= since:
        found["active"] += 1
    if row.waiting:
        found.update({"waiting": 1, f"waiting_{bucket_of(_days(row.registered_on, today.isoformat()))}": 1})
    return found


def _arrival(row: CustomerRow, back: dict[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    place = back.get(row.activated_on[:7])
    if place is None:
        return found
    waited = max(0, _days(row.registered_on, row.activated_on)) if row.registered_on else 0
    found.update({f"new_{place}": 1, f"onboarded_{waited}_{place}": 1})
    if row.funded_on and _days(row.activated_on, row.funded_on) <= FUNDED_WITHIN:
        found[f"funded_{place}"] += 1
    return found


def _cohort(row: CustomerRow, since: str) -> dict[str, int]:
    if not row.activated_on:
        return {}
    part = f"@activated:{row.activated_on[:7]}"
    kept = int(not row.exited_on)
    return {f"cohort{part}": 1, f"kept{part}": kept, f"alive{part}": int(kept and row.own_on >= since)}


def carried(now: CustomerRow | None, today: date) -> CustomerRow | None:
    """Who left, or registered and never came, is forgotten when no cohort asks for them any more."""
    if now is None or now.is_customer or now.waiting:
        return now
    known = max(now.activated_on, now.registered_on, now.own_on)[:7]
    return now if known and months_between(known, today.isoformat()[:7]) < COHORT_MONTHS else None


def onboarded(numbers: Counter[str], places: Iterable[int]) -> Counter[int]:
    """People by days from registering to activation, of these months (0 is the sheet's own)."""
    ends, found = {f"_{place}" for place in places}, Counter[int]()
    for name, number in numbers.items():
        if name.startswith("onboarded_") and "@" not in name and name[-2:] in ends:
            found[int(name[:-2].removeprefix("onboarded_"))] += number
    return found
