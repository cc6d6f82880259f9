"""A posting participant that notes what rules find. The judging is the live path's own: monitoring.screen.Screener.

Several configurations of rules see the same movements, each with customers' activities of its own, so that the books
are computed once. Nothing is stored.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.ledger import LOAN, Movement
from accounts.participants import Profile, Verdict
from monitoring import packing
from monitoring.activity import Activity
from monitoring.edges import Edge
from monitoring.queries.edges import NOT_EDGES
from monitoring.rulebook import Rule
from monitoring.screen import Finding, Screener


@dataclass(slots=True)
class Noted:
    """One finding. `line` is the movement's place in the history, `lines` those of a pattern."""

    customer: str
    rule: str
    family: str
    severity: str
    alone: bool
    value: float
    threshold: float
    unit: str
    line: int
    lines: tuple[int, ...] = ()
    members: tuple[str, ...] = ()
    scores: bool = True


@dataclass
class Configuration:
    """Rules with their parameters, by a name. `patterns`: those over several customers are looked for too."""

    name: str
    rules: list[Rule]
    parameters: Mapping[str, Any]
    patterns: bool = True
    noted: list[Noted] = field(default_factory=list)
    seconds: float = 0.0
    """Spent judging."""

    def __post_init__(self) -> None:
        self.screener = Screener(self.rules)


class Watching:
    """accounts.participants.Participant over several configurations."""

    def __init__(self, configurations: list[Configuration]) -> None:
        self.configurations = configurations
        self.line = -1
        """Of the movement that is being entered; -1: an opening balance."""
        self.edges: list[tuple[int, Edge]] = []
        """(line, edge) in order of time."""

    def load(self, packed: bytes | None) -> list[Activity]:
        """An empty activity for each configuration."""
        return [packing.load(None) for _ in self.configurations]

    def dump(self, state: list[Activity]) -> bytes:
        """Nothing is stored."""
        return b""

    def decide(
        self,
        movement: Movement,
        states: Mapping[str, list[Activity]],
        profiles: Mapping[str, Profile],
        known: Collection[str] = (),
    ) -> Verdict:
        """Let every configuration judge the movement."""
        for place, one in enumerate(self.configurations):
            own = {customer: activities[place] for customer, activities in states.items()}
            began = time.perf_counter()
            outcome = one.screener.screen(movement, own, profiles, one.parameters)
            one.seconds += time.perf_counter() - began
            if self.line >= 0:
                one.noted += [_noted(found, self.line) for found in outcome.findings if isinstance(found, Finding)]
        if self.line >= 0 and (edge := _edge(movement, self.line)):
            self.edges.append((self.line, edge))
        return Verdict()

    def absorb(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any], memory: dict[str, Any]) -> None:
        """Nothing is stored."""

    def without(self, packed: bytes | None, state: list[Activity]) -> list[Activity]:
        """Nothing is ever stopped here."""
        return state

    def objection(self, profile: Profile, today: date) -> str:
        """Nobody is verified here."""
        return ""

    def references(self, verdict: Verdict) -> list[str]:
        """Nothing is stored."""
        return []

    def writes(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any]) -> list[Any]:
        """Nothing is stored."""
        return []


def _noted(found: Finding, line: int) -> Noted:
    hit = found.hit
    return Noted(
        *(found.customer_id, found.rule, found.family, found.severity, found.alone),
        *(hit.value, hit.threshold, hit.unit, line),
    )


def _edge(movement: Movement, line: int) -> Edge | None:
    """The edge that monitoring.queries.edges would read of the movement's stored lines."""
    paid = next((one for one in movement.lines if one.amount < 0), None)
    if paid is None or paid.product == LOAN or movement.type in NOT_EDGES:
        return None
    if not paid.owner_id or not paid.counter_owner or paid.owner_id == paid.counter_owner:
        return None
    return Edge(
        movement_id=str(line),
        at=int(movement.posted_at.timestamp()),
        day=movement.business_date.toordinal(),
        amount=movement.amount,
        currency=movement.currency,
        payer=paid.owner_id,
        payee=paid.counter_owner,
        payer_account=paid.account_id,
        payee_account=paid.counter,
        observed=True,
    )
