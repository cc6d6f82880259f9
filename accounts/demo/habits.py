"""What people do on an ordinary day. Amounts in minor units."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from accounts.demo.actions import Action
from accounts.demo.cast import Customer
from accounts.demo.partners import wire_of
from accounts.ledger import CASH, CLEARING, Actor
from cloudbank.clock import ONE_DAY, BusinessCalendar

SEASON = (0.82, 0.88, 0.96, 0.98, 1.0, 1.04, 1.08, 1.06, 0.98, 1.0, 1.1, 1.34)
"""Spending by month, January first."""
WEEKDAY = (0.9, 1.15, 1.2, 1.25, 1.3, 0.5, 0.25)
"""From Monday. Weekend payments join Monday's business day, and many on one day would be unusual."""
ACH = Actor("system:ach", "system", "ach file")
WIRES = Actor("system:wires", "system", "wire network")
CARDS = Actor("system:cards", "system", "card network")
BILLS = ("Electricity", "Water", "Phone", "Insurance", "Internet")
SHOPS = ("Groceries", "Fuel", "Pharmacy", "Restaurant", "Hardware store", "Books", "Clothing", "Tickets")


@dataclass(frozen=True)
class World:
    """What habits and patterns draw from. `tellers` act at the counters."""

    random: Random
    calendar: BusinessCalendar
    tellers: Sequence[Actor]

    def at(self, day: date, first: float, last: float) -> datetime:
        """Some moment of the day between two hours of the bank's clock."""
        seconds = self.random.uniform(first, last) * 3600
        return datetime.combine(day, time(), self.calendar.zone) + timedelta(seconds=int(seconds))

    def teller(self) -> Actor:
        """Somebody at the counter."""
        return self.random.choice(self.tellers)

    def chance(self, per_month: float) -> bool:
        """Whether something that happens so often happens today."""
        return self.random.random() < per_month / 30.4

    def cash_in(self, who: Customer, day: date, amount: int, memo: str, branch: str = "") -> Action:
        """Notes over the counter."""
        teller = self.teller()
        at = self.at(day, 9, 16.5)
        return Action(at, CASH, who.checking, amount, "branch", branch or who.branch, memo, teller, who.customer_id)

    def cash_out(self, who: Customer, day: date, amount: int, memo: str) -> Action:
        """Notes from the counter."""
        at = self.at(day, 9, 16.5)
        return Action(at, who.checking, CASH, amount, "branch", who.branch, memo, self.teller(), who.customer_id)

    def wire(self, who: Customer, day: date, amount: int, memo: str, *, incoming: bool = False) -> Action:
        """Money to or from another bank, at once."""
        sides = (CLEARING, who.checking) if incoming else (who.checking, CLEARING)
        return by_wire(who, self.at(day, 9.5, 16), *sides, amount, memo)

    def pay(self, who: Customer, to: str, at: datetime, amount: int, memo: str) -> Action:
        """A transfer inside the bank."""
        return Action(at, who.checking, to, amount, "online", who.branch, memo, online(who))


def by_wire(
    who: Customer, at: datetime, debit: str, credit: str, amount: int, memo: str, *, share: int = 0, country: str = ""
) -> Action:
    """A wire with all that travels with it; with a `share`, so many percent of what is on the account."""
    incoming = debit == CLEARING
    details = wire_of(who, memo, incoming=incoming, country=country).packed()
    actor = WIRES if incoming else online(who)
    return Action(at, debit, credit, amount, "wire", who.branch, memo, actor, share=share, details=details)


def online(who: Customer) -> Actor:
    """The customer, signed in."""
    return Actor(who.customer_id, "customer", "203.0.113." + str(int(who.checking[-4:]) % 254 + 1))


def is_payday(day: date, calendar: BusinessCalendar) -> bool:
    """The 15th and the last of the month, or the business day before."""
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY
    return day in (calendar.on_or_before(day.replace(day=15)), calendar.on_or_before(last))


def is_day(number: int, day: date, calendar: BusinessCalendar) -> bool:
    """This day of each month, or the business day after."""
    return day == calendar.on_or_after(day.replace(day=number))


def of_a_person(who: Customer, day: date, world: World) -> Iterator[Action]:
    """Cards, cash, friends, and what comes every month."""
    random, mood = world.random, SEASON[day.month - 1] * WEEKDAY[day.weekday()]
    if world.chance(2.0 * mood):
        amount = round(who.spends * random.lognormvariate(0, 0.45) * SEASON[day.month - 1])
        memo = random.choice(SHOPS)
        yield Action(world.at(day, 9, 21), who.checking, CLEARING, amount, "card", who.branch, memo, CARDS)
    if world.chance(0.5):
        friend = random.choice(who.friends)
        if friend is not who and friend.can_be_paid(day):
            yield world.pay(who, friend.checking, world.at(day, 8, 22), random.randrange(10_00, 140_00), "Thanks")
    if world.calendar.is_business_day(day):
        yield from _over_the_counter(who, day, world)
        yield from _every_month(who, day, world)


def _over_the_counter(who: Customer, day: date, world: World) -> Iterator[Action]:
    if world.chance(0.8):
        yield world.cash_out(who, day, world.random.randrange(2, 20) * 20_00, "Cash")
    if world.chance(0.25):
        yield world.cash_in(who, day, world.random.randrange(4, 40) * 20_00, "Cash deposit")


def _every_month(who: Customer, day: date, world: World) -> Iterator[Action]:
    random, calendar = world.random, world.calendar
    if world.chance(1.0):
        yield _by_ach(who, day, random.randrange(38_00, 210_00), random.choice(BILLS), world)
    if is_day(who.rent_day, day, calendar):
        yield _rent(who, day, world)
    if is_day(who.bill_day, day, calendar) or is_day(who.bill_day % 14 + 14, day, calendar):
        share = random.uniform(0.36, 0.52) * SEASON[day.month - 1] ** 0.5
        yield _by_ach(who, day, round(who.salary * share), "Credit card", world)
    if who.employer is None and is_payday(day, calendar):
        yield Action(world.at(day, 6, 7), CLEARING, who.checking, who.salary, "ach", who.branch, "Salary", ACH)
    if who.savings and is_day(2, day, calendar):
        yield world.pay(who, who.savings, world.at(day, 17, 17.9), round(who.salary * 0.12), "Savings plan")


def _by_ach(who: Customer, day: date, amount: int, memo: str, world: World) -> Action:
    return Action(world.at(day, 6, 7), who.checking, CLEARING, amount, "ach", who.branch, memo, ACH)


def _rent(who: Customer, day: date, world: World) -> Action:
    if who.landlord and who.landlord.can_be_paid(day):
        return world.pay(who, who.landlord.checking, world.at(day, 8, 12), who.rent, f"Rent {day:%B}")
    return _by_ach(who, day, who.rent, f"Rent {day:%B}", world)


def of_a_business(who: Customer, staff: Sequence[Customer], day: date, world: World) -> Iterator[Action]:
    """Takings by card and cash, wages, rent, suppliers. `staff`: who works there now."""
    random, calendar = world.random, world.calendar
    if not calendar.is_business_day(day):
        return
    wages = 2 * sum(person.salary for person in staff)
    if day.weekday() in (0, 3):
        takings = round((who.revenue + wages * 1.5) / 8.7 * random.uniform(0.85, 1.15) * SEASON[day.month - 1])
        memo = "Card takings"
        yield Action(world.at(day, 6, 6.9), CLEARING, who.checking, takings, "ach", who.branch, memo, ACH)
    if who.trade == "shop" and day.weekday() in (1, 4):
        yield world.cash_in(who, day, random.randrange(900_00, 3_900_00), "Cash takings")
    paid = [one for place, one in enumerate(staff) if is_payday(day if place % 2 else calendar.after(day), calendar)]
    if paid:
        # One wage after the other, twenty minutes apart, over two days: a pay run, not a burst.
        at = world.at(day, 9, 9.2)
        for place, person in enumerate(paid):
            yield world.pay(who, person.checking, at + timedelta(minutes=20 * place), person.salary, "Salary")
    if who.trade == "landlord":
        if is_day(27, day, calendar):
            at = world.at(day, 9.5, 16)
            memo = "To the owners"
            yield by_wire(who, at, who.checking, CLEARING, 0, memo, share=70)
        return
    if is_day(who.rent_day, day, calendar):
        yield _rent(who, day, world)
    if not paid and world.chance(5 * 30.4 / 17):  # five a month, on business days without a pay run
        supplies = (who.revenue + wages * 0.5 - who.rent) * 0.95 / 5
        yield world.wire(who, day, round(supplies * random.uniform(0.85, 1.15)), "Supplier invoice")
