"""The customers of a made-up town. Pure; everything follows from the dice that are passed in."""

from dataclasses import dataclass, field
from random import Random

WORKER, RETIRED, STUDENT, STALL, LANDLORD, SHOP, EMPLOYER = (
    *("worker", "retired", "student", "stall", "landlord", "shop", "employer"),
)
SHARES = ((WORKER, 0.70), (RETIRED, 0.10), (STUDENT, 0.08), (STALL, 0.03), (LANDLORD, 0.03), (SHOP, 0.04))
BRANCHES = ("main", "north", "south", "east", "west", "harbor")


@dataclass(eq=False, repr=False)
class Person:
    """A customer with one checking account. Money in minor units."""

    ref: str
    role: str
    segment: str
    income: int
    branch: str
    balance: int
    landlord: "Person | None" = None
    employer: "Person | None" = None
    sends_home: bool = False
    friends: list["Person"] = field(default_factory=list)
    shops: list["Person"] = field(default_factory=list)
    flat: list["Person"] = field(default_factory=list)
    """Who shares the flat; the first one pays the landlord."""
    parent: "Person | None" = None
    opens: int = 0
    """The minute of the opening balance; the account itself is older."""
    password_changed: int = -1
    """The minute of the history at which the password is changed; -1: never."""

    @property
    def account(self) -> str:
        """The number of the account."""
        return self.ref.removeprefix("usr_eval").rjust(16, "7")


def population(dice: Random, number: int) -> list[Person]:
    """`number` customers who know each other."""
    people = [_person(dice, n, _role(dice)) for n in range(number)]
    employers = [_person(dice, number + n, EMPLOYER) for n in range(max(2, number // 60))]
    by_role = {role: [one for one in people if one.role == role] for role, _ in SHARES}
    private = [one for one in people if one.role in (WORKER, RETIRED, STUDENT)]
    for one in private:
        one.friends = [friend for friend in dice.sample(private, min(4, len(private))) if friend is not one]
        one.shops = dice.sample(by_role[SHOP], min(3, len(by_role[SHOP])))
        if by_role[LANDLORD] and dice.random() < 0.4:
            one.landlord = dice.choice(by_role[LANDLORD])
        if one.role == WORKER and dice.random() < 0.5:
            one.employer = dice.choice(employers)
        if one.role == STUDENT and dice.random() < 0.5:
            one.parent = dice.choice(by_role[WORKER] or private)
        one.sends_home = dice.random() < 0.05
    _flats(dice, [one for one in private if one.landlord and one.role != RETIRED])
    return people + employers


def _flats(dice: Random, tenants: list[Person]) -> None:
    """A quarter of the tenants live three or four to a flat."""
    waiting = [one for one in tenants if dice.random() < 0.25]
    while len(waiting) >= 4:
        size = dice.choice((3, 4))
        flat, waiting = waiting[:size], waiting[size:]
        for one in flat:
            one.flat = flat


def _role(dice: Random) -> str:
    drawn = dice.random() * sum(share for _, share in SHARES)
    for role, share in SHARES:
        drawn -= share
        if drawn <= 0:
            return role
    return WORKER


def _person(dice: Random, number: int, role: str) -> Person:
    business = role in (SHOP, EMPLOYER) or (role == STALL and dice.random() < 0.6)
    income = {
        WORKER: dice.gauss(3_800, 1_100),
        RETIRED: dice.gauss(2_000, 400),
        STUDENT: dice.gauss(900, 200),
        STALL: dice.gauss(5_000, 1_500),
        LANDLORD: dice.gauss(3_000, 800),
        SHOP: dice.gauss(20_000, 6_000),
        EMPLOYER: dice.gauss(90_000, 20_000),
    }[role]
    income = int(max(600, income)) * 100
    return Person(
        ref=f"usr_eval{number:06d}",
        role=role,
        segment="business" if business else "retail",
        income=income,
        branch=dice.choice(BRANCHES),
        balance=int(income * dice.uniform(0.3, 3)),
    )
