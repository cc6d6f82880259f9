"""What-if: history screened twice, with the parameters in force and with others, and what that changes. Pure.

Both runs are the live screening on fresh activities, movement by movement in the order of time, with what stood on the
lists and which rules were snoozed at that moment, so that only the parameters differ. In a replay nobody decides on
alerts: one counts as decided some days after it was opened, and what is found later opens another one, as in the bank.
Movements that were stopped are no history. Patterns over several customers are tried by services.pattern_tuning.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from accounts.ledger import Movement
from cloudbank.clock import iso
from monitoring.activity import DAY_SECONDS, OPENED_AT, Activity
from monitoring.past import PastSnoozes
from monitoring.rulebook import Customer
from monitoring.screen import Finding, Screener

DECIDED_AFTER = 3
"""Days after which an alert counts as decided: the deadline of medium severity."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An alert that a run would have opened."""

    alert_id: str
    customer_id: str
    family: str
    rule: str
    severity: str
    at: int
    day: int
    movement_id: str
    amount: int
    sentence: str


@dataclass
class Run:
    """One set of parameters on its way through history."""

    screener: Screener
    parameters: Mapping[str, Any]
    decided_after: int = DECIDED_AFTER
    snoozes: PastSnoozes = field(default_factory=PastSnoozes)
    findings: Counter[str] = field(default_factory=Counter)
    """By rule, in the days that are counted."""
    alerts: list[Opened] = field(default_factory=list)
    _states: dict[str, Activity] = field(default_factory=dict)

    def take(
        self, movement: Movement, profiles: Mapping[str, Customer], counted: bool, listed: Sequence[Any] = ()
    ) -> None:
        """Screen one movement. `counted` False: it only brings the activities up to date; `listed` as of Screener."""
        at = int(movement.posted_at.timestamp())
        states = {cid: self._state(cid, at) for cid in customers_of(movement)}
        for cid, state in states.items():
            if cid in self.snoozes:
                state.snoozed = self.snoozes.at(iso(movement.posted_at), cid)
        outcome = self.screener.screen(movement, states, profiles, self.parameters, (), listed)
        if not counted:
            return
        for one in outcome.findings:
            if isinstance(one, Finding):
                self.findings[one.rule] += 1
                if one.opens:
                    self.alerts.append(_opened(movement, one))

    def _state(self, customer_id: str, at: int) -> Activity:
        state = self._states.get(customer_id)
        if state is None:
            state = self._states[customer_id] = Activity()
        if state.open_alerts:
            limit = at - self.decided_after * DAY_SECONDS
            for family in [name for name, entry in state.open_alerts.items() if entry[OPENED_AT] < limit]:
                del state.open_alerts[family]
        return state


def customers_of(movement: Movement) -> set[str]:
    """Whose activities a movement changes: the accounts' owners, and who carried the cash."""
    return {line.owner_id for line in movement.lines} | ({movement.conductor_id} if movement.cash else set()) - {""}


def _opened(movement: Movement, one: Finding) -> Opened:
    return Opened(
        one.alert_id,
        one.customer_id,
        one.family,
        one.rule,
        one.severity,
        one.at,
        movement.business_date.toordinal(),
        movement.movement_id,
        movement.amount,
        one.hit.sentence,
    )


class Tried(Protocol):
    """What one set of parameters came to: of a Run, or of patterns."""

    @property
    def decided_after(self) -> int:
        """Days after which an alert counts as decided."""

    @property
    def findings(self) -> Counter[str]:
        """By rule, in the days that are counted."""

    @property
    def alerts(self) -> list[Opened]:
        """In order of time."""


@dataclass(frozen=True)
class Difference:
    """What other parameters would have changed."""

    movements: int
    before: Counter[str]
    after: Counter[str]
    """Findings by rule."""
    gained: list[Opened]
    lost: list[Opened]
    kept: int
    """Alerts that both open, on the same customer and family within the days of a decision."""

    @property
    def rules(self) -> list[tuple[str, int, int, int, int]]:
        """(rule, findings before, after, alerts gained, lost) of every rule that anything changed on, by code."""
        gained, lost = Counter(one.rule for one in self.gained), Counter(one.rule for one in self.lost)
        codes = {code for code in self.before.keys() | self.after.keys() if self.before[code] != self.after[code]}
        return [
            (code, self.before[code], self.after[code], gained[code], lost[code])
            for code in sorted(codes | gained.keys() | lost.keys())
        ]


def difference(before: Tried, after: Tried, movements: int) -> Difference:
    """Match the alerts of both runs: same customer, same family, opened within the days of a decision."""
    gained, lost = [], []
    ours, theirs = _by_subject(before.alerts), _by_subject(after.alerts)
    for subject in sorted(ours.keys() | theirs.keys()):
        only_before, only_after = _unmatched(
            ours.get(subject, []), theirs.get(subject, []), before.decided_after * DAY_SECONDS
        )
        lost += only_before
        gained += only_after
    for alerts in (gained, lost):
        alerts.sort(key=lambda one: one.at, reverse=True)
    kept = len(after.alerts) - len(gained)
    return Difference(movements, before.findings, after.findings, gained, lost, kept)


def _by_subject(alerts: Iterable[Opened]) -> dict[tuple[str, str], list[Opened]]:
    found: dict[tuple[str, str], list[Opened]] = {}
    for one in alerts:
        found.setdefault((one.customer_id, one.family), []).append(one)
    return found


def _unmatched(ours: list[Opened], theirs: list[Opened], window: int) -> tuple[list[Opened], list[Opened]]:
    """What is left of two lists in order of time when each is paired with the first of the other that is near."""
    left, free = [], list(theirs)
    for one in ours:
        near = next((other for other in free if abs(other.at - one.at) <= window), None)
        if near is None:
            left.append(one)
        else:
            free.remove(near)
    return left, free


Listed = Callable[[Movement, Mapping[str, Any]], Sequence[Any]]
"""The parties of a movement that stood on a list when it was posted."""


def replay(
    movements: Iterable[Movement],
    profiles: Mapping[str, Customer],
    runs: Iterable[Run],
    first_day: int,
    listed: Listed | None = None,
) -> Iterator[int]:
    """Take movements in order of time through all runs; from `first_day` (ordinal) on they count.

    Yields after each movement whether it counted (1 or 0), for a progress bar and the number.
    """
    together = list(runs)
    for movement in movements:
        counted = movement.business_date.toordinal() >= first_day
        found = listed(movement, profiles) if listed else ()
        for run in together:
            run.take(movement, profiles, counted, found)
        yield int(counted)
