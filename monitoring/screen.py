"""Screening: a movement, the customers' activities and the rules give findings. Pure; reads nothing.

The activities are brought up to date in place, open alerts included, so that they can be stored as
they are. The same code runs in a live posting and in an import.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts import outcomes
from accounts.ledger import Movement
from cloudbank.ids import derived_id
from cloudbank.money import largest_remainder
from monitoring import rulebook
from monitoring.activity import (
    ALERT_ID,
    AMOUNT,
    COUNT,
    DAY_SECONDS,
    OPENED_AT,
    QUIET,
    RANK,
    SCORE,
    UNTIL,
    Activity,
)
from monitoring.findings import ALERT as ALERT
from monitoring.findings import CRITICAL as CRITICAL
from monitoring.findings import MAX_SCORE as MAX_SCORE
from monitoring.findings import OK as OK
from monitoring.findings import RULE_FAILED as RULE_FAILED
from monitoring.findings import Finding as Finding
from monitoring.findings import Outcome as Outcome
from monitoring.findings import Shadowed as Shadowed
from monitoring.findings import Snoozed as Snoozed
from monitoring.findings import Unjudged as Unjudged
from monitoring.findings import found_name as found_name
from monitoring.findings import shadowed_name as shadowed_name
from monitoring.findings import snoozed_name as snoozed_name
from monitoring.findings import unjudged_name as unjudged_name
from monitoring.rulebook import HIGH, NOT_EVALUABLE, RULES, SUPPORT_DAYS, Customer, Hit, Rule, Side
from monitoring.sides import sides_of, take_in

logger = logging.getLogger(__name__)


@dataclass
class Screener:
    """The rules of one bank, sorted by the sides they look at."""

    rules: Iterable[Rule] = field(default_factory=lambda: RULES)
    currency: str = "USD"

    def __post_init__(self) -> None:
        self._rules = tuple(sorted(self.rules, key=lambda rule: rule.number))
        self._plan: dict[tuple[str, bool, bool, bool, bool, bool, bool], tuple[Rule, ...]] = {}

    def _concerned(self, side: Side, alone: bool = True) -> tuple[Rule, ...]:
        """The rules that look at such a side: those that speak alone, or those that support others."""
        here = side.currency == self.currency
        key = (side.type, side.incoming, side.cash, side.own, side.conducted, alone, here)
        if key not in self._plan:
            seeing = (rule for rule in self._rules if rule.sees(*key[:5]) and rule.alone is alone)
            self._plan[key] = tuple(rule for rule in seeing if here or rule.any_currency)
        return self._plan[key]

    def _out_of_reach(self, sides: list[tuple[str, Side]]) -> list[Unjudged | Snoozed | Shadowed]:
        """The rules whose limits are in the bank's currency, on a movement in another one."""
        return [
            Unjudged(cid, rule.code, rule.number)
            for cid, side in sides
            for rule in self._rules
            if rule.alone
            and not rule.any_currency
            and rule.sees(*(side.type, side.incoming, side.cash, side.own, side.conducted))
        ]

    def screen(
        self,
        movement: Movement,
        states: Mapping[str, Activity],
        profiles: Mapping[str, Customer],
        parameters: Mapping[str, Any],
        known: Collection[str] = (),
        listed: Sequence[Any] = (),
    ) -> Outcome:
        """Bring the states up to date, judge every side, note new alerts in the states.

        `known`: names of findings that stand on alerts already (the movement was held); they count for the badge and
        the outcome, and are not found again. `listed`: parties of the movement that stand on a list.

        `states` and `profiles` are keyed by customer; one of a person unknown to the bank is missing.
        In another currency than the bank's only those are judged that take part, not how much moves.
        """
        sides = [(cid, side) for cid, side in sides_of(movement) if cid in states]
        for _, side in sides if listed else ():
            side.listed = listed
        foreign = movement.currency != self.currency
        for cid, side in sides if not foreign else ():
            take_in(states[cid], side, parameters)
        findings: list[Finding] = []
        unjudged: list[Unjudged | Snoozed | Shadowed] = self._out_of_reach(sides) if foreign else []
        for cid, side in sides:
            self._judge(cid, side, states[cid], profiles.get(cid), parameters, findings, unjudged)
        for cid, side in sides:
            if to := _to_support(cid, findings, states[cid], side.at, parameters):
                self._judge(cid, side, states[cid], profiles.get(cid), parameters, findings, unjudged, to)
        if known:
            unjudged = [one for one in unjudged if not (isinstance(one, Snoozed) and one.name in known)]
        if not findings:
            return Outcome(OK, unjudged)
        fresh = [finding for finding in findings if finding.name not in known] if known else findings
        _file(movement, fresh, states)
        worst = min(rulebook.RANK[finding.severity] for finding in findings)
        outcome = outcomes.worst(finding.outcome for finding in findings)
        return Outcome(CRITICAL if worst == 0 else ALERT, [*fresh, *unjudged], outcome)

    def _judge(
        self,
        cid: str,
        side: Side,
        state: Activity,
        profile: Customer | None,
        parameters: Mapping[str, Any],
        findings: list[Finding],
        unjudged: list[Unjudged | Snoozed | Shadowed],
        support: tuple[str, int] | None = None,
    ) -> None:
        """The rules that speak alone; with `support` the others, each once for an alert of this family and opening."""
        for rule in self._concerned(side, not support):
            if support and state.fired.get(rule.number, 0) >= support[1]:
                continue
            try:
                answer = rule.check(side, state, profile, parameters)
            except Exception as error:  # whatever a rule does wrong is an alert, and the posting goes on
                logger.exception("rule %s failed on movement %s", rule.code, side.movement_id)
                findings.append(_finding(cid, side, rule, RULE_FAILED, HIGH, _failed(rule, error)))
                continue
            if answer is NOT_EVALUABLE:
                unjudged.append(Unjudged(cid, rule.code, rule.number))
            elif isinstance(answer, Hit):
                family, severity = support[0] if support else rule.family, answer.severity or rule.severity
                finding = _finding(cid, side, rule, family, severity, answer)
                finding.outcome = _outcome_of(rule, answer, parameters)
                if finding.outcome == outcomes.POST:
                    unjudged.append(Shadowed(rule.number))
                elif _kept_quiet(state, finding, side):
                    unjudged.append(Snoozed(finding))
                else:
                    findings.append(finding)
                state.fire(rule.number, side.at)  # at once: the rules after it may ask


def _kept_quiet(state: Activity, finding: Finding, side: Side) -> bool:
    """Whether the rule is snoozed for this customer on the movement's day; counted.

    What is critical never is, nor what stops money: nobody would ever be asked about it.
    """
    snooze = state.snoozed.get(finding.number)
    if snooze is None or side.day > snooze[UNTIL] or finding.severity == rulebook.CRITICAL:
        return False
    if finding.outcome in (outcomes.HOLD, outcomes.BLOCK):
        return False
    snooze[QUIET] += 1
    return True


def _finding(cid: str, side: Side, rule: Rule, family: str, severity: str, hit: Hit) -> Finding:
    finding = Finding(cid, rule.code, rule.number, family, severity, hit, side.incoming, side.at)
    finding.alone = rule.alone or family == RULE_FAILED
    return finding


def _outcome_of(rule: Rule, hit: Hit, parameters: Mapping[str, Any]) -> str:
    """What the rule's finding asks for: what is in force, or something milder where the finding is less sure."""
    if not rule.alone:
        return outcomes.ALERT
    in_force = parameters.get(rulebook.outcome_code(rule.code), rule.outcome)
    return min(in_force, hit.outcome or in_force, key=outcomes.OUTCOMES.index)


def _failed(rule: Rule, error: Exception) -> Hit:
    text = f"{type(error).__name__}: {error}"[:200]
    return Hit(
        value=0,
        threshold=0,
        unit="count",
        sentence=f"Rule {rule.number} ({rule.title}) failed on this movement, so judge it by hand: {text}",
    )


def _to_support(
    cid: str, findings: list[Finding], state: Activity, at: int, parameters: Mapping[str, Any]
) -> tuple[str, int] | None:
    """The alert that other rules of this side may support, by family and opening: that of the worst finding of the
    movement on this customer, else their worst one of the last days.
    """
    if not state.open_alerts and not findings:
        return None
    here = [finding for finding in findings if finding.customer_id == cid and finding.family != RULE_FAILED]
    if here:
        family = min(here, key=lambda finding: rulebook.RANK[finding.severity]).family
        return family, state.open_alerts[family][OPENED_AT] if family in state.open_alerts else at
    since = at - int(parameters[SUPPORT_DAYS.code]) * DAY_SECONDS
    recent = [
        (entry[RANK], -entry[OPENED_AT], family)
        for family, entry in state.open_alerts.items()
        if entry[OPENED_AT] > since and family != RULE_FAILED
    ]
    return (min(recent)[2], -min(recent)[1]) if recent else None


def _file(movement: Movement, findings: list[Finding], states: Mapping[str, Activity]) -> None:
    """Give each finding its share of the score and its alert: the open one of its family, or a new one."""
    if not findings:
        return
    shares = largest_remainder(100, [finding.points for finding in findings])
    counted: set[str] = set()
    for finding, share in zip(findings, shares, strict=True):
        finding.share = share
        _join(movement, finding, states[finding.customer_id], counted)


def _join(movement: Movement, finding: Finding, state: Activity, counted: set[str]) -> None:
    rank = rulebook.RANK[finding.severity]
    entry = state.open_alerts.get(finding.family)
    if entry is None:
        alert_id = derived_id("alt", finding.family, finding.customer_id, movement.movement_id)
        entry = state.open_alerts[finding.family] = [alert_id, rank, finding.at, 0, 0, 0]
        finding.opens = True
    finding.alert_id = entry[ALERT_ID]
    if finding.alone:
        finding.leads = finding.opens or rank <= entry[RANK]
        finding.raises = finding.opens or rank < entry[RANK]
        entry[RANK] = min(rank, entry[RANK])
    entry[COUNT] += 1
    entry[SCORE] = min(MAX_SCORE, entry[SCORE] + finding.points)
    if entry[ALERT_ID] not in counted:
        counted.add(entry[ALERT_ID])
        entry[AMOUNT] += movement.amount
