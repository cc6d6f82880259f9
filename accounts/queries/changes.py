"""What changed about a person, read from the audit records, in words."""

from dataclasses import dataclass
from datetime import datetime

from accounts.audit_words import field_name, sentence
from accounts.models import User
from accounts.names import role_name
from accounts.queries.audit_words import Told, told
from cloudbank.audit import AuditRecord
from cloudbank.clock import from_iso

_SHOWN = {field_name(code) for code in ("role", "risk_rating", "kyc_review_on")}


@dataclass(frozen=True)
class Changed:
    """One change: what, from what to what, why, when, by whom, from where."""

    words: str
    detail: str
    reason: str
    at: datetime
    who: str
    source: str


def changes_of(user_id: str, limit: int = 20) -> list[Changed]:
    """The latest changes of a person, newest first."""
    found = AuditRecord.by_subject.query(f"{User.discriminator()}#{user_id}", scan_index_forward=False, limit=limit)
    return [_changed(one) for one in told([item for item in found if isinstance(item, AuditRecord)])]


def _changed(one: Told) -> Changed:
    item = one.record
    is_person = item.actor_id.startswith("usr_")
    return Changed(
        words=one.what,
        detail=", ".join(sentence(change) for change in one.changes if change[0] in _SHOWN),
        reason=item.reason,
        at=from_iso(item.at),
        who=f"{one.who} ({role_name(item.actor_role)})" if is_person else one.who,
        source=item.source,
    )
