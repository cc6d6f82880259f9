"""What OFAC has to be told of: property that became blocked, transactions that were rejected. One event, one report.

A movement that a sure hit stopped is an event at once: turned away (31 CFR 501.604), or posted and held without end
(501.603). A hit that people confirmed is one too: the property of the customer whose name it is is blocked, and what
waited for that decision was blocked or rejected. A hit that was found to be somebody else is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from accounts.models import DepositAccount, HeldMovement
from accounts.models.held import BLOCKED as TURNED_AWAY
from accounts.models.held import EXPIRED, WAITING
from accounts.models.held import REJECTED as NOT_LET_GO
from accounts.outcomes import BLOCK
from accounts.queries.deposits import accounts_of
from accounts.queries.held import held_among
from cloudbank import store
from cloudbank.clock import ONE_DAY, from_iso
from cloudbank.conf import bank_calendar
from cloudbank.tables import TransactionsItem
from compliance.filings.terms import BLOCKED, REJECTED
from monitoring.models import CLOSED, CONFIRMED, SANCTIONS, TRUE_HITS, Alert, AlertFinding, alert_subject
from monitoring.rulebook import CRITICAL

LOOKED_BACK = timedelta(days=60)
"""Longer than a movement waits for a person: a hit may be confirmed before what it stopped is decided on."""


@dataclass(frozen=True)
class Event:
    """One thing to report. `event_id`: the alert that was confirmed, or the movement that was stopped."""

    deed: str
    event_id: str
    day: date
    """On the bank's calendar: the ten business days follow it."""
    customer_id: str
    finding: AlertFinding | None
    """The hit, as screening put it."""
    held: HeldMovement | None = None
    accounts: tuple[DepositAccount, ...] = ()


def events(since: date, upto: date) -> Iterator[Event]:
    """Everything from a day on (UTC, both included); some of it may be from before and be told again."""
    yield from _stopped(since, upto)
    yield from _confirmed(since)


def _day(moment: str) -> date:
    return bank_calendar().local(from_iso(moment)).date()


def _stopped(since: date, upto: date) -> Iterator[Event]:
    """The movements that a sure hit stopped by itself."""
    for ago in range((upto - since).days + 1):
        for item in HeldMovement.by_day.query(HeldMovement.group_of((since + ago * ONE_DAY).isoformat())):
            if isinstance(item, HeldMovement) and item.outcome == BLOCK and (found := _sure_hit(item)):
                yield from _of_movement(item, found, _day(item.asked_at))


def _sure_hit(item: HeldMovement) -> AlertFinding | None:
    """What a movement hit on the list; None when something else stopped it, or people found it to be no hit."""
    for alert in store.load(TransactionsItem, item.alerts).values():
        if isinstance(alert, Alert) and alert.family == SANCTIONS and alert.severity == CRITICAL:
            refuted = alert.status == CLOSED and alert.outcome != CONFIRMED
            found = [one for one in findings_of(alert) if one.movement_id == item.movement_id]
            if found and not refuted:
                return found[0]
    return None


def _of_movement(item: HeldMovement, finding: AlertFinding, day: date) -> Iterator[Event]:
    """Nothing of a movement that was let go, or that still waits and moved nothing."""
    if item.state in (TURNED_AWAY, NOT_LET_GO, EXPIRED) and not item.posted:
        yield Event(REJECTED, item.movement_id, day, item.owner_id, finding, item)
    elif item.state == WAITING and item.posted:
        yield Event(BLOCKED, item.movement_id, day, item.owner_id, finding, item)


def _confirmed(since: date) -> Iterator[Event]:
    """The hits that people confirmed: true matches are few."""
    from_ = (datetime(since.year, since.month, since.day, tzinfo=UTC) - LOOKED_BACK).date().isoformat()
    for alert in Alert.by_account.query(TRUE_HITS, Alert.account_order >= from_):
        if isinstance(alert, Alert):
            yield from _of_alert(alert)


def _of_alert(alert: Alert) -> Iterator[Event]:
    found, day = findings_of(alert), _day(alert.closed_at)
    own = next((one for one in found if one.inputs.get("subject") == alert.customer_id), None)
    if own:
        held = tuple(one for one in accounts_of(alert.customer_id) if not one.closed_on)
        if held:
            yield Event(BLOCKED, alert.alert_id, day, alert.customer_id, own, accounts=held)
    by_movement = {one.movement_id: one for one in found if one.movement_id}
    for item in held_among(by_movement):
        when = day if item.posted else _day(item.decided_at or item.asked_at)
        yield from _of_movement(item, by_movement[item.movement_id], when)


def findings_of(alert: Alert) -> list[AlertFinding]:
    """The hits of an alert, oldest first."""
    rows = AlertFinding.by_subject.query(alert_subject(alert.alert_id))
    return [one for one in rows if isinstance(one, AlertFinding) and one.rule == "sanctions"]
