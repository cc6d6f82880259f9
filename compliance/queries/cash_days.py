"""Cash days over the reporting limit: one person, one business day, in or out; from the open alerts of the CTR rule."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.ledger import DEPOSIT
from cloudbank.tables import TransactionsItem
from compliance.queries.selections import Selected, Selection
from monitoring.models import WORKLIST, Alert, AlertFinding, alert_subject
from monitoring.rulebook import CRITICAL, RANK

FAMILY, RULE = "cash_reporting", "ctr_aggregate"
FILING_DAYS = 15
"""31 CFR 1010.306(a)(1): within 15 days following the day of the transaction."""
ALERTS_READ = 300


@dataclass(frozen=True, slots=True)
class CashDay:
    """What one currency transaction report is due for. Amounts in minor units."""

    alert_id: str
    customer_id: str
    day: str
    incoming: bool
    total: int
    currency: str
    movements: int

    @property
    def due_on(self) -> date:
        """The last day of filing in time."""
        return date.fromisoformat(self.day) + timedelta(days=FILING_DAYS)

    @property
    def direction(self) -> str:
        """Cash in and cash out are never netted (31 CFR 1010.313)."""
        return "Cash in" if self.incoming else "Cash out"


def awaiting() -> tuple[list[CashDay], bool]:
    """The cash days whose alert is open, oldest first; and whether there are more than were read.

    Imported history is left out: it happened elsewhere, and is not ours to file.
    """
    worst = TransactionsItem.worklist_order.startswith(f"{RANK[CRITICAL]}#2")  # a deadline, so not imported
    open_alerts = Selected([Selection(TransactionsItem, "worklist", WORKLIST, worst, keys_only=True)])
    page = open_alerts.page(None, ALERTS_READ)
    alerts = [item for item in page.rows if isinstance(item, Alert) and item.is_open and item.family == FAMILY]
    days = [day for alert in alerts for day in _days(alert)]
    return sorted(days, key=lambda one: (one.day, one.customer_id, one.incoming)), page.next_cursor is not None


_known: dict[str, tuple[int, list[CashDay]]] = {}
_KNOWN_LIMIT = 4096


def forget() -> None:
    """Drop what this process has kept."""
    _known.clear()


def _days(alert: Alert) -> list[CashDay]:
    """The cash days of one alert; kept for its version, which goes up with each finding that joins it.

    Not kept while the index is behind and shows fewer findings than the alert counts.
    """
    version, days = _known.get(alert.transaction_id, (0, []))
    if version == alert.version:
        return days
    findings = [
        one
        for one in AlertFinding.by_subject.query(alert_subject(alert.transaction_id))
        if isinstance(one, AlertFinding)
    ]
    days = list(_folded(findings))
    if len(findings) == alert.finding_count:
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        _known[alert.transaction_id] = (alert.version, days)
    return days


def _folded(findings: Iterable[AlertFinding]) -> Iterator[CashDay]:
    found: dict[tuple[str, bool], CashDay] = {}
    for one in findings:
        if one.rule != RULE:
            continue
        key = one.business_date, one.movement_type == DEPOSIT
        before = found.get(key)
        found[key] = CashDay(
            alert_id=one.alert_id,
            customer_id=one.customer_id,
            day=one.business_date,
            incoming=key[1],
            total=max(int(one.value), before.total if before else 0),
            currency=one.currency,
            movements=before.movements + 1 if before else 1,
        )
    yield from found.values()
