"""/compliance/audit: who did what, when, from where and why; by subject or by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.queries.audit_words import told
from cloudbank.audit import AuditRecord
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE
from cloudbank.jobs import JobRun
from cloudbank.lists import ListQuery, ListView, Page
from compliance.filings.secrecy import is_readable, is_secret, readable
from compliance.queries import audit as queries
from compliance.queries.chains import Chain, chain_of, hidden_kinds
from compliance.records.trail import IN_FILE, TRAIL, subject_url
from compliance.services.audit_check import KINDS
from compliance.trail_forms import AuditFilter, ChainForm


def _chain(subject: str, reader: Any) -> Chain | None:
    """The chain of a subject; None when there is none, or none for this reader."""
    return chain_of(subject) if subject and is_readable(subject, reader) else None


class AuditList(ListView):
    """The audit records of one subject, of what one person did, or of some days."""

    name, title, icon = "audit", "Audit trail", "journal-check"
    saved_views = True
    intro = "Every change of state, written in the transaction that made it. No record is edited or removed unseen."
    permission_required = "compliance.view_audit"
    form_class = AuditFilter
    template_name = "compliance/audit.html"
    empty_title = "No records"
    empty_text = "Nothing was changed on this day. Choose other days, or name a subject or a person."
    columns, file_columns = TRAIL, IN_FILE
    default_sort = "-at"

    @property
    def is_secret(self) -> bool:  # type: ignore[override]
        """Whether the subject that is asked for tells of what not everybody may know."""
        return bool(self.by_subject) and is_secret(self.by_subject)

    @cached_property
    def by_subject(self) -> str:
        """The subject that is asked for, "" when none is."""
        return str(self.query.filters.get("subject", ""))

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By subject, by who did it, or by days (today when nothing is named)."""
        asked = query.filters
        action, actor, first = asked.get("action", ""), asked.get("actor", ""), asked.get("day")
        last = asked.get("until") or first
        if self.by_subject:
            found = queries.of_subject(self.by_subject, first, last, newest_first=query.descending)
        elif actor:
            found = queries.of_actor(actor, first, last, newest_first=query.descending)
        else:
            today = bank_calendar().local(utcnow()).date()
            found = queries.of_days(first or today, last or today, newest_first=query.descending)

        def wanted(some: Sequence[AuditRecord]) -> Sequence[AuditRecord]:
            asked_for = [one for one in some if action in ("", one.action) and actor in ("", one.actor_id)]
            return readable(asked_for, query.user)

        page = queries.narrowed(found, cursor, limit, wanted)
        return Page(told(page.rows), page.next_cursor)

    def extra_context(self) -> dict[str, Any]:
        """Of a subject: whether its chain is whole."""
        chain = _chain(self.by_subject, self.request.user)
        known = {"tab": "audit", "subject": self.by_subject, "chain": chain}
        return known | {"today": bank_calendar().local(utcnow()).date()}


@dataclass(frozen=True)
class Verification:
    """One run of verify_audit in words."""

    started: datetime
    state: str
    says: str
    found: list[str]

    @classmethod
    def of(cls, run: JobRun, hidden: frozenset[str]) -> "Verification":
        """From the run's record; with `hidden` kinds no number, and of them only that something broke."""
        counts, started = run.counts, from_iso(run.started_at)
        if run.state != "done":
            passed = "" if hidden else f"{run.done:,} of about {run.total:,} items passed"
            return cls(started, run.state, run.error or passed, [])
        told = {kind: str(counts[key]) for kind in KINDS if (key := f"first {kind}") in counts}
        for kind, text in told.items():
            if any(f"{one}#" in text for one in hidden):
                told[kind] = f"{text.partition(' ')[0]} the first is not shown to you"
        found = [f"{KINDS[kind].capitalize()}: {text}" for kind, text in told.items()]
        numbers = f"{int(counts.get('items', 0)):,} items, {int(counts.get('records', 0)):,} records"
        says = "every chain was followed" if hidden else numbers
        says = queries.part_of(run) + says
        return cls(started, "broken" if found else "whole", says, found)


class ChainsView(PermissionRequiredMixin, View):
    """Follow one subject's chain now, and what the verifications of all chains found."""

    permission_required = "compliance.view_audit"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page; with `?subject=` the chain of that subject."""
        asked = bool(request.GET.get("subject", "").strip())
        form = ChainForm(request.GET if asked else None)
        subject = form.cleaned_data["subject"] if asked and form.is_valid() else ""
        known = {
            "tab": "audit",
            "form": form,
            "subject": subject,
            "chain": _chain(subject, request.user),
            "records_url": subject_url(subject) if subject else "",
            "runs": [Verification.of(run, hidden_kinds(request.user.has_perm)) for run in queries.verifications()],
        }
        return render(request, "compliance/chains.html", known, status=UNPROCESSABLE if form.errors else 200)
