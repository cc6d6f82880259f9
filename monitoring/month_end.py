"""The alerts sheet of a month end (monitoring.alert_sheet): sealed, so that what is decided later changes no past."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice

from accounts.month_ends import Ended, InMemory, Sheet, sheet
from cloudbank import store
from cloudbank.clock import iso
from cloudbank.tables import TransactionsItem
from monitoring.alert_sheet import AlertRow, fold, of_row
from monitoring.models import WORKLIST, WORKLIST_CLOSED, WORKLIST_ESCALATED, Alert

CODE = "alerts"
WINDOW = timedelta(days=93)
"""No three months are longer."""


def _row(alert: Alert, until: str) -> AlertRow | None:
    """The alert as of the end of a business day; None before it was opened. What was decided later is open."""
    if alert.opened_on > until:
        return None
    over = bool(alert.closed_on) and alert.closed_on <= until
    return AlertRow(
        id=alert.alert_id,
        rules=" ".join(sorted(alert.rules)),
        severity=alert.severity,
        opened_on=alert.opened_on,
        opened_at=alert.opened_at,
        due_at=alert.due_at,
        closed_on=alert.closed_on if over else "",
        closed_at=alert.closed_at if over else "",
        outcome=alert.outcome if over else "",
        reason=alert.reason_code if over else "",
    )


def live(ended: Ended) -> Iterator[AlertRow]:
    """From the tables: open alerts, and those closed since three months before."""
    since = datetime.combine(ended.day - WINDOW, time(), UTC)
    open_ones = (store.index_keys(TransactionsItem, "worklist", group) for group in (WORKLIST, WORKLIST_ESCALATED))
    closed = store.index_keys(TransactionsItem, "worklist", WORKLIST_CLOSED, after=iso(since))
    keys = (key for _, key in chain(*open_ones, closed))
    while some := list(islice(keys, store.BATCH_GET)):
        for item in store.load(TransactionsItem, some).values():
            if isinstance(item, Alert) and item.currency == ended.currency and _is_known(item, ended.day):
                yield from filter(None, [_row(item, ended.day.isoformat())])


def _is_known(alert: Alert, day: date) -> bool:
    """Whether the sheet has it: what was closed long before is forgotten."""
    return not alert.closed_on or date.fromisoformat(alert.closed_on) >= day - WINDOW


def told(memory: InMemory, ended: Ended) -> Iterator[AlertRow]:
    """From a bulk run's memory."""
    for item in list(memory.papers.values()):
        if isinstance(item, Alert) and item.currency == ended.currency and _is_known(item, ended.day):
            yield from filter(None, [_row(item, ended.day.isoformat())])


ALERTS = sheet(
    Sheet(
        code=CODE,
        title="Alerts",
        row=AlertRow,
        live=live,
        told=told,
        fold=lambda rows, ended: fold(rows, ended.day),
        of_row=lambda row, ended: of_row(row, ended.day),
        view="alert",
    )
)
