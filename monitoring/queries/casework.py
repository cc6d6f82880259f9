"""Reads of cases: the list, its ages, one case with all that happened to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from accounts.models import DepositAccount, User
from accounts.queries.deposits import accounts_of
from accounts.queries.people import users
from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.tables import AccountsItem, TransactionsItem
from monitoring.casework import (
    CLOSED,
    CUSTOMER,
    STATUSES,
    WORKLIST_CASES,
    WORKLIST_CASES_CLOSED,
    CaseFile,
    CaseLink,
    link_subject,
)
from monitoring.models import Alert, AlertFinding, alert_subject
from monitoring.rulebook import RANK

OPEN, ALL = "open_all", "all"
AGES = {"0-2": (0, 2), "3-10": (3, 10), "11-30": (11, 30), "30+": (31, 10**6)}
"""Buckets of an open case's age in days on the bank's calendar, both ends included."""
MOST_SORTED, CHUNK, MOST_ENTRIES = 2_000, 100, 300


def age_of(opened_at: str, today: date) -> int:
    """Days since a case was opened, on the bank's calendar."""
    return (today - bank_calendar().local(from_iso(opened_at)).date()).days


@dataclass(frozen=True)
class CaseFilter:
    """What the list of cases is narrowed by; empty means all."""

    now: datetime
    status: str = OPEN
    severity: str = ""
    owner_id: str = ""
    """A person's id, or `-` for nobody's."""
    age: str = ""
    customer_id: str = ""

    def keeps(self, case: CaseFile) -> bool:
        """Whether a case belongs in the list."""
        state = case.state_at(iso(self.now))
        low, high = AGES.get(self.age, (0, 10**6))
        return (
            (self.status == ALL or (case.is_open if self.status == OPEN else self.status == state))
            and self.severity in ("", case.severity)
            and self.owner_id in ("", case.owner_id or "-")
            and self.customer_id in ("", *case.customers)
            and (not self.age or low <= age_of(case.opened_at, bank_calendar().local(self.now).date()) <= high)
        )


class CasePage(NamedTuple):
    """Some cases, the cursor of what follows, and whether there are more than a sort looks at."""

    rows: list[CaseFile]
    cursor: str
    is_cut: bool = False


def cases_page(
    wanted: CaseFilter, *, sort: str = "opened", descending: bool = False, cursor: str = "", limit: int = 25
) -> CasePage:
    """A page of cases and the cursor of what follows ("" at the end).

    By `opened` straight from the worklist; by `severity`, `alerts` or `changed` among the first MOST_SORTED in that
    order, and the page says so when there are more.
    """
    if sort == "opened":
        rows = ((mark, case) for mark, case in _all(wanted, descending, cursor) if wanted.keeps(case))
        taken = list(islice(rows, limit + 1))
        return CasePage([case for _, case in taken[:limit]], taken[limit - 1][0] if len(taken) > limit else "")
    looked_at = [case for _, case in islice(_all(wanted, False, ""), MOST_SORTED + 1)]
    found = [case for case in looked_at[:MOST_SORTED] if wanted.keeps(case)]
    found.sort(key=_SORTS[sort], reverse=descending)
    start = int(cursor or 0)
    following = str(start + limit) if len(found) > start + limit else ""
    return CasePage(found[start : start + limit], following, len(looked_at) > MOST_SORTED)


_SORTS = {
    "severity": lambda case: (-RANK[case.severity], case.opened_at),
    "alerts": lambda case: (len(case.alert_ids), case.opened_at),
    "changed": lambda case: (case.changed_at, case.case_id),
}


def _all(wanted: CaseFilter, descending: bool, cursor: str) -> Iterator[tuple[str, CaseFile]]:
    """Open cases, then closed ones (the last closed first), as far as the status asks; each with its cursor."""
    group, _, order = cursor.partition("|")
    if wanted.status != CLOSED and group in ("", WORKLIST_CASES):
        yield from _of_group(WORKLIST_CASES, order, descending)
    if wanted.status in (CLOSED, ALL):
        yield from _of_group(WORKLIST_CASES_CLOSED, order if group == WORKLIST_CASES_CLOSED else "", True)


def _of_group(group: str, after: str, backwards: bool) -> Iterator[tuple[str, CaseFile]]:
    while keys := list(
        store.index_keys(TransactionsItem, "worklist", group, after=after, backwards=backwards, limit=CHUNK)
    ):
        items = store.load(TransactionsItem, [key for _, key in keys])
        for order, key in keys:
            if isinstance(item := items.get(key), CaseFile):
                yield f"{group}|{order}", item
        after = keys[-1][0]


def ages(now: datetime, bound: int = 2000) -> dict[str, int]:
    """How many open cases there are by age, from the keys of the worklist alone."""
    today = bank_calendar().local(now).date()
    counts = dict.fromkeys(AGES, 0)
    for order, _ in store.index_keys(TransactionsItem, "worklist", WORKLIST_CASES, limit=bound):
        age = max(0, age_of(order.partition("#")[0], today))
        counts[next(name for name, (low, high) in AGES.items() if low <= age <= high)] += 1
    return counts


def by_status_and_age(now: datetime, bound: int = MOST_SORTED) -> dict[str, dict[str, int]]:
    """How many open cases there are by status (at `now`) and age; of at most `bound` of them, the oldest."""
    today = bank_calendar().local(now).date()
    counts = {status: dict.fromkeys(AGES, 0) for status in STATUSES if status != CLOSED}
    for _, case in islice(_of_group(WORKLIST_CASES, "", False), bound):
        age = max(0, age_of(case.opened_at, today))
        bucket = next(name for name, (low, high) in AGES.items() if low <= age <= high)
        counts[case.state_at(iso(now))][bucket] += 1
    return counts


def get_case(case_id: str) -> CaseFile | None:
    """The case, read strongly, or None."""
    return store.get(CaseFile, case_id)


def cases_about(kind: str, key: str) -> list[CaseFile]:
    """The cases about a customer or account, newest first."""
    links = CaseLink.by_subject.query(link_subject(kind, key), scan_index_forward=False, limit=CHUNK)
    ids = [link.case_id for link in links if isinstance(link, CaseLink)]
    found = store.load(TransactionsItem, ids)
    return [item for key in ids if isinstance(item := found.get(key), CaseFile)]


def open_cases_of(customer_id: str) -> list[CaseFile]:
    """The customer's cases that are not closed."""
    return [case for case in cases_about(CUSTOMER, customer_id) if case.is_open]


@dataclass(frozen=True)
class Dossier:
    """A case with its alerts (the most severe first), findings, people and accounts, and all that happened."""

    case: CaseFile
    alerts: list[Alert]
    findings: list[AlertFinding]
    """Newest first."""
    changes: list[AuditRecord]
    """Of the case and of its alerts, newest first."""
    people: dict[str, User]
    accounts: list[DepositAccount]

    @property
    def amount(self) -> int:
        """What its alerts flagged together, minor units."""
        return sum(alert.amount for alert in self.alerts)

    @property
    def currency(self) -> str:
        """Of that amount."""
        return str(self.alerts[0].currency) if self.alerts else "USD"


def dossier_of(case: CaseFile) -> Dossier:
    """Read the case: its own entries, one query for each alert's, people and accounts in batches."""
    found = store.load(TransactionsItem, case.alert_ids)
    alerts = [item for key in case.alert_ids if isinstance(item := found.get(key), Alert)]
    entries = list(_entries(subject_of(case)))
    for alert in alerts:
        entries += _entries(alert_subject(alert.alert_id))
    changes = [one for one in entries if isinstance(one, AuditRecord)]
    accounts = _accounts(case)
    named = {*case.customers, case.owner_id, case.closed_by, case.approved_by, *(one.actor_id for one in changes)}
    named |= {str(account.owner_id) for account in accounts} | {one["by"] for one in case.papers}
    return Dossier(
        case=case,
        alerts=sorted(alerts, key=lambda alert: (RANK[alert.severity], alert.opened_at)),
        findings=sorted(
            (one for one in entries if isinstance(one, AlertFinding)), key=lambda one: one.at, reverse=True
        ),
        changes=sorted(changes, key=lambda one: (one.at, one.sequence), reverse=True),
        people=users(sorted(named - {""})),
        accounts=accounts,
    )


def _entries(subject: str) -> Iterator[TransactionsItem]:
    return TransactionsItem.by_subject.query(subject, scan_index_forward=False, limit=MOST_ENTRIES)


def _accounts(case: CaseFile) -> list[DepositAccount]:
    """The accounts of its customers, and those that it names."""
    held = {account.account_id: account for customer in case.customers for account in accounts_of(customer)}
    missing = [number for number in case.accounts if number not in held]
    named = store.load(AccountsItem, missing) if missing else {}
    held |= {key: item for key, item in named.items() if isinstance(item, DepositAccount)}
    return list(held.values())
