"""Alerts of what was found over several customers: into the one open alert of the family and customer, or a new one.

The same as a posting does inside its transaction (monitoring/screening.py), here in a transaction of its own, with an
audit record. A finding that is stored already is passed over, so a run that was cut short is simply run again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from accounts.ledger import Actor
from accounts.models import CustomerActivity
from accounts.services.posting import Busy
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.ids import derived_id
from cloudbank.money import largest_remainder
from cloudbank.parameters import Snapshot
from cloudbank.tables import TransactionsItem
from monitoring import packing
from monitoring.activity import ALERT_ID, AMOUNT, COUNT, OPENED_AT, QUIET, RANK, SCORE, UNTIL, Activity
from monitoring.models import (
    WORKLIST,
    Alert,
    AlertFinding,
    NamedMember,
    alert_group,
    alert_subject,
    customer_subject,
    finding_group,
    snoozed_subject,
    worklist_order,
)
from monitoring.notices import alert_notice
from monitoring.patternbook import quieted
from monitoring.rulebook import CRITICAL, POINTS, SEVERITIES, Hit
from monitoring.rulebook import RANK as RANKS
from monitoring.screen import MAX_SCORE
from monitoring.screening import due_at

ATTEMPTS = 8
AT_ONCE = 60
"""Findings of one transaction (it takes 100 items)."""
LONGEST_PATH = 60
"""Movements that a finding stores; its numbers are those of all."""


@dataclass(frozen=True)
class Raised:
    """What is to be raised: one finding about one customer and others."""

    finding_id: str
    rule: str
    number: int
    family: str
    severity: str
    customer_id: str
    members: tuple[str, ...]
    hit: Hit
    currency: str
    business_date: str
    movement_id: str = ""
    movement_type: str = "transfer"
    path: list[list[str | int]] = field(default_factory=list)
    amount: int = 0
    """Of its movements together, minor units."""
    observed: bool = False
    """All of it is imported history, so no deadline runs."""
    scores: bool = True

    @property
    def points(self) -> int:
        """What it adds to the score."""
        return POINTS[self.severity] if self.scores else 0


@dataclass
class Done:
    """What came of it: findings that are new, alerts that were opened."""

    findings: list[Raised] = field(default_factory=list)
    opened: int = 0


def raise_findings(findings: Iterable[Raised], *, actor: Actor, now: datetime, snapshot: Snapshot) -> Done:
    """Store the findings of one customer and family. Raises Busy, store.StoreError."""
    done, rest = Done(), sorted(findings, key=lambda one: (RANKS[one.severity], one.finding_id))
    while rest:
        part, rest = rest[:AT_ONCE], rest[AT_ONCE:]
        _raise_part(part, done, actor, now, snapshot)
    return done


def raising_writes(findings: Sequence[Raised], *, actor: Actor, now: datetime, snapshot: Snapshot) -> list[store.Write]:
    """The same for a transaction of somebody else's; what is stored already is left out.

    At most AT_ONCE findings of one customer and family. Called anew when that transaction is tried again.
    """
    known = store.load(TransactionsItem, [one.finding_id for one in findings])
    fresh = [one for one in findings if one.finding_id not in known]
    return _Filing(fresh, actor, now, snapshot).writes() if fresh else []


def _raise_part(findings: Sequence[Raised], done: Done, actor: Actor, now: datetime, snapshot: Snapshot) -> None:
    tried: list[Raised] = []
    for attempt in range(ATTEMPTS):
        known = store.load(TransactionsItem, [one.finding_id for one in findings])
        fresh = [one for one in findings if one.finding_id not in known]
        if not fresh:
            done.findings += tried  # an answer was lost, but they are there
            return
        _note_members(fresh, now)
        filing = _Filing(fresh, actor, now, snapshot)
        try:
            store.save(filing.writes())
        except store.OutcomeUnknown:
            tried = fresh
        except (store.Conflict, store.ConditionFailed):
            pass  # a posting or a colleague was faster
        else:
            done.findings += fresh
            done.opened += filing.opens
            return
        store.pause(attempt)
    raise Busy("Many movements touch this customer just now; run it again.")


def _note_members(findings: Sequence[Raised], now: datetime) -> None:
    """Under everybody whom these findings only name. Done again it is the same; without its finding it says nothing."""
    scoring = [one for one in findings if one.scores]
    members = [(one.finding_id, who) for one in scoring for who in set(one.members) - {one.customer_id}]
    items = [NamedMember.of(finding, who, iso(now)).serialize() for finding, who in sorted(members)]
    for start in range(0, len(items), store.BATCH_WRITE):
        store.flush(NamedMember, items[start : start + store.BATCH_WRITE])


class _Filing:
    """The writes that put findings of one customer and family on their alert."""

    def __init__(self, findings: Sequence[Raised], actor: Actor, now: datetime, snapshot: Snapshot) -> None:
        self._actor, self._now, self._snapshot = actor, now, snapshot
        key = CustomerActivity.key(findings[0].customer_id)
        self._activity = store.get(CustomerActivity, key) or CustomerActivity(user_id=key)
        self._state: Activity = packing.load(self._activity.state)
        self._quiet = [one for one in findings if _kept_quiet(self._state, one)]
        self._findings = [one for one in findings if one not in self._quiet]
        self._worst = self._findings[0] if self._findings else findings[0]
        entry = self._state.open_alerts.get(self._worst.family)
        found = store.get(Alert, entry[ALERT_ID]) if entry else None
        self._alert = found if found and found.is_open else None
        self.opens = self._alert is None and bool(self._findings)

    def writes(self) -> list[store.Write]:
        """The alert with its audit record, the findings, the customer's activity that names the alert."""
        quiet = [self._kept(one) for one in self._quiet]
        if not self._findings:
            self._activity.state = packing.dump(self._state)
            return [store.stored(self._activity), *quiet]
        severity_before = self._alert.severity if self._alert else ""
        entry = self._entry()
        alert, before = self._alert or self._new(entry), {"findings": int(entry[COUNT]) - len(self._findings)}
        if self._alert:
            self._merge(alert, entry)
        rules = sorted({one.rule for one in self._findings})
        record = audit.record(
            alert,
            "raise" if self.opens else "join",
            actor=self._actor,
            now=self._now,
            before={} if self.opens else before,
            after={"findings": entry[COUNT], "rules": rules},
        )
        self._activity.state = packing.dump(self._state)
        shares = largest_remainder(100, [one.points or 1 for one in self._findings])
        items = [self._item(one, share, alert.alert_id) for one, share in zip(self._findings, shares, strict=True)]
        put = store.new(alert) if self.opens else store.changed(alert)
        writes = [put, record, store.stored(self._activity), *(store.new(item) for item in items), *quiet]
        return [*writes, self._notice(alert)] if alert.severity != severity_before and not alert.observed else writes

    def _notice(self, alert: Alert) -> store.Write:
        """Those outside are told that the alert is open, or more severe now."""
        facts = {"alert_id": alert.alert_id, "severity": alert.severity, "family": alert.family}
        return alert_notice(**facts, rules={one.rule for one in self._findings}, now=self._now)

    def _kept(self, one: Raised) -> store.Write:
        """A finding of a rule that is snoozed for this customer: it joins no alert and is filed under them."""
        item = self._item(one, 0, "")
        item.subject, item.subject_order = snoozed_subject(one.customer_id), f"{item.at}#{item.transaction_id}"
        return store.new(item)

    def _entry(self) -> list[Any]:
        rank = RANKS[self._worst.severity]
        entry = self._state.open_alerts.get(self._worst.family)
        if self.opens or entry is None:
            alert_id = derived_id("alt", self._worst.family, self._worst.customer_id, self._worst.finding_id)
            entry = [alert_id, rank, int(self._now.timestamp()), 0, 0, 0]
            self._state.open_alerts[self._worst.family] = entry
        self._leads = self.opens or rank <= entry[RANK]
        entry[RANK] = min(rank, entry[RANK])
        entry[COUNT] += len(self._findings)
        entry[SCORE] = min(MAX_SCORE, entry[SCORE] + sum(one.points for one in self._findings))
        entry[AMOUNT] += sum(one.amount for one in self._findings)
        return entry

    def _new(self, entry: list[Any]) -> Alert:
        worst, at, day = self._worst, iso(self._now), business_date(self._now).isoformat()
        observed = all(one.observed for one in self._findings)
        alert_id, severity = str(entry[ALERT_ID]), SEVERITIES[int(entry[RANK])]
        due = "" if observed else due_at(int(entry[OPENED_AT]), severity, self._snapshot)
        alert = Alert(
            transaction_id=alert_id,
            version=1,
            family=worst.family,
            rules={one.rule for one in self._findings},
            severity=severity,
            customer_id=worst.customer_id,
            headline=worst.hit.sentence,
            score=entry[SCORE],
            finding_count=entry[COUNT],
            amount=entry[AMOUNT],
            currency=worst.currency,
            opened_at=at,
            opened_on=day,
            last_at=at,
            due_at=due,
            observed=observed,
            subject=customer_subject(worst.customer_id),
            subject_order=f"{at}#{alert_id}",
            day_group=alert_group(day),
            day_order=f"{at}#{alert_id}",
            worklist_group=WORKLIST,
            worklist_order=worklist_order(int(entry[RANK]), due, int(entry[OPENED_AT]), alert_id),
        )
        alert.file_hit()
        return alert

    def _merge(self, alert: Alert, entry: list[Any]) -> None:
        alert.score, alert.finding_count, alert.amount = entry[SCORE], entry[COUNT], entry[AMOUNT]
        alert.last_at = max(alert.last_at, iso(self._now))
        alert.rules = set(alert.rules) | {one.rule for one in self._findings}
        if not self._leads:
            return
        alert.severity, alert.headline = SEVERITIES[int(entry[RANK])], self._worst.hit.sentence
        alert.due_at = "" if alert.observed else due_at(int(entry[OPENED_AT]), alert.severity, self._snapshot)
        alert.worklist_order = worklist_order(int(entry[RANK]), alert.due_at, int(entry[OPENED_AT]), alert.alert_id)

    def _item(self, one: Raised, share: int, alert_id: str) -> AlertFinding:
        at, day = iso(self._now), business_date(self._now).isoformat()
        order = f"{at}#{one.finding_id}"
        return AlertFinding(
            transaction_id=one.finding_id,
            version=1,
            alert_id=alert_id,
            customer_id=one.customer_id,
            movement_id=one.movement_id,
            rule=one.rule,
            number=one.number,
            family=one.family,
            severity=one.severity,
            points=one.points,
            share=share,
            sentence=one.hit.sentence,
            value=one.hit.value,
            threshold=one.hit.threshold,
            unit=one.hit.unit,
            inputs=dict(one.hit.inputs),
            baseline=dict(one.hit.baseline),
            days=one.hit.days,
            parameters_version=self._snapshot.version,
            amount=one.amount,
            currency=one.currency,
            movement_type=one.movement_type,
            channel="",
            at=at,
            business_date=one.business_date,
            members=list(one.members),
            path=one.path[-LONGEST_PATH:],
            subject=alert_subject(alert_id),
            subject_order=order,
            day_group=finding_group(day),
            day_order=order,
        )


def _kept_quiet(state: Activity, one: Raised) -> bool:
    """Whether the rule is snoozed for this customer on the day of the finding; counted. What is critical never is."""
    snooze = quieted(state.snoozed, one.rule, one.number)
    if snooze is None or one.severity == CRITICAL:
        return False
    if date.fromisoformat(one.business_date).toordinal() > snooze[UNTIL]:
        return False
    snooze[QUIET] += 1
    return True


def day_of(ordinal: int) -> str:
    """ISO date of a business day."""
    return date.fromordinal(ordinal).isoformat()
