"""Reads of snoozes: those that run, those of a customer, and the findings that they kept quiet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts.models import CustomerActivity
from cloudbank import store
from cloudbank.conf import bank_calendar
from cloudbank.tables import TransactionsItem, UsersItem
from monitoring import packing
from monitoring.activity import QUIET, Activity
from monitoring.models import WORKLIST_SNOOZED, AlertFinding, Snooze, snoozed_subject
from monitoring.patternbook import catalogue, quieted


@dataclass(frozen=True)
class Running:
    """A snooze and how many findings it has kept quiet."""

    snooze: Snooze
    quiet: int

    def runs_at(self, now: datetime) -> bool:
        """Whether its last day is not over."""
        return str(self.snooze.until) >= bank_calendar().local(now).date().isoformat()


def running(*, cursor: str = "", limit: int = 25) -> tuple[list[Running], str]:
    """A page of the snoozes that nobody lifted, by their last day, and the cursor of what follows."""
    keys = list(store.index_keys(TransactionsItem, "worklist", WORKLIST_SNOOZED, after=cursor, limit=limit + 1))
    page = keys[:limit]
    items = store.load(TransactionsItem, [key for _, key in page])
    snoozes = [item for _, key in page if isinstance(item := items.get(key), Snooze)]
    return _counted(snoozes), page[-1][0] if len(keys) > limit else ""


def _counted(snoozes: list[Snooze]) -> list[Running]:
    keys = {one.customer_id: CustomerActivity.key(one.customer_id) for one in snoozes}
    stored = store.load(UsersItem, keys.values())
    states = {
        customer: packing.load(item.state)
        for customer, key in keys.items()
        if isinstance(item := stored.get(key), CustomerActivity)
    }
    return [Running(one, _quiet(states.get(one.customer_id), one)) for one in snoozes]


def _quiet(state: Activity | None, one: Snooze) -> int:
    found = quieted(state.snoozed, one.rule, one.number) if state else None
    return found[QUIET] if found else 0


def snoozes_in(state: Activity, customer_id: str) -> list[Running]:
    """The snoozes of a customer whose risk state is known, also those whose day is over: no request without any."""
    if not state.snoozed:
        return []
    codes = [rule.code for rule in catalogue() if quieted(state.snoozed, rule.code, rule.number)]
    if not codes:
        return []
    found = store.load(TransactionsItem, [Snooze.key(customer_id, code) for code in codes])
    snoozes = [item for item in found.values() if isinstance(item, Snooze) and not item.lifted_at]
    return [Running(one, _quiet(state, one)) for one in sorted(snoozes, key=lambda one: (one.number, one.rule))]


def kept_quiet(customer_id: str, cursor: str = "") -> Iterator[AlertFinding]:
    """The findings of snoozed rules on a customer, newest first, from a cursor (their subject_order) on."""
    condition = AlertFinding.subject_order < cursor if cursor else None
    return AlertFinding.by_subject.query(snoozed_subject(customer_id), condition, scan_index_forward=False)
