"""What the queue does to many alerts at once, row by row."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest

from accounts.http import actor_of
from accounts.ledger import Refused
from accounts.services.posting import Busy
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.lists import BulkAction, BulkResult
from cloudbank.lists.bulk import Run
from monitoring.models import REASON_WORDS, Alert
from monitoring.queries.alerts import get_alert
from monitoring.rulebook import CRITICAL
from monitoring.services.alerts import assign_alert
from monitoring.services.cases import escalate
from monitoring.services.closing import close_alert
from monitoring.views.decisions import WORK, WORK_CASE
from monitoring.views.rows import SEEN, rule_titles

MOST_SHOWN = 64


def _each(ids: Sequence[str], change: Callable[[Alert, int], Any], done: str) -> list[BulkResult]:
    """Change the alerts one by one, each as it was seen; each row says what became of it."""
    return [_one(*_seen(ticked), change, done) for ticked in ids]


def _seen(ticked: str) -> tuple[str, int | None]:
    """The alert of a ticked row, and the revision that the person saw; None when the row does not say."""
    alert_id, _, revision = ticked.partition(SEEN)
    return alert_id, int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else None


def _one(alert_id: str, revision: int | None, change: Callable[[Alert, int], Any], done: str) -> BulkResult:
    label = ""
    try:
        alert = get_alert(alert_id) if alert_id else None
        if alert is None:
            return BulkResult(alert_id[:MOST_SHOWN], False, "There is no such alert.")
        label = f"{rule_titles(alert)}, {alert.headline}"
        if revision is None:
            return BulkResult(alert_id, False, "It is not known what you saw of it: tick it in the list again.", label)
        change(alert, revision)
    except (Refused, Busy) as refused:
        return BulkResult(alert_id, False, str(refused), label)
    except store.StoreError:
        return BulkResult(
            alert_id, False, "The bank's books did not answer; look at this alert, then try again.", label
        )
    return BulkResult(alert_id, True, done, label)


def _take(request: HttpRequest, ids: Sequence[str], reason: str) -> Sequence[BulkResult]:
    actor, now = actor_of(request), utcnow()

    def take(alert: Alert, seen: int) -> None:
        assign_alert(alert_id=alert.alert_id, assignee_id=actor.user_id, revision=seen, actor=actor, now=now)

    return _each(ids, take, "Assigned to you.")


def _dismissing(reason_code: str) -> Run:
    """Close as false positive for one reason."""

    def run(request: HttpRequest, ids: Sequence[str], note: str) -> Sequence[BulkResult]:
        actor, now = actor_of(request), utcnow()

        def dismiss(alert: Alert, seen: int) -> None:
            _refuse_critical(alert)
            close_alert(
                alert_id=alert.alert_id, reason_code=reason_code, note=note, revision=seen, actor=actor, now=now
            )

        return _each(ids, dismiss, f"Closed as false positive ({REASON_WORDS[reason_code].lower()}).")

    return run


def _refuse_critical(alert: Alert) -> None:
    if alert.severity == CRITICAL:
        raise Refused("critical", "Critical alerts are judged one by one; open this one.")


FOUND = "what you found"


def _escalate(request: HttpRequest, ids: Sequence[str], reason: str) -> Sequence[BulkResult]:
    """All into one case: the first that can be escalated opens it, the others join; each row says what became of it."""
    actor, now, opened = actor_of(request), utcnow(), list[str]()

    def join(alert: Alert, seen: int) -> None:
        case = escalate(
            alerts=[(alert.alert_id, seen)],
            title=reason,
            reason=reason,
            key=f"{alert.alert_id}#{seen}",
            case_id=opened[0] if opened else "",
            actor=actor,
            now=now,
        )
        opened[:] = [case.case_id]

    return _each(ids, join, "Escalated into a case.")


ACTIONS = (
    BulkAction("take", "Assign to me", "person-check", WORK, _take, key="a"),
    BulkAction(
        "escalate", "Escalate into one case", "folder2-open", WORK_CASE, _escalate, "title of the case", key="e"
    ),
    BulkAction("dismiss", "Close: usual for them", "check2-all", WORK, _dismissing("expected"), FOUND),
    BulkAction(
        "insensitive", "Close: rule too sensitive", "check2-all", WORK, _dismissing("sensitive"), "what you found"
    ),
)
"""What may be done to many alerts at once: each row answers for itself."""
