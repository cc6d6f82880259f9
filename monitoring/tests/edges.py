"""Edges for tests, and brute-force searches that the patterns are compared with."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from monitoring.activity import DAY_SECONDS
from monitoring.edges import Edge
from monitoring.patternbook import Found, Search, defaults

START = 20_000 * DAY_SECONDS
LONGEST = 14


def edge(payer: str, payee: str, amount: int = 100_000, day: float = 0.0, name: str = "", **more: Any) -> Edge:
    """A payment `day` days after the start; accounts are the customers' names with a number."""
    at = START + int(day * DAY_SECONDS)
    known = {"payer_account": f"{payer}0001", "payee_account": f"{payee}0001"} | more
    return Edge(name or f"mov_{payer}{payee}{at}", at, at // DAY_SECONDS, amount, "USD", payer, payee, **known)


def searched(edges: Iterable[Edge], only: str = "", days: int = LONGEST, **changed: Any) -> list[Found]:
    """What a search finds in edges, in order of time, all of one batch a day; `changed`: parameters, "_" for "."."""
    known = defaults()
    for name, value in changed.items():
        (code,) = [code for code in known if code.removeprefix("rule.").replace(".", "_") == name]
        known[code] = value
    search, found, by_day = Search(known, days), list[Found](), dict[int, list[Edge]]()
    for one in edges:
        by_day.setdefault(one.day, []).append(one)
    for day in sorted(by_day):
        found += search.take_day(by_day[day])
    return [one for one in found if only in ("", one.rule)]


def one_by_one(edges: Iterable[Edge], only: str, **changed: Any) -> Iterator[tuple[Edge, list[Found]]]:
    """The same, with what each single edge completes."""
    known = defaults() | {code: value for code in defaults() for n, value in changed.items() if code.endswith("." + n)}
    search = Search(known, LONGEST)
    for one in edges:
        yield one, [found for found in search.take_day([one]) if found.rule == only]


# --- brute force ------------------------------------------------------------------------------------


def circles(edges: list[Edge], last: int, least: int = 3, most: int = 6) -> set[frozenset[str]]:
    """The customers of every circle that edge number `last` closes: every sequence of earlier edges is tried."""
    found: set[frozenset[str]] = set()
    closing = edges[last]

    def back(path: list[int]) -> None:
        first = edges[path[0]]
        for number in range(path[0]):
            before = edges[number]
            if before.payee != first.payer or closing.at - before.at > LONGEST * DAY_SECONDS:
                continue
            if not 0.8 * before.amount <= first.amount <= 1.25 * before.amount or before.amount < 5_000:
                continue
            if before.payer == closing.payee:
                if least <= len(path) + 1 <= most:
                    found.add(frozenset(edges[n].payer for n in (number, *path)))
            elif len(path) + 1 < most and before.payer not in {edges[n].payer for n in path}:
                back([number, *path])

    if closing.amount >= 5_000:
        back([last])
    return found


def gathered(edges: list[Edge], last: int, least: int = 3) -> set[tuple[str, str, frozenset[str]]]:
    """(source, target, middles) of every scatter-gather that edge number `last` belongs to as its last payment."""
    closing, target = edges[last], edges[last].payee
    found: set[tuple[str, str, frozenset[str]]] = set()
    for source in {one.payer for one in edges} - {target}:
        legs: dict[str, bool] = {}
        for second in range(last + 1):
            for first in range(second):
                came, went = edges[first], edges[second]
                fits = (came.payer, came.payee, went.payee) == (source, went.payer, target)
                young = closing.at - came.at <= LONGEST * DAY_SECONDS
                large = min(came.amount, went.amount) >= 5_000
                if fits and young and large and 0.5 * came.amount <= went.amount <= 1.5 * came.amount:
                    legs[went.payer] = legs.get(went.payer, False) or second == last
        if len(legs) >= least and any(legs.values()):
            found.add((source, target, frozenset(legs)))
    return found


def has_layers(edges: list[Edge], last: int, width: int) -> bool:
    """Whether edge number `last` completes `width` customers who each paid the same `width` others."""
    closing = edges[last]
    if closing.amount < 5_000:
        return False
    known = {
        (one.payer, one.payee)
        for one in edges[: last + 1]
        if one.amount >= 5_000 and closing.at - one.at <= LONGEST * DAY_SECONDS
    }
    people = {who for pair in known for who in pair} - {closing.payer, closing.payee}
    for uppers in combinations(sorted(people), width - 1):
        for lowers in combinations(sorted(people - set(uppers)), width - 1):
            pairs = {(a, b) for a in (closing.payer, *uppers) for b in (closing.payee, *lowers)}
            if pairs <= known:
                return True
    return False
