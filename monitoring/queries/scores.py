"""A customer's score from what is stored: the findings of the last 90 days on their alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudbank.clock import iso
from monitoring.models import FALSE_POSITIVE, Alert, AlertFinding, alert_subject, customer_subject
from monitoring.score import DAYS, Weighed, exact_score, rule_weights, shares

MOST_ALERTS, MOST_FINDINGS = 12, 200
"""Of one customer, the newest; of one alert, the newest."""


@dataclass(frozen=True)
class CustomerScore:
    """0 to 100, and each rule's whole percent of it, the greatest first."""

    score: int
    shares: dict[str, int]
    findings: int
    alerts: int


def customer_score(customer_id: str, *, now: datetime, read: Sequence[AlertFinding] = ()) -> CustomerScore:
    """The score of monitoring.score over what was not decided to be a false positive.

    `read`: the findings of one alert that were read already. One query for the alerts, one for each other alert.
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
    weights = rule_weights(
        Weighed(one.rule, one.severity, one.value, one.threshold, one.unit, scores=one.points > 0) for one in recent
    )
    return CustomerScore(round(exact_score(weights)), shares(weights), len(recent), len(alerts))
