"""Four eyes: `/approvals` is the inbox of all kinds of requests, `/approvals/<id>` shows one and takes the decision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.generic import View

from accounts.forms.approvals import SETTLED, DecideForm, InboxFilter, WithdrawForm
from accounts.http import actor_of, person, signed_in_person
from accounts.queries.approvals import Event, events
from cloudbank import approvals, store
from cloudbank.approvals import Approval, NotAllowed, Overtaken, Unfinished
from cloudbank.clock import ONE_DAY, from_iso, utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.templatetags import bank

VIEW = "accounts.view_approval"
CONFLICT, UNAVAILABLE, ACCEPTED = 409, 503, 202
SOON = ONE_DAY
LOOKS = {approvals.WITHDRAWN: "closed", approvals.EXPIRED: "late"}
"""State -> status of cloudbank.looks where they differ."""
ACTS = {
    "ask": ("Asked", "send"),
    "approve": ("Approved", "check-circle-fill"),
    "reject": ("Rejected", "x-octagon-fill"),
    "withdraw": ("Withdrawn", "arrow-counterclockwise"),
    "expire": ("Expired", "hourglass-split"),
    "carry_out": ("Carried out", "check2-circle"),
    "fail": ("Could not be carried out", "exclamation-octagon-fill"),
}


@dataclass(frozen=True)
class Row:
    """A request in the inbox, as one person reads it."""

    item: Approval
    me: str
    role: str
    now: datetime

    @property
    def id(self) -> str:
        """The request."""
        return self.item.approval_id

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("approval", args=[self.id])

    @property
    def kind(self) -> str:
        """What kind of request."""
        return kind_of(self.item)

    @property
    def maker(self) -> str:
        """Who asked."""
        mine = approvals.same_person(self.item.maker_id, self.me)
        return f"{self.item.maker_name} (you)" if mine else str(self.item.maker_name)

    @property
    def state(self) -> SafeString:
        """Its badge."""
        return state_badge(self.item, self.now)

    @property
    def decided(self) -> str:
        """Who decided."""
        return str(self.item.checker_name)

    @property
    def whose(self) -> str:
        """Who decided, or that it is for this person to decide."""
        pending = self.item.state_at(self.now) == approvals.PENDING
        is_mine = pending and approvals.is_for(self.item.code, self.item.maker_id, self.me, self.role)
        return "yours to decide" if is_mine else self.decided


def kind_of(item: Approval) -> str:
    """The label of its kind; the code of a kind that nobody declares any more."""
    return item.effect.label if item.effect else str(item.code)


def state_badge(item: Approval, now: datetime) -> SafeString:
    """Colour, icon and word of its state; of a pending one whether it expires soon."""
    state = item.state_at(now)
    if item.is_unfinished:
        return bank.badge("running", "Being carried out")
    shown = bank.badge(LOOKS.get(state, state), approvals.STATES[state])
    if state == approvals.PENDING and from_iso(item.due_at) - now < SOON:
        return format_html("{} {}", shown, bank.badge("expiring"))
    return shown


_COLUMNS = (
    Column("title", "Request", main=True, link=lambda row: row.url, value=lambda row: row.item.title, note="kind"),
    Column("maker", "Asked by", value="maker", note=lambda row: row.item.maker_role.capitalize()),
    Column("reason", "Why", value=lambda row: row.item.reason),
    Column("asked_at", "Asked", "time", value=lambda row: from_iso(row.item.asked_at)),
    Column("due_at", "Expires", "time", value=lambda row: from_iso(row.item.due_at)),
    Column(
        "state",
        "State",
        "html",
        value="state",
        note="whose",
        export=lambda row: approvals.STATES[row.item.state_at(row.now)],
    ),
)
_FILE = (
    *_COLUMNS,
    Column("decided_by", "Decided by", value="decided"),
    Column("decided_at", "Decided", value=lambda row: row.item.decided_at),
    Column("note", "Note", value=lambda row: row.item.note),
    Column("id", "Reference", value="id"),
    Column("hash", "Content hash", value=lambda row: row.item.content_hash),
)


class Inbox(ListView):
    """What waits, soonest to expire first; what was settled, newest first; what I asked."""

    name, title, icon = "approvals", "Approvals", "check2-square"
    intro = "What one person asks and another decides. Soonest to expire first."
    permission_required = VIEW
    form_class = InboxFilter
    template_name = "accounts/approvals.html"
    columns = _COLUMNS
    file_columns = _FILE
    empty_title = "Nothing waits for a decision"
    empty_text = "Requests that need a second person appear here: releases, large sums at the counter, thresholds."

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of what this person may read."""
        wanted, now = query.filters, utcnow()
        someone = signed_in_person(self.request)
        me, role, kind = someone.user_id, someone.role, wanted.get("kind", "")
        state = wanted.get("state") or approvals.PENDING
        if wanted.get("mine"):
            rows, following = approvals.asked_by(
                me, wanted=lambda item: _is(item, state, kind, now), cursor=cursor, limit=limit
            )
        else:
            rows, following = approvals.listed(
                state,
                now=now,
                wanted=lambda filed: (
                    (not kind or filed.code == kind) and approvals.is_visible(filed.code, filed.maker_id, me, role)
                ),
                cursor=cursor,
                limit=limit,
            )
        return Page([Row(item, me, role, now) for item in rows], following)

    def extra_context(self) -> dict[str, Any]:
        """The tabs: the same list, three ways."""
        filters, path = self.query.filters, self.request.path
        mine, state = bool(filters.get("mine")), filters.get("state", "")
        return {
            "tabs": [
                ("Waiting", path, "inbox", not mine and not state),
                ("Asked by me", f"{path}?mine=on", "send", mine),
                ("Settled", f"{path}?state={SETTLED}", "check2-all", not mine and bool(state)),
            ]
        }


def _is(item: Approval, state: str, kind: str, now: datetime) -> bool:
    """Whether one's own request has the state that is asked for; without one, all of them."""
    if kind and item.code != kind:
        return False
    here = item.state_at(now)
    if state == SETTLED:
        return here != approvals.PENDING and not item.is_unfinished
    return state == approvals.PENDING or here == state


@dataclass(frozen=True)
class Act:
    """Something a person does on the page: its form, and the method that does it."""

    form: type[forms.Form]
    run: Callable[["ApprovalPage", Mapping[str, Any]], str]


class ApprovalPage(PermissionRequiredMixin, View):
    """One request. Every decision posts here, with the hash of the content that the person saw."""

    permission_required = VIEW

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the request; to who may not read it, it is not there."""
        if self.has_permission():
            someone = signed_in_person(request)
            found = approvals.find(kwargs["approval_id"])
            if found is None or not approvals.is_visible(found.code, found.maker_id, someone.user_id, someone.role):
                raise Http404("no such request")
            self.item: Approval = found
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, approval_id: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, approval_id: str) -> HttpResponse:
        """Decide, take back, or carry on; then the page as it is."""
        act = _ACTS.get(request.POST.get("action", ""))
        if act is None:
            raise PermissionDenied
        form = act.form(request.POST)
        if not form.is_valid():
            return self.page(form, status=UNPROCESSABLE)
        try:
            done = act.run(self, form.cleaned_data)
        except Overtaken as overtaken:
            return self.again(str(overtaken), CONFLICT)
        except NotAllowed as refused:
            if refused.code == "permission":
                raise PermissionDenied from refused
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self.page(form, status=UNPROCESSABLE)
        except Unfinished as unfinished:
            return self.again(str(unfinished), ACCEPTED)
        except self._doubts() as doubt:
            return self.again(f"{doubt} Look below at what is stored, then try again.", UNAVAILABLE)
        messages.success(request, done)
        return redirect("approval", approval_id=approval_id)

    def _doubts(self) -> tuple[type[Exception], ...]:
        return self.item.effect.uncertain if self.item.effect else (store.StoreError,)

    def again(self, problem: str, status: int) -> HttpResponse:
        """The request as it is now, with what went wrong on top."""
        self.item = approvals.find(self.item.approval_id) or self.item
        return self.page(status=status, problem=problem)

    # What the buttons do; each returns the sentence that confirms it.
    def approve(self, data: Mapping[str, Any]) -> str:
        """For it."""
        done = approvals.approve(content_hash=data["content_hash"], note=data["note"], **self._common())
        return f"Approved, but it could not be done: {done.outcome}" if done.state == approvals.FAILED else "Approved."

    def reject(self, data: Mapping[str, Any]) -> str:
        """Against it."""
        approvals.reject(content_hash=data["content_hash"], note=data["note"], **self._common())
        return "Rejected. Nothing was changed."

    def withdraw(self, data: Mapping[str, Any]) -> str:
        """Taken back by who asked."""
        approvals.withdraw(note=data["note"], **self._common())
        return "Your request is taken back."

    def carry_on(self, data: Mapping[str, Any]) -> str:
        """What is approved and not finished."""
        effect, mine = self.item.effect, self.item.maker_id == person(self.request).user_id
        if not mine and not (effect and self.request.user.has_perm(effect.permission)):
            raise PermissionDenied
        if self.item.state != approvals.APPROVED:
            return "Nothing was waiting to be carried on."
        approvals.resume(approval_id=self.item.approval_id, now=utcnow())
        return "It is carried out."

    def _common(self) -> dict[str, Any]:
        return {
            "approval_id": self.item.approval_id,
            "actor": actor_of(self.request),
            "name": person(self.request).name,
            "now": utcnow(),
        }

    # The page.
    def page(self, bound: forms.Form | None = None, *, status: int = 200, problem: str = "") -> HttpResponse:
        """The whole page; `bound` is the form that was refused."""
        item, now = self.item, utcnow()
        label, url = item.effect.link(item.content) if item.effect else ("", "")
        known = {
            "item": item,
            "kind": kind_of(item),
            "icon_name": item.effect.icon if item.effect else "check2-square",
            "badge": state_badge(item, now),
            "state": item.state_at(now),
            "facts": item.shown["facts"],
            "changes": item.shown["changes"],
            "asked_at": from_iso(item.asked_at),
            "due_at": from_iso(item.due_at),
            "decided_at": from_iso(item.decided_at) if item.decided_at else None,
            "left": time_left(from_iso(item.due_at), now),
            "about_label": label,
            "about_url": url,
            "problem": problem,
            "refused": bound,
            "events": [(*_said(event), event) for event in events(item)],
            "intact": item.computed_hash() == item.content_hash,
            **self._decisions(bound, now),
        }
        return render(self.request, "accounts/approval.html", known, status=status)

    def _decisions(self, bound: forms.Form | None, now: datetime) -> dict[str, Any]:
        """What this person may do with it now, or why not."""
        item, someone = self.item, signed_in_person(self.request)
        mine = approvals.same_person(item.maker_id, someone.user_id)
        pending = item.state_at(now) == approvals.PENDING
        may = item.effect is not None and someone.has_perm(item.effect.permission)
        known: dict[str, Any] = {"mine": mine, "pending": pending, "may": may, "is_reader": not may and not mine}
        if pending and may and not mine:
            start = {"content_hash": item.content_hash}
            known["decide_form"] = bound if isinstance(bound, DecideForm) else DecideForm(initial=start)
        if pending and mine:
            known["withdraw_form"] = bound if isinstance(bound, WithdrawForm) else WithdrawForm()
        known["may_carry_on"] = item.is_unfinished and from_iso(item.carrying_until) <= now and (may or mine)
        return known


_ACTS = {
    "approve": Act(DecideForm, ApprovalPage.approve),
    "reject": Act(DecideForm, ApprovalPage.reject),
    "withdraw": Act(WithdrawForm, ApprovalPage.withdraw),
    "carry_on": Act(forms.Form, ApprovalPage.carry_on),
}


def _said(event: Event) -> tuple[str, str]:
    return ACTS.get(event.record.action, (event.record.action.replace("_", " ").capitalize(), "circle"))


def time_left(due: datetime, now: datetime) -> str:
    """ "7 days left", "3 hours left", "expired"."""
    left = due - now
    if left <= timedelta(0):
        return "expired"
    number, unit = (round(left / ONE_DAY), "day") if left >= ONE_DAY else (max(1, left // timedelta(hours=1)), "hour")
    return f"{number} {unit}{'' if number == 1 else 's'} left"
