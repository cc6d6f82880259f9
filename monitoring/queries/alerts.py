"""Reads of alerts: the worklist, alerts by day, alerts of a customer. Never a scan."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from cloudbank import store
from cloudbank.tables import TransactionsItem
from monitoring.models import CLOSED, WORKLIST, Alert, alert_group, customer_subject
from monitoring.rulebook import RANK, SEVERITIES

OPEN, ALL = "open", "all"
NOBODY = "-"
MOST_DAYS = 366
"""How far a list by date reaches back."""
_READ_AHEAD = 60


@dataclass(frozen=True)
class AlertFilter:
    """What a list of alerts is narrowed by; empty means all."""

    status: str = OPEN
    """`open`, `all`, or one status."""
    severity: str = ""
    rule: str = ""
    assignee_id: str = ""
    """A person's id, or `-` for nobody's."""
    customer_id: str = ""
    first: date | None = None
    last: date | None = None

    def keeps(self, alert: Alert) -> bool:
        """Whether an alert belongs in the list."""
        wanted = alert.is_open if self.status == OPEN else self.status in (ALL, alert.status)
        return (
            wanted
            and self.severity in ("", alert.severity)
            and (not self.rule or self.rule in alert.rules)
            and self.assignee_id in ("", alert.assignee_id or NOBODY)
            and self.customer_id in ("", alert.customer_id)
            and (self.first is None or alert.opened_on >= self.first.isoformat())
            and (self.last is None or alert.opened_on <= self.last.isoformat())
        )


@dataclass(frozen=True)
class AlertPage:
    """Some alerts, and the cursor of what follows ("" at the end)."""

    rows: list[Alert]
    cursor: str


def get_alert(alert_id: str) -> Alert | None:
    """The alert, read strongly, or None."""
    return store.get(Alert, alert_id)


def alerts_page(wanted: AlertFilter, *, today: date, cursor: str = "", limit: int = 25) -> AlertPage:
    """One page. Open alerts come in worklist order (severity, then deadline), others newest first.

    Each row is read strongly. Open alerts come from the worklist, a customer's from their subject,
    all else by the day they were opened, at most MOST_DAYS back.
    """
    if wanted.customer_id:
        rows, order = _of_customer(wanted.customer_id, cursor), _by_subject
    elif wanted.status == CLOSED or wanted.status == ALL:
        rows, order = _of_days(wanted, today, cursor), _by_day
    else:
        rows, order = _of_worklist(wanted.severity, cursor), _by_worklist
    taken = list(islice((row for row in rows if wanted.keeps(row)), limit + 1))
    more = len(taken) > limit
    return AlertPage(taken[:limit], order(taken[limit - 1]) if more else "")


_Order = Callable[[Alert], str]


def _by_worklist(alert: Alert) -> str:
    return alert.worklist_order or ""


def _by_subject(alert: Alert) -> str:
    return alert.subject_order or ""


def _by_day(alert: Alert) -> str:
    return f"{alert.opened_on}|{alert.day_order}"


def _fresh(keys: Iterable[str]) -> Iterator[Alert]:
    """The alerts of these keys in their order, read strongly, some at a time."""
    waiting = iter(keys)
    while batch := list(islice(waiting, _READ_AHEAD)):
        found = store.load(TransactionsItem, batch)
        yield from (item for key in batch if isinstance(item := found.get(key), Alert))


def _of_worklist(severity: str, cursor: str) -> Iterator[Alert]:
    ranks = [RANK[severity]] if severity else range(len(SEVERITIES))
    after = max(cursor, f"{ranks[0]}#")
    upto = f"{ranks[-1]}$"  # "$" follows "#"
    keys = (key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST, after=after, upto=upto))
    return _fresh(keys)


def _of_customer(customer_id: str, cursor: str) -> Iterator[Alert]:
    condition = Alert.subject_order < cursor if cursor else None
    return iter(
        Alert.by_subject.query(
            customer_subject(customer_id), condition, scan_index_forward=False, page_size=_READ_AHEAD
        )
    )


def _of_days(wanted: AlertFilter, today: date, cursor: str) -> Iterator[Alert]:
    """By the day of opening, newest first. `today` may be a weekend: a business date lies up to a week ahead."""
    day = wanted.last or today + timedelta(days=7)
    start_order = ""
    if cursor:
        text, _, start_order = cursor.partition("|")
        day = date.fromisoformat(text)
    oldest = max(wanted.first or date.min, day - timedelta(days=MOST_DAYS))
    while day >= oldest:
        condition = Alert.day_order < start_order if start_order else None
        yield from Alert.by_day.query(alert_group(day.isoformat()), condition, scan_index_forward=False)
        start_order = ""
        day -= timedelta(days=1)


@dataclass(frozen=True)
class QueueSize:
    """How many alerts are open, by severity, counted up to a bound."""

    counts: dict[str, int]
    bound: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def is_cut(self) -> bool:
        """Whether the bound was reached, so that there may be more."""
        return self.total >= self.bound


def queue_size(bound: int = 1000) -> QueueSize:
    """Open alerts by severity, from the keys of the worklist alone (no item is read)."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for order, _ in store.index_keys(TransactionsItem, "worklist", WORKLIST, limit=bound):
        counts[SEVERITIES[int(order[0])]] += 1
    return QueueSize(counts, bound)


def next_in_queue(after: str = "") -> str:
    """The id of the first open alert of the worklist that is not `after`, or ""."""
    keys = (key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST, limit=2))
    return next((key for key in keys if key != after), "")
