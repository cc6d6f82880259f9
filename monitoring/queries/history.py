"""Past movements as screening saw them, made of their postings again, day by day."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date

from accounts.ledger import Line, Movement
from accounts.ledger.lines import Actor
from accounts.participants import Profile
from accounts.queries.lines import day_lines
from accounts.queries.people import users
from cloudbank.clock import from_iso

_SHARED = tuple({one.name for one in fields(Movement)} & {one.name for one in fields(Line)} - {"amount"})


def movements_of(day: date, currency: str) -> list[Movement]:
    """All movements of a business date in the order they were posted. One day is held at a time."""
    sides: dict[str, list[Line]] = {}
    for line in day_lines(day, currency):
        sides.setdefault(line.movement_id, []).append(line)
    return sorted((_movement(lines) for lines in sides.values()), key=lambda one: (one.posted_at, one.movement_id))


def _movement(lines: list[Line]) -> Movement:
    """The movement of its postings: one with the house, two between accounts, the debit first."""
    lines.sort(key=lambda line: line.amount)
    line = lines[0]
    debit, credit = (line.account_id, line.counter) if line.amount < 0 else (line.counter, line.account_id)
    shared = {name: getattr(line, name) for name in _SHARED}
    shared["posted_at"], shared["business_date"] = from_iso(line.posted_at), date.fromisoformat(line.business_date)
    return Movement(
        **shared,
        amount=abs(line.amount),
        debit=debit,
        credit=credit,
        actor=Actor(line.actor_id, line.actor_role, line.source),
        lines=tuple(lines),
    )


class Profiles(dict[str, Profile]):
    """What rules may know of customers today, by id, read as they turn up."""

    def learn(self, customer_ids: Iterable[str]) -> None:
        """Read those not known yet."""
        missing = [one for one in customer_ids if one and one not in self]
        self.update({key: person.profile() for key, person in users(missing).items()})


def history(first: date, last: date, currency: str, profiles: Profiles) -> Iterator[Movement]:
    """The movements from one business date to another, oldest first; `profiles` knows whom they concern."""
    day = first.toordinal()
    while day <= last.toordinal():
        movements = movements_of(date.fromordinal(day), currency)
        profiles.learn(
            {line.owner_id for one in movements for line in one.lines} | {one.conductor_id for one in movements}
        )
        yield from movements
        day += 1
