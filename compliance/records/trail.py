"""Audit records as lists show them: the columns, the pages of one or of several subjects, links to the records."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.audit_words import ARROW, DASH, masked
from accounts.names import role_name
from accounts.queries.audit_words import Told, told
from cloudbank.audit import AuditRecord
from cloudbank.clock import from_iso
from cloudbank.lists import Column, Page
from compliance.filings.secrecy import readable
from compliance.queries.audit import narrowed, of_actor
from compliance.queries.merging import Entry, Stream, merged
from compliance.records import RECORDS

AT_ONCE = 3


def subject_url(subject: str) -> str:
    """The records of one subject in the audit trail."""
    return f"{reverse('audit')}?{urlencode({'subject': subject})}"


@cache
def claimed() -> frozenset[str]:
    """The audit subjects' kinds that are records of some kind. Asked when all apps are loaded."""
    return frozenset(kind for screen in RECORDS for kind in screen.kinds)


def about_url(subject: str) -> str:
    """Where a subject leads: to its record, by way of the find box, else to its records in the trail."""
    if subject.partition("#")[0] not in claimed():
        return subject_url(subject)
    return f"{reverse('records')}?{urlencode({'q': subject})}"


def _said(changes: list[tuple[str, str, str]]) -> SafeString:
    html = '<span class="audit-change"><span class="text-muted">{}</span> {}</span>'
    shown = ((field, after if before == DASH else f"{before} {ARROW} {after}") for field, before, after in changes)
    return format_html("<div>{}</div>", format_html_join("", html, shown))


def _changes(row: Told) -> SafeString:
    shown, rest = row.changes[:AT_ONCE], row.changes[AT_ONCE:]
    if not rest:
        return _said(shown)
    html = '<div>{}<details class="audit-more"><summary>{} more</summary>{}</details></div>'
    return format_html(html, _said(shown), len(rest), _said(rest))


def _written(row: Told) -> str:
    told = {"before": masked(row.record.before), "after": masked(row.record.after)}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _action_in_file(row: Told) -> str:
    return f"{row.record.action}: {row.record.reason}" if row.record.reason else str(row.record.action)


def request_of(record: AuditRecord) -> SafeString:
    """The id of the request that made the change, as the log has it; of a job its run, as a link."""
    trace = record.trace or ""
    if trace.startswith("job#"):
        return format_html('<a href="{}">{}</a>', reverse("record", args=["jobs", trace]), trace)
    return format_html("<code>{}</code>", trace) if trace else format_html("{}", DASH)


AT = Column("at", "When", "time", value=lambda row: from_iso(row.record.at), sort="at")
ACTION = Column("action", "What", main=True, value="what", note=lambda row: row.record.reason, export=_action_in_file)
CHANGES = Column("changes", "Change", "html", value=_changes, export=_written)
SUBJECT = Column(
    "subject",
    "Subject",
    value="about",
    link=lambda row: about_url(row.record.subject),
    export=lambda row: row.record.subject,
)
WHO = Column(
    "who",
    "Who",
    value="who",
    note=lambda row: f"{role_name(row.record.actor_role)} from {row.record.source or 'unknown'}",
    export=lambda row: f"{row.who} ({row.record.actor_id}, {row.record.actor_role}, {row.record.source})",
)
NUMBER = Column(
    "sequence",
    "No.",
    "number",
    value=lambda row: row.record.sequence,
    link=lambda row: reverse("record", args=["audit", row.record.transaction_id]),
)
TRAIL = (AT, ACTION, CHANGES, SUBJECT, WHO, NUMBER)
"""The audit trail."""
IN_FILE = (*TRAIL, Column("trace", "Request", value=lambda row: row.record.trace or ""))
"""The same in a file, which has room for the id that the log has, too."""


def _trail_link(row: Told) -> str:
    return subject_url(str(row.record.subject))


PAST = (
    AT,
    ACTION,
    CHANGES,
    WHO,
    Column("subject", "In the trail", value="about", link=_trail_link, export=lambda row: row.record.subject),
    NUMBER,
)
"""A record's own history."""

DEEDS = (AT, ACTION, CHANGES, SUBJECT, NUMBER)
"""What one person did."""


def _of(subject: str) -> Stream:
    """The audit records of a subject, newest first; a place is the order of the last one."""

    def read(place: Any, limit: int) -> list[Entry]:
        before = AuditRecord.subject_order < place if place else None
        found = AuditRecord.by_subject.query(subject, before, scan_index_forward=False, limit=limit)
        return [Entry(one.subject_order, one.subject_order, one) for one in found]

    return read


def history(subjects: Sequence[str], reader: Any, cursor: Any, limit: int) -> Page:
    """What was done to these subjects, newest first, as far as this person may read of them. One query a subject."""
    page = merged({one: _of(one) for one in subjects}, cursor, limit)
    return Page(told(readable(page.rows, reader)), page.next_cursor)


def deeds(actor_id: str, reader: Any, cursor: Any, limit: int) -> Page:
    """What a person or a program did, newest first, as far as this person may read of it."""
    page = narrowed(of_actor(actor_id), cursor, limit, lambda some: readable(some, reader))
    return Page(told(page.rows), page.next_cursor)
