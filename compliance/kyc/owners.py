"""Who owns and who controls a company (31 CFR 1010.230(d)). Pure; shares in basis points: 2500 = 25 %."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

WHOLE = 10_000
MOST_OWNERS = 10
RELIEF = (
    "Since 13 February 2026 (FinCEN's exceptive relief from 31 CFR 1010.230) owners are identified when a company "
    "opens its first account, when facts cast doubt on what is known, and as the bank's risk-based procedures ask; "
    "not at each further account."
)


@dataclass(frozen=True, slots=True)
class Owner:
    """One person behind a company. `control`: a single person with significant responsibility to manage it."""

    name: str
    born: str
    country: str
    share: int = 0
    control: bool = False
    title: str = ""
    """The control person's office."""

    @property
    def percent(self) -> str:
        """ "25 %" or "33.33 %"."""
        return f"{self.share / 100:g} %"

    def as_json(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)


def owners_of(stored: Iterable[Mapping[str, Any]]) -> list[Owner]:
    """The inverse of Owner.as_json."""
    return [Owner(**one) for one in stored]


def complaint(owners: Sequence[Owner], percent: int) -> tuple[str, str]:
    """(what is wrong with these owners, the field it is about), ("", "") when nothing is.

    `percent`: from which share on an owner is named (25).
    """
    newest = owners[-1] if owners else None
    if len(owners) > MOST_OWNERS:
        return f"At most {MOST_OWNERS} people are kept.", "name"
    if newest and not newest.control and newest.share < percent * 100:
        return f"Only owners of {percent} % or more are named, and the one who controls the company.", "share"
    if sum(one.share for one in owners) > WHOLE:
        left = (WHOLE - sum(one.share for one in owners[:-1])) / 100
        return f"Together they would own more than 100 %; {left:g} % are left.", "share"
    if sum(one.control for one in owners) > 1:
        return "One person is named as the one in control; take the other one off first.", "control"
    if newest and any(_same(newest, one) for one in owners[:-1]):
        return "This person is named already. One entry holds both the share and the control.", "name"
    return "", ""


def _same(one: Owner, other: Owner) -> bool:
    return (one.name.casefold(), one.born) == (other.name.casefold(), other.born)


def missing(owners: Sequence[Owner], nobody: bool, percent: int) -> str:
    """What a company's owners still lack before it is verified, "" when nothing. `nobody`: no one owns so much."""
    if not any(one.control for one in owners):
        return "Name the person who controls the company."
    if not nobody and not any(one.share >= percent * 100 for one in owners):
        return f"Name the owners of {percent} % or more, or state that there are none."
    return ""
