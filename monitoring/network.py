"""A customer's counterparties, two hops at most, as a picture and as rows. Pure.

The picture: the customer in the middle, counterparties on a ring in the order of what they moved, and each one's own
counterparties fanned out behind it. Positions are in units of the SVG's view box.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

FIRST_RING, SECOND_RING, STAGGER, MARGIN = 190, 310, 34, 56
WIDTH = 2 * (SECOND_RING + STAGGER + MARGIN)
MOST_FIRST, MOST_OPENED, MOST_SECOND = 12, 6, 4
"""Counterparties on the ring; how many of them are opened; how many are shown behind each of those."""


@dataclass
class Tie:
    """What moved between a party and a counterparty, as the party sees it; minor units of the bank's currency."""

    sent: int = 0
    received: int = 0
    count: int = 0

    @property
    def volume(self) -> int:
        """Both ways."""
        return self.sent + self.received


Ties = dict[str, Tie]
"""By counterparty."""


def ties_of(lines: Iterable[tuple[str, int]], party: str) -> Ties:
    """Add up (counterparty, signed amount) of a party's lines; their own accounts are no counterparty."""
    ties: Ties = {}
    for other, amount in lines:
        if not other or other == party:
            continue
        tie = ties.setdefault(other, Tie())
        tie.count += 1
        if amount < 0:
            tie.sent -= amount
        else:
            tie.received += amount
    return ties


def largest(ties: Ties, most: int, without: Iterable[str] = ()) -> list[str]:
    """The counterparties with whom most moved, the largest first."""
    left = ties.keys() - set(without)
    return sorted(left, key=lambda one: (-ties[one].volume, one))[:most]


@dataclass(frozen=True)
class Node:
    """A party in the picture: where it stands, how far from the customer, and through whom it is known."""

    party: str
    hops: int
    x: float
    y: float
    via: str = ""


@dataclass(frozen=True)
class Link:
    """A line of the picture, thicker the more moved; `tie` as the first of both sees it."""

    a: Node
    b: Node
    tie: Tie
    width: float


@dataclass(frozen=True)
class Network:
    """The picture, and what was left out of it."""

    nodes: Sequence[Node] = field(default_factory=tuple)
    links: Sequence[Link] = field(default_factory=tuple)
    left_out: int = 0
    """Counterparties of the customer that have no place in it."""


def picture(customer: str, first: Ties, second: Mapping[str, Ties]) -> Network:
    """Place the customer, the largest counterparties, and theirs (`second`, by counterparty)."""
    middle = Node(customer, 0, WIDTH / 2, WIDTH / 2)
    shown = largest(first, MOST_FIRST)
    nodes, links = {customer: middle}, []
    for place, party in enumerate(shown):
        nodes[party] = _at(middle, party, 1, 2 * math.pi * place / len(shown) - math.pi / 2, FIRST_RING)
    most = max((first[party].volume for party in shown), default=1)
    links += [Link(middle, nodes[party], first[party], _width(first[party], most)) for party in shown]
    for party in (one for one in shown if one in second):
        behind = largest(second[party], MOST_SECOND, without=[customer])
        for number, other in enumerate(behind):
            node = nodes.get(other) or _behind(middle, nodes[party], other, number, len(behind), len(shown))
            nodes.setdefault(other, node)
            links.append(Link(nodes[party], node, second[party][other], _width(second[party][other], most)))
    return Network(list(nodes.values()), links, len(first) - len(shown))


def _at(middle: Node, party: str, hops: int, angle: float, distance: float, via: str = "") -> Node:
    x, y = middle.x + distance * math.cos(angle), middle.y + distance * math.sin(angle)
    return Node(party, hops, round(x, 1), round(y, 1), via)


def _behind(middle: Node, through: Node, party: str, number: int, of: int, shown: int) -> Node:
    """Fanned out on the outer ring, every other one farther out, within the slice of whom it is known through."""
    angle = math.atan2(through.y - middle.y, through.x - middle.x)
    slice_ = min(2 * math.pi / max(shown, 3), math.pi / 2) * 0.8
    offset = (number + 0.5) / of - 0.5
    return _at(middle, party, 2, angle + offset * slice_, SECOND_RING + STAGGER * (number % 2), through.party)


def _width(tie: Tie, most: int) -> float:
    return round(1 + 5 * math.sqrt(min(1.0, tie.volume / most)), 1) if most else 1.0
