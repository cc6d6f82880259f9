"""verify_audit: every chain of audit records, of every kind in every table, and every record that stands outside one.

`verify_ledger --full` proves what explains the books; this proves the trail of all that is audited (people, alerts,
cases, reports, privacy requests, ...), with the memory of one batch, whatever the bank's size: chains are followed
record by record, and each record's own place is checked while the table is read past.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from accounts.queries import scans
from accounts.queries.scans import WHOLE, Part, Raw
from accounts.services.verification import Progress
from accounts.verifying import Problem
from cloudbank import store
from cloudbank.audit import AuditRecord, Entry
from cloudbank.tables import Item, TransactionsItem
from compliance.queries.chains import Audits, Trail, audited_kinds, audited_tables, chain_alone, chain_of, is_key

T = TypeVar("T")
AT_ONCE = 100
"""Items, or records, that are in memory at a time."""
KINDS = {
    "missing": "a record is missing",
    "link": "a record does not name the one before",
    "content": "a record was changed",
    "filing": "a record is filed where nobody looks for it",
    "head": "an item names another last record",
    "imprint": "an item is not as its last record left it",
    "unrecorded": "an item that no record tells of",
    "gone": "an item is gone, its records are there",
    "beyond": "a record beyond an item's last",
    "unknown": "a record of nothing that this bank knows",
}
"""What can be wrong, in the order in which it is told."""


@dataclass
class AuditCheck:
    """What was read, and the first broken thing of each kind."""

    items: int = 0
    records: int = 0
    problems: dict[str, Problem] = field(default_factory=dict)

    def report(self, kind: str, what: str) -> None:
        """Note a broken thing; only the first of its kind is named."""
        self.problems.setdefault(kind, Problem(kind, what)).count += 1

    @property
    def told(self) -> list[Problem]:
        """The problems in the order of KINDS."""
        return [self.problems[kind] for kind in KINDS if kind in self.problems]


def verify_audit(progress: Progress = lambda part, done, total: None, part: Part = WHOLE) -> AuditCheck:
    """Follow every chain and look at every record, also while the bank works. Reads the three tables once, by scan.

    `part`: only the items and the records that stand in this part of each table; a chain is followed from its item.
    """
    check = AuditCheck()
    for table, kinds in audited_tables().items():
        meter = _Meter(progress, f"Chains of {table.Meta.table_name}", scans.size_of(table) // part.of)
        for some in _in_groups(scans.items_of(table, kinds, meter.seen, part)):
            _follow(check, some, kinds)
    meter = _Meter(progress, "Audit records, one by one", scans.size_of(TransactionsItem) // part.of)
    for some in _in_groups(scans.items_of(TransactionsItem, [AuditRecord.discriminator()], meter.seen, part)):
        _look_at(check, [Entry.of(raw) for raw in some])
    return check


def verify_subject(subject: str) -> AuditCheck | None:
    """Follow one subject's chain, however long; None when there is no such subject."""
    name, _, key = subject.partition("#")
    kind = audited_kinds().get(name)
    if kind is None or not is_key(key):
        return None
    check = AuditCheck()
    raws = [one for one in store.load_raw(kind.table, [key]) if one["kind"]["S"] == name]
    if raws:
        check.records = _follow(check, raws, {name: kind})
        return check
    chain = chain_of(subject)
    if chain is None:
        return None
    check.records = chain.length
    if chain.problem:
        check.report(chain.problem[0], f"{subject}: {chain.problem[1]}")
    return check


@dataclass
class _Meter:
    progress: Progress
    part: str
    size: int
    done: int = 0

    def seen(self, number: int) -> None:
        """So many more were passed by."""
        self.done += number
        self.progress(self.part, self.done, max(self.size, self.done))


def _in_groups(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _follow(check: AuditCheck, raws: list[Raw], kinds: dict[str, Audits]) -> int:
    """The chains of some items, record by record, at most AT_ONCE records in memory; how many records were whole."""
    trails = [Trail(raw, kinds[raw["kind"]["S"]]) for raw in raws]
    batch: list[tuple[Trail, str]] = []
    for trail in trails:
        for sequence in range(1, trail.number + 1):
            if trail.broken:
                break
            batch.append((trail, AuditRecord.key(trail.subject, sequence)))
            if len(batch) == AT_ONCE:
                _step(batch)
                batch = []
    _step(batch)
    check.items += len(trails)
    for trail in trails:
        if found := trail.end():
            check.report(found[0], f"{trail.subject}: {found[1]}")
    return sum(trail.walk.length for trail in trails)


def _step(batch: list[tuple[Trail, str]]) -> None:
    found = {raw["transaction_id"]["S"]: raw for raw in store.load_raw(TransactionsItem, [key for _, key in batch])}
    for trail, key in batch:
        raw = found.get(key)
        is_record = raw is not None and raw["kind"]["S"] == AuditRecord.discriminator()
        trail.step(Entry.of(raw) if raw is not None and is_record else None)


def _look_at(check: AuditCheck, entries: list[Entry]) -> None:
    """Some records: each stands under its own key, and belongs to an item that has come at least as far."""
    check.records += len(entries)
    kinds = audited_kinds()
    items = _items_of({str(one.subject) for one in entries}, kinds)
    for one in entries:
        subject = str(one.subject)
        kind = kinds.get(subject.partition("#")[0])
        if kind is None:
            check.report("unknown", f"{one.key}: there is no kind of item of this name")
        elif one.key != AuditRecord.key(subject, one.sequence or 0):
            check.report("filing", f"{one.key}: says that it is record {one.sequence} of {subject}")
        elif subject in items:
            if (one.sequence or 0) > items[subject] and not kind.passing:
                check.report("beyond", f"{subject}: record {one.sequence} stands beyond its last, {items[subject]}")
        elif not kind.passing:
            check.report("gone", f"{subject} is gone; its record {one.sequence} is there")
        elif one.sequence == 1 and (broken := chain_alone(subject).problem):
            check.report(broken[0], f"{subject}: {broken[1]}")


def _items_of(subjects: set[str], kinds: dict[str, Audits]) -> dict[str, int]:
    """Subject -> how many records its item names, strongly read, of those that are stored."""
    keys: dict[type[Item], list[str]] = {}
    for subject in subjects:
        name, _, key = subject.partition("#")
        if name in kinds and is_key(key):
            keys.setdefault(kinds[name].table, []).append(key)
    found: dict[str, Any] = {}
    for table, some in keys.items():
        for raw in store.load_raw(table, some):
            if raw["kind"]["S"] in kinds:
                found[f"{raw['kind']['S']}#{raw[str(table._hash_keyname)]['S']}"] = int(
                    raw.get("audit_sequence", {}).get("N", "0")
                )
    return found
