"""The posting participant: screens every movement inside its posting, and writes its alerts in its transaction."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from django.conf import settings

from accounts.ledger import Movement
from accounts.participants import Profile, Verdict
from cloudbank import parameters, store
from cloudbank.clock import iso
from cloudbank.ids import derived_id
from cloudbank.parameters import Snapshot
from cloudbank.store import Write
from monitoring import packing
from monitoring.activity import AMOUNT, COUNT, OPENED_AT, RANK, SCORE, Activity
from monitoring.listing import NAME, Match, Standing, parties_of
from monitoring.models import (
    WORKLIST,
    Alert,
    AlertFinding,
    alert_group,
    alert_subject,
    customer_subject,
    finding_group,
    snoozed_subject,
    worklist_order,
)
from monitoring.notices import alert_notice
from monitoring.parameters import decide_by
from monitoring.queries import lists, news, sanctions
from monitoring.queries.sanctions import is_cleared
from monitoring.rulebook import SEVERITIES, Customer
from monitoring.sanctions import REVIEW, Hit, Index, hits
from monitoring.screen import Finding, Screener, Snoozed


class Screening:
    """accounts.participants.Participant. One object a process; it keeps no state between movements."""

    def __init__(self, screener: Screener | None = None) -> None:
        self._screener = screener or Screener(currency=settings.BANK_CURRENCY)

    def load(self, packed: bytes | None) -> Activity:
        """A customer's risk state from its stored form."""
        return packing.load(packed)

    def dump(self, state: Activity) -> bytes:
        """The stored form, at most packing.LIMIT bytes."""
        return packing.dump(state)

    def decide(
        self,
        movement: Movement,
        states: Mapping[str, Activity],
        profiles: Mapping[str, Profile],
        known: Collection[str] = (),
    ) -> Verdict:
        """Judge the movement with the parameters of its moment; the states are brought up to date in place."""
        snapshot = parameters.snapshot(movement.posted_at)
        outcome = self._screener.screen(movement, states, profiles, snapshot, known, _listed(movement, profiles))
        names = [one.name for one in outcome.findings if isinstance(one, Finding | Snoozed)] if outcome.findings else ()
        return Verdict(outcome.badge, outcome.findings, outcome.counts, outcome.outcome, names)

    def without(self, packed: bytes | None, state: Activity) -> Activity:
        """The customer's activity without the movement that was stopped; its open alerts are in it."""
        before = packing.load(packed)
        before.open_alerts, before.fired = state.open_alerts, state.fired
        return before

    def objection(self, profile: Profile, today: date) -> str:
        """Why a customer's identity cannot be verified now: their name may be on the sanctions list."""
        book = lists.fresh_book()
        found = customer_hits(sanctions.index(), profile)
        open_hits = [one for one in found if not is_cleared(book, one, today.isoformat())]
        if not open_hits:
            return ""
        first = open_hits[0].candidate
        return (
            f'The name resembles "{first.name}", entry {first.entry.uid} of the sanctions list (score '
            f"{first.score:.2f}). Clear the hit first when it is somebody else: Lists, Clear a hit."
        )

    def references(self, verdict: Verdict) -> list[str]:
        """The alerts of its findings, each once."""
        return sorted({one.alert_id for one in verdict.findings if isinstance(one, Finding)})

    def writes(self, movement: Movement, verdict: Verdict, states: Mapping[str, Activity]) -> list[Write]:
        """New alerts, findings that join open ones. Nothing for a movement without findings."""
        writes: list[Write] = []
        for alert_id, findings in _by_alert(verdict):
            case = _Filing(movement, alert_id, findings, states)
            writes.append(store.new(case.alert()) if case.opens else case.merge())
            writes += [store.new(item) for item in case.items()]
            writes += case.notices()
        if writes:
            news.expect()
        return writes + [store.new(item) for item in _kept_quiet(movement, verdict)]

    def absorb(
        self, movement: Movement, verdict: Verdict, states: Mapping[str, Activity], memory: dict[str, Any]
    ) -> None:
        """The same for the bulk path. An alert that was opened before this run is read once."""
        for alert_id, findings in _by_alert(verdict):
            case = _Filing(movement, alert_id, findings, states)
            if case.opens:
                memory[alert_id] = case.alert()
            else:
                known = memory.get(alert_id) or store.get(Alert, alert_id)
                if known is None:
                    raise LookupError(f"the activity names the open alert {alert_id}, but there is no such alert")
                case.merge_into(known)
                memory[alert_id] = known
            for item in case.items():
                memory[item.transaction_id] = item
        memory.update((item.transaction_id, item) for item in _kept_quiet(movement, verdict))


def _listed(movement: Movement, profiles: Mapping[str, Profile]) -> Sequence[Match | Hit]:
    """The movement's parties that stand on a list of the bank, or may stand on the sanctions list, on its day."""
    book = lists.book()
    index = sanctions.index()
    if not book and not index:
        return ()
    return who_is_listed(movement, profiles, book, index)


def customer_hits(index: Index, profile: Profile) -> list[Hit]:
    """Who on the list a customer is or may be, or one of a company's owners."""
    found = hits(index, profile.name, least=REVIEW, born=profile.date_of_birth, customer=profile.customer_id)
    for name in profile.owner_names:
        found += hits(index, name, least=REVIEW, customer=profile.customer_id)
    return found


def who_is_listed(
    movement: Movement, profiles: Mapping[str, Customer], book: Standing, index: Index
) -> Sequence[Match | Hit]:
    """The same, asked of these lists: those of now, or those of an earlier moment."""
    day, parties = movement.business_date.isoformat(), parties_of(movement, profiles)
    found: list[Match | Hit] = list(book.matches(parties, day))
    for party in parties if index else ():
        if party.kind == NAME:
            known: dict[str, Any] = {"born": party.born, "countries": party.countries, "customer": party.customer}
            found += [one for one in hits(index, party.shown, **known) if not is_cleared(book, one, day)]
    return found


def _by_alert(verdict: Verdict) -> Iterator[tuple[str, list[Finding]]]:
    found = sorted((one for one in verdict.findings if isinstance(one, Finding)), key=lambda one: one.alert_id)
    for alert_id, group in groupby(found, key=lambda one: one.alert_id):
        yield alert_id, sorted(group, key=lambda one: (not one.alone, -one.points))


def _kept_quiet(movement: Movement, verdict: Verdict) -> Iterator[AlertFinding]:
    """Findings of snoozed rules: they join no alert, and are filed under the customer."""
    for one in verdict.findings:
        if isinstance(one, Snoozed):
            item = _finding_item(movement, one.finding)
            item.subject, item.subject_order = snoozed_subject(item.customer_id), f"{item.at}#{item.transaction_id}"
            yield item


def _finding_item(movement: Movement, finding: Finding) -> AlertFinding:
    """What a rule found, as it is stored; where it is filed is not said yet."""
    hit, side = finding.hit, "credit" if finding.incoming else "debit"
    return AlertFinding(
        transaction_id=derived_id("fnd", movement.movement_id, finding.customer_id, finding.rule, side),
        version=1,
        alert_id=finding.alert_id,
        customer_id=finding.customer_id,
        movement_id=movement.movement_id,
        rule=finding.rule,
        number=finding.number,
        family=finding.family,
        severity=finding.severity,
        points=finding.points,
        share=finding.share,
        sentence=hit.sentence,
        value=hit.value,
        threshold=hit.threshold,
        unit=hit.unit,
        inputs=dict(hit.inputs),
        baseline=dict(hit.baseline),
        days=hit.days,
        parameters_version=parameters.snapshot(movement.posted_at).version,
        amount=movement.amount,
        currency=movement.currency,
        movement_type=movement.type,
        channel=movement.channel,
        at=iso(movement.posted_at),
        business_date=movement.business_date.isoformat(),
    )


def due_at(opened: int, severity: str, snapshot: Snapshot) -> str:
    """When an alert opened at this second must be decided."""
    return iso(decide_by(datetime.fromtimestamp(opened, UTC), severity, snapshot))


class _Filing:
    """What one movement changes on one alert. `findings`: this movement's, the worst that speaks alone first."""

    def __init__(
        self, movement: Movement, alert_id: str, findings: list[Finding], states: Mapping[str, Activity]
    ) -> None:
        self.movement, self.alert_id, self.findings = movement, alert_id, findings
        self.worst = findings[0]
        self.entry: list[Any] = states[self.worst.customer_id].open_alerts[self.worst.family]
        self.opens = any(finding.opens for finding in findings)
        self.leads = any(finding.leads for finding in findings)
        self.at = iso(movement.posted_at)
        self.day = movement.business_date.isoformat()
        self.snapshot = parameters.snapshot(movement.posted_at)

    @property
    def severity(self) -> str:
        """The worst of all findings of the alert."""
        return SEVERITIES[self.entry[RANK]]

    @property
    def _due_at(self) -> str:
        return "" if self.movement.observed else due_at(self.entry[OPENED_AT], self.severity, self.snapshot)

    def alert(self) -> Alert:
        """The alert that this movement opens."""
        due = self._due_at
        alert = Alert(
            transaction_id=self.alert_id,
            version=1,
            family=self.worst.family,
            rules={finding.rule for finding in self.findings},
            severity=self.severity,
            customer_id=self.worst.customer_id,
            headline=self.worst.hit.sentence,
            score=self.entry[SCORE],
            finding_count=self.entry[COUNT],
            amount=self.entry[AMOUNT],
            currency=self.movement.currency,
            opened_at=self.at,
            opened_on=self.day,
            last_at=self.at,
            due_at=due,
            observed=self.movement.observed,
            subject=customer_subject(self.worst.customer_id),
            subject_order=f"{self.at}#{self.alert_id}",
            day_group=alert_group(self.day),
            day_order=f"{self.at}#{self.alert_id}",
            worklist_group=WORKLIST,
            worklist_order=worklist_order(self.entry[RANK], due, self.entry[OPENED_AT], self.alert_id),
        )
        alert.file_hit()
        return alert

    def _changes(self) -> dict[str, Any]:
        entry = self.entry
        changes = {"score": entry[SCORE], "finding_count": entry[COUNT], "amount": entry[AMOUNT], "last_at": self.at}
        if self.leads:
            due = self._due_at
            changes |= {"severity": self.severity, "headline": self.worst.hit.sentence, "due_at": due}
            changes |= {"worklist_order": worklist_order(self.entry[RANK], due, self.entry[OPENED_AT], self.alert_id)}
        return changes

    def merge(self) -> store.Update:
        """Join the open alert without reading it; fails when it was closed meanwhile, and the posting tries again."""
        actions = [getattr(Alert, name).set(value) for name, value in self._changes().items()]
        actions += [Alert.rules.add({finding.rule for finding in self.findings}), Alert.version.add(1)]
        return store.Update(Alert, self.alert_id, actions, Alert.worklist_group == WORKLIST)

    def merge_into(self, alert: Alert) -> None:
        """The same on an alert in memory."""
        for name, value in self._changes().items():
            setattr(alert, name, value)
        alert.rules = set(alert.rules) | {finding.rule for finding in self.findings}
        alert.version += 1

    def notices(self) -> list[Write]:
        """What those outside are told: that the alert is open, or more severe now. Nothing of what is history."""
        if self.movement.observed or not any(finding.raises for finding in self.findings):
            return []
        rules = {finding.rule for finding in self.findings}
        told = alert_notice(
            alert_id=self.alert_id,
            severity=self.severity,
            family=self.worst.family,
            rules=rules,
            now=self.movement.posted_at,
        )
        return [told]

    def items(self) -> Iterator[AlertFinding]:
        """The findings as items."""
        for finding in self.findings:
            yield self._item(finding)

    def _item(self, finding: Finding) -> AlertFinding:
        item = _finding_item(self.movement, finding)
        order = f"{self.at}#{item.transaction_id}"
        item.subject, item.subject_order = alert_subject(self.alert_id), order
        item.day_group, item.day_order = finding_group(self.day), order
        return item
