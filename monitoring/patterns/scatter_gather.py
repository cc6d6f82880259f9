"""Rule 28, first shape: one customer pays several, and all of them pay the same other one."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from monitoring.activity import DAY_SECONDS
from monitoring.edges import Edge, EdgeWindow
from monitoring.patternbook import SENDER_EXEMPT, Found, account_names, money, pattern
from monitoring.rulebook import HIGH, Hit, Threshold, day_text

SOURCE = "AMLSim scatter_gather; catalogue: 3 shared intermediaries within 14 days"
MIDDLES = Threshold("rule.scatter_gather.middles", "Customers in between", "int", 3, SOURCE, 2, 50)
DAYS = Threshold("rule.scatter_gather.days", "From the first payment to the last", "days", 14, SOURCE, 1, 14)
KEPT = Threshold(
    "rule.scatter_gather.kept", "Each passes on of what came at least", "percent", 50, "bank policy", 1, 100
)
GROWN = Threshold(
    "rule.scatter_gather.grown",
    "Each passes on of what came at most",
    "percent",
    150,
    "bank policy: beyond it is other money",
    100,
    10_000,
)
SMALLEST = Threshold(
    "rule.scatter_gather.smallest",
    "Payments below it are left out",
    "money",
    5_000,
    "bank policy: a floor under every ratio",
)
LOOKED_AT, PAIRS = 200, 1_000_000
"""Caps: newest incoming payments looked at for one outgoing one; (source, middle, target) triples remembered."""


@pattern(
    "scatter_gather",
    number=28,
    part=1,
    title="Split over several, gathered at one",
    severity=HIGH,
    family="network",
    source=SOURCE,
    parameters=[MIDDLES, DAYS, KEPT, GROWN, SMALLEST, SENDER_EXEMPT],
)
class ScatterGather:
    """One customer pays several others, and each of these pays about as much on to the same last customer, all within
    two weeks. Customers who collect and pay by trade are exempt at either end.
    """

    def __init__(self, window: EdgeWindow, parameters: Mapping[str, Any]) -> None:
        self._window = window
        self._least, self._days = parameters[MIDDLES.code], parameters[DAYS.code]
        self._seconds = self._days * DAY_SECONDS
        self._kept, self._grown = parameters[KEPT.code], parameters[GROWN.code]
        self._smallest = parameters[SMALLEST.code]
        self._legs: dict[tuple[str, str], dict[str, tuple[Edge, Edge]]] = {}
        """(source, target) -> middle -> a payment in and the payment on; of several the one that came last."""
        self._order: deque[tuple[int, tuple[str, str], str]] = deque()
        self.capped = 0

    def take(self, edge: Edge) -> list[Found]:
        """What this payment, as one from a middle to a target, completes: for each source with enough middles."""
        self._forget(edge.at - self._seconds)
        if edge.amount < self._smallest or not self._window.was_paid(edge.payer):
            return []
        sources: dict[str, Edge] = {}
        for looked_at, came in enumerate(self._window.sent_to(edge.payer, edge.at - self._seconds)):
            if looked_at == LOOKED_AT:
                self.capped += 1
                break
            if came.payer == edge.payee or came.payer in sources or came.amount < self._smallest:
                continue
            if edge.fits_after(came, self._kept, self._grown):
                sources[came.payer] = came
                self._note(came, edge)
        return [one for source in sorted(sources) if (one := self._complete(sources[source], edge))]

    def _note(self, came: Edge, went: Edge) -> None:
        pair = (came.payer, went.payee)
        legs = self._legs.setdefault(pair, {})
        if went.payer not in legs or legs[went.payer][0].number <= came.number:
            legs[went.payer] = (came, went)
        self._order.append((came.at, pair, went.payer))
        if len(self._order) > PAIRS:
            self.capped += 1
            self._drop_oldest()

    def _forget(self, since: int) -> None:
        """What was noted is in the order of the second payment; the first one's age is checked when it is used."""
        while self._order and self._order[0][0] < since:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        at, pair, middle = self._order.popleft()
        legs = self._legs.get(pair, {})
        if middle in legs and legs[middle][0].at <= at:
            del legs[middle]
            if not legs:
                del self._legs[pair]

    def _complete(self, came: Edge, edge: Edge) -> Found | None:
        source, since = came.payer, edge.at - self._seconds
        legs = {m: both for m, both in self._legs[source, edge.payee].items() if both[0].at >= since}
        legs[edge.payer] = (came, edge)
        if len(legs) < self._least:
            return None
        path = tuple(sorted((one for both in legs.values() for one in both), key=lambda one: one.number))
        middles = sorted(legs, key=lambda middle: legs[middle][1].number)
        sent = sum(first.amount for first, _ in legs.values())
        arrived = sum(second.amount for _, second in legs.values())
        return Found(
            rule="scatter_gather",
            customer_id=source,
            members=(source, *middles, edge.payee),
            path=path,
            needs=((frozenset([source]), 1), (frozenset([edge.payee]), 1)),
            key=f"{source}|{edge.payee}",
            hit=Hit(
                value=len(middles),
                threshold=self._least,
                unit="count",
                sentence=(
                    f"{money(sent, edge.currency)} went to {len(middles)} customers, and they paid"
                    f" {money(arrived, edge.currency)} on to one account, ...{edge.payee_account[-4:]}, between"
                    f" {day_text(path[0].day)} and {day_text(path[-1].day)}; from {self._least} on within {self._days}"
                    f" days this is unusual. In between: {account_names(legs[m][1].payer_account for m in middles)}."
                ),
                inputs={"middles": len(middles), "went_out": sent, "arrived": arrived},
                days=1 + path[-1].day - path[0].day,
            ),
        )
