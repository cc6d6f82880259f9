"""/compliance/audit: who did what, when, from where and why; by subject or by day."""

import json
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.audit_words import ARROW, DASH
from accounts.names import role_name
from accounts.queries.audit_words import Told, told
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column, ListQuery, ListView, Page
from compliance.forms import AuditFilter
from compliance.queries import audit as queries

AT_ONCE = 3


def subject_url(subject: str) -> str:
    """The records of one subject."""
    return f"{reverse('audit')}?{urlencode({'subject': subject})}"


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
    return json.dumps({"before": row.record.before, "after": row.record.after}, ensure_ascii=False, sort_keys=True)


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
            value="what",
            note=lambda row: row.record.reason,
            export=lambda row: f"{row.record.action}: {row.record.reason}" if row.record.reason else row.record.action,
        ),
        Column("changes", "Change", "html", value=_changes, export=_written),
        Column(
            "subject",
            "Subject",
            value="about",
            link=lambda row: subject_url(row.record.subject),
            export=lambda row: row.record.subject,
        ),
        Column(
            "who",
            "Who",
            value="who",
            note=lambda row: f"{role_name(row.record.actor_role)} from {row.record.source or 'unknown'}",
            export=lambda row: f"{row.who} ({row.record.actor_id}, {row.record.actor_role}, {row.record.source})",
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
        return Page(told(page.rows), page.next_cursor)

    def extra_context(self) -> dict[str, Any]:
        """Of a subject: whether its chain is whole."""
        chain = queries.chain_of(self.by_subject) if self.by_subject else None
        return {
            "tab": "audit",
            "subject": self.by_subject,
            "chain": chain,
            "today": bank_calendar().local(utcnow()).date(),
        }
