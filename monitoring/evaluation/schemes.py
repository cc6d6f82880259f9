"""What launderers and thieves do, at three levels of sophistication. Pure.

Level 1 takes no care. Level 2 keeps to what is commonly advised: smaller steps, more days, several branches. Level 3
knows the usual thresholds and stays under some of them; part of it is not to be found by counting, and the figures
say so. Every scheme takes members who do ordinary things besides.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from monitoring.evaluation.paid import DAY, HOUR, Paid, cash_in, cents, from_outside, to_outside, transfer
from monitoring.evaluation.people import BRANCHES, Person

LEVELS = (1, 2, 3)


@dataclass
class Scheme:
    """One planted scheme. `main`: who an analyst must be led to (any of them will do); `members`: all in it."""

    number: int
    typology: str
    level: int
    main: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    movements: list[Paid] = field(default_factory=list)


@dataclass
class Crew:
    """The dice, the first minute, the level, and people who are in no other scheme."""

    dice: Random
    start: int
    level: int
    hands: list[Person]
    strangers: list[Person]
    """Others who take part without knowing; they are no members."""

    def hire(self, number: int) -> list[Person]:
        """So many members more. ValueError when the town has too few people for its schemes."""
        if number > len(self.hands):
            raise ValueError("too few customers for all schemes")
        hired, self.hands[:] = self.hands[:number], self.hands[number:]
        return hired

    def day(self, number: float, spread: float = 4) -> int:
        """A minute some hours after the start, `number` days on, within business hours."""
        return self.start + int(number * DAY) + int(self.dice.uniform(0, spread) * HOUR)


Plan = Callable[[Crew], tuple[list[Person], list[Person], list[Paid]]]


def structuring(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """Cash in parts below the reporting limit."""
    (who,), dice = crew.hire(1), crew.dice
    if crew.level == 1:
        paid = [cash_in(crew.day(n), who, cents(dice, 9_000, 9_900)) for n in range(dice.randint(3, 6))]
    elif crew.level == 2:
        days = sorted(dice.sample(range(9), 4))
        paid = [cash_in(crew.day(day), who, cents(dice, 8_050, 9_700), dice.choice(BRANCHES)) for day in days]
        paid.append(cash_in(crew.day(4), who, cents(dice, 3_000, 6_000)))
    else:
        days = sorted(dice.sample(range(21), 8))
        paid = [cash_in(crew.day(day), who, cents(dice, 4_500, 7_900), dice.choice(BRANCHES)) for day in days]
    return [who], [who], paid


def funnel(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """Many pay in at many places; one takes it out."""
    (who,), dice = crew.hire(1), crew.dice
    number, days = ((8, 2), (6, 5), (5, 7))[crew.level - 1]
    payers = dice.sample(crew.strangers, number)
    paid = []
    for n, payer in enumerate(payers):
        amount, at = cents(dice, 900, 2_800), crew.day(n * days / number)
        in_cash = crew.level > 1 and n % 2
        paid.append(
            cash_in(at, who, amount, dice.choice(BRANCHES), payer) if in_cash else transfer(at, payer, who, amount)
        )
    whole, parts = sum(one.amount for one in paid), crew.level
    out = round(whole * (0.95, 0.85, 0.74)[crew.level - 1])
    paid += [to_outside(crew.day(days + 0.4 + 0.7 * n), who, out // parts, "wire") for n in range(parts)]
    return [who], [who], paid


def fan_in(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """One collects from many strangers."""
    (who,), dice = crew.hire(1), crew.dice
    number, hours = ((10, 8), (6, 22), (6, 60))[crew.level - 1]
    low, high = ((300, 900), (250, 700), (200, 500))[crew.level - 1]
    payers = dice.sample(crew.strangers, number)
    at = sorted(dice.uniform(0, hours) for _ in payers)
    return (
        [who],
        [who],
        [transfer(crew.start + int(h * HOUR), p, who, cents(dice, low, high)) for h, p in zip(at, payers, strict=True)],
    )


def fan_out(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """One pays many strangers."""
    (who,), dice = crew.hire(1), crew.dice
    number, hours = ((10, 6), (6, 20), (6, 60))[crew.level - 1]
    low, high = ((300, 900), (250, 700), (200, 500))[crew.level - 1]
    payees = dice.sample(crew.strangers, number)
    at = sorted(dice.uniform(0, hours) for _ in payees)
    out = [
        transfer(crew.start + int(h * HOUR), who, p, cents(dice, low, high)) for h, p in zip(at, payees, strict=True)
    ]
    return [who], [who], [from_outside(crew.start - HOUR, who, sum(one.amount for one in out), "wire"), *out]


def rapid(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """Money comes in and is gone within hours."""
    (who,), dice = crew.hire(1), crew.dice
    first = cents(dice, 4_000, 14_000)
    if crew.level == 1:
        paid = [
            from_outside(crew.start, who, first, "wire"),
            to_outside(crew.start + 90, who, round(first * 0.97), "wire"),
        ]
    elif crew.level == 2:
        second, payees = cents(dice, 2_000, 6_000), dice.sample(crew.strangers, 2)
        paid = [from_outside(crew.start, who, first, "wire"), from_outside(crew.start + 3 * HOUR, who, second)]
        paid += [
            transfer(crew.start + (6 + 2 * n) * HOUR, who, p, round((first + second) * 0.45))
            for n, p in enumerate(payees)
        ]
    else:
        paid = [from_outside(crew.start, who, first, "wire")]
        paid += [to_outside(crew.start + (18 + 6 * n) * HOUR, who, round(first * 0.26)) for n in range(3)]
    return [who], [who], paid


def dormant(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """An account that slept for half a year wakes up. Who is hired has no habits: see town."""
    (who,), dice = crew.hire(1), crew.dice
    amount = cents(dice, 5_000, 12_000) if crew.level == 1 else cents(dice, 1_300, 4_000)
    paid = [from_outside(crew.start, who, amount, "wire")]
    if crew.level == 3:
        paid += [to_outside(crew.day(1 + n), who, cents(dice, 20, 90), "card") for n in range(2)]
    out = crew.day((0.2, 0.8, 3.5)[crew.level - 1])
    return [who], [who], [*paid, to_outside(out, who, round(amount * 0.9), "wire")]


def takeover(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """A thief pays out of somebody's account. On level 3 no credential is changed: the session was stolen."""
    (who, mule), dice = crew.hire(2), crew.dice
    if crew.level < 3:
        who.password_changed = crew.start - 20
    number = (3, 1, 1)[crew.level - 1]
    amounts = [cents(dice, 1_600, 4_200) for _ in range(number)]
    paid = [transfer(crew.start + 40 * (n + 1), who, mule, amount) for n, amount in enumerate(amounts)]
    return [who, mule], [who, mule], paid


def cycle(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """Money goes round and comes back."""
    dice = crew.dice
    hops, days, kept = ((3, 2, 0.97), (5, 8, 0.9), (4, 13, 0.84))[crew.level - 1]
    ring, amount, paid = crew.hire(hops), cents(dice, 3_000, 9_000), []
    for n, payer in enumerate(ring):
        payee, at = ring[(n + 1) % hops], crew.day(n * days / hops)
        split = crew.level == 3 and n == 1
        for part in (0.55, 0.45) if split else (1,):
            paid.append(transfer(at, payer, payee, round(amount * part)))
        amount = round(amount * dice.uniform(kept, 1))
    return ring, ring, paid


def chain(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """Money goes from one to the next and out (AMLSim's "random")."""
    dice = crew.dice
    links, days = ((4, 1), (5, 6), (5, 12))[crew.level - 1]
    people, amount = crew.hire(links), cents(dice, 4_000, 9_000)
    paid = [from_outside(crew.start, people[0], amount, "wire")]
    for n in range(links - 1):
        paid.append(transfer(crew.day((n + 0.5) * days / links), people[n], people[n + 1], amount))
        amount = round(amount * dice.uniform(0.9, 0.98))
    return people, people, [*paid, to_outside(crew.day(days), people[-1], amount, "wire")]


def scatter_gather(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """Split over several, gathered at one."""
    dice = crew.dice
    number, days, kept = ((5, 2, 0.96), (4, 9, 0.85), (3, 12, 0.62))[crew.level - 1]
    source, target, *middles = crew.hire(2 + number)
    paid = []
    for n, middle in enumerate(middles):
        amount = cents(dice, 900, 3_500)
        paid.append(transfer(crew.day(n * days / 3 / number), source, middle, amount))
        paid.append(
            transfer(
                crew.day(days * 0.5 + n * days * 0.45 / number), middle, target, round(amount * dice.uniform(kept, 1))
            )
        )
    return [source, target], [source, target, *middles], paid


def gather_scatter(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """One collects from many and hands on to many."""
    dice = crew.dice
    number, hours = ((7, 10), (5, 22), (5, 50))[crew.level - 1]
    (hub,), others = crew.hire(1), dice.sample(crew.strangers, 2 * number)
    came = [
        transfer(crew.start + int(n * hours / number * HOUR), p, hub, cents(dice, 400, 1_200))
        for n, p in enumerate(others[:number])
    ]
    each = round(sum(one.amount for one in came) * 0.95 / number)
    start = crew.day((0.6, 1.6, 2.4)[crew.level - 1])
    went = [
        transfer(start + int(n * hours / number * HOUR), hub, p, each + 100 * n) for n, p in enumerate(others[number:])
    ]
    return [hub], [hub], came + went


def bipartite(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """Several pay the same several."""
    upper, lower, days = crew.hire(3), crew.hire(3 if crew.level > 1 else 4), (2, 7, 13)[crew.level - 1]
    return upper + lower, upper + lower, _all_to_all(crew, upper, lower, 0, days)


def stack(crew: Crew) -> tuple[list[Person], list[Person], list[Paid]]:
    """Three layers, each paying all of the next."""
    top, middle, low, days = crew.hire(3), crew.hire(3), crew.hire(3), (2, 6, 12)[crew.level - 1]
    paid = _all_to_all(crew, top, middle, 0, days * 0.4) + _all_to_all(crew, middle, low, days * 0.55, days)
    everybody = top + middle + low
    return everybody, everybody, paid


def _all_to_all(crew: Crew, upper: list[Person], lower: list[Person], first: float, last: float) -> list[Paid]:
    pairs = [(a, b) for a in upper for b in lower]
    crew.dice.shuffle(pairs)
    step = (last - first) / len(pairs)
    return [
        transfer(crew.day(first + n * step, 2), a, b, cents(crew.dice, 300, 1_500)) for n, (a, b) in enumerate(pairs)
    ]


TYPOLOGIES: dict[str, Plan] = {
    "structuring": structuring,
    "funnel": funnel,
    "fan-in": fan_in,
    "fan-out": fan_out,
    "rapid movement": rapid,
    "dormant reactivation": dormant,
    "account takeover": takeover,
    "cycle": cycle,
    "chain": chain,
    "scatter-gather": scatter_gather,
    "gather-scatter": gather_scatter,
    "bipartite": bipartite,
    "stack": stack,
}
NAMED = (
    "structuring",
    "funnel",
    "fan-in",
    "fan-out",
    "rapid movement",
    "dormant reactivation",
    "cycle",
    "scatter-gather",
)
"""Those whose recall has a target."""


def plan(number: int, typology: str, crew: Crew) -> Scheme:
    """One scheme with its label on every movement."""
    main, members, paid = TYPOLOGIES[typology](crew)
    for one in paid:
        one.scheme = number
    paid.sort(key=lambda one: one.at)
    refs = {one.ref for one in members}
    return Scheme(number, typology, crew.level, {one.ref for one in main}, refs, paid)
