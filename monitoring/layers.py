"""Groups that all pay the same group, found edge by edge. Pure."""

from collections.abc import Iterable, Mapping

from monitoring.edges import Edge

NEIGHBOURS, TRIES = 64, 400
"""Caps of one search: the newest different payers or payees looked at, combinations tried."""


class Capped(Exception):
    """A search was ended by its cap."""


def latest(edges: Iterable[Edge], *, payers: bool) -> dict[str, Edge]:
    """The newest payment of each payer (or to each payee); `edges` come newest first. At most NEIGHBOURS."""
    found: dict[str, Edge] = {}
    for edge in edges:
        found.setdefault(edge.payer if payers else edge.payee, edge)
        if len(found) == NEIGHBOURS:
            break
    return found


def common_group(
    sets: Mapping[str, frozenset[str]], owners: int, least: int
) -> tuple[list[str], frozenset[str]] | None:
    """`owners` or more keys whose sets share `least` or more members, with what they share; None when there are none.

    Depth first from the largest sets, so that what is shared is as much as can be; ends after TRIES (raises Capped).
    """
    order = sorted((key for key, value in sets.items() if len(value) >= least), key=lambda key: (-len(sets[key]), key))
    tries = TRIES

    def grow(start: int, chosen: list[str], shared: frozenset[str]) -> tuple[list[str], frozenset[str]] | None:
        nonlocal tries
        if len(chosen) == owners:
            return [key for key in order if shared <= sets[key]], shared
        for place in range(start, len(order) - (owners - len(chosen)) + 1):
            tries -= 1
            if tries < 0:
                raise Capped
            both = shared & sets[order[place]] if chosen else sets[order[place]]
            if len(both) >= least and (grown := grow(place + 1, [*chosen, order[place]], both)):
                return grown
        return None

    return grow(0, [], frozenset())
