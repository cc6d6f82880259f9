"""Until when the law makes the bank keep a customer's data, and what may be said of it. Pure.

The hold ends on the latest of: five years after the last account closed and after the last movement (31 CFR
1020.220(a)(3), 1010.430), five years after the last filing, ten years for what concerns sanctions (31 CFR 501.601), and
the end of a legal hold. Filings and sanctions are never told to the customer: what is told is that day which follows
from the customer's own accounts, "at the earliest" (31 CFR 1020.320(e)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance.privacy.terms import years_after

IDENTITY_LAW = "31 CFR 1020.220"
RECORDS_LAW = "31 CFR 1010.430"
SANCTIONS_LAW = "31 CFR 501.601"


@dataclass(frozen=True)
class Hold:
    """One reason to keep. `until` None: its end is not known yet. `told`: the customer may hear of it."""

    basis: str
    source: str
    until: date | None
    told: bool = True


@dataclass(frozen=True)
class Years:
    """The periods in force, in years."""

    identity: int
    records: int
    sanctions: int


@dataclass(frozen=True)
class Past:
    """What the holds follow from."""

    is_customer: bool
    """Has an account that is not closed, or was never a customer's past."""
    closed_on: date | None
    last_movement_on: date | None
    filed_on: date | None = None
    sanctions_on: date | None = None
    """The latest day on which something that concerns sanctions was recorded."""
    legal_hold: str = ""


def holds_of(past: Past, years: Years) -> list[Hold]:
    """Every hold there is, whether it is over or not."""
    found = []
    if past.is_customer:
        found.append(Hold("you are our customer", IDENTITY_LAW, None))
    elif past.closed_on:
        found.append(Hold("identity data", IDENTITY_LAW, years_after(past.closed_on, years.identity)))
    if past.last_movement_on:
        found.append(Hold("your movements", RECORDS_LAW, years_after(past.last_movement_on, years.records)))
    if past.filed_on:
        found.append(Hold("filing", RECORDS_LAW, years_after(past.filed_on, years.records), told=False))
    if past.sanctions_on:
        found.append(Hold("sanctions", SANCTIONS_LAW, years_after(past.sanctions_on, years.sanctions), told=False))
    if past.legal_hold:
        found.append(Hold("legal hold", past.legal_hold, None, told=False))
    return found


def binding(holds: Sequence[Hold], today: date) -> list[Hold]:
    """Those that are not over."""
    return [one for one in holds if one.until is None or one.until > today]


def kept_until(holds: Sequence[Hold], today: date) -> date | None:
    """The latest end of those that are not over; None while one of them has no known end, or none binds."""
    ends = [one.until for one in binding(holds, today)]
    return None if None in ends else max((end for end in ends if end), default=None)


def told_to_customer(holds: Sequence[Hold], years: Years, today: date) -> str:
    """Why the data is restricted and not erased, with the day and the law; without a word of what must stay secret."""
    if any(one.until is None and one.told for one in binding(holds, today)):
        return (
            "Restricted, not erased. You are our customer, so the law makes us keep your identity data until "
            f"{years.identity} years after your last account is closed ({IDENTITY_LAW}), and each movement for "
            f"{years.records} years ({RECORDS_LAW}). From today your data is used for nothing else."
        )
    open_ones = [one.until for one in binding(holds, today) if one.told and one.until]
    if open_ones:
        day = max(open_ones)
        return (
            f"Restricted, not erased. The law makes us keep your identity data for {years.identity} years after your "
            f"last account was closed ({IDENTITY_LAW}) and your movements for {years.records} years ({RECORDS_LAW}), "
            f"until {day.isoformat()} at the earliest. Until then it is used for nothing else, and erased afterwards."
        )
    return (
        "Restricted for now. Your data is used for nothing else and is erased as soon as our duty to keep records "
        f"allows it (GDPR art. 17(3)(b), {RECORDS_LAW})."
    )
