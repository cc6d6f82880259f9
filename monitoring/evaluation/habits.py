"""What people do who have nothing to hide: wages, rent, shopping, cash, friends, and what looks like a scheme. Pure."""

from collections.abc import Iterator
from random import Random

from monitoring.evaluation.paid import (
    HOUR,
    Paid,
    cash_in,
    cash_out,
    cents,
    during,
    from_outside,
    to_outside,
    transfer,
    wages,
)
from monitoring.evaluation.people import EMPLOYER, LANDLORD, RETIRED, SHOP, STALL, STUDENT, WORKER, Person

MONTH = 30


def weekend(day: int) -> bool:
    """Day 0 is a Monday."""
    return day % 7 >= 5


def ordinary(dice: Random, people: list[Person], first: int, last: int) -> Iterator[Paid]:
    """Everybody's movements of the days from `first` to `last`."""
    for one in people:
        habits = {SHOP: _shop, EMPLOYER: _employer, STALL: _stall, LANDLORD: _landlord}.get(one.role, _private)
        payday = dice.randrange(MONTH)
        for day in range(first, last + 1):
            yield from habits(dice, one, day, payday)
    yield from _wages(dice, people, first, last)
    yield from _collections(dice, people, first, last)


def _private(dice: Random, one: Person, day: int, payday: int) -> Iterator[Paid]:
    of_month = day % MONTH
    if one.role in (WORKER, RETIRED) and not one.employer and of_month == payday:
        yield from_outside(during(dice, day, 6, 9), one, one.income)
    if one.role == STUDENT:
        yield from _student(dice, one, day, payday)
    yield from _rent(dice, one, day)
    if dice.random() < (0.35 if weekend(day) else 0.55):
        amount, at = cents(dice, 6, 140), during(dice, day)
        in_town = one.shops and dice.random() < 0.35
        yield transfer(at, one, dice.choice(one.shops), amount) if in_town else to_outside(at, one, amount, "card")
    if dice.random() < 0.06:
        yield cash_out(during(dice, day), one, dice.choice((4, 6, 8, 10, 20, 30)) * 1_000)
    if one.friends and dice.random() < 0.03:
        friend, amount = dice.choice(one.friends), cents(dice, 8, 110)
        yield transfer(during(dice, day), one, friend, amount)
        if dice.random() < 0.3:
            yield transfer(during(dice, day + dice.randrange(1, 6)), friend, one, amount)
    yield from _now_and_then(dice, one, day)


def _now_and_then(dice: Random, one: Person, day: int) -> Iterator[Paid]:
    """A car, a builder, a bonus, savings brought to the counter, money home."""
    if weekend(day):
        return
    if dice.random() < 0.003:
        amount = min(one.balance, cents(dice, 1_200, 6_000))
        to_shop = one.shops and dice.random() < 0.4
        at = during(dice, day)
        yield transfer(at, one, dice.choice(one.shops), amount) if to_shop else to_outside(at, one, amount, "wire")
    if dice.random() < 0.002:
        yield from_outside(during(dice, day), one, cents(dice, 1_500, 8_000))
    if dice.random() < 0.002:
        yield cash_in(during(dice, day, 9, 17), one, cents(dice, 200, 5_000))
    if one.sends_home and day % MONTH in (5, 20):
        yield to_outside(during(dice, day), one, cents(dice, 250, 600), "wire")


def _student(dice: Random, one: Person, day: int, payday: int) -> Iterator[Paid]:
    """A parent sends money, and most of it goes out next day; once a term the fees pass through."""
    if day % MONTH == payday:
        at = during(dice, day, 8, 12)
        yield transfer(at, one.parent, one, one.income) if one.parent else from_outside(at, one, one.income, "wire")
        yield to_outside(during(dice, day + 1), one, round(one.income * 0.6))
    if day % 120 == payday * 2:
        fees = cents(dice, 3_200, 6_500)
        yield from_outside(during(dice, day, 8, 11), one, fees, "wire")
        yield to_outside(during(dice, day, 13, 20), one, round(fees * 0.97), "wire")


def _rent(dice: Random, one: Person, day: int) -> Iterator[Paid]:
    of_month, rent = day % MONTH, one.income // 3
    if one.flat:
        head = one.flat[0]
        if one is not head and of_month == 28:
            yield transfer(during(dice, day), one, head, rent)
        if one is head and of_month == 0 and one.landlord:
            yield transfer(during(dice, day), one, one.landlord, sum(other.income // 3 for other in one.flat))
    elif of_month == 1:
        at = during(dice, day)
        yield transfer(at, one, one.landlord, rent) if one.landlord else to_outside(at, one, rent)


def _landlord(dice: Random, one: Person, day: int, payday: int) -> Iterator[Paid]:
    """Rents come in by the habits of the tenants; the mortgage goes out soon after."""
    if day % MONTH == 4:
        yield to_outside(during(dice, day), one, round(one.income * dice.uniform(0.6, 1.1)))
    if dice.random() < 0.4:
        yield to_outside(during(dice, day), one, cents(dice, 10, 200), "card")


def _shop(dice: Random, one: Person, day: int, payday: int) -> Iterator[Paid]:
    """Card takings from outside, weekly payments to suppliers, the till on Mondays."""
    if not weekend(day):
        yield from_outside(during(dice, day, 6, 8), one, round(one.income / 22 * dice.uniform(0.6, 1.4)))
    if day % 7 == 0:
        yield cash_in(during(dice, day, 9, 12), one, min(990_000, round(one.income * dice.uniform(0.05, 0.2))))
    if day % 7 == 3:
        yield to_outside(during(dice, day), one, round(one.income / 4 * dice.uniform(0.7, 1.0)), "wire")


def _stall(dice: Random, one: Person, day: int, payday: int) -> Iterator[Paid]:
    """Market days are Wednesday and Saturday; the cash goes to the counter, more of it before feasts."""
    if day % 7 in (3, 0) and dice.random() < 0.9:
        season = 1.9 if day % 90 in range(60, 68) else 1.0
        yield cash_in(during(dice, day, 9, 16), one, round(one.income * dice.uniform(0.15, 0.6) * season))
    if day % 7 == 4:
        yield to_outside(during(dice, day), one, round(one.income * dice.uniform(0.2, 0.6)))


def _employer(dice: Random, one: Person, day: int, payday: int) -> Iterator[Paid]:
    if day % 7 == 1:
        yield from_outside(during(dice, day, 6, 9), one, round(one.income * dice.uniform(0.8, 1.2)), "wire")
    if day % 7 == 2 and dice.random() < 0.6:
        yield to_outside(during(dice, day), one, round(one.income * dice.uniform(0.1, 0.4)), "wire")


def _wages(dice: Random, people: list[Person], first: int, last: int) -> Iterator[Paid]:
    """Employers pay on the 27th; one in four by plain transfers, which look like a fan."""
    plain = {one.ref for one in people if one.role == EMPLOYER and dice.random() < 0.25}
    for one in people:
        if one.employer:
            pay = transfer if one.employer.ref in plain else wages
            for day in range(first, last + 1):
                if day % MONTH == 27:
                    yield pay(during(dice, day, 6, 8), one.employer, one, one.income)


def _collections(dice: Random, people: list[Person], first: int, last: int) -> Iterator[Paid]:
    """Now and then somebody collects for a present or a trip, and pays it: a small fan with nothing behind it."""
    private = [one for one in people if one.role in (WORKER, STUDENT)]
    for day in range(first, last + 1):
        if private and dice.random() < len(people) / 30_000:
            head, others = dice.choice(private), dice.sample(private, min(len(private), dice.randint(5, 9)))
            share, start = cents(dice, 10, 60), during(dice, day, 9, 12)
            paying = [one for one in others if one is not head]
            for one in paying:
                yield transfer(start + dice.randrange(8 * HOUR), one, head, share)
            yield to_outside(during(dice, day + 2), head, share * len(paying), "card")


def strangers_deal(dice: Random, people: list[Person], first: int, last: int) -> Iterator[Paid]:
    """What looks like mules and collectors and is not: private sales (a car, a piano), paid in one sum to somebody
    never paid before, about one in four years a person; and now and then a wedding, to which guests send money.
    """
    private = [one for one in people if one.role in (WORKER, RETIRED)]
    for day in range(first, last + 1):
        if private and dice.random() < len(private) / 1_400:
            buyer, seller = dice.sample(private, 2)
            yield transfer(during(dice, day), buyer, seller, min(max(buyer.balance, 80_000), cents(dice, 800, 6_000)))
        if private and dice.random() < len(private) / 60_000:
            pair, *guests = dice.sample(private, min(len(private), dice.randint(6, 12)))
            for guest in guests:
                yield transfer(during(dice, day + dice.randrange(5)), guest, pair, cents(dice, 50, 300))
