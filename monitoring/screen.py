"""Screening: a movement, the customers' activities and the rules give findings. Pure; reads nothing.

The activities are brought up to date in place, open alerts included, so that they can be stored as
they are. The same code runs in a live posting and in an import.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.ledger import HOUSE, Line, Movement
from cloudbank.ids import derived_id
from cloudbank.money import largest_remainder
from monitoring import rulebook
from monitoring.activity import ALERT_ID, AMOUNT, COUNT, RANK, SCORE, Activity, counterparty_hash
from monitoring.rulebook import HIGH, NOT_EVALUABLE, POINTS, RULES, Customer, Hit, Rule, Side
from monitoring.rules.structuring import is_near

logger = logging.getLogger(__name__)

OK, ALERT, CRITICAL = "OK", "ALERT", "CRITICAL"
"""Badges, as in accounts.participants."""
RULE_FAILED = "rule_failed"
MAX_SCORE = 100


@dataclass(slots=True)
class Finding:
    """What one rule found on one customer's side of a movement, with the numbers it used."""

    customer_id: str
    rule: str
    number: int
    family: str
    severity: str
    hit: Hit
    incoming: bool
    at: int
    alert_id: str = ""
    opens: bool = False
    """It opens the alert; otherwise it joins the one that is open."""
    leads: bool = False
    """Nothing worse is on the alert: its sentence is the alert's headline."""
    share: int = 0
    """Percent of the movement's score."""

    @property
    def points(self) -> int:
        """What it adds to the score."""
        return POINTS[self.severity]


@dataclass(slots=True)
class Unjudged:
    """A rule could not judge this side of the movement; counted, never passed over in silence."""

    customer_id: str
    rule: str
    number: int


@dataclass(slots=True)
class Outcome:
    """The movement's badge, and what was found or could not be judged."""

    badge: str = OK
    findings: Sequence[Finding | Unjudged] = ()

    @property
    def counts(self) -> dict[str, int]:
        """What the day's totals count: by rule, how often it found something and how often it could not judge."""
        counts: dict[str, int] = {}
        for one in self.findings:
            name = found_name(one.number) if isinstance(one, Finding) else unjudged_name(one.number)
            counts[name] = counts.get(name, 0) + 1
        return counts


def found_name(number: int) -> str:
    """The day total of a rule's findings."""
    return f"rule_{number}_found"


def unjudged_name(number: int) -> str:
    """The day total of the movements' sides that a rule could not judge."""
    return f"rule_{number}_unjudged"


@dataclass
class Screener:
    """The rules of one bank, sorted by the sides they look at."""

    rules: Iterable[Rule] = field(default_factory=lambda: RULES)
    currency: str = "USD"

    def __post_init__(self) -> None:
        self._rules = tuple(sorted(self.rules, key=lambda rule: rule.number))
        self._plan: dict[tuple[bool, bool, bool, bool], tuple[Rule, ...]] = {}

    def _concerned(self, side: Side) -> tuple[Rule, ...]:
        key = (side.incoming, side.cash, side.own, side.conducted)
        if key not in self._plan:
            self._plan[key] = tuple(rule for rule in self._rules if rule.sees(*key))
        return self._plan[key]

    def screen(
        self,
        movement: Movement,
        states: Mapping[str, Activity],
        profiles: Mapping[str, Customer],
        parameters: Mapping[str, Any],
    ) -> Outcome:
        """Bring the states up to date, judge every side, note new alerts in the states.

        `states` and `profiles` are keyed by customer; one of a person unknown to the bank is missing.
        A movement in another currency than the bank's cannot be judged: limits are in the bank's.
        """
        sides = [(cid, side) for cid, side in _sides(movement) if cid in states]
        if movement.currency != self.currency:
            return Outcome(
                OK, [Unjudged(cid, rule.code, rule.number) for cid, side in sides for rule in self._concerned(side)]
            )
        for cid, side in sides:
            _record(states[cid], side, parameters)
        findings: list[Finding] = []
        unjudged: list[Unjudged] = []
        for cid, side in sides:
            self._judge(cid, side, states[cid], profiles.get(cid), parameters, findings, unjudged)
        if not findings:
            return Outcome(OK, unjudged)
        _file(movement, findings, states)
        worst = min(rulebook.RANK[finding.severity] for finding in findings)
        return Outcome(CRITICAL if worst == 0 else ALERT, [*findings, *unjudged])

    def _judge(
        self,
        cid: str,
        side: Side,
        state: Activity,
        profile: Customer | None,
        parameters: Mapping[str, Any],
        findings: list[Finding],
        unjudged: list[Unjudged],
    ) -> None:
        for rule in self._concerned(side):
            try:
                answer = rule.check(side, state, profile, parameters)
            except Exception as error:  # whatever a rule does wrong is an alert, and the posting goes on
                logger.exception("rule %s failed on movement %s", rule.code, side.movement_id)
                findings.append(_finding(cid, side, rule, RULE_FAILED, HIGH, _failed(rule, error)))
                continue
            if answer is NOT_EVALUABLE:
                unjudged.append(Unjudged(cid, rule.code, rule.number))
            elif isinstance(answer, Hit):
                findings.append(_finding(cid, side, rule, rule.family, answer.severity or rule.severity, answer))


def _sides(movement: Movement) -> list[tuple[str, Side]]:
    """The customers' sides of a movement, and that of a conductor who is not the account's owner."""
    lines = movement.lines
    at, day, cash = int(movement.posted_at.timestamp()), movement.business_date.toordinal(), movement.cash
    own = len(lines) == 2 and lines[0].owner_id == lines[1].owner_id
    sides = [(line.owner_id, _side(movement, line, at, day, cash, own)) for line in lines]
    conductor = movement.conductor_id
    if cash and conductor and all(conductor != owner for owner, _ in sides):
        carried = _side(movement, lines[0], at, day, cash, own)
        carried.conducted = True
        sides.append((conductor, carried))
    return sides


def _side(movement: Movement, line: Line, at: int, day: int, cash: bool, own: bool) -> Side:
    other = "" if line.counter in HOUSE else line.counter_owner or line.counter
    return Side(
        movement.movement_id,
        movement.type,
        line.amount > 0,
        movement.amount,
        movement.currency,
        cash,
        movement.channel,
        movement.branch,
        at,
        day,
        0 if own else counterparty_hash(other),
        own,
    )


def _record(state: Activity, side: Side, parameters: Mapping[str, Any]) -> None:
    if side.conducted:
        state.conduct(side.incoming, side.amount, side.day)
        return
    near = side.cash and side.incoming and is_near(side.amount, parameters)
    state.record(
        side.incoming,
        side.amount,
        side.at,
        side.day,
        cash=side.cash,
        counterparty=side.counterparty,
        own=side.own,
        near=near,
    )


def _finding(cid: str, side: Side, rule: Rule, family: str, severity: str, hit: Hit) -> Finding:
    return Finding(cid, rule.code, rule.number, family, severity, hit, side.incoming, side.at)


def _failed(rule: Rule, error: Exception) -> Hit:
    text = f"{type(error).__name__}: {error}"[:200]
    return Hit(
        value=0,
        threshold=0,
        unit="count",
        sentence=f"Rule {rule.number} ({rule.title}) failed on this movement, so judge it by hand: {text}",
    )


def _file(movement: Movement, findings: list[Finding], states: Mapping[str, Activity]) -> None:
    """Give each finding its share of the score and its alert: the open one of its family, or a new one."""
    shares = largest_remainder(100, [finding.points for finding in findings])
    counted: set[str] = set()
    for finding, share in zip(findings, shares, strict=True):
        finding.share = share
        state = states[finding.customer_id]
        state.fire(finding.number, finding.at)
        _join(movement, finding, state, counted)


def _join(movement: Movement, finding: Finding, state: Activity, counted: set[str]) -> None:
    rank = rulebook.RANK[finding.severity]
    entry = state.open_alerts.get(finding.family)
    if entry is None:
        alert_id = derived_id("alt", finding.family, finding.customer_id, movement.movement_id)
        entry = state.open_alerts[finding.family] = [alert_id, rank, finding.at, 0, 0, 0]
        finding.opens = True
    finding.alert_id = entry[ALERT_ID]
    finding.leads = finding.opens or rank <= entry[RANK]
    entry[RANK] = min(rank, entry[RANK])
    entry[COUNT] += 1
    entry[SCORE] = min(MAX_SCORE, entry[SCORE] + finding.points)
    if entry[ALERT_ID] not in counted:
        counted.add(entry[ALERT_ID])
        entry[AMOUNT] += movement.amount
