"""Which subject of a request somebody whom the bank knows may be: the screening of lists the other way round. Pure.

Names are compared as on sanctions lists (monitoring.sanctions), from REVIEW on: a person decides. A date of birth that
speaks against it leaves only the same words.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from compliance.requests314.subjects import Subject
from compliance.requests314.terms import MATCH
from monitoring.sanctions import REVIEW, Entry, Index, evidence

CUSTOMER, FORMER, OWNER, WIRE, INSTRUMENT = "customer", "former", "owner", "wire", "instrument"
WHAT = {
    CUSTOMER: "Customer",
    FORMER: "Former customer",
    OWNER: "Owner of a company",
    WIRE: "Party of a wire",
    INSTRUMENT: "Payee of an instrument",
}
MOST_PLACES, MOST_IN_ALL = 20, 1_000
"""Places that are kept of a subject, and of all; beyond these they are counted, and the page says so."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody in the bank's records. `customer_id`: whose record it is in; `day`: ISO, of a transaction."""

    what: str
    name: str
    customer_id: str
    born: str = ""
    last_four: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subject may stand in the records: so many times, on days from `first` to `last` (ISO, "" for none)."""

    what: str
    name: str
    customer_id: str
    says: str
    score: int
    """Percent."""
    count: int = 1
    first: str = ""
    last: str = ""

    @property
    def label(self) -> str:
        """What it is."""
        return WHAT[self.what]


@dataclass(slots=True)
class Finding:
    """All places of one subject, and what a person decided ("" before)."""

    places: list[Place]
    more: int = 0
    """Places that are not kept."""
    decision: str = ""
    reason: str = ""
    decided_by: str = ""

    @property
    def is_match(self) -> bool:
        """FinCEN is told."""
        return self.decision == MATCH

    def as_json(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)


def finding_of(known: dict[str, Any]) -> Finding:
    """The inverse of Finding.as_json."""
    return Finding(**(known | {"places": [Place(**one) for one in known["places"]]}))


class Searcher:
    """The subjects, to be asked who somebody is; `findings` grows with what is found, by the subject's number."""

    def __init__(self, subjects: Iterable[Subject], findings: dict[str, Finding]) -> None:
        self._known = {one.number: one for one in subjects}
        self._index = Index(Entry(one.number, one.names, one.kind, "", one.born) for one in self._known.values())
        self.findings = findings
        self._kept = sum(len(one.places) for one in findings.values())

    def look_at(self, party: Party) -> None:
        """Keep where this party may be a subject."""
        for candidate in self._index.search(party.name, REVIEW):
            speaks, against = evidence(candidate.entry, party.born, ())
            if candidate.exact or not against:
                said = ["the date of birth differs" if against else f"{speaks} agrees" if speaks else ""]
                said.append(self._number_says(candidate.entry.uid, party.last_four))
                says = ", ".join(filter(None, said)) or "the name alone"
                place = Place(
                    party.what, party.name, party.customer_id, says, round(candidate.score * 100),
                    first=party.day, last=party.day,
                )  # fmt: skip
                self._keep(candidate.entry.uid, place)

    def _number_says(self, number: str, last_four: str) -> str:
        digits = [re.sub(r"\W", "", one).casefold() for one in self._known[number].numbers]
        same = len(last_four) == 4 and any(one.endswith(last_four.casefold()) for one in digits)
        return "the last four of a number agree" if same else ""

    def _keep(self, number: str, place: Place) -> None:
        found = self.findings.setdefault(number, Finding([]))
        for at, there in enumerate(found.places):
            if (there.what, there.name, there.customer_id) == (place.what, place.name, place.customer_id):
                first, last = min(there.first, place.first), max(there.last, place.last)
                found.places[at] = replace(there, count=there.count + 1, first=first, last=last)
                return
        if len(found.places) >= MOST_PLACES or self._kept >= MOST_IN_ALL:
            found.more += 1
            return
        found.places.append(place)
        self._kept += 1
