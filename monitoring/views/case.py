"""`/cases/<case_id>`: one case with all that is in it, and what is done about it."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from accounts.queries.people import users
from accounts.states import FREEZE as FREEZING
from cloudbank.clock import from_iso, iso, utcnow
from monitoring.case_showing import name_in, timeline
from monitoring.casework import CUSTOMER, KINDS, OUTCOMES, PENDING, STATUSES, CaseFile
from monitoring.forms.alerts import FreezeForm, ReopenForm
from monitoring.forms.cases import CloseCaseForm, DetachForm, NoteForm, OwnerForm, PaperForm, SubjectForm
from monitoring.keys import CASE
from monitoring.models import REASON_WORDS
from monitoring.queries.cases import flagged_movements
from monitoring.queries.casework import Dossier, dossier_of, get_case
from monitoring.queries.workers import workers
from monitoring.views.case_decisions import DECISIONS, FREEZE, WORK, common
from monitoring.views.cases import VIEW, Row
from monitoring.views.deciding import DecisionPage
from monitoring.views.protection import counterparties, sanctions_hits, stopped_here
from monitoring.views.rows import rule_titles


class CasePage(DecisionPage):
    """One case."""

    permission_required = VIEW
    decisions = DECISIONS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the case."""
        if self.has_permission():
            found = get_case(kwargs["case_id"])
            if found is None:
                raise Http404("no such case")
            self.case: CaseFile = found
        return super().dispatch(request, *args, **kwargs)

    def carry_out(self, decision: Any, form: forms.Form) -> str:
        """Do it to this case."""
        return str(decision.run(self.request, self.case, form.cleaned_data, common(self.request, self.case)))

    def onwards(self) -> str:
        """The same page again."""
        return reverse("case", args=[self.case.case_id])

    def again(self, problem: str, status: int) -> HttpResponse:
        """The case as it is now, with what went wrong on top."""
        self.case = get_case(self.case.case_id) or self.case
        return self.page(status=status, problem=problem)

    def form(self, kind: type[forms.Form], data: Any = None, files: Any = None, **initial: Any) -> forms.Form:
        """A form of the page; those that are not posted show the case's present revision."""
        extra: dict[str, Any] = {}
        if kind is OwnerForm:
            extra["workers"] = [(one.user_id, one.name) for one in workers()]
        start = {"revision": self.case.revision, "owner": self.case.owner_id or self.me} | initial
        prefix = f"id_{kind.__name__.lower()}_{initial.get('account', initial.get('alert', ''))}%s"
        return kind(data, files, initial=start, auto_id=prefix, **extra)

    def _shown(self, kind: type[forms.Form], bound: forms.Form | None, **initial: Any) -> forms.Form:
        """The refused form when it is this one, else a fresh one."""
        is_this = type(bound) is kind and all((bound.data or {}).get(key) == value for key, value in initial.items())
        return bound if is_this and bound is not None else self.form(kind, **initial)

    def page(self, bound: forms.Form | None = None, *, status: int = 200, problem: str = "") -> HttpResponse:
        """The whole page; `bound` is the form that was refused."""
        dossier, now, case = dossier_of(self.case), utcnow(), self.case
        state = case.state_at(iso(now))
        known = {
            "case": case,
            "dossier": dossier,
            "row": Row(case, dossier.people, now),
            "state": OUTCOMES.get(case.outcome, STATUSES[state]),
            "is_pending": state == PENDING,
            "problem": problem,
            "refused": bound,
            "owner": name_in(dossier, case.owner_id) if case.owner_id else "",
            "closed_by": name_in(dossier, case.closed_by),
            "approved_by": name_in(dossier, case.approved_by) if case.approved_by else "",
            "reason_words": REASON_WORDS.get(case.reason_code, ""),
            "opened_at": from_iso(case.opened_at),
            "subjects": [_subject(one, dossier) for one in case.subjects],
            "papers": [(one, name_in(dossier, one["by"]), from_iso(one["at"])) for one in case.papers],
            "timeline": timeline(dossier),
            "me": self.me,
            **self._protection(dossier),
            "keys": CASE,
            **self._decisions(dossier, bound, state),
        }
        return render(self.request, "monitoring/case.html", known, status=status)

    def _protection(self, dossier: Dossier) -> dict[str, Any]:
        """Movements that wait, counterparties that may be blocked, hits that may be cleared."""
        stopped = stopped_here(dossier.findings, self.request)
        movements = flagged_movements(dossier.findings)
        people = users({owner for line in movements for owner in (line.owner_id, line.counter_owner)} - {""})
        return {
            "stopped": stopped,
            "hits_here": sanctions_hits(dossier.findings),
            "others": counterparties(movements, people, self.case.customers, [row for row, _ in stopped]),
            "origin": self.case.case_id,
        }

    def _decisions(self, dossier: Dossier, bound: forms.Form | None, state: str) -> dict[str, Any]:
        user, case = self.request.user, self.case
        may_note = case.is_open and user.has_perm(WORK)
        may_work = may_note and state != PENDING
        may_detach = may_work and len(case.alert_ids) > 1
        known: dict[str, Any] = {"may_note": may_note, "may_work": may_work}
        if may_note:
            known |= {"note_form": self._shown(NoteForm, bound), "paper_form": self._shown(PaperForm, bound)}
        if may_work:
            known["owner_form"] = self._shown(OwnerForm, bound)
            known["subject_form"] = self._shown(SubjectForm, bound)
            known["close_form"] = self._shown(CloseCaseForm, bound)
        if not case.is_open and user.has_perm(WORK):
            known["reopen_form"] = self._shown(ReopenForm, bound)
        known["alerts"] = [
            (alert, rule_titles(alert), self._shown(DetachForm, bound, alert=alert.alert_id) if may_detach else None)
            for alert in dossier.alerts
        ]
        may_freeze = user.has_perm(FREEZE)
        known["accounts"] = [
            (
                account,
                name_in(dossier, str(account.owner_id)),
                self._shown(FreezeForm, bound, account=account.account_id)
                if may_freeze and account.status in FREEZING.start
                else None,
            )
            for account in dossier.accounts
        ]
        return known


def _subject(one: list[str], dossier: Dossier) -> tuple[str, str, str]:
    """(kind, name, address) of what the case is about."""
    kind, key = one
    if kind == CUSTOMER:
        return KINDS[kind], name_in(dossier, key), reverse("person", args=[key])
    return KINDS[kind], f"...{key[-4:]}", reverse("account", args=[key])
