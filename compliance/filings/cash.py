"""Whose cash of a business day is reported, from the day's cash movements. Pure. Amounts in minor units.

31 CFR 1010.311 and 1010.313: cash by or on behalf of one person, in or separately out (never netted), of all accounts
and branches, in one business day, of more than the limit. Who a movement counts for:

- the account's owner, and whoever acts for them at the counter;
- cash in to a joint account: every holder (FinCEN CTR FAQ 23: all of them have access to it);
- cash out of a joint account: the holder who takes it (FAQ 24), else the owner.

One movement may so count for several persons. A person whose movements all stand in another one's report gets no second
report of the same cash: Form 112 names everybody who is concerned.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.filings.terms import BEHALF, FOR_ANOTHER, OWN

_STRONGER = {OWN: 0, BEHALF: 1, FOR_ANOTHER: 2}


@dataclass(frozen=True, slots=True)
class CashLine:
    """One movement of notes and coin on an account. `holders`: the owner first, then the joint holders."""

    movement_id: str
    account_id: str
    holders: tuple[str, ...]
    conductor_id: str
    amount: int
    incoming: bool
    currency: str
    type: str
    channel: str
    branch: str
    at: str

    @property
    def roles(self) -> dict[str, str]:
        """Whom it counts for, each with their part."""
        owner, acts = self.holders[0], self.conductor_id or self.holders[0]
        if self.incoming:
            found = dict.fromkeys(self.holders, BEHALF)
        else:
            found = {acts if acts in self.holders else owner: BEHALF}
        return found | {acts: OWN if acts in self.holders else FOR_ANOTHER}

    def stored(self) -> dict[str, Any]:
        """As a filing lists it."""
        return {name: getattr(self, name) for name in self.__slots__} | {"holders": list(self.holders)}


@dataclass(frozen=True, slots=True)
class Involved:
    """A person named in a report: their part, what of it is theirs, on which accounts."""

    person_id: str
    role: str
    amount: int
    accounts: tuple[str, ...]
    movements: int


@dataclass(frozen=True, slots=True)
class CashDay:
    """What one report is due for: the person, the direction, all movements, everybody who is concerned."""

    person_id: str
    incoming: bool
    currency: str
    total: int
    lines: tuple[CashLine, ...]
    involved: tuple[Involved, ...]


def cash_days(
    lines: Iterable[CashLine], limit: Callable[[str], int], is_exempt: Callable[[str], bool] = lambda person: False
) -> list[CashDay]:
    """The reports that a business day's cash asks for; `limit` in minor units of a currency; exactly it is not above.

    What moves on the accounts of an exempt person is not reported at all (31 CFR 1020.315(a)); who is exempt is
    reported all the same for what they do on another one's account (1020.315(f)).
    """
    sums: dict[tuple[str, bool, str], list[CashLine]] = {}
    for line in lines:
        if is_exempt(line.holders[0]):
            continue
        for person in line.roles:
            sums.setdefault((person, line.incoming, line.currency), []).append(line)
    above = {key: own for key, own in sums.items() if sum(one.amount for one in own) > limit(key[2])}
    return [_cash_day(key, above[key]) for key in _without_repeats(above)]


def _without_repeats(above: Mapping[tuple[str, bool, str], Sequence[CashLine]]) -> list[tuple[str, bool, str]]:
    """Without those whose movements all stand in another one's report."""
    kept: list[tuple[tuple[str, bool, str], set[str]]] = []

    def order(key: tuple[str, bool, str]) -> tuple[int, int, str]:
        """The widest first; of two with the same movements, the owner's."""
        places = [_place(key[0], line) for line in above[key]]
        return -len(places), max(places), key[0]

    for key in sorted(above, key=order):
        own = {line.movement_id for line in above[key]}
        if not any(key[1:] == other[1:] and own <= theirs for other, theirs in kept):
            kept.append((key, own))
    return sorted(key for key, _ in kept)


def _place(person: str, line: CashLine) -> int:
    """0 the owner, then the joint holders, last who only acts for them."""
    return line.holders.index(person) if person in line.holders else len(line.holders)


def _cash_day(key: tuple[str, bool, str], lines: Sequence[CashLine]) -> CashDay:
    ordered = tuple(sorted(lines, key=lambda one: (one.at, one.movement_id)))
    people = {person: None for line in ordered for person in line.roles}
    involved = [_involved(person, ordered) for person in people]
    involved.sort(key=lambda one: (one.person_id != key[0], _STRONGER[one.role], one.person_id))
    return CashDay(*key, sum(line.amount for line in ordered), ordered, tuple(involved))


def _involved(person: str, lines: Sequence[CashLine]) -> Involved:
    theirs = [line for line in lines if person in line.roles]
    role = min((line.roles[person] for line in theirs), key=_STRONGER.__getitem__)
    accounts = tuple(dict.fromkeys(line.account_id for line in theirs))
    return Involved(person, role, sum(line.amount for line in theirs), accounts, len(theirs))
