"""/compliance/controls/<code>/waiver: ask that a second person accepts how a control stands, or take that back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.http import actor_of, person
from cloudbank import approvals
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE
from compliance.control import Control
from compliance.controls import find_control, needed_for
from compliance.forms import EndWaiverForm, WaiverForm
from compliance.models import ControlNotice
from compliance.queries.notices import notices_of
from compliance.services.waivers import ASKS, ask_waiver, end_waiver, why_no_waiver
from compliance.steps import NotAllowed


class WaiverView(PermissionRequiredMixin, View):
    """One page: the form to ask, or to take back what stands."""

    permission_required = ASKS

    @cached_property
    def control(self) -> Control:
        """The control, or 404: also for who may not know how it stands, and where nothing can be waived."""
        found, needed = find_control(self.kwargs["code"]), needed_for(self.kwargs["code"])
        if found is None or (needed and not self.request.user.has_perm(needed)) or why_no_waiver(found):
            raise Http404("There is no such control.")
        return found

    @property
    def standing(self) -> ControlNotice | None:
        """What its owner was told, when two people accept it."""
        found = notices_of([self.control.code]).get(self.control.code)
        today = bank_calendar().local(utcnow()).date().isoformat()
        return found if found and found.is_waived(today) else None

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """The form."""
        return self.page(EndWaiverForm() if self.standing else WaiverForm())

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Ask, or take back; with what is wrong at its field."""
        known: dict[str, Any] = {"code": self.control.code, "actor": actor_of(request), "now": utcnow()}
        form: forms.Form = EndWaiverForm(request.POST) if self.standing else WaiverForm(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            if isinstance(form, EndWaiverForm):
                end_waiver(**form.cleaned_data, **known)
                messages.success(request, "The control asks for somebody again.")
                return redirect("control", code=code)
            asked = ask_waiver(**form.cleaned_data, name=person(request).name, **known)
        except (NotAllowed, approvals.NotAllowed) as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.page(form, UNPROCESSABLE)
        return redirect("approval", approval_id=asked.approval_id)

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page with its one form."""
        known = {"control": self.control, "form": form, "waived": self.standing, "tab": "controls"}
        return render(self.request, "compliance/waiver.html", known, status=status)
