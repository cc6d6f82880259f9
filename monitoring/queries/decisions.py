"""Closed alerts as decisions, the newest first, up to a bound."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from monitoring.models import CLOSED, Alert
from monitoring.performance import Decision
from monitoring.queries.alerts import AlertFilter, alerts_page

MOST = 2_000
PAGE = 200


@dataclass(frozen=True)
class Decisions:
    """The decisions since an instant; `is_cut`: there are more than MOST, and these are the newest."""

    rows: list[Decision]
    is_cut: bool


def decisions_since(moment: datetime) -> Decisions:
    """What was closed since then. An alert costs one key and one item to read; nothing is scanned."""
    found: list[Alert] = []
    cursor = ""
    while len(found) <= MOST:
        page = alerts_page(AlertFilter(status=CLOSED), cursor=cursor, limit=PAGE)
        recent = list(takewhile(lambda alert: alert.closed_at >= iso(moment), page.rows))
        found += recent
        cursor = page.cursor
        if len(recent) < len(page.rows) or not cursor:
            break
    return Decisions([_decision(alert) for alert in islice(found, MOST)], len(found) > MOST)


def _decision(alert: Alert) -> Decision:
    closed = from_iso(alert.closed_at)
    return Decision(
        frozenset(alert.rules),
        alert.severity,
        alert.outcome,
        from_iso(alert.opened_at),
        closed,
        from_iso(alert.due_at) if alert.due_at else None,
        bank_calendar().local(closed).date().isoformat(),
    )
