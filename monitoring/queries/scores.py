"""A customer's score from what is stored: the findings of the last 90 days on their alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudbank import store
from cloudbank.clock import iso
from cloudbank.tables import TransactionsItem
from monitoring.models import (
    FALSE_POSITIVE,
    Alert,
    AlertFinding,
    NamedMember,
    alert_subject,
    customer_subject,
    named_subject,
)
from monitoring.patternbook import only_supports
from monitoring.score import DAYS, Weighed, exact_score, rule_weights, shares

MOST_ALERTS, MOST_FINDINGS, MOST_NAMED = 12, 200, 60
"""Of one customer, the newest; of one alert, the newest; of one customer whom others' findings name."""


@dataclass(frozen=True)
class CustomerScore:
    """0 to 100, and each rule's whole percent of it, the greatest first."""

    score: int
    shares: dict[str, int]
    findings: int
    alerts: int
    named: int = 0
    """Patterns that only name the customer, among others."""


def customer_score(customer_id: str, *, now: datetime, read: Sequence[AlertFinding] = ()) -> CustomerScore:
    """The score of monitoring.score over what was not decided to be a false positive.

    `read`: the findings of one alert that were read already. One query for the alerts, one for each other alert; one
    for the patterns that only name the customer, and where there are any two batched reads.
    """
    since = iso(now - timedelta(days=DAYS))
    found = Alert.by_subject.query(customer_subject(customer_id), scan_index_forward=False, limit=MOST_ALERTS)
    alerts = [one for one in found if one.outcome != FALSE_POSITIVE and one.last_at >= since]
    at_hand = {one.alert_id for one in read}
    findings = [one for one in read if one.alert_id in {alert.alert_id for alert in alerts}]
    for alert in alerts:
        if alert.alert_id not in at_hand:
            subject = alert_subject(alert.alert_id)
            findings += AlertFinding.by_subject.query(subject, scan_index_forward=False, limit=MOST_FINDINGS)
    recent = [one for one in findings if one.at >= since]
    named = _naming(customer_id, since)
    weights = rule_weights([*(_weighed(one, True) for one in recent), *(_weighed(one, False) for one in named)])
    return CustomerScore(round(exact_score(weights)), shares(weights), len(recent), len(alerts), len(named))


def _weighed(one: AlertFinding, head: bool) -> Weighed:
    return Weighed(
        *(one.rule, one.severity, one.value, one.threshold, one.unit),
        head=head,
        scores=one.points > 0,
        supports=only_supports(one.rule),
    )


def _naming(customer_id: str, since: str) -> list[AlertFinding]:
    """The findings about others that name this customer, on alerts that were not decided to be false positives."""
    found = NamedMember.by_subject.query(
        named_subject(customer_id), NamedMember.subject_order >= since, scan_index_forward=False, limit=MOST_NAMED
    )
    ids = [one.finding_id for one in found]
    findings = [one for one in store.load(TransactionsItem, ids).values() if isinstance(one, AlertFinding)]
    alerts = store.load(TransactionsItem, {one.alert_id for one in findings if one.alert_id})
    return [
        one
        for one in findings
        if isinstance(alert := alerts.get(one.alert_id), Alert)
        and alert.outcome != FALSE_POSITIVE
        and one.customer_id != customer_id
        and customer_id in (one.members or ())
    ]
