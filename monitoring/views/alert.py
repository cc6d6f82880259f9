"""`/alerts/<alert_id>`: why it was flagged, what is normal for this customer, and the decision."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import View

from accounts.http import actor_of
from accounts.ledger import Refused
from accounts.services.posting import Busy
from accounts.states import FREEZE as FREEZING
from cloudbank.clock import from_iso, iso, utcnow
from cloudbank.wording import last_four
from monitoring.casework import CaseFile
from monitoring.forms.alerts import AssignForm, CloseForm, DecisionForm, FreezeForm, ReopenForm, SnoozeForm, TakeForm
from monitoring.forms.cases import EscalateForm
from monitoring.keys import ALERT
from monitoring.models import CLOSED, OUTCOMES, REASON_WORDS, STATUSES, Alert
from monitoring.paths import paths_of, standing
from monitoring.patternbook import named
from monitoring.queries.alerts import ALL, AlertFilter, alerts_page, get_alert, next_in_queue
from monitoring.queries.cases import Case, began_at, case_of
from monitoring.queries.casework import open_cases_of
from monitoring.queries.scores import customer_score
from monitoring.queries.snoozes import Running
from monitoring.queries.workers import workers
from monitoring.rulebook import CRITICAL
from monitoring.services.alerts import claim_alert
from monitoring.services.snoozing import latest_day
from monitoring.showing import flagged_rules, timeline
from monitoring.usual import usual_chart, usual_facts
from monitoring.views.came import Came, came_from
from monitoring.views.cases import VIEW as VIEW_CASE
from monitoring.views.deciding import CONFLICT, UNAVAILABLE, DecisionPage
from monitoring.views.decisions import DECISIONS, FREEZE, WORK, WORK_CASE
from monitoring.views.movements import MovementRow
from monitoring.views.protection import counterparties, sanctions_hits, stopped_here
from monitoring.views.queue import VIEW
from monitoring.views.rows import due_tag, rule_titles
from monitoring.views.snoozes import rule_title

MOST_OTHERS = 20


class AlertPage(DecisionPage):
    """One alert."""

    permission_required = VIEW
    decisions = DECISIONS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the alert."""
        if self.has_permission():
            found = get_alert(kwargs["alert_id"])
            if found is None:
                raise Http404("no such alert")
            self.alert: Alert = found
        return super().dispatch(request, *args, **kwargs)

    def carry_out(self, decision: Any, form: forms.Form) -> str:
        """Do it to this alert."""
        return str(decision.run(self.request, self.alert, form))

    def onwards(self) -> str:
        """When asked for, the next alert to work on of the list that the analyst came from; else this page again."""
        if "next" in self.request.POST:
            following = next_in_queue(self.me, utcnow(), self.alert.alert_id, self.came.to_work_on)
            return self.came.alert_url(following) if following else self.came.list_url
        return self.came.alert_url(self.alert.alert_id)

    @cached_property
    def came(self) -> Came:
        """The list that the address names."""
        return came_from(self.request.GET, iso(utcnow()))

    def again(self, problem: str, status: int) -> HttpResponse:
        """The alert as it is now, with what went wrong on top."""
        self.alert = get_alert(self.alert.alert_id) or self.alert
        return self.page(status=status, problem=problem)

    # The page.
    def form(self, kind: type[DecisionForm], data: Any = None, files: Any = None, **initial: Any) -> DecisionForm:
        """A form of the page; those that are not posted show the alert's present revision."""
        extra: dict[str, Any] = {"workers": self.choices()} if kind is AssignForm else {}
        extra |= {"others": self.others()} if kind is CloseForm else {}
        extra |= {"cases": [(one.case_id, one.title) for one in self.cases]} if kind is EscalateForm else {}
        start = {"revision": self.alert.revision, "assignee": self.alert.assignee_id or self.me} | initial
        prefix = f"id_{kind.__name__.lower()}_{initial.get('account', initial.get('rule', ''))}%s"
        return kind(data, initial=start, auto_id=prefix, **extra)

    def choices(self) -> list[tuple[str, str]]:
        """Who may work on it."""
        found = [(one.user_id, f"{one.name} (me)" if one.user_id == self.me else one.name) for one in workers()]
        return sorted(found, key=lambda one: one[0] != self.me)

    @cached_property
    def cases(self) -> list[CaseFile]:
        """The customer's cases that are not closed; none for who does not see cases."""
        return open_cases_of(self.alert.customer_id) if self.request.user.has_perm(VIEW_CASE) else []

    def others(self) -> list[tuple[str, str]]:
        """The customer's other alerts, newest first: this one may be a duplicate of one of them."""
        found = alerts_page(AlertFilter(status=ALL, customer_id=self.alert.customer_id), limit=MOST_OTHERS).rows
        return [
            (one.alert_id, f"{from_iso(one.opened_at):%d %b %Y}: {rule_titles(one)}"[:90])
            for one in found
            if one.alert_id != self.alert.alert_id
        ]

    def page(self, bound: forms.Form | None = None, *, status: int = 200, problem: str = "") -> HttpResponse:
        """The whole page; `bound` is the form that was refused."""
        case, now = case_of(self.alert), utcnow()
        quiet = [one for one in case.snoozes if one.runs_at(now)]
        known = {
            "alert": self.alert,
            "case": case,
            "title": rule_titles(self.alert),
            "due": due_tag(self.alert, now),
            "problem": problem,
            "keys": ALERT,
            "list_url": self.came.list_url,
            "next_url": self.came.next_url(self.alert.alert_id),
            "refused": bound,
            "rules": self._rules(case, bound, quiet),
            "cases": self.cases,
            "snoozes": [(one, rule_title(one.snooze.rule)) for one in quiet],
            "timeline": timeline(case),
            "usual": usual_facts(case.normal.activity, self.alert.currency),
            "chart": usual_chart(case.normal.activity, self.alert.currency, _history_links(case)),
            "rows": _window_links(case),
            "movements": [MovementRow(line, case.people) for line in case.movements],
            "more_movements": len({one.movement_id for one in case.findings} - {""}) > len(case.movements),
            "stopped": (stopped := stopped_here(case.findings, self.request)),
            "hits_here": sanctions_hits(case.findings),
            "others": counterparties(
                case.movements, case.people, [self.alert.customer_id], [row for row, _ in stopped]
            ),
            "origin": self.alert.alert_id,
            "paths": paths_of(case.findings, case.people),
            "standing": standing(customer_score(self.alert.customer_id, now=now, read=case.findings)),
            "assignee": self._name(case, self.alert.assignee_id),
            "opened_at": from_iso(self.alert.opened_at),
            "began_at": from_iso(began_at(self.alert, case.findings)),
            "last_at": from_iso(self.alert.last_at),
            "outcome": OUTCOMES.get(self.alert.outcome, ""),
            "reason_words": REASON_WORDS.get(self.alert.reason_code, ""),
            "state": STATUSES[self.alert.state_at(iso(now))],
            **self._holding(case, now),
            **self._decisions(case, bound),
        }
        return render(self.request, "monitoring/alert.html", known, status=status)

    @staticmethod
    def _name(case: Case, user_id: str) -> str:
        found = case.people.get(user_id)
        return found.name if found else user_id

    def _rules(
        self, case: Case, bound: forms.Form | None, snoozes: list[Running]
    ) -> list[tuple[Any, forms.Form | None]]:
        """The rules that found something, each with the form that snoozes it (critical ones have none)."""
        quiet = {one.snooze.rule for one in snoozes}
        return [
            (rule, self._snooze_form(rule, bound) if self._may_snooze(rule, quiet) else None)
            for rule in flagged_rules(case.findings, self.alert.currency)
        ]

    def _may_snooze(self, rule: Any, quiet: set[str]) -> bool:
        book = named(rule.code)
        known = book is not None and book.severity != CRITICAL
        return known and rule.code not in quiet and self.request.user.has_perm(WORK)

    def _snooze_form(self, rule: Any, bound: forms.Form | None) -> forms.Form:
        if isinstance(bound, SnoozeForm) and bound.data.get("rule") == rule.code:
            return bound
        form = self.form(SnoozeForm, rule=rule.code)
        form.fields["until"].widget.attrs |= {"max": latest_day(utcnow()).isoformat()}
        return form

    def _holding(self, case: Case, now: datetime) -> dict[str, Any]:
        """Who works on it, since when; and whether this person may claim it by opening it."""
        alert, at = self.alert, iso(now)
        holder = alert.holder_at(at) if alert.is_open else ""
        is_held = bool(holder) and alert.lease_until > at
        since = alert.lease_since if is_held else alert.assigned_at
        may_work = alert.is_open and self.request.user.has_perm(WORK)
        return {
            "holder": self._name(case, holder) if holder else "",
            "is_held": is_held,
            "held_since": from_iso(since) if holder and since else None,
            "is_others": holder not in ("", self.me),
            "claims": may_work and holder in ("", self.me) and not alert.is_pending_at(at),
            "is_pending": alert.is_pending_at(at),
        }

    def _decisions(self, case: Case, bound: forms.Form | None) -> dict[str, Any]:
        may_work = self.alert.is_open and self.request.user.has_perm(WORK)
        may_freeze, flagged = self.request.user.has_perm(FREEZE), case.flagged_accounts
        known: dict[str, Any] = {"may_work": may_work, "me": self.me}
        if may_work:
            known["assign_form"] = bound if isinstance(bound, AssignForm) else self.form(AssignForm)
            known["close_form"] = bound if isinstance(bound, CloseForm) else self.form(CloseForm)
            if self.request.user.has_perm(WORK_CASE):
                known["escalate_form"] = bound if isinstance(bound, EscalateForm) else self.form(EscalateForm)
            known["take_form"] = bound if isinstance(bound, TakeForm) else self.form(TakeForm)
        if self.alert.status == CLOSED and self.request.user.has_perm(WORK):
            known["reopen_form"] = bound if isinstance(bound, ReopenForm) else self.form(ReopenForm)
        known["accounts"] = [
            (account, self._freeze_form(account, bound) if may_freeze else None, flagged.get(account.account_id, 0))
            for account in case.accounts
        ]
        return known

    def _freeze_form(self, account: Any, bound: forms.Form | None) -> forms.Form | None:
        if account.status not in FREEZING.start:
            return None
        if isinstance(bound, FreezeForm) and bound.data.get("account") == account.account_id:
            return bound
        return self.form(FreezeForm, account=account.account_id)


class AlertClaim(PermissionRequiredMixin, View):
    """`/alerts/<alert_id>/claim`: the open page holds its alert; asked again and again, it never extends the session.

    200 with `until`; 409 with `message` when a colleague has it or changed it: who, what and when.
    """

    permission_required = WORK

    def post(self, request: HttpRequest, alert_id: str) -> HttpResponse:
        """Hold it from now on for some minutes more."""
        revision = request.POST.get("revision", "")
        if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
            raise BadRequest("which state of the alert do you see?")
        try:
            alert = claim_alert(alert_id=alert_id, revision=int(revision), actor=actor_of(request), now=utcnow())
        except Refused as refused:
            return JsonResponse({"message": refused.message}, status=CONFLICT)
        except Busy as busy:
            return JsonResponse({"message": str(busy)}, status=UNAVAILABLE)
        return JsonResponse({"until": alert.lease_until})


def _window_links(case: Case) -> list[tuple[str, str]]:
    """All rows of the period that the findings looked at, account by account."""
    first, last = case.window
    query = urlencode({"first": first.isoformat(), "last": last.isoformat()})
    return [
        (f"Account {last_four(account.account_id)}", f"{reverse('account', args=[account.account_id])}?{query}")
        for account in case.accounts
    ]


def _history_links(case: Case) -> Callable[[date], str]:
    """Where a day of the customer's chart leads: their history of the day, in the account that moved last."""
    moved = sorted(case.accounts, key=lambda account: account.last_posted_at)
    if not moved:
        return lambda day: ""
    url = reverse("account", args=[moved[-1].account_id])
    return lambda day: f"{url}?{urlencode({'first': day.isoformat(), 'last': day.isoformat()})}"
