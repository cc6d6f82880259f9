"""Cash days over the limit that are perhaps not drafted yet: from the open alerts of the CTR rule, at once.

The evening drafts filings from the books themselves (compliance.filings.drafting); until then this is what is known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from accounts.ledger import DEPOSIT
from cloudbank import store
from cloudbank.tables import TransactionsItem
from compliance.queries.selections import CAP
from monitoring.models import NO_DEADLINE, WORKLIST, WORKLIST_ESCALATED, AlertFinding, alert_subject
from monitoring.rulebook import CRITICAL, RANK

UNDECIDED = (WORKLIST, WORKLIST_ESCALATED)
"""A report is due whether an analyst or a case decides on the alert."""
FAMILY, RULE = "cash_reporting", "ctr_aggregate"


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
    def direction(self) -> str:
        """Cash in and cash out are never netted (31 CFR 1010.313)."""
        return "Cash in" if self.incoming else "Cash out"


def awaiting() -> tuple[list[CashDay], bool]:
    """The cash days whose alert is open, oldest first; and whether there are more than were read.

    Imported history is left out: it happened elsewhere, has no deadline, and is not ours to file.
    """
    worst = f"{RANK[CRITICAL]}#"
    keys = [
        key
        for group in UNDECIDED
        for _, key in store.index_keys(
            TransactionsItem, "worklist", group, after=worst, upto=worst + NO_DEADLINE, limit=CAP
        )
    ]
    others = {key for key in keys if _families.get(key, FAMILY) != FAMILY}
    days = [
        day
        for raw in store.load_raw(TransactionsItem, [key for key in keys if key not in others])
        for day in _days(raw)
    ]
    return sorted(days, key=lambda one: (one.day, one.customer_id, one.incoming)), len(keys) >= CAP


_families: dict[str, str] = {}
"""Alert -> its family, which never changes: alerts of other families are read once a process."""
_known: dict[str, tuple[int, list[CashDay]]] = {}
"""Alert -> its version and its cash days at that version, which goes up with each finding that joins it."""
_KNOWN_LIMIT = 50_000


def forget() -> None:
    """Drop what this process has kept."""
    _families.clear()
    _known.clear()


def _days(raw: dict[str, Any]) -> list[CashDay]:
    """The cash days of one alert, as DynamoDB has it; none when it is of another family or closed.

    Not kept while the index is behind and shows fewer findings than the alert counts.
    """
    alert_id, version = raw["transaction_id"]["S"], int(raw["version"]["N"])
    if len(_families) >= _KNOWN_LIMIT:
        forget()
    _families[alert_id] = raw.get("family", {}).get("S", "")
    if _families[alert_id] != FAMILY or raw.get("worklist_group", {}).get("S") not in UNDECIDED:
        return []
    kept, days = _known.get(alert_id, (0, []))
    if kept == version:
        return days
    found = [one for one in AlertFinding.by_subject.query(alert_subject(alert_id)) if isinstance(one, AlertFinding)]
    days = list(_folded(found))
    if len(found) == int(raw["finding_count"]["N"]):
        _known[alert_id] = (version, days)
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
