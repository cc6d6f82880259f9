"""Chains of audit records: which kinds of items have one, and whether one subject's is whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloudbank import store
from cloudbank.audit import GENESIS, Audited, AuditRecord, ChainWalk, Entry, imprint_of
from cloudbank.tables import TABLES, Item, TransactionsItem

AT_ONCE = 100
LIMIT = 5_000
"""So many records of one subject a page looks at; `manage.py verify_audit` looks at all."""


@dataclass(frozen=True)
class Audits:
    """A kind of item whose changes are audited: where it is stored, its hash key, what moves without a record."""

    table: type[Item]
    key_name: str
    moving: frozenset[str] | None
    passing: bool
    seen_with: str


@cache
def audited_kinds() -> dict[str, Audits]:
    """Every kind that mixes in `Audited`, by its name in `kind`."""
    return {name: kind for kinds in audited_tables().values() for name, kind in kinds.items()}


@cache
def audited_tables() -> dict[type[Item], dict[str, Audits]]:
    """Table -> its audited kinds. Asked when all apps are loaded."""
    return {table: dict(_below(table, table)) for table in TABLES}


def _below(kind: type[Item], table: type[Item]) -> Iterator[tuple[str, Audits]]:
    for one in kind.__subclasses__():
        if issubclass(one, Audited) and not one.__subclasses__():
            yield one.discriminator(), Audits(table, str(table._hash_keyname), one.moving, one.passing, one.seen_with)
        yield from _below(one, table)


def hidden_kinds(may: Callable[[str], bool]) -> frozenset[str]:
    """The kinds whose records this reader must not see, nor learn that there are any (31 CFR 1020.320(e))."""
    return frozenset(name for name, one in audited_kinds().items() if one.seen_with and not may(one.seen_with))


@dataclass(frozen=True)
class Chain:
    """What a look at a subject's whole chain showed. `problem` is (kind, words); None when it is whole.

    `cut`: there are more than LIMIT records, and only so many were looked at.
    """

    length: int
    problem: tuple[str, str] | None = None
    cut: bool = False
    gone: bool = False
    """The item is not stored any more: its records stand alone."""

    @property
    def is_whole(self) -> bool:
        """Nothing was changed, left out or put in."""
        return self.problem is None

    @property
    def broken(self) -> str:
        """What is wrong, "" when nothing is."""
        return self.problem[1] if self.problem else ""


class Trail:
    """One item's chain while it is followed record by record; `raw` is the item as DynamoDB holds it."""

    def __init__(self, raw: dict[str, Any], kind: Audits) -> None:
        self.subject = f"{raw['kind']['S']}#{raw[kind.key_name]['S']}"
        self.number = int(raw.get("audit_sequence", {}).get("N", "0"))
        """How many records the item names."""
        self.walk = ChainWalk()
        self.broken: tuple[str, str] | None = None
        self._raw, self._kind = raw, kind
        self._imprint: str | None = None

    def step(self, entry: Entry | None) -> None:
        """The next record; None when it is not there."""
        if self.broken:
            return
        if entry is None:
            self.broken = "missing", f"record {self.walk.length + 1} is missing"
        elif found := self.walk.step(entry):
            self.broken = found
        elif not entry.filed_right:
            self.broken = "filing", f"record {entry.sequence} is filed where nobody looks for it"
        else:
            self._imprint = entry.imprint

    def end(self) -> tuple[str, str] | None:
        """(kind, words) of what is wrong, now that all its records were passed."""
        if self.broken:
            return self.broken
        if self._raw.get("audit_head", {}).get("S", GENESIS) != self.walk.head:
            return "head", f"it names another last record than record {self.walk.length}"
        if self._kind.moving is None:
            return None
        if not self.number:
            return None if self._raw.get("import_id") else ("unrecorded", "no record tells of it")
        if self._imprint != imprint_of(self._raw, self._kind.moving):
            return "imprint", "it is not as its last record left it"
        return None


def chain_of(subject: str) -> Chain | None:
    """Check a subject's chain against its records and its item's head; None when there is no such subject."""
    name, _, key = subject.partition("#")
    kind = audited_kinds().get(name)
    if kind is None or not is_key(key):
        return None
    raw = next((one for one in store.load_raw(kind.table, [key]) if one["kind"]["S"] == name), None)
    if raw is None:
        alone = chain_alone(subject)
        if not alone.length and alone.is_whole:
            return None
        return alone if kind.passing else Chain(alone.length, alone.problem or ("gone", "the item is gone"), gone=True)
    trail = Trail(raw, kind)
    for entry in _entries(subject, min(trail.number, LIMIT)):
        trail.step(entry)
        if trail.broken:
            break
    cut = trail.number > LIMIT and not trail.broken
    return Chain(trail.walk.length, None if cut else trail.end(), cut)


def is_key(text: str) -> bool:
    """Whether it can be a hash key at all."""
    return 0 < len(text.encode()) <= store.KEY_BYTES // 2


def chain_alone(subject: str) -> Chain:
    """The records of a subject whose item is gone, from the first to the last that is there."""
    walk = ChainWalk()
    for entry in _entries(subject, LIMIT):
        if entry is None:
            return Chain(walk.length, gone=True)
        if found := walk.step(entry):
            return Chain(walk.length, found, gone=True)
    return Chain(walk.length, cut=True, gone=True)


def _entries(subject: str, number: int) -> Iterator[Entry | None]:
    """The records 1 to `number`, in order; None for one that is not there."""
    for start in range(1, number + 1, AT_ONCE):
        keys = [AuditRecord.key(subject, one) for one in range(start, min(start + AT_ONCE, number + 1))]
        found = {
            raw["transaction_id"]["S"]: Entry.of(raw)
            for raw in store.load_raw(TransactionsItem, keys)
            if raw["kind"]["S"] == AuditRecord.discriminator()
        }
        yield from (found.get(key) for key in keys)
