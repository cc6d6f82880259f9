"""What changed about a person, read from the audit records, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.names import program_name
from accounts.queries.people import users
from cloudbank.audit import AuditRecord
from cloudbank.clock import from_iso

_WORDS = {
    "register": "Registered",
    "create_staff": "Sign-in created",
    "sign_in": "Signed in",
    "change_password": "Password changed",
    "end_session": "A session ended",
    "end_all_sessions": "All sessions ended",
    "verify_identity": "Identity verified",
    "reject_identity": "Identity not verified",
    "change_role": "Role changed",
    "disable": "Shut out",
    "enable": "Let in again",
    "reveal_personal_data": "Personal data shown in clear",
    "look_ups_refused": "Too many account numbers looked up; refused",
    "first_account": "First account opened",
}
_SHOWN = ("role", "risk_rating")


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
    records = [item for item in found if isinstance(item, AuditRecord)]
    people = users({item.actor_id for item in records})
    return [_changed(item, people) for item in records]


def _changed(item: AuditRecord, people: Mapping[str, User]) -> Changed:
    actor = people.get(item.actor_id)
    return Changed(
        words=_WORDS.get(item.action, item.action.replace("_", " ").capitalize()),
        detail=_difference(item.before, item.after),
        reason=item.reason,
        at=from_iso(item.at),
        who=f"{actor.name} ({item.actor_role})" if actor else program_name(item.actor_id),
        source=item.source,
    )


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """ "teller to manager"."""
    return ", ".join(
        f"{before[name]} to {after[name]}" if before.get(name) else f"{after[name]}"
        for name in _SHOWN
        if after.get(name)
    )
