"""A labelled history from one seed: ordinary life, cash that must be reported, and planted schemes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from monitoring.evaluation.habits import ordinary, strangers_deal
from monitoring.evaluation.paid import DAY, HOUR, Paid, cash_in, cash_out, cents, during, to_outside
from monitoring.evaluation.people import RETIRED, WORKER, Person, population
from monitoring.evaluation.schemes import LEVELS, TYPOLOGIES, Crew, Scheme, plan

WARM_UP, LENGTH = 190, 120
"""Days before ordinary life is simulated (only who will sleep is awake), and days of it."""
FIRST, LAST = WARM_UP, WARM_UP + LENGTH - 1
SCHEMES_FROM = FIRST + 45
CUSTOMERS, FEWEST, EACH = 700, 350, 1
"""Customers of a town, so many at least that schemes find their members; schemes of each typology and level."""


@dataclass
class History:
    """What is run through a configuration of rules. Movements in order of time."""

    name: str
    people: list[Person]
    movements: list[Paid]
    schemes: list[Scheme] = field(default_factory=list)
    labelled: set[str] = field(default_factory=set)
    """Customers who are known to be in it; where no scheme is known, only they are."""
    counts_from: int = 0
    """The first minute whose findings count: before it the rules learn what is usual."""

    @property
    def suspects(self) -> set[str]:
        """All members of schemes."""
        return self.labelled | {who for scheme in self.schemes for who in scheme.members}


def made_up(seed: int, customers: int = CUSTOMERS, each: int = EACH) -> History:
    """The town of a seed."""
    dice = Random(f"town {seed}")  # noqa: S311  a simulation's dice
    people = population(dice, customers)
    sleepers = _sleepers(dice, people, 3 * each + max(4, customers // 150))
    living = [one for one in people if one not in sleepers]
    asleep = {one.ref for one in sleepers}
    for one in living:
        one.opens = (FIRST - 1) * DAY
        # Nobody wakes them by accident.
        one.friends = [friend for friend in one.friends if friend.ref not in asleep]
        one.parent = None if one.parent and one.parent.ref in asleep else one.parent
    movements = list(ordinary(dice, living, FIRST, LAST))
    # Dice of their own: the rest of a seed's town stays what it was.
    movements += strangers_deal(Random(f"strangers {seed}"), living, FIRST, LAST)  # noqa: S311
    schemes = _planned(dice, people, sleepers, each)
    for scheme in schemes:
        movements += scheme.movements
    movements += _asleep(dice, sleepers) + _reportable(dice, living)
    movements.sort(key=lambda one: (one.at, one.source, one.target, one.amount))
    lived = [one for one in movements if one.at < (LAST + 1) * DAY]
    return History(f"seed {seed}", people, lived, schemes, counts_from=SCHEMES_FROM * DAY)


def _sleepers(dice: Random, people: list[Person], number: int) -> list[Person]:
    return dice.sample([one for one in people if one.role in (WORKER, RETIRED) and not one.flat], number)


def _asleep(dice: Random, sleepers: list[Person]) -> list[Paid]:
    """They are awake in the first days; those whom nobody uses wake up by a small payment, or stay asleep."""
    paid = [to_outside(during(dice, day), one, cents(dice, 20, 90), "card") for one in sleepers for day in (0, 2, 5)]
    return paid + [
        to_outside(during(dice, dice.randrange(FIRST, LAST)), one, cents(dice, 15, 300)) for one in sleepers[-3:]
    ]


def _reportable(dice: Random, people: list[Person]) -> list[Paid]:
    """Cash above the limit that nobody hides, on one day in one part or several, by the owner or for them."""
    paid, day = [], FIRST + 5
    for n, who in enumerate(dice.sample(people, min(len(people), 12))):
        day += 7
        if day > LAST:
            break
        kind = n % 4
        if kind == 0:
            paid.append(cash_in(during(dice, day, 9, 16), who, 1_000_001 + dice.randrange(900_000)))
        elif kind == 1:
            paid += [cash_in(during(dice, day, 9, 16), who, cents(dice, 5_200, 9_000)) for _ in range(2)]
        elif kind == 2:
            paid.append(cash_out(during(dice, day, 9, 16), who, 1_000_001 + dice.randrange(500_000)))
        else:
            paid.append(cash_in(during(dice, day, 9, 16), who, 1_000_000))  # exactly the limit: no report
    return paid


def _planned(dice: Random, people: list[Person], sleepers: list[Person], each: int) -> list[Scheme]:
    hands = [one for one in people if one.role in (WORKER, RETIRED) and one not in sleepers]
    dice.shuffle(hands)
    strangers, hands = hands[len(hands) // 2 :], hands[: len(hands) // 2]
    beds, schemes = list(sleepers), list[Scheme]()
    for number, (typology, level) in enumerate(_wanted(each)):
        start = dice.randrange(SCHEMES_FROM, LAST - 22)
        start -= max(0, start % 7 - 4)  # begins on a working day
        minute = start * DAY + int(dice.uniform(9, 11) * HOUR)
        free = beds if typology == "dormant reactivation" else hands
        schemes.append(plan(number, typology, Crew(dice, minute, level, free, strangers)))
    return schemes


def _wanted(each: int) -> Iterator[tuple[str, int]]:
    for typology in TYPOLOGIES:
        for level in LEVELS:
            for _ in range(each):
                yield typology, level
