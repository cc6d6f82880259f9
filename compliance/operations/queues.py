"""What waits for somebody, and how long the first of each queue has waited. Keys of the worklists alone, but for ages.

Nothing of secret kinds is looked at: neither reports on suspicious activity nor requests or messages about them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.urls import reverse

from accounts.models import HeldMovement
from accounts.models.held import NEVER
from accounts.models.held import WORKLIST as HELD
from accounts.models.payroll import PAYROLLS
from cloudbank import store
from cloudbank.approvals import Approval, find_effect
from cloudbank.approvals.request import WAITING, Filed
from cloudbank.clock import ONE_DAY, from_iso
from cloudbank.conf import bank_calendar
from cloudbank.outbox.item import WORKLIST as MESSAGES
from cloudbank.tables import TransactionsItem
from cloudbank.wording import day as day_in_words
from compliance.filings.models import open_group
from compliance.filings.terms import CTR
from compliance.operations.terms import BAD, OK, WARN, Reading, hours, judged, span
from monitoring.models import NO_DEADLINE
from monitoring.models import WORKLIST as ALERTS
from monitoring.rulebook import RANK

LOOKED_AT = 20
"""So many requests are looked through for one that is of no secret kind."""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Queues:
    """The readings, each with the permission that reading it takes ("": none more), and numbers for CloudWatch."""

    readings: list[tuple[str, Reading]] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)


def read(now: datetime) -> Queues:
    """Nine small queries of keys, and one request for the ages of what has its age not in its key."""
    held, asked = _first(HELD, upto=NEVER), _first_request()
    items = store.load(TransactionsItem, [key for _, key in (*held, *asked)])
    found = Queues()
    for name, permission, (number, reading) in (
        ("AlertsOverdueHours", "", _alerts(now)),
        ("HeldHours", "", _held([items.get(key) for _, key in held], now)),
        ("ApprovalHours", "", _asked([items.get(key) for _, key in asked], now)),
        ("MessageMinutes", "", _messages(now)),
        ("FilingOverdueDays", "compliance.view_filing", _filings(now)),
        ("PayrollMinutes", "", _payrolls(now)),
    ):
        found.readings.append((permission, reading))
        found.numbers[name] = number
    return found


def _first(group: str, *, after: str = "", upto: str = "") -> list[tuple[str, str]]:
    return list(store.index_keys(TransactionsItem, "worklist", group, after=after, upto=upto, limit=1))


def _first_request() -> list[tuple[str, str]]:
    keys = store.index_keys(Approval, "worklist", WAITING, limit=LOOKED_AT)
    filed = (Filed.of(order, key) for order, key in islice(keys, LOOKED_AT))
    return [(one.order, one.approval_id) for one in filed if not ((kind := find_effect(one.code)) and kind.secret)][:1]


def _waiting(label: str, normal: str, runbook: str, url: str) -> Callable[[str, str, datetime | None], Reading]:
    return lambda says, state, at: Reading(label, says, state, normal, runbook, reverse(url), at)


def _alerts(now: datetime) -> tuple[float, Reading]:
    """Of each severity the one that is due first: the queue is in the order of severity, then of deadlines."""
    reading = _waiting("Open alerts", "each decided by its deadline", "alerts-overdue", "alerts")
    orders = [order for rank in RANK.values() for order, _ in _first(ALERTS, after=f"{rank}#", upto=f"{rank}#~")]
    if not orders:
        return 0.0, reading("none is open", OK, None)
    due = min((order.split("#")[1] for order in orders if order.split("#")[1] != NO_DEADLINE), default="")
    if not due:
        return 0.0, reading("only imported history, without deadlines", OK, None)
    over = now - from_iso(due)
    if over <= timedelta():
        return 0.0, reading(f"the first is due in {span(-over)}", OK, from_iso(due))
    return hours(over), reading(
        f"the longest is {span(over)} past its deadline", judged(over, HOUR, ONE_DAY), from_iso(due)
    )


def _held(items: list[Any], now: datetime) -> tuple[float, Reading]:
    reading = _waiting("Held movements", "decided within two days", "held-waiting", "held_movements")
    item = next((one for one in items if isinstance(one, HeldMovement)), None)
    if item is None:
        return 0.0, reading("none waits", OK, None)
    age = now - from_iso(item.asked_at)
    says = f"the first to run out waits {span(age)}, until {day_in_words(date.fromisoformat(item.expires_on))}"
    return hours(age), reading(says, judged(age, 2 * ONE_DAY, 5 * ONE_DAY), from_iso(item.asked_at))


def _asked(items: list[Any], now: datetime) -> tuple[float, Reading]:
    reading = _waiting("Approvals", "a second person within a day", "approvals-waiting", "approvals")
    item = next((one for one in items if isinstance(one, Approval)), None)
    if item is None:
        return 0.0, reading("none waits", OK, None)
    age, left = now - from_iso(item.asked_at), from_iso(item.due_at) - now
    says = f"the first to run out waits {span(age)}"
    says += f", {span(left)} are left" if left > timedelta() else ", and has run out"
    state = BAD if left <= timedelta() else WARN if left < ONE_DAY and age > ONE_DAY else OK
    return hours(age), reading(says, state, from_iso(item.asked_at))


def _messages(now: datetime) -> tuple[float, Reading]:
    """The order of the queue is when each is tried next: what was due and was not tried says that nobody tries."""
    reading = _waiting("Messages", "tried within a minute of their time", "messages-undelivered", "messages")
    first = _first(MESSAGES)
    if not first:
        return 0.0, reading("none waits", OK, None)
    due = from_iso(first[0][0].split("#")[0])
    over = now - due
    if over <= MINUTE:
        return 0.0, reading(f"the next is tried in {span(-over)}", OK, due)
    return hours(over) * 60, reading(
        f"the first should have been tried {span(over)} ago", judged(over, 5 * MINUTE, 15 * MINUTE), due
    )


def _filings(now: datetime) -> tuple[float, Reading]:
    reading = _waiting("Cash reports due", "filed within 15 days", "filings-due", "filings")
    first = _first(open_group(CTR))
    if not first:
        return 0.0, reading("none is open", OK, None)
    due, today = date.fromisoformat(first[0][0][:10]), bank_calendar().local(now).date()
    left = (due - today).days
    says = f"the first is due in {left} day{'s' * (left != 1)}" if left >= 0 else f"the first is {-left} days overdue"
    at = datetime.combine(due, time(), bank_calendar().zone)
    return float(max(0, -left)), reading(says, BAD if left < 0 else WARN if left <= 3 else OK, at)


def _payrolls(now: datetime) -> tuple[float, Reading]:
    reading = _waiting("Payrolls under way", "done within minutes", "payroll-stuck", "payrolls")
    first = _first(PAYROLLS)
    if not first:
        return 0.0, reading("none is under way", OK, None)
    began = from_iso(first[0][0].split("#")[0])
    age = now - began
    says = f"the oldest was brought {span(age)} ago"
    return hours(age) * 60, reading(says, judged(age, HOUR, ONE_DAY), began)
