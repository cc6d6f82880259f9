"""The history of a request: its audit records with the names of who did it."""

from dataclasses import dataclass
from datetime import datetime

from accounts.queries.people import users
from cloudbank.approvals import Approval
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import from_iso

MOST = 20


@dataclass(frozen=True)
class Event:
    """One line of a history."""

    record: AuditRecord
    who: str

    @property
    def at(self) -> datetime:
        """When."""
        return from_iso(self.record.at)


def events(item: Approval) -> list[Event]:
    """What happened to a request, newest first."""
    records = list(AuditRecord.by_subject.query(subject_of(item), scan_index_forward=False, limit=MOST))
    people = users({one.actor_id for one in records if one.actor_id.startswith("usr_")})
    return [Event(one, people[one.actor_id].name if one.actor_id in people else one.actor_id) for one in records]
