"""A customer's risk from what is declared: points for each factor, floors that no sum takes away. Pure.

Factors as in the FFIEC BSA/AML manual (Customer Risk Profile) and EBA/GL/2021/02; the points are the bank's own policy
(parameters `kyc.points.*`), so that a change of policy is a change of numbers with a date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

LOW, MEDIUM, HIGH = "low", "medium", "high"
RANKS = (LOW, MEDIUM, HIGH)
PRODUCTS = {
    "basic": "Accounts and savings only",
    "credit": "Loans",
    "wires": "Wires at home",
    "cross_border": "Wires abroad",
    "cash": "Cash in large amounts",
}
OCCUPATIONS = {
    "employed": "Employed, retired, studying",
    "self_employed": "Self-employed, or an ordinary business",
    "gatekeeper": "Lawyer, notary, accountant, company service",
    "nonprofit": "Charity or association",
    "cash_intensive": "Cash-intensive business (shop, restaurant, car wash)",
    "dealer": "Dealer in gold, gems, art, cars, arms",
    "money_services": "Money services, crypto, gambling",
}
PEPS = {
    "none": "Nobody of public office",
    "related": "Family or close associate of such a person",
    "domestic": "Holds or held a prominent public office here",
    "foreign": "Holds or held a prominent public office abroad",
}
CEILINGS = {LOW: "Low, although the points say more", MEDIUM: "Medium at most, although the points say more"}
JUDGEMENTS = {"": "As the points say", MEDIUM: "At least medium", HIGH: "At least high"}
GEOGRAPHIES = {
    "home": "At home",
    "abroad": "Abroad",
    "grey": "Under increased monitoring (FATF)",
    "black": "Subject to a call for action (FATF)",
}
TURNOVERS = {"usual": "Below the first band", "large": "In the first band", "very_large": "In the second band"}
POINTS = {
    "geography": {"home": 0, "abroad": 10, "grey": 25, "black": 50},
    "product": {"basic": 0, "credit": 5, "wires": 5, "cross_border": 15, "cash": 20},
    "occupation": {
        "employed": 0,
        "self_employed": 5,
        "gatekeeper": 10,
        "nonprofit": 15,
        "cash_intensive": 20,
        "dealer": 20,
        "money_services": 30,
    },
    "pep": {"none": 0, "related": 30, "domestic": 30, "foreign": 50},
    "turnover": {"usual": 0, "large": 10, "very_large": 20},
}
"""Factor -> value -> the first policy's points."""
LABELS = {
    "geography": "Geography",
    "product": "Product of most risk",
    "occupation": "Occupation or business",
    "pep": "Public office",
    "turnover": "Expected money in a month",
}
WORDS = {
    "geography": GEOGRAPHIES,
    "product": PRODUCTS,
    "occupation": OCCUPATIONS,
    "pep": PEPS,
    "turnover": TURNOVERS,
}


@dataclass(frozen=True, slots=True)
class Factors:
    """What is declared of a customer. `country`: ISO code of residence or seat; `turnover`: minor units a month."""

    country: str
    product: str
    occupation: str
    pep: str
    turnover: int
    judgement: str = ""
    """The officer's own floor; never below what the points say."""
    ceiling: str = ""
    """What two people hold it to although the points say more; "": nothing. The law's floors stand all the same."""

    def stored(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy of a day: points by factor and value, where medium and high begin, lists and bands."""

    points: Mapping[str, Mapping[str, int]]
    medium_from: int
    high_from: int
    home: frozenset[str]
    grey: frozenset[str]
    black: frozenset[str]
    large_from: int
    very_large_from: int


@dataclass(frozen=True, slots=True)
class Part:
    """One factor's share of the rating: its value in words, its points, the least rating it allows ("" none)."""

    label: str
    words: str
    points: int
    floor: str = ""


@dataclass(frozen=True, slots=True)
class Rated:
    """The rating with its working: `points` is the sum of the parts; `by_points` what it alone would give."""

    rating: str
    points: int
    by_points: str
    parts: tuple[Part, ...]

    def stored(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "rating": self.rating,
            "points": self.points,
            "by_points": self.by_points,
            "parts": [[part.label, part.words, part.points, part.floor] for part in self.parts],
        }


def rated_from(stored: Mapping[str, Any]) -> Rated:
    """The inverse of Rated.stored."""
    parts = tuple(Part(*one) for one in stored["parts"])
    return Rated(stored["rating"], stored["points"], stored["by_points"], parts)


def rate(factors: Factors, terms: Terms) -> Rated:
    """Rate a customer: the points of all factors together, then the highest floor.

    rating = max(high if points >= high_from, medium if points >= medium_from, else low; each part's floor).
    A public office and a country subject to a call for action are always high (FATF Recommendations 12 and 19), also
    where two people hold the rating lower than the points (`ceiling`).
    """
    parts = tuple(_parts(factors, terms))
    points = sum(part.points for part in parts)
    by_points = HIGH if points >= terms.high_from else MEDIUM if points >= terms.medium_from else LOW
    floors = [part.floor for part in parts if part.floor]
    said = factors.ceiling or by_points
    return Rated(max([min(by_points, said, key=RANKS.index), *floors], key=RANKS.index), points, by_points, parts)


def _parts(factors: Factors, terms: Terms) -> Iterator[Part]:
    values = {
        "geography": _geography(factors.country, terms),
        "product": factors.product,
        "occupation": factors.occupation,
        "pep": factors.pep,
        "turnover": _band(factors.turnover, terms),
    }
    for factor, value in values.items():
        floor = HIGH if (factor == "geography" and value == "black") or (factor == "pep" and value != "none") else ""
        words = WORDS[factor][value]
        words = f"{words}: {factors.country}" if factor == "geography" else words
        yield Part(LABELS[factor], words, terms.points[factor][value], floor)
    if factors.judgement:
        yield Part("Officer's judgement", JUDGEMENTS[factors.judgement], 0, factors.judgement)
    if factors.ceiling:
        yield Part("Judgement of two people", CEILINGS[factors.ceiling], 0)


def _geography(country: str, terms: Terms) -> str:
    if country in terms.black:
        return "black"
    if country in terms.grey:
        return "grey"
    return "home" if country in terms.home else "abroad"


def _band(turnover: int, terms: Terms) -> str:
    if turnover >= terms.very_large_from:
        return "very_large"
    return "large" if turnover >= terms.large_from else "usual"
