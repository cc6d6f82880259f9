"""Four eyes: `/approvals/<id>` shows one request and takes the decision."""

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
from django.views.generic import View

from accounts.forms.approvals import DecideForm, WithdrawForm
from accounts.http import actor_of, person, signed_in_person
from accounts.names import role_name
from accounts.queries.approvals import Event, events
from accounts.views.access import may_open
from accounts.views.inbox import VIEW, kind_of, state_badge
from cloudbank import approvals, store
from cloudbank.approvals import Approval, NotAllowed, Overtaken, Unfinished
from cloudbank.clock import ONE_DAY, from_iso, utcnow
from cloudbank.forms import UNPROCESSABLE

CONFLICT, UNAVAILABLE, ACCEPTED = 409, 503, 202
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
        done = approvals.resume(approval_id=self.item.approval_id, now=utcnow())
        return "It is carried out." if done.state == approvals.APPROVED else f"It could not be done: {done.outcome}"

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
            "maker_role": role_name(item.maker_role),
            "checker_role": role_name(item.checker_role),
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
            "about_url": url if url and may_open(self.request, url) else "",
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
