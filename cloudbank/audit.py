"""Audit records: every change of state writes one, in its own transaction.

Append-only and hash-chained per subject: the subject item carries the head of its chain, so a
record needs no extra read, cannot be left out unnoticed and cannot be changed unseen.
Of kinds that matter to money a record also carries an imprint of the item as the change left it: no
attribute of it can be changed afterwards without a record, or `verify_ledger` names the item.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank import store, trace
from cloudbank.clock import iso
from cloudbank.tables import IntegerAttribute, TransactionsItem

GENESIS = "0" * 64


class Actor(Protocol):
    """Who acts: accounts.ledger.Actor is one."""

    @property
    def user_id(self) -> str:
        """The person's or command's id."""

    @property
    def role(self) -> str:
        """The role acted in."""

    @property
    def source(self) -> str:
        """From where: an IP address or `command`."""


class Audited:
    """Mixin of items whose changes are audited: the chain's length and head."""

    audit_sequence = IntegerAttribute(default=0)
    audit_head = UnicodeAttribute(default=GENESIS)
    moving: ClassVar[frozenset[str] | None] = None
    """The attributes that change without a record; all others stand under each record's imprint. None: no imprints."""
    passing: ClassVar[bool] = False
    """Items of this kind go when they are done with (by a person, or by the table's TTL); their records stay."""
    seen_with: ClassVar[str] = ""
    """The permission without which nobody reads records of this kind or learns of any, beside the audit trail's own."""


_NEVER_PRINTED = frozenset({"version", "audit_sequence", "audit_head"})


def imprint_of(raw: Mapping[str, Any], moving: frozenset[str]) -> str:
    """SHA-256 (hex) over an item as DynamoDB holds it, without what changes unrecorded."""
    kept = {name: value for name, value in raw.items() if name not in moving and name not in _NEVER_PRINTED}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


class Chained:
    """What an audit record says, and the hash over it."""

    subject: Any
    sequence: Any
    at: Any
    action: Any
    actor_id: Any
    actor_role: Any
    source: Any
    before: Any
    after: Any
    reason: Any
    previous_hash: Any
    imprint: Any
    trace: Any

    def computed_hash(self) -> str:
        """SHA-256 over every other field (hex)."""
        who = [self.subject, self.sequence, self.at, self.action, self.actor_id, self.actor_role, self.source]
        what = [self.before, self.after, self.reason, self.previous_hash]
        what += [self.imprint or "", self.trace] if self.trace else [self.imprint] if self.imprint else []
        content = json.dumps([*who, *what], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


class AuditRecord(Chained, TransactionsItem, discriminator="audit"):
    """Who changed what, when, from where and why.

    Found by its subject (`by_subject`), by its UTC day (`by_day`), and by who did it: under that person's group of
    the index `worklist`, in order of time.
    """

    sequence = IntegerAttribute()
    at = UnicodeAttribute()
    action = UnicodeAttribute()
    actor_id = UnicodeAttribute()
    actor_role = UnicodeAttribute()
    source = UnicodeAttribute()
    before = JSONAttribute()
    after = JSONAttribute()
    reason = UnicodeAttribute(default="")
    previous_hash = UnicodeAttribute()
    imprint = UnicodeAttribute(null=True)
    """Of kinds with imprints: `imprint_of` the item as this change left it."""
    trace = UnicodeAttribute(null=True)
    """The id of the request, or of the job's run, that made the change (cloudbank.trace); older records have none."""
    hash = UnicodeAttribute()

    @staticmethod
    def key(subject: str, sequence: int) -> str:
        """The hash key of the record with this number."""
        return f"audit#{subject}#{sequence:08d}"


def done_by(actor_id: str) -> str:
    """The group of the index `worklist` that holds what this person or program did, in order of time."""
    return f"audit-by#{actor_id}"


@dataclass(slots=True)
class Entry(Chained):
    """An audit record read from DynamoDB's attribute map, without an item object: checks read all there are.

    What a damaged one lacks is None.
    """

    key: str
    subject: str | None
    sequence: int | None
    at: str | None
    action: str | None
    actor_id: str | None
    actor_role: str | None
    source: str | None
    before: Any
    after: Any
    reason: str | None
    previous_hash: str | None
    imprint: str | None
    trace: str | None
    hash: str | None
    filed_right: bool
    """Its index keys are those by which people find it, and it has nothing more."""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Entry":
        """From an attribute map."""
        texts = {name: raw[name].get("S") if name in raw else None for name in _TEXTS}
        number = raw["sequence"].get("N") if "sequence" in raw else None
        known = {name: _content(raw.get(name, {}).get("S")) for name in ("before", "after")}
        one = cls(
            key=raw["transaction_id"]["S"],
            sequence=int(number) if number else None,
            filed_right=raw.keys() <= _STORED,
            **known,
            **texts,
        )
        orders = f"{one.at}#{one.sequence or 0:08d}", f"audit#{(one.at or '')[:10]}", f"{one.at}#{one.subject}"
        there = tuple(raw.get(name, {}).get("S") for name in ("subject_order", "day_group", "day_order"))
        by = tuple(raw.get(name, {}).get("S") for name in ("worklist_group", "worklist_order"))
        one.filed_right &= orders == there and by in (_UNFILED, (done_by(one.actor_id or ""), orders[2]))
        return one


_TEXTS = (
    *("subject", "at", "action", "actor_id", "actor_role", "source", "reason", "previous_hash", "imprint", "trace"),
    "hash",
)
_STORED = frozenset((*_TEXTS, "transaction_id", "kind", "version", "sequence", "before", "after", "subject_order")) | {
    "day_group",
    "day_order",
    "worklist_group",
    "worklist_order",
}
_UNFILED = (None, None)
"""Of records written before they were filed by who acted."""


def _content(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return {}


def subject_of(item: Any) -> str:
    """The audit subject of an item: its kind and key, as `deposit_account#4000...`."""
    return f"{item.discriminator()}#{item.hash_key}"


def record(
    item: Any,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> store.Put:
    """The audit record of a change to `item` (an `Audited` item), to be saved in the same transaction.

    Moves the item's chain forward, so put the item in that transaction as well, and change it before: what is
    recorded of it (its imprint) is what it is now. Record keys derive from subject and sequence: two changes
    from the same state cannot both be saved. It carries the id of what is done now (cloudbank.trace).
    """
    item.audit_sequence += 1
    entry = AuditRecord(
        transaction_id=AuditRecord.key(subject_of(item), item.audit_sequence),
        version=1,
        subject=subject_of(item),
        subject_order=f"{iso(now)}#{item.audit_sequence:08d}",
        day_group=f"audit#{iso(now)[:10]}",
        day_order=f"{iso(now)}#{subject_of(item)}",
        worklist_group=done_by(actor.user_id),
        worklist_order=f"{iso(now)}#{subject_of(item)}",
        sequence=item.audit_sequence,
        at=iso(now),
        action=action,
        actor_id=actor.user_id,
        actor_role=actor.role,
        source=actor.source,
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
        previous_hash=item.audit_head,
        imprint=None if item.moving is None else imprint_of(item.serialize(), item.moving),
        trace=trace.current() or None,
        hash="",
    )
    entry.hash = item.audit_head = entry.computed_hash()
    return store.new(entry)


class ChainWalk:
    """Follows one chain from its first record on, with the memory of one record."""

    def __init__(self) -> None:
        self.head, self.length = GENESIS, 0

    def step(self, one: "AuditRecord | Entry") -> tuple[str, str] | None:
        """What is wrong with the next record: (kind, words); None when it follows from the one before."""
        if one.sequence != self.length + 1:
            return "missing", f"record {self.length + 1} is missing"
        if one.previous_hash != self.head:
            return "link", f"record {one.sequence} does not name the hash of the one before"
        if one.hash != one.computed_hash():
            return "content", f"record {one.sequence} was changed after it was written"
        self.head, self.length = one.hash, one.sequence
        return None


def broken_at(records: Sequence[AuditRecord] | Sequence[Entry]) -> str:
    """The first record, in order from the first, that does not follow from the one before; "" when all do."""
    walk = ChainWalk()
    return next((found[1] for one in records if (found := walk.step(one))), "")
