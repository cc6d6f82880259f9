"""One alert with all that a person needs to judge it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from accounts.ledger import posting_id
from accounts.models import CustomerActivity, DepositAccount, Posting, User
from accounts.queries.deposits import accounts_of
from cloudbank import store
from cloudbank.audit import AuditRecord
from cloudbank.tables import TransactionsItem, UsersItem
from monitoring import packing
from monitoring.models import Alert, AlertFinding, alert_subject
from monitoring.queries.normal import Normal, normal_before
from monitoring.queries.snoozes import Running, snoozes_in

MOST_ENTRIES = 200
MOST_MOVEMENTS = 25


@dataclass(frozen=True)
class Case:
    """An alert, its findings and changes (newest first), the customer, their accounts, and what was normal."""

    alert: Alert
    findings: list[AlertFinding]
    changes: list[AuditRecord]
    customer: User | None
    normal: Normal
    """Before the first movement that was flagged."""
    accounts: list[DepositAccount]
    """Those with a flagged movement first."""
    people: dict[str, User]
    """Who is named in it, by id."""
    snoozes: list[Running] = field(default_factory=list)
    """Rules that raise no alert for this customer at present."""
    movements: list[Posting] = field(default_factory=list)
    """The newest flagged movements, each by its debit line, else its credit line."""

    @property
    def flagged_accounts(self) -> dict[str, int]:
        """The customer's accounts with flagged movements (of those shown), and how many."""
        return flagged_among(self.movements, self.alert.customer_id)

    @property
    def window(self) -> tuple[date, date]:
        """The business days that the findings looked at."""
        if not self.findings:
            day = date.fromisoformat(self.alert.opened_on)
            return day, day
        days = [date.fromisoformat(finding.business_date) for finding in self.findings]
        first = min(day - timedelta(days=f.days - 1) for day, f in zip(days, self.findings, strict=True))
        return first, max(days)


def case_of(alert: Alert) -> Case:
    """Read the case: entries, people, accounts, flagged movements, what was normal: six requests or so."""
    entries = list(
        TransactionsItem.by_subject.query(
            alert_subject(alert.alert_id), scan_index_forward=False, limit=MOST_ENTRIES, page_size=MOST_ENTRIES
        )
    )
    findings = [item for item in entries if isinstance(item, AlertFinding)]
    changes = [item for item in entries if isinstance(item, AuditRecord)]
    movements = flagged_movements(findings)
    parties = {owner for line in movements for owner in (line.owner_id, line.counter_owner)}
    named = {alert.customer_id, alert.assignee_id, alert.lease_by, *(entry.actor_id for entry in changes)}
    named |= {who for finding in findings for who in finding.members or ()}
    key = CustomerActivity.key(alert.customer_id)
    people = store.load(UsersItem, sorted((named | parties | {key}) - {""}))
    stored = people.pop(key, None)
    held, flagged = accounts_of(alert.customer_id), flagged_among(movements, alert.customer_id)
    normal = normal_before(held, began_at(alert, findings), alert.opened_on, alert.currency)
    if normal.is_cut and isinstance(stored, CustomerActivity):
        normal.activity.opened_on = packing.load(stored.state).opened_on
    snoozes = snoozes_in(packing.load(stored.state), alert.customer_id) if isinstance(stored, CustomerActivity) else []
    users = {key: item for key, item in people.items() if isinstance(item, User)}
    return Case(
        alert=alert,
        findings=findings,
        changes=changes,
        customer=users.get(alert.customer_id),
        normal=normal,
        accounts=sorted(held, key=lambda account: -flagged[account.account_id]),
        people=users,
        snoozes=snoozes,
        movements=movements,
    )


def began_at(alert: Alert, findings: list[AlertFinding]) -> str:
    """When the first flagged movement was posted; a pattern's movements lie before its alert was opened."""
    return min([alert.opened_at, *(finding.path[0][1] for finding in findings if finding.path)])


def flagged_among(movements: list[Posting], customer_id: str) -> Counter[str]:
    """The customer's accounts that these movements touch, and how many touch each."""
    touched: Counter[str] = Counter()
    for line in movements:
        sides = ((line.account_id, line.owner_id), (line.counter, line.counter_owner))
        touched.update(account for account, owner in sides if owner == customer_id)
    return touched


def flagged_movements(findings: list[AlertFinding]) -> list[Posting]:
    """The flagged movements, in one batched read."""
    ids = list(dict.fromkeys(finding.movement_id for finding in findings if finding.movement_id))[:MOST_MOVEMENTS]
    keys = {movement: [posting_id(movement, side) for side in ("debit", "credit")] for movement in ids}
    found = store.load(TransactionsItem, [key for pair in keys.values() for key in pair])
    lines = [[item for key in pair if isinstance(item := found.get(key), Posting)] for pair in keys.values()]
    return [one[0] for one in lines if one]
