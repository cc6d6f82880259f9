"""Reads of alerts: the worklist, alerts by day, alerts of a customer. Never a scan."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from cloudbank import store
from cloudbank.clock import from_iso, iso
from cloudbank.tables import TransactionsItem
from monitoring.models import (
    CLOSED,
    ESCALATED,
    NO_DEADLINE,
    WORKLIST,
    WORKLIST_CLOSED,
    WORKLIST_ESCALATED,
    Alert,
    alert_group,
    customer_subject,
    worklist_order,
)
from monitoring.rulebook import RANK, SEVERITIES

OPEN, ALL = "open", "all"
NOBODY = "-"
MOST_DAYS = 62
"""A period of at most so many days is read day by day."""
_READ_AHEAD, _SORTED_AT_ONCE = 60, 100
MOST_SORTED = 1_000
"""In another order than its own a list is sorted in memory, at most so many alerts of it."""
MOST_PASSED = 600
"""So many alerts of the queue are looked at for the next one that is free."""


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
    now: str = ""
    """The instant (ISO) at which statuses are told: who is in review depends on it."""
    order: str = ""
    """One of SORTS, with "-" in front the other way round; "" is the order of the queue."""

    @property
    def days(self) -> tuple[date, date] | None:
        """The period of opening, when both ends are given and it is short."""
        if self.first is None or self.last is None or (self.last - self.first).days >= MOST_DAYS:
            return None
        return self.first, self.last

    def keeps(self, alert: Alert) -> bool:
        """Whether an alert belongs in the list."""
        wanted = alert.is_open if self.status == OPEN else self.status in (ALL, alert.state_at(self.now or NO_DEADLINE))
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
    is_cut: bool = False
    """Whether there are more than a sort looks at."""


def get_alert(alert_id: str) -> Alert | None:
    """The alert, read strongly, or None."""
    return store.get(Alert, alert_id)


def alerts_page(wanted: AlertFilter, *, cursor: str = "", limit: int = 25) -> AlertPage:
    """One page: open alerts in worklist order (severity, then deadline), then closed ones, the last closed first.

    Each row is read strongly. A customer's alerts come from their subject, and those opened in a
    short period that is given by both ends by their days; both newest first. In another order
    (`wanted.order`) the first MOST_SORTED of that one are sorted, and the page says when there are more.
    """
    rows, is_cut = _sorted(wanted, cursor) if wanted.order else (_rows(wanted, cursor, limit + 1), False)
    taken = list(islice(((mark, row) for mark, row in rows if wanted.keeps(row)), limit + 1))
    more = len(taken) > limit
    return AlertPage([row for _, row in taken[:limit]], taken[limit - 1][0] if more else "", is_cut)


SORTS: dict[str, Callable[[Alert], str]] = {
    "score": lambda alert: f"{alert.score:015d}",
    "amount": lambda alert: f"{alert.amount:018d}",
    "last": lambda alert: str(alert.last_at),
    "due": lambda alert: str(alert.due_at or NO_DEADLINE),
}
"""Other orders of a list of alerts: what is compared, as text that sorts."""


def is_order(text: str) -> bool:
    """Whether a list of alerts can be put in this order."""
    return text.removeprefix("-") in SORTS


def _mark(alert: Alert, order: str) -> str:
    """Where an alert stands in an order."""
    return f"{SORTS[order.removeprefix('-')](alert)}|{alert.alert_id}"


def _sorted(wanted: AlertFilter, cursor: str) -> tuple["_Rows", bool]:
    """The first MOST_SORTED of the list in another order, from a cursor on; whether there are more."""
    backwards = wanted.order.startswith("-")
    looked_at = [row for _, row in islice(_rows(replace(wanted, order=""), "", _SORTED_AT_ONCE), MOST_SORTED + 1)]
    found = sorted(((_mark(row, wanted.order), row) for row in looked_at[:MOST_SORTED]), key=_first, reverse=backwards)
    rest = (one for one in found if not cursor or (one[0] < cursor if backwards else one[0] > cursor))
    return rest, len(looked_at) > MOST_SORTED


def _first(one: tuple[str, Alert]) -> str:
    return one[0]


_Rows = Iterator[tuple[str, Alert]]
"""Alerts, each with the cursor of what follows it."""


def _rows(wanted: AlertFilter, cursor: str, batch: int) -> _Rows:
    """What may belong in a list, in its order."""
    if wanted.customer_id:
        return _of_customer(wanted.customer_id, cursor)
    if wanted.status != OPEN and (days := wanted.days):
        return _of_days(*days, cursor)
    return _of_worklists(wanted, cursor, batch)


def _of_worklists(wanted: AlertFilter, cursor: str, batch: int) -> _Rows:
    """From the worklist, and from its counterparts of escalated and closed alerts as far as the status asks."""
    group, _, order = cursor.partition("|")
    if wanted.status not in (CLOSED, ESCALATED) and group in ("", WORKLIST):
        yield from _of_group(WORKLIST, *_ranks(wanted.severity, order), batch)
    if wanted.status in (ESCALATED, ALL) and group in ("", WORKLIST, WORKLIST_ESCALATED):
        after = order if group == WORKLIST_ESCALATED else ""
        yield from _of_group(WORKLIST_ESCALATED, *_ranks(wanted.severity, after), batch)
    if wanted.status in (CLOSED, ALL):
        after = order if group == WORKLIST_CLOSED else ""
        yield from _of_group(WORKLIST_CLOSED, after, "", batch, backwards=True)


def _ranks(severity: str, order: str) -> tuple[str, str]:
    """The part of the worklist with this severity ("" for all), from an order on."""
    ranks = [RANK[severity]] if severity else range(len(SEVERITIES))
    return max(order, f"{ranks[0]}#"), f"{ranks[-1]}$"  # "$" follows "#"


def _of_group(group: str, after: str, upto: str, size: int, *, backwards: bool = False) -> _Rows:
    """The alerts of a group of the worklist in its order, read strongly, `size` at a time."""

    def keys(after: str) -> list[tuple[str, str]]:
        bounds = {"after": after, "upto": upto, "backwards": backwards, "limit": size}
        return list(store.index_keys(TransactionsItem, "worklist", group, **bounds))  # type: ignore[arg-type]

    while batch := keys(after):
        items = store.load(TransactionsItem, [key for _, key in batch])
        for order, key in batch:
            item = items.get(key)
            if isinstance(item, Alert):
                yield f"{group}|{order}", item
        if len(batch) < size:
            return
        after = batch[-1][0]


def _of_customer(customer_id: str, cursor: str) -> _Rows:
    condition = Alert.subject_order < cursor if cursor else None
    found = Alert.by_subject.query(
        customer_subject(customer_id), condition, scan_index_forward=False, page_size=_READ_AHEAD
    )
    return ((alert.subject_order or "", alert) for alert in found)


def _of_days(first: date, last: date, cursor: str) -> _Rows:
    """By the day of opening, newest first."""
    text, _, order = cursor.partition("|")
    day = date.fromisoformat(text) if text else last
    while day >= first:
        condition = Alert.day_order < order if order else None
        for alert in Alert.by_day.query(alert_group(day.isoformat()), condition, scan_index_forward=False):
            yield f"{day.isoformat()}|{alert.day_order}", alert
        order, day = "", day - timedelta(days=1)


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


QUEUE = AlertFilter()


def next_in_queue(worker_id: str, now: datetime, after: str = "", wanted: AlertFilter = QUEUE) -> str:
    """The id of the first open alert of the worklist, or of a part of it, that this person may begin with, or "".

    Not `after`, nothing that a colleague holds or has, nothing that waits for a second person.
    """
    at = iso(now)
    rows = _sorted(wanted, "")[0] if wanted.order else _rows(wanted, "", _READ_AHEAD)
    for _, alert in islice(rows, MOST_PASSED):
        is_free = alert.holder_at(at) in ("", worker_id) and not alert.is_pending_at(at)
        if alert.is_open and is_free and alert.alert_id != after and wanted.keeps(alert):
            return str(alert.alert_id)
    return ""


def row_after(alert: Alert, wanted: AlertFilter) -> str:
    """The id of the alert that stands after this one in a list, or "" when it is the last.

    One that has left the list meanwhile counts where it would stand.
    """
    found = alerts_page(wanted, cursor=_place(alert, wanted), limit=1).rows
    return next((one.alert_id for one in found if one.alert_id != alert.alert_id), "")


def _place(alert: Alert, wanted: AlertFilter) -> str:
    """The cursor of what follows an alert in a list."""
    if wanted.order:
        return _mark(alert, wanted.order)
    if wanted.customer_id:
        return alert.subject_order or ""
    if wanted.status != OPEN and wanted.days:
        return f"{alert.opened_on}|{alert.day_order}"
    group, order = alert.worklist_group or "", alert.worklist_order or ""
    if group == WORKLIST or wanted.status in (ALL, CLOSED, ESCALATED):
        return f"{group}|{order}"
    opened = int(from_iso(alert.opened_at).timestamp())
    return f"{WORKLIST}|{worklist_order(RANK[alert.severity], alert.due_at, opened, alert.alert_id)}"
