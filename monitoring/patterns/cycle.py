"""Rule 27: money that comes back to where it started."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import DAY_SECONDS
from monitoring.edges import Edge, EdgeWindow
from monitoring.patternbook import Found, account_names, money, pattern
from monitoring.rulebook import HIGH, Hit, Threshold, counted, day_text

SOURCE = "AMLSim cycle; catalogue: 3 to 6 hops, 14 days, each hop keeps 80 %"
LEAST = Threshold("rule.cycle.least_hops", "Hops at least", "int", 3, SOURCE, 3, 6)
MOST = Threshold("rule.cycle.most_hops", "Hops at most", "int", 6, SOURCE, 3, 6)
DAYS = Threshold("rule.cycle.days", "From the first hop to the last", "days", 14, SOURCE, 1, 14)
KEPT = Threshold("rule.cycle.kept", "Each hop keeps of the one before at least", "percent", 80, SOURCE, 1, 100)
GROWN = Threshold(
    "rule.cycle.grown",
    "Each hop is of the one before at most",
    "percent",
    125,
    "bank policy: the inverse of 80 %; beyond it is other money",
    100,
    10_000,
)
SMALLEST = Threshold(
    "rule.cycle.smallest", "Hops below it are left out", "money", 5_000, "bank policy: a floor under every ratio"
)
STEPS, CYCLES = 4_000, 16
"""Caps of one search: payments looked at, cycles that one movement closes."""


@pattern(
    "cycle",
    number=27,
    title="Money went round in a circle",
    severity=HIGH,
    family="network",
    source=SOURCE,
    parameters=[LEAST, MOST, DAYS, KEPT, GROWN, SMALLEST],
)
class Cycles:
    """Money leaves a customer and comes back to them over two to five others, one payment after the other, within
    two weeks, and each payment passes on most of the one before it.
    """

    def __init__(self, window: EdgeWindow, parameters: Mapping[str, Any]) -> None:
        self._window = window
        self._least, self._most = parameters[LEAST.code], parameters[MOST.code]
        self._seconds = parameters[DAYS.code] * DAY_SECONDS
        self._kept, self._grown = parameters[KEPT.code], parameters[GROWN.code]
        self._smallest = parameters[SMALLEST.code]
        self._days = parameters[DAYS.code]
        self.capped = 0

    def take(self, edge: Edge) -> list[Found]:
        """The circles that this payment closes, the shortest first, one for each set of customers."""
        if edge.amount < self._smallest or not self._window.paid_anybody(edge.payee):
            return []
        found: dict[frozenset[str], tuple[Edge, ...]] = {}
        paths: list[tuple[Edge, ...]] = [(edge,)]
        steps = STEPS
        for hops in range(2, self._most + 1):
            longer: list[tuple[Edge, ...]] = []
            for path in paths:
                for before in self._window.sent_to(path[0].payer, edge.at - self._seconds):
                    steps -= 1
                    if steps < 0 or len(found) >= CYCLES:
                        self.capped += 1
                        return [self._found(one) for one in found.values()]
                    if before.amount < self._smallest or not path[0].fits_after(before, self._kept, self._grown):
                        continue
                    if before.payer == edge.payee:
                        if hops >= self._least:
                            members = frozenset(one.payer for one in (before, *path))
                            found.setdefault(members, (before, *path))
                    elif hops < self._most and all(before.payer != one.payer for one in path):
                        longer.append((before, *path))
            paths = longer
        return [self._found(one) for one in found.values()]

    def _found(self, path: tuple[Edge, ...]) -> Found:
        first, last = path[0], path[-1]
        members = tuple(one.payer for one in path)
        left, back = money(first.amount, first.currency), money(last.amount, last.currency)
        kept = 100 * last.amount // first.amount
        return Found(
            rule="cycle",
            customer_id=first.payer,
            members=members,
            path=path,
            key="|".join([*sorted(members), last.movement_id]),
            hit=Hit(
                value=len(path),
                threshold=self._least,
                unit="count",
                sentence=(
                    f"{left} left on {day_text(first.day)} and {back} came back on {day_text(last.day)}, after"
                    f" {counted(len(path), 'hop')} over {account_names(one.payer_account for one in path)}:"
                    f" {kept} % of it; {self._least} to {self._most} hops within {self._days} days are a circle."
                ),
                inputs={
                    "hops": len(path),
                    "went_out": first.amount,
                    "came_back": last.amount,
                    "days_taken": last.day - first.day,
                },
                days=1 + last.day - first.day,
            ),
        )
