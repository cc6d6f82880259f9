"""Reads of the audit records: of one subject, or of one day; and whether a subject's chain is whole."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition

from cloudbank import store
from cloudbank.audit import AuditRecord, broken_at, subject_of
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.lists import Page
from cloudbank.tables import TABLES
from compliance.queries.selections import Selected, Selection

CHAIN_LIMIT = 500


def of_subject(subject: str) -> Selected:
    """Everything that was done to a subject ("user#usr_...", "deposit_account#4000..."), newest first."""
    return Selected([Selection(AuditRecord, "by_subject", subject, newest_first=True)])


def of_day(day: date, *, action: str = "", actor_id: str = "") -> Selected:
    """Everything that was done on one calendar day of the bank, newest first.

    Records are filed by UTC day, and a day of the bank reaches into two of them.
    """
    zone = bank_calendar().zone
    first = datetime.combine(day, time.min, zone).astimezone(UTC)
    last = datetime.combine(day + ONE_DAY, time.min, zone).astimezone(UTC) - timedelta(microseconds=1)
    groups = sorted({first.date(), last.date()}, reverse=True)
    within = AuditRecord.day_order.between(iso(first), f"{iso(last)}~")
    only = _only(action, actor_id)
    return Selected(
        [
            Selection(AuditRecord, "by_day", f"audit#{one.isoformat()}", within, only, newest_first=True)
            for one in groups
        ]
    )


def _only(action: str, actor_id: str) -> Condition | None:
    wanted: list[Any] = [AuditRecord.action == action] if action else []
    wanted += [AuditRecord.actor_id == actor_id] if actor_id else []
    if not wanted:
        return None
    return wanted[0] if len(wanted) == 1 else wanted[0] & wanted[1]


def narrowed(found: Selected, cursor: Any, limit: int, *, action: str = "", actor_id: str = "") -> Page:
    """A page of a subject's records with this action and actor; reads on until the page is full."""
    rows: list[AuditRecord] = []
    while len(rows) < limit:
        page = found.page(cursor, limit - len(rows))
        rows += [one for one in page.rows if action in ("", one.action) and actor_id in ("", one.actor_id)]
        cursor = page.next_cursor
        if cursor is None:
            break
    return Page(rows, cursor)


@dataclass(frozen=True)
class Chain:
    """What a look at a subject's whole chain showed. `broken` names the first bad record, "" when whole."""

    length: int
    broken: str = ""
    cut: bool = False

    @property
    def is_whole(self) -> bool:
        """Nothing was changed, left out or put in."""
        return not self.broken


def chain_of(subject: str) -> Chain | None:
    """Check the chain of a subject against its records and its item's head; None when it has no records."""
    found = AuditRecord.by_subject.query(subject, limit=CHAIN_LIMIT + 1)
    records = sorted((one for one in found if isinstance(one, AuditRecord)), key=lambda one: one.sequence)
    if not records:
        return None
    broken = broken_at(records[:CHAIN_LIMIT])
    if len(records) > CHAIN_LIMIT:
        return Chain(CHAIN_LIMIT, broken, cut=True)
    head = _head_of(subject)
    if not broken and head not in (None, records[-1].hash):
        broken = f"the subject names a later record than record {records[-1].sequence}, the last one found"
    return Chain(len(records), broken)


def _head_of(subject: str) -> str | None:
    """The head of the chain that the subject itself carries; None when the subject is gone."""
    key = subject.partition("#")[2]
    items = (store.get(base, key) for base in TABLES)
    return next(
        (item.audit_head for item in items if item and subject_of(item) == subject and hasattr(item, "audit_head")),
        None,
    )
