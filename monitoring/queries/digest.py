"""What the daily digest says of the alert queue, from keys of indexes alone."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cloudbank import store
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.tables import TransactionsItem
from monitoring.models import WORKLIST, Alert, alert_group
from monitoring.rulebook import SEVERITIES


@dataclass(frozen=True)
class QueueDigest:
    """The queue at one moment: open alerts by severity, those past their deadline, those opened the day before."""

    day: str
    open: dict[str, int]
    late: int
    opened: int
    """On the business day before `day`."""

    @property
    def facts(self) -> dict[str, Any]:
        """As a message carries it."""
        return {"open": self.open, "late": self.late, "opened": self.opened, "total": sum(self.open.values())}


def queue_digest(now: datetime) -> QueueDigest:
    """Count the worklist's keys (severity and deadline stand in them) and the alerts of the last business day."""
    calendar = bank_calendar()
    today = calendar.local(now).date()
    counts, late = dict.fromkeys(SEVERITIES, 0), 0
    for order, _ in store.index_keys(TransactionsItem, "worklist", WORKLIST):
        rank, due, _ = order.split("#", 2)
        counts[SEVERITIES[int(rank)]] += 1
        late += due < iso(now)
    return QueueDigest(today.isoformat(), counts, late, _opened_on(calendar.on_or_before(today - ONE_DAY)))


def _opened_on(day: date) -> int:
    return int(Alert.by_day.count(alert_group(day.isoformat())))
