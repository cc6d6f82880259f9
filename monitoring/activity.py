"""The risk state of a customer: bounded windows, kept by the movements' own time. Pure.

One item a customer, read and written by every posting, so it is small (about 0.3 to 2 KB packed,
never more than 4 KB) and every update is a handful of dictionary operations. All amounts are
minor units of the bank's currency; times are whole seconds since 1970 (UTC), days are
`date.toordinal()` of the business date. Sums are integers: exact, and the same in any order.
"""

import hashlib
from functools import lru_cache
from typing import Any

from monitoring.baseline import Baseline
from monitoring.windows import CASH_IN, CASH_OUT, N_IN, N_OUT, SUM_IN, SUM_OUT, Bucket, add, keep, prune

HOURS, DAYS, WEEKS = 24, 35, 15
"""Of weekly sums: 13 whole weeks, about 90 days, before the 7 days that a movement ends."""
RING, COUNTERPARTIES, TODAY, FIRED = 10, 64, 32, 40
OVER_COUNTER, PLACES, LOANS = 6, 8, 4
REST_SECONDS = 30 * 86400
"""A silence that is worth remembering (the parameter's lower bound)."""
NEAR_DAYS = 14
"""How far back sub-threshold cash days may be asked for (the parameter's upper bound)."""
NEAR_KEPT, CONDUCTED_DAYS = 12, 3

FIRST, LAST, SEEN_IN, SEEN_OUT = range(4)
DEPOSITS, DEPOSITED, LARGEST = range(3)
(CASH_DAY, NEAR_DAY), (BOOKED_ON, PRINCIPAL) = range(2), range(2)
ALERT_ID, RANK, OPENED_AT, COUNT, SCORE, AMOUNT = range(6)
UNTIL, QUIET, SNOOZES = 0, 1, 8  # the parts of a snooze, and how many rules may be quiet for a customer
HOUR_SECONDS, DAY_SECONDS = 3600, 86400

Seen = tuple[int, int, int]
"""An entry of a ring: time, amount, counterparty."""


@lru_cache(maxsize=131_072)
def counterparty_hash(identity: str) -> int:
    """40 bits of a customer or account id: 64 of them collide about once in 10^9; 0 means nobody."""
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=5).digest(), "big") if identity else 0


class Activity:
    """See the module. Rules read the attributes; only `record`, `conduct`, `fire` and the alert methods change it."""

    __slots__ = (
        "bought", "conducted", "counterparties", "daily", "days_in", "days_out", "deposits", "digits", "fired",
        "hourly", "last_at", "last_day", "last_place", "loans", "near", "open_alerts", "opened_on", "over_counter",
        "own_at", "places", "rest_from", "ring_in", "ring_out", "snoozed", "stats_in", "stats_out", "today",
        "today_day", "weeks", "woke_at",
    )  # fmt: skip

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
        self.own_at = self.rest_from = self.woke_at = 0
        """When the customer last moved money themselves (at first: when anybody did); their last long silence."""
        self.weeks: dict[int, list[int]] = {}
        """Business day // 7 -> [sum out]."""
        self.deposits: dict[int, list[int]] = {}
        """Cash deposits by or on behalf of this person: business day -> [number, sum, largest]."""
        self.places: dict[int, list[int]] = {}
        """Where cash came in: branch -> [last business day of any, last one of a sub-threshold deposit]."""
        self.over_counter: list[tuple[int, int]] = []
        """Time and amount of the last cash and wire movements."""
        self.digits = [0] * 9
        """How many amounts began with 1, 2, ... 9."""
        self.loans: dict[int, list[int]] = {}
        """Loan account -> [business day it was paid out, principal]."""
        self.snoozed: dict[int, list[int]] = {}
        """Rule (patternbook.quiet_key) -> [last business day on which its findings raise no alert, how many were]."""

        self.bought: dict[int, list[int]] = {}
        """Instruments bought for cash: business day -> [number, sum]."""
        self.last_place: tuple[int, int, int] | None = None
        """Where the customer was seen last: time, latitude and longitude in hundredths of a degree."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activity) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def record(
        self,
        incoming: bool,
        amount: int,
        at: int,
        day: int,
        *,
        cash: bool,
        counterparty: int,
        own: bool,
        near: bool,
        initiated: bool = False,
        payer: int = 0,
        wire: bool = False,
        place: int = 0,
    ) -> None:
        """Take in one side of a movement. `near`: a cash deposit in the band just below the reporting limit;
        `initiated`: the customer moved the money; `payer`: who brought the cash, when that was somebody else.
        A movement between own accounts (`own`) is neither income nor spending: it only shows who is awake.
        """
        self._pass_to(at, day, initiated)
        if own:
            return
        place_of, hour = (N_IN if incoming else N_OUT), at // HOUR_SECONDS
        if hour > self.last_at // HOUR_SECONDS - HOURS:
            add(self.hourly, hour, place_of, amount, cash)
        if day > self.last_day - DAYS:
            self._add_day(incoming, amount, day, cash)
        if not incoming and day // 7 > self.last_day // 7 - WEEKS:
            self.weeks.setdefault(day // 7, [0])[0] += amount
        keep(self.ring_in if incoming else self.ring_out, (at, amount, counterparty or payer), RING)
        stats = self.stats_in if incoming else self.stats_out
        stats[0] += 1
        stats[1] += amount
        stats[2] += amount * amount
        self.digits[int(str(amount)[0]) - 1] += 1
        if counterparty:
            self._meet(incoming, at, day, counterparty)
        if cash or wire:
            keep(self.over_counter, (at, amount), OVER_COUNTER)
        if cash and incoming:
            self._deposit(amount, day, place, near)

    def _pass_to(self, at: int, day: int, initiated: bool) -> None:
        """Let time pass: what left the windows is dropped."""
        if at > self.last_at:
            if at // HOUR_SECONDS > self.last_at // HOUR_SECONDS:
                prune(self.hourly, at // HOUR_SECONDS - HOURS)
            self.last_at = at
        if day > self.last_day:
            prune(self.daily, day - DAYS)
            prune(self.weeks, day // 7 - WEEKS)
            self.last_day = day
        if not self.opened_on:
            self.opened_on, self.own_at = day, at
        elif initiated and at > self.own_at:
            if at - self.own_at >= REST_SECONDS:
                self.rest_from, self.woke_at = self.own_at, at
            self.own_at = at

    def _add_day(self, incoming: bool, amount: int, day: int, cash: bool) -> None:
        bucket = add(self.daily, day, N_IN if incoming else N_OUT, amount, cash)
        count, total = (bucket[N_IN], bucket[SUM_IN]) if incoming else (bucket[N_OUT], bucket[SUM_OUT])
        days = self.days_in if incoming else self.days_out
        if count == 1:
            days[0] += 1
        days[1] += 1
        days[2] += 2 * count - 1  # count^2 - (count - 1)^2
        days[3] += amount
        days[4] += amount * (2 * total - amount)  # total^2 - (total - amount)^2

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

    def _deposit(self, amount: int, day: int, place: int, near: bool) -> None:
        self._count_deposit(amount, day)
        seen = self.places.setdefault(place, [0, 0])
        seen[CASH_DAY] = max(day, seen[CASH_DAY])
        if near:
            seen[NEAR_DAY] = max(day, seen[NEAR_DAY])
            self._note_near(day, amount)
        if len(self.places) > PLACES:
            del self.places[min(self.places, key=lambda one: self.places[one])]

    def _count_deposit(self, amount: int, day: int) -> None:
        counted = self.deposits.setdefault(day, [0, 0, 0])
        counted[DEPOSITS] += 1
        counted[DEPOSITED] += amount
        counted[LARGEST] = max(amount, counted[LARGEST])
        while len(self.deposits) > CONDUCTED_DAYS:
            del self.deposits[min(self.deposits)]

    def _note_near(self, day: int, amount: int) -> None:
        noted = self.near.setdefault(day, [0, 0])
        noted[0] += 1
        noted[1] += amount
        prune(self.near, self.last_day - NEAR_DAYS)
        while len(self.near) > NEAR_KEPT:
            del self.near[min(self.near)]

    def conduct(self, incoming: bool, amount: int, day: int) -> None:
        """Cash this person carried to or from another's account (31 CFR 1010.313: "by or on behalf of")."""
        carried = self.conducted.setdefault(day, [0, 0])
        carried[0 if incoming else 1] += amount
        while len(self.conducted) > CONDUCTED_DAYS:
            del self.conducted[min(self.conducted)]
        if incoming:
            self._count_deposit(amount, day)

    def buy(self, amount: int, day: int) -> None:
        """An instrument was bought for cash."""
        bought = self.bought.setdefault(day, [0, 0])
        bought[0] += 1
        bought[1] += amount
        while len(self.bought) > CONDUCTED_DAYS:
            del self.bought[min(self.bought)]

    def be_at(self, at: int, latitude: int, longitude: int) -> tuple[int, int, int] | None:
        """The customer was somewhere; where they had been seen before, whatever came first. The newest is kept."""
        before = self.last_place
        if before is None or at >= before[0]:
            self.last_place = (at, latitude, longitude)
        return before

    def book_loan(self, account: int, principal: int, day: int) -> None:
        """A loan was paid out."""
        self.loans[account] = [day, principal]
        while len(self.loans) > LOANS:
            del self.loans[min(self.loans, key=lambda one: self.loans[one])]

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

    def new_receivers(self, at: int, seconds: int = DAY_SECONDS) -> int:
        """Distinct counterparties that were paid and were first seen in the `seconds` before `at`."""
        return sum([1 for seen in self.counterparties.values() if seen[SEEN_OUT] and at - seconds < seen[FIRST] <= at])

    def is_first_payment(self, counterparty: int, at: int) -> bool:
        """Whether the payment of `at` is the first that was ever seen between this customer and the other."""
        known = self.counterparties.get(counterparty)
        return known is not None and known[FIRST] == at and not known[SEEN_IN]

    def sum_of_days(self, day: int, days: int, place: int) -> int:
        """The sum of one field over the `days` business dates that end with `day`."""
        return sum([bucket[place] for key, bucket in self.daily.items() if day - days < key <= day])

    def amounts(self, incoming: bool) -> Baseline:
        """The customer's usual amount."""
        return Baseline(*(self.stats_in if incoming else self.stats_out))

    def outgoing_days(self, today: int) -> Baseline:
        """How many payments leave on a day on which any do, `today` left out."""
        days, bucket = self.days_out, self.daily.get(today)
        whole = Baseline(days[0], days[1], days[2])
        return whole.without(bucket[N_OUT]) if bucket and bucket[N_OUT] else whole
