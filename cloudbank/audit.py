"""Audit records: every change of state writes one, in its own transaction.

Append-only and hash-chained per subject: the subject item carries the head of its chain, so a
record needs no extra read, cannot be left out unnoticed and cannot be changed unseen.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank import store
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


class AuditRecord(TransactionsItem, discriminator="audit"):
    """Who changed what, when, from where and why."""

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
    hash = UnicodeAttribute()

    def computed_hash(self) -> str:
        """SHA-256 over every other field (hex)."""
        who = [self.subject, self.sequence, self.at, self.action, self.actor_id, self.actor_role, self.source]
        what = [self.before, self.after, self.reason, self.previous_hash]
        content = json.dumps([*who, *what], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


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

    Moves the item's chain forward, so put the item in that transaction as well. Record keys derive
    from subject and sequence: two changes from the same state cannot both be saved.
    """
    item.audit_sequence += 1
    entry = AuditRecord(
        transaction_id=f"audit#{subject_of(item)}#{item.audit_sequence:08d}",
        version=1,
        subject=subject_of(item),
        subject_order=f"{iso(now)}#{item.audit_sequence:08d}",
        day_group=f"audit#{iso(now)[:10]}",
        day_order=f"{iso(now)}#{subject_of(item)}",
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
        hash="",
    )
    entry.hash = item.audit_head = entry.computed_hash()
    return store.new(entry)


def broken_at(records: Sequence[AuditRecord]) -> str:
    """The first record, in order from the first, that does not follow from the one before; "" when all do."""
    previous, sequence = GENESIS, 0
    for one in records:
        if one.sequence != sequence + 1:
            return f"record {sequence + 1} is missing"
        if one.previous_hash != previous:
            return f"record {one.sequence} does not name the hash of the one before"
        if one.hash != one.computed_hash():
            return f"record {one.sequence} was changed after it was written"
        previous, sequence = one.hash, one.sequence
    return ""
