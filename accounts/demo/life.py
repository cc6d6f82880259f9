"""Day by day: everything that happens at the demo bank, as events in order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from accounts.bulk.events import AccountClosed, CustomerLeft, Event, NewAccount, NewCustomer, Verified
from accounts.demo.actions import ALL, Action, Purse
from accounts.demo.cast import REVIEW_YEARS, Casting, Customer
from accounts.demo.habits import ACH, World, by_wire, of_a_business, of_a_person
from accounts.demo.lending import Lending
from accounts.demo.partners import OWN
from accounts.demo.patterns import Planted, Planter
from accounts.ledger import CASH, CLEARING, CLOSING, SAVINGS, Actor
from cloudbank.clock import ONE_DAY, BusinessCalendar
from cloudbank.quarters import quarter_of

LATE_REVIEWS = 18
"""Reviews that are late by more days than this were done."""


@dataclass(frozen=True)
class Demo:
    """A demo bank: the same values give the same events. `until` is where its history ends."""

    seed: int
    customers: int
    until: datetime
    currency: str
    calendar: BusinessCalendar
    tellers: Sequence[Actor]
    quarters: int = 5
    fiscal_start: int = 1
    savings_rate: int = 150
    """Basis points a year."""

    @property
    def first(self) -> date:
        """The first day: that of the quarter `quarters` - 1 before the present one."""
        quarter = quarter_of(self.last, self.fiscal_start)
        for _ in range(self.quarters - 1):
            quarter = quarter.previous()
        return self.calendar.on_or_after(quarter.first)

    @property
    def last(self) -> date:
        """The last day, not over yet."""
        return self.calendar.local(self.until).date()

    def __iter__(self) -> Iterator[Event]:
        """The events up to `until`."""
        life = Life(self)
        for event in life.events():
            if event.at >= self.until:
                return
            yield event

    def planted(self) -> list[Planted]:
        """What was planted, for measuring."""
        return Life(self).planter.planted

    def cast(self) -> list[Customer]:
        """Who banks here, in order of joining."""
        return Casting(self.seed, self.customers, self.first, self.last, self.calendar).cast()


class Life:
    """One run through a demo bank's days."""

    def __init__(self, demo: Demo) -> None:
        self._demo, self._random = demo, Random(f"life {demo.seed}")
        self._world = World(self._random, demo.calendar, demo.tellers)
        self._cast = demo.cast()
        self._staff: dict[str, list[Customer]] = {}
        for person in self._cast:
            if person.employer:
                self._staff.setdefault(person.employer.customer_id, []).append(person)
        self._purse = Purse(demo.currency, demo.calendar, demo.savings_rate)
        self._lending = Lending(demo.seed, self._cast, demo.first, demo.last, demo.calendar, demo.currency)
        self.planter = Planter(self._cast, demo.first, demo.last, self._world)
        self.planter.plant()
        self.planter.plant_crossings(replace(self._world, random=Random(f"crossings {demo.seed}")))

    def events(self) -> Iterator[Event]:
        """Everything, in order of time; after the last day nothing more comes."""
        day = self._demo.first
        while day <= self._demo.last:
            yield from self._day(day)
            day += ONE_DAY

    def _day(self, day: date) -> Iterator[Event]:
        """People first come and go, then money moves, in order of time."""
        happening: list[tuple[datetime, int, Event | Action]] = []
        for who in self._cast:
            happening += [(one.at, 0, one) for one in self._status(who, day)]
            if who.is_here(day):
                happening += [(one.at, 1, one) for one in self._habits(who, day)]
        happening += [(one.at, 1, one) for one in self.planter.plans.get(day, [])]
        happening.sort(key=lambda one: one[:2])
        if day == self._demo.calendar.on_or_after(day.replace(day=1)):
            yield from self._purse.interest(self._world.at(day, 0, 0))
        yield from self._lending.morning(day, self._purse)
        for _, _, one in happening:
            if not isinstance(one, Action):
                yield one
            elif move := self._purse.take(one):
                yield move

    def _habits(self, who: Customer, day: date) -> Iterator[Action]:
        if day == who.joins:
            yield from self._arrival(who, day)
        elif who.is_business:
            staff = [one for one in self._staff.get(who.customer_id, []) if one.can_be_paid(day)]
            yield from of_a_business(who, staff, day, self._world)
        else:
            yield from of_a_person(who, day, self._world)

    def _arrival(self, who: Customer, day: date) -> Iterator[Action]:
        """What a customer brings along: founders a balance from their old bank, the others their first deposit."""
        random, at = self._random, self._opening_time(who) + timedelta(minutes=20)
        if who.is_business:
            amount = round(who.revenue * random.uniform(0.8, 1.4))
        else:
            amount = round(who.salary * random.uniform(1.2, 7.0))
        if (day - self._demo.first).days < 5:
            yield Action(at, CLEARING, who.checking, amount, "ach", who.branch, "Opening balance", ACH, opening=True)
        elif who.channel == "branch" and amount < 8_000_00:
            conductor = who.customer_id
            teller = self._world.teller()
            yield Action(at, CASH, who.checking, amount, "branch", who.branch, "First deposit", teller, conductor)
        else:
            yield Action(at, CLEARING, who.checking, amount, "ach", who.branch, "From my old bank", ACH)

    # --- people -----------------------------------------------------------------------------------

    def _opening_time(self, who: Customer) -> datetime:
        """When on the day of joining; each customer's own minute."""
        return self._world.at(who.joins, 9, 9) + timedelta(minutes=int(who.checking[:3]) % 360)

    def _status(self, who: Customer, day: date) -> Iterator[Event]:
        if day == who.joins:
            yield from self._joining(who)
        if who.verified_after and day == who.joins + timedelta(days=who.verified_after):
            yield Verified(who.customer_id, self._world.at(day, 11, 11), self._review_on(who, day))
        if who.leaves and day == who.leaves:
            yield from self._leaving(who, day)

    def _joining(self, who: Customer) -> Iterator[Event]:
        at = self._opening_time(who)
        details = who.details | {
            "email": who.email,
            "segment": who.segment,
            "branch": who.branch,
            "channel": who.channel,
            "risk_rating": who.risk,
            "consent_on": who.joins.isoformat(),
        }
        yield NewCustomer(who.customer_id, who.name, at, details)
        if who.verified_after == 0:
            yield Verified(who.customer_id, at, self._review_on(who, who.joins))
        for product, account in (("checking", who.checking), ("savings", who.savings)):
            if account:
                if product == SAVINGS:
                    self._purse.open_savings(account)
                yield NewAccount(account, who.customer_id, product, self._demo.currency, who.branch, at)

    def _review_on(self, who: Customer, verified: date) -> str:
        """When the customer is looked at again; reviews that came due were done, but for some that were put off."""
        years, digits = REVIEW_YEARS[who.risk], int(who.checking[-6:-2])
        due = verified + timedelta(days=365 * years)
        while (self._demo.last - due).days > LATE_REVIEWS:
            if digits % 2 == 0:
                return (self._demo.last - timedelta(days=digits % LATE_REVIEWS)).isoformat()
            due += timedelta(days=365 * years)
        return due.isoformat()

    def _leaving(self, who: Customer, day: date) -> Iterator[Event]:
        """Savings get their last interest, all money goes out, then the accounts are closed."""
        at = self._world.at(day, 10, 15)
        held = [account for account in (who.checking, who.savings) if account]
        if last := self._purse.last_interest(who.savings, at):
            yield last
        for place, account in enumerate(held):
            sweep = by_wire(
                who, at + timedelta(minutes=place), account, CLEARING, 0, "To my new bank", share=ALL, country=OWN
            )
            if move := self._purse.take(replace(sweep, link=f"{CLOSING}#{account}")):
                yield move
        for place, account in enumerate(held):
            self._purse.close(account)
            yield AccountClosed(account, at + timedelta(minutes=10 + place), "Closed at the customer's wish")
        yield CustomerLeft(who.customer_id, at + timedelta(minutes=20), "Moved away")
