"""Rule 29: keeps the inverted index of what customers may share (shared_identity.TRAITS), and raises what they do.

The first run reads all customers by their index of names; later ones only those whose record the audit trail says
was written since. Each costs one read and one write a value, however many customers there are.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.conf import settings

from accounts.models import User
from cloudbank import parameters, store
from cloudbank.audit import AuditRecord
from cloudbank.clock import ONE_DAY, from_iso
from cloudbank.conf import business_date
from cloudbank.parameters import Snapshot
from cloudbank.roles import Role
from cloudbank.tables import UsersItem
from monitoring.models import IdentityMark
from monitoring.patternbook import PATTERNS
from monitoring.patterns.shared_identity import (
    KEPT,
    SIGN_IN_DAYS,
    SOURCE_OF_SIGN_IN,
    TRAITS,
    finding_id,
    mark_of,
    shared,
)
from monitoring.queries.runs import last_done
from monitoring.services.patterns import OVERLAP, Progress, Summary, count
from monitoring.services.raising import Raised

AT_ONCE = 100 // len(TRAITS)
"""Customers at a time: all their values within one batched read and one transaction."""


def look_for_shared(
    summary: Summary,
    *,
    now: datetime,
    imports: Iterable[str],
    again: bool = False,
    dry_run: bool = False,
    progress: Progress,
    found: Callable[[Raised], None] = lambda one: None,
) -> None:
    """Take in customers that are new or changed, raise what they share. Adds to `summary`; Busy, store.StoreError."""
    snapshot, seen = parameters.snapshot(now), 0
    for customers in _batches(_customers(now, imports, again)):
        for one in _take_in(customers, snapshot, now, again, dry_run):
            count(summary, [one], dry_run, snapshot, now, found)
        seen += len(customers)
        progress("Customers", seen, 0)


def _customers(now: datetime, imports: Iterable[str], again: bool) -> Iterator[str]:
    before = None if again else last_done()
    seen = set(str(before.counts.get("imports", "")).split(",")) if before else set()
    if before is None or "cut_off" not in before.counts or set(imports) - seen:
        # Who gave nothing that can be shared need not be loaded; who gives it while this is read, the next run sees.
        rows = store.index_rows(User, "by_name", str(Role.CUSTOMER), fields=("user_id", *TRAITS))
        yield from (row["user_id"]["S"] for row in rows if _gave_any(row))
        return
    day = (from_iso(str(before.counts["cut_off"])) - OVERLAP).astimezone(UTC).date()
    known: set[str] = set()
    while day <= now.astimezone(UTC).date():
        for row in store.index_rows(AuditRecord, "by_day", f"audit#{day}", fields=("subject",)):
            kind, _, key = row["subject"]["S"].partition("#")
            if kind == User.discriminator() and key not in known:
                known.add(key)
                yield key
        day += ONE_DAY


def _gave_any(row: dict[str, Any]) -> bool:
    return any(mark_of(trait, row[trait]["S"]) for trait in TRAITS if trait in row and "S" in row[trait])


def _batches(keys: Iterator[str]) -> Iterator[list[User]]:
    while part := list(islice(keys, AT_ONCE)):
        found = store.load(UsersItem, part)
        yield [one for one in found.values() if isinstance(one, User) and one.role == str(Role.CUSTOMER)]


def _take_in(customers: list[User], snapshot: Snapshot, now: datetime, again: bool, dry_run: bool) -> Iterator[Raised]:
    """Put the customers on the marks of their values; a finding for each value that is shared with one of them."""
    given = [
        (trait, mark, one) for one in customers for trait in TRAITS if (mark := mark_of(trait, getattr(one, trait)))
    ]
    stored = store.load(UsersItem, [IdentityMark.key(trait, mark) for trait, mark, _ in given])
    marks = {key: item for key, item in stored.items() if isinstance(item, IdentityMark)}
    changed, looked_at = set[str](), dict[str, tuple[str, str]]()
    for trait, mark, one in given:
        key = IdentityMark.key(trait, mark)
        item = marks.setdefault(key, IdentityMark(user_id=key))
        if is_new := one.user_id not in item.holders and len(item.holders) < KEPT:
            item.holders = [*item.holders, one.user_id]
            changed.add(key)
            if trait == SOURCE_OF_SIGN_IN:
                item.expires_at = now + SIGN_IN_DAYS * ONE_DAY
        if is_new or again:
            looked_at[key] = (trait, mark)
    yield from _shared([(marks[key], trait, mark) for key, (trait, mark) in looked_at.items()], snapshot, now)
    if changed and not dry_run:
        # After the findings: a run that is cut short between finds the same again, and passes it over.
        store.save([store.stored(marks[key]) for key in sorted(changed)])


def _shared(changed: list[tuple[IdentityMark, str, str]], snapshot: Snapshot, now: datetime) -> Iterator[Raised]:
    pattern, candidates = PATTERNS["shared_identity"], [one for one in changed if len(one[0].holders) > 1]
    people = store.load(UsersItem, sorted({who for item, _, _ in candidates for who in item.holders}))
    for item, trait, mark in candidates:
        still = [
            p
            for who in item.holders
            if isinstance(p := people.get(who), User) and mark_of(trait, getattr(p, trait)) == mark
        ]
        still.sort(key=lambda one: (one.registered_at, one.user_id))
        holders = [one.user_id for one in still]
        hit = shared(trait, holders, snapshot)
        if hit:
            yield Raised(
                finding_id=finding_id(trait, mark, holders),
                rule=pattern.code,
                number=pattern.number,
                family=pattern.family,
                severity=pattern.severity,
                customer_id=holders[-1],
                members=(holders[-1], *holders[:-1]),
                hit=hit,
                currency=settings.BANK_CURRENCY,
                business_date=business_date(now).isoformat(),
                movement_type="",
            )
