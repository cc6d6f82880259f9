"""The risk state of a customer: bounded windows, kept by the movements' own time. Pure.

One item a customer, read and written by every posting, so it is small (about 0.3 to 2 KB packed,
never more than 4 KB) and every update is a handful of dictionary operations. All amounts are
minor units of the bank's currency; times are whole seconds since 1970 (UTC), days are
`date.toordinal()` of the business date. Sums are integers: exact, and the same in any order.
"""

import hashlib
from bisect import insort
from functools import lru_cache
from typing import Any

from monitoring.baseline import Baseline

HOURS, DAYS = 24, 35
RING, COUNTERPARTIES, TODAY, FIRED = 10, 64, 32, 40
NEAR_DAYS = 14
"""How far back sub-threshold cash days may be asked for (the parameter's upper bound)."""
NEAR_KEPT, CONDUCTED_DAYS = 12, 3

N_IN, SUM_IN, N_OUT, SUM_OUT, CASH_IN, CASH_OUT = range(6)
FIRST, LAST, SEEN_IN, SEEN_OUT = range(4)
ALERT_ID, RANK, OPENED_AT, COUNT, SCORE, AMOUNT = range(6)

HOUR_SECONDS, DAY_SECONDS = 3600, 86400

Bucket = list[int]
Seen = tuple[int, int, int]
"""An entry of a ring: time, amount, counterparty."""


@lru_cache(maxsize=131_072)
def counterparty_hash(identity: str) -> int:
    """40 bits of a customer or account id: 64 of them collide about once in 10^9; 0 means nobody."""
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=5).digest(), "big") if identity else 0


class Activity:
    """See the module. Rules read the attributes; only `record`, `conduct`, `fire` and the alert methods change it."""

    __slots__ = (
        "conducted",
        "counterparties",
        "daily",
        "days_in",
        "days_out",
        "fired",
        "hourly",
        "last_at",
        "last_day",
        "near",
        "open_alerts",
        "opened_on",
        "ring_in",
        "ring_out",
        "stats_in",
        "stats_out",
        "today",
        "today_day",
    )

    def __init__(self) -> None:
        self.opened_on = 0
        """Business day of the first movement or, when the profile knows it, of the first account."""
        self.last_at = 0
        self.last_day = 0
        self.hourly: dict[int, Bucket] = {}
        self.daily: dict[int, Bucket] = {}
        self.stats_in = [0, 0, 0]
        """n, sum, sum of squares of the amounts that came from others."""
        self.stats_out = [0, 0, 0]
        self.days_in = [0, 0, 0, 0, 0]
        """Days with any: their number; sum and squares of their counts; sum and squares of their totals."""
        self.days_out = [0, 0, 0, 0, 0]
        self.ring_in: list[Seen] = []
        self.ring_out: list[Seen] = []
        self.counterparties: dict[int, list[int]] = {}
        """By hash, least recently seen first: [first seen, last seen, times in, times out]."""
        self.today_day = 0
        self.today: dict[int, int] = {}
        """Distinct counterparties of `today_day`: 1 = paid in, 2 = was paid, 3 = both."""
        self.near: dict[int, list[int]] = {}
        """Sub-threshold cash: business day -> [deposits, sum]."""
        self.conducted: dict[int, list[int]] = {}
        """Cash this person carried for others: business day -> [in, out]."""
        self.fired: dict[int, int] = {}
        """Rule number -> time it last fired."""
        self.open_alerts: dict[str, list[Any]] = {}
        """Family -> [alert id, severity rank, opened at, findings, score, amount] of the one open alert."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activity) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def record(
        self, incoming: bool, amount: int, at: int, day: int, *, cash: bool, counterparty: int, own: bool, near: bool
    ) -> None:
        """Take in one side of a movement. `near`: a cash deposit in the band just below the reporting limit.

        A movement between the customer's own accounts (`own`) fills the windows but neither the
        usual amounts nor the counterparties: it says nothing about what is normal with others.
        """
        place = N_IN if incoming else N_OUT
        if at > self.last_at:
            if at // HOUR_SECONDS > self.last_at // HOUR_SECONDS:
                _prune(self.hourly, at // HOUR_SECONDS - HOURS)
            self.last_at = at
        if day > self.last_day:
            _prune(self.daily, day - DAYS)
            self.last_day = day
        if not self.opened_on:
            self.opened_on = day
        hour = at // HOUR_SECONDS
        if hour > self.last_at // HOUR_SECONDS - HOURS:
            _add(self.hourly, hour, place, amount, cash)
        if day > self.last_day - DAYS:
            self._add_day(incoming, amount, day, cash)
        self._remember(incoming, amount, at, counterparty)
        if not own:
            stats = self.stats_in if incoming else self.stats_out
            stats[0] += 1
            stats[1] += amount
            stats[2] += amount * amount
            if counterparty:
                self._meet(incoming, at, day, counterparty)
        if near:
            self._note_near(day, amount)

    def _add_day(self, incoming: bool, amount: int, day: int, cash: bool) -> None:
        bucket = _add(self.daily, day, N_IN if incoming else N_OUT, amount, cash)
        count, total = (bucket[N_IN], bucket[SUM_IN]) if incoming else (bucket[N_OUT], bucket[SUM_OUT])
        days = self.days_in if incoming else self.days_out
        if count == 1:
            days[0] += 1
        days[1] += 1
        days[2] += 2 * count - 1  # count^2 - (count - 1)^2
        days[3] += amount
        days[4] += amount * (2 * total - amount)  # total^2 - (total - amount)^2

    def _remember(self, incoming: bool, amount: int, at: int, counterparty: int) -> None:
        ring = self.ring_in if incoming else self.ring_out
        entry = (at, amount, counterparty)
        if ring and at < ring[-1][0]:
            insort(ring, entry)
        else:
            ring.append(entry)
        if len(ring) > RING:
            del ring[0]

    def _meet(self, incoming: bool, at: int, day: int, counterparty: int) -> None:
        known = self.counterparties.pop(counterparty, None)
        if known is None:
            known = [at, at, 0, 0]
            if len(self.counterparties) >= COUNTERPARTIES:
                del self.counterparties[next(iter(self.counterparties))]
        elif at > known[LAST]:
            known[LAST] = at
        elif at < known[FIRST]:
            known[FIRST] = at
        known[SEEN_IN if incoming else SEEN_OUT] += 1
        self.counterparties[counterparty] = known
        if day > self.today_day:
            self.today_day, self.today = day, {}
        if day == self.today_day and (counterparty in self.today or len(self.today) < TODAY):
            self.today[counterparty] = self.today.get(counterparty, 0) | (1 if incoming else 2)

    def _note_near(self, day: int, amount: int) -> None:
        noted = self.near.setdefault(day, [0, 0])
        noted[0] += 1
        noted[1] += amount
        _prune(self.near, self.last_day - NEAR_DAYS)
        while len(self.near) > NEAR_KEPT:
            del self.near[min(self.near)]

    def conduct(self, incoming: bool, amount: int, day: int) -> None:
        """Cash this person carried to or from another's account (31 CFR 1010.313: "by or on behalf of")."""
        carried = self.conducted.setdefault(day, [0, 0])
        carried[0 if incoming else 1] += amount
        while len(self.conducted) > CONDUCTED_DAYS:
            del self.conducted[min(self.conducted)]

    def fire(self, rule: int, at: int) -> None:
        """Note that a rule fired."""
        self.fired[rule] = max(at, self.fired.get(rule, 0))
        if len(self.fired) > FIRED:
            del self.fired[min(self.fired, key=lambda number: self.fired[number])]

    def cash_of(self, day: int) -> tuple[int, int]:
        """Cash in and cash out by or on behalf of this person on a business day, never netted."""
        bucket, carried = self.daily.get(day), self.conducted.get(day)
        cash_in, cash_out = (bucket[CASH_IN], bucket[CASH_OUT]) if bucket else (0, 0)
        return (cash_in + carried[0], cash_out + carried[1]) if carried else (cash_in, cash_out)

    def count_since(self, at: int, place: int) -> int:
        """The sum of one field over the 24 hourly buckets that end with the hour of `at`."""
        hour = at // HOUR_SECONDS
        return sum([bucket[place] for key, bucket in self.hourly.items() if hour - HOURS < key <= hour])

    def near_since(self, day: int, days: int) -> tuple[int, int]:
        """Number and sum of sub-threshold cash deposits in the `days` days that end with `day`."""
        found = [noted for key, noted in self.near.items() if day - days < key <= day]
        return sum(noted[0] for noted in found), sum(noted[1] for noted in found)

    def new_senders(self, at: int, seconds: int = DAY_SECONDS) -> int:
        """Distinct counterparties that paid in and were first seen in the `seconds` before `at`."""
        return sum([1 for seen in self.counterparties.values() if seen[SEEN_IN] and at - seconds < seen[FIRST] <= at])

    def amounts(self, incoming: bool) -> Baseline:
        """The customer's usual amount."""
        return Baseline(*(self.stats_in if incoming else self.stats_out))

    def outgoing_days(self, today: int) -> Baseline:
        """How many payments leave on a day on which any do, `today` left out."""
        days, bucket = self.days_out, self.daily.get(today)
        whole = Baseline(days[0], days[1], days[2])
        return whole.without(bucket[N_OUT]) if bucket and bucket[N_OUT] else whole


def _prune(buckets: dict[int, list[int]], oldest: int) -> None:
    """Drop what is at or before `oldest`."""
    if buckets and min(buckets) <= oldest:
        for key in [key for key in buckets if key <= oldest]:
            del buckets[key]


def _add(buckets: dict[int, Bucket], key: int, place: int, amount: int, cash: bool) -> Bucket:
    bucket = buckets.get(key)
    if bucket is None:
        bucket = buckets[key] = [0, 0, 0, 0, 0, 0]
    bucket[place] += 1
    bucket[place + 1] += amount
    if cash:
        bucket[CASH_IN if place == N_IN else CASH_OUT] += amount
    return bucket
