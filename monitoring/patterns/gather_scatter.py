"""The members of what rule 16 sees at one customer: who sent, and who received."""

from collections.abc import Iterable, Mapping
from typing import Any

from monitoring.activity import DAY_SECONDS, HOUR_SECONDS
from monitoring.edges import Edge, EdgeWindow
from monitoring.patternbook import Found, account_names, money, pattern
from monitoring.rulebook import HIGH, Hit, day_text
from monitoring.rules import fan_in, fan_out
from monitoring.rules import gather_scatter as rule_16

LOOKED_AT = 500
"""Cap: the newest payments on each side that are looked at."""


@pattern(
    "gather_scatter",
    number=16,
    title="Collected from many, handed on to many",
    severity=HIGH,
    family="fan",
    source=rule_16.SOURCE,
    parameters=[rule_16.DAYS, fan_in.SENDERS, fan_in.HOURS, fan_out.RECEIVERS, fan_out.HOURS, fan_in.EXEMPT],
    names_members=True,
)
class GatherScatter:
    """Names the customers on both sides of rule 16's hub: new senders within the window of rule 14, new receivers
    within that of rule 15, at most rule 16's days apart.
    """

    def __init__(self, window: EdgeWindow, parameters: Mapping[str, Any]) -> None:
        self._window = window
        self._apart = parameters[rule_16.DAYS.code] * DAY_SECONDS
        self._senders, self._receivers = parameters[fan_in.SENDERS.code], parameters[fan_out.RECEIVERS.code]
        self._in_seconds = parameters[fan_in.HOURS.code] * HOUR_SECONDS
        self._out_seconds = parameters[fan_out.HOURS.code] * HOUR_SECONDS
        self.capped = 0

    def take(self, edge: Edge) -> list[Found]:
        """What this payment completes, at its payer as the last of a scattering or at its payee."""
        found = []
        for hub in (edge.payer, edge.payee):
            if not (self._window.was_paid(hub) and self._window.paid_anybody(hub)):
                continue
            gathered, scattered = self._sides(hub, edge.at, hub == edge.payee)
            if gathered and scattered:
                found.append(self._found(hub, gathered, scattered))
        return found

    def _sides(self, hub: str, at: int, gathers: bool) -> tuple[list[Edge], list[Edge]]:
        """The fan that ends now, and the newest one on the other side within the days allowed."""
        ending = (self._senders, self._in_seconds) if gathers else (self._receivers, self._out_seconds)
        other = (self._receivers, self._out_seconds) if gathers else (self._senders, self._in_seconds)
        if not self._window.are_recent(hub, ending[0], at - ending[1], incoming=gathers):
            return [], []
        now = _fan(self._new(hub, gathers), at, at, *ending)
        if not now:
            return [], []
        then = _fan(self._new(hub, not gathers), at, at - self._apart, *other)
        return (now, then) if gathers else (then, now)

    def _new(self, hub: str, incoming: bool) -> list[Edge]:
        """The first payment of each counterparty the window knows, newest first."""
        edges = self._window.sent_to(hub) if incoming else self._window.sent_by(hub)
        first: dict[str, Edge] = {}
        for looked_at, edge in enumerate(edges):
            if looked_at == LOOKED_AT:
                self.capped += 1
                break
            who = edge.payer if incoming else edge.payee
            first.pop(who, None)
            first[who] = edge
        return sorted(first.values(), key=lambda one: -one.number)

    def _found(self, hub: str, gathered: list[Edge], scattered: list[Edge]) -> Found:
        path = tuple(sorted([*gathered, *scattered], key=lambda one: one.number))
        senders = list(dict.fromkeys(one.payer for one in gathered))
        receivers = list(dict.fromkeys(one.payee for one in scattered))
        came, went = sum(one.amount for one in gathered), sum(one.amount for one in scattered)
        currency = path[-1].currency
        return Found(
            rule="gather_scatter",
            customer_id=hub,
            members=tuple(dict.fromkeys([hub, *senders, *receivers])),
            path=path,
            needs=((frozenset([hub]), 1),),
            key=hub,
            hit=Hit(
                value=len(senders) + len(receivers),
                threshold=self._senders + self._receivers,
                unit="count",
                sentence=(
                    f"{len(senders)} new senders paid in {money(came, currency)} and {len(receivers)} new receivers"
                    f" were paid {money(went, currency)} between {day_text(path[0].day)} and"
                    f" {day_text(path[-1].day)}. Senders:"
                    f" {account_names(one.payer_account for one in gathered)}. Receivers:"
                    f" {account_names(one.payee_account for one in scattered)}."
                ),
                inputs={"senders": len(senders), "receivers": len(receivers), "came": came, "left": went},
                days=1 + path[-1].day - path[0].day,
            ),
        )


def _fan(first: Iterable[Edge], upto: int, since: int, least: int, seconds: int) -> list[Edge]:
    """The newest group of `least` or more first payments within `seconds` that ends between `since` and `upto`."""
    edges = [one for one in first if one.at <= upto]
    for place, last in enumerate(edges):
        if last.at < since:
            return []
        group = [one for one in edges[place:] if one.at > last.at - seconds]
        if len(group) >= least:
            return group
    return []
