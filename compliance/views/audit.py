"""/compliance/audit: who did what, when, from where and why; by subject or by day."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.names import program_name
from accounts.queries.people import users
from cloudbank.audit import AuditRecord
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column, ListQuery, ListView, Page
from compliance.forms import AuditFilter
from compliance.queries import audit as queries

SHORT, AT_ONCE, TAIL, KEY = 80, 3, 8, 16
DIGEST = re.compile(r"[0-9a-f]{40,}")


class AuditRow:
    """A record with the name of who did it."""

    def __init__(self, record: AuditRecord, name: str) -> None:
        self.record, self.name = record, name

    @property
    def changed(self) -> list[tuple[str, str, str]]:
        """(field, before, after), shortened for the screen."""
        before, after = self.record.before or {}, self.record.after or {}
        fields = [*after, *(name for name in before if name not in after)]
        return [(name.replace("_", " "), _short(before.get(name)), _short(after.get(name))) for name in fields]


def _short(value: Any) -> str:
    if value in (None, ""):
        return "\N{EM DASH}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if DIGEST.fullmatch(text):
        return f"{text[:TAIL]}\N{HORIZONTAL ELLIPSIS}{text[-TAIL:]}"
    return text if len(text) <= SHORT else f"{text[:SHORT]}\N{HORIZONTAL ELLIPSIS}"


def subject_url(subject: str) -> str:
    """The records of one subject."""
    return f"{reverse('audit')}?{urlencode({'subject': subject})}"


def _said(changes: list[tuple[str, str, str]]) -> SafeString:
    html = '<span class="audit-change"><span class="text-muted">{}</span> {} \N{RIGHTWARDS ARROW} {}</span>'
    return format_html("<div>{}</div>", format_html_join("", html, changes))


def _changes(row: AuditRow) -> SafeString:
    shown, rest = row.changed[:AT_ONCE], row.changed[AT_ONCE:]
    if not rest:
        return _said(shown)
    html = '<div>{}<details class="audit-more"><summary>{} more</summary>{}</details></div>'
    return format_html(html, _said(shown), len(rest), _said(rest))


def _written(row: AuditRow) -> str:
    return json.dumps({"before": row.record.before, "after": row.record.after}, ensure_ascii=False, sort_keys=True)


def short_subject(subject: str) -> str:
    """ "Corrective action ...m44mf": the kind in words and the end of the key."""
    kind, _, key = subject.partition("#")
    tail = key if len(key) <= KEY else f"\N{HORIZONTAL ELLIPSIS}{key[-TAIL:]}"
    return f"{kind.replace('_', ' ').capitalize()} {tail}"


class AuditList(ListView):
    """The audit records of today, of a day, or of one subject."""

    name, title, icon = "audit", "Audit trail", "journal-check"
    intro = "Every change of state, written in the transaction that made it. No record is edited or removed unseen."
    permission_required = "compliance.view_audit"
    form_class = AuditFilter
    template_name = "compliance/audit.html"
    empty_title = "No records"
    empty_text = "Nothing was changed on this day. Choose another day, or name a subject."
    columns = (
        Column("at", "When", "time", value=lambda row: from_iso(row.record.at)),
        Column(
            "action",
            "What",
            main=True,
            value=lambda row: row.record.action.replace("_", " ").capitalize(),
            note=lambda row: row.record.reason,
            export=lambda row: f"{row.record.action}: {row.record.reason}" if row.record.reason else row.record.action,
        ),
        Column("changes", "Change", "html", value=_changes, export=_written),
        Column(
            "subject",
            "Subject",
            value=lambda row: short_subject(row.record.subject),
            link=lambda row: subject_url(row.record.subject),
            export=lambda row: row.record.subject,
        ),
        Column(
            "who",
            "Who",
            value="name",
            note=lambda row: f"{row.record.actor_role} from {row.record.source or 'unknown'}",
            export=lambda row: f"{row.name} ({row.record.actor_id}, {row.record.actor_role}, {row.record.source})",
        ),
        Column("sequence", "No.", "number", value=lambda row: row.record.sequence),
    )

    @cached_property
    def by_subject(self) -> str:
        """The subject that is asked for, "" for a day."""
        return str(self.query.filters.get("subject", "")).strip()

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By subject, or by day (today when none is named)."""
        action, actor = query.filters.get("action", "").strip(), query.filters.get("actor", "").strip()
        if self.by_subject:
            page = queries.narrowed(queries.of_subject(self.by_subject), cursor, limit, action=action, actor_id=actor)
        else:
            day = query.filters.get("day") or bank_calendar().local(utcnow()).date()
            page = queries.of_day(day, action=action, actor_id=actor).page(cursor, limit)
        people = users({one.actor_id for one in page.rows if one.actor_id.startswith("usr_")})
        named = [
            AuditRow(one, people[one.actor_id].name if one.actor_id in people else program_name(one.actor_id))
            for one in page.rows
        ]
        return Page(named, page.next_cursor)

    def extra_context(self) -> dict[str, Any]:
        """Of a subject: whether its chain is whole."""
        chain = queries.chain_of(self.by_subject) if self.by_subject else None
        return {
            "tab": "audit",
            "subject": self.by_subject,
            "chain": chain,
            "today": bank_calendar().local(utcnow()).date(),
        }
