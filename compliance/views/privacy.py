"""Privacy requests: a customer asks, an officer answers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.http import actor_of
from accounts.queries.people import user
from cloudbank.clock import from_iso, utcnow
from cloudbank.forms import UNPROCESSABLE
from compliance.forms import AnswerForm, AskForm
from compliance.models import PrivacyRequest
from compliance.queries import privacy as queries
from compliance.retention import ANSWERS, RIGHTS
from compliance.services.privacy import OUTCOMES, answer_request, ask_about_own_data
from compliance.steps import NotAllowed
from compliance.views.standing import own_context


class AskView(PermissionRequiredMixin, View):
    """A customer asks about their own data; the form stands on /compliance."""

    permission_required = "compliance.view_own_standing"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form is on the page of one's own standing."""
        return redirect("compliance")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Note the request, or show the page again with what is wrong."""
        form = AskForm(request.POST)
        if form.is_valid():
            try:
                item = ask_about_own_data(**form.cleaned_data, actor=actor_of(request), now=utcnow())
            except NotAllowed as error:
                form.add_error(error.field or None, error.message)
            else:
                messages.success(request, f"We have your request. You will have our answer by {item.due_on}.")
                return redirect("compliance")
        return render(request, "compliance/own_standing.html", own_context(request, form), status=UNPROCESSABLE)


class PrivacyRequestView(PermissionRequiredMixin, View):
    """A request as the bank sees it, and the officer's answer."""

    permission_required = "compliance.view_control"

    @cached_property
    def item(self) -> PrivacyRequest:
        """The request, or 404."""
        item = queries.request(self.kwargs["request_id"])
        if item is None:
            raise Http404("There is no such request.")
        return item

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The request; with a draft of the answer for who may answer."""
        draft = {"answer": ANSWERS[self.item.about], "version": self.item.version}
        return self.page(AnswerForm(initial=draft))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer it."""
        if not request.user.has_perm("compliance.work_action"):
            raise PermissionDenied
        form = AnswerForm(request.POST)
        if form.is_valid():
            try:
                answer_request(request_id=self.item.user_id, **form.cleaned_data, actor=actor_of(request), now=utcnow())
            except NotAllowed as error:
                form.add_error(error.field or None, error.message)
                del self.item
            else:
                messages.success(request, "The answer is sent to the customer's page.")
                return redirect("privacy_request", request_id=self.item.user_id)
        return self.page(form, UNPROCESSABLE)

    def page(self, form: AnswerForm, status: int = 200) -> HttpResponse:
        """The page."""
        item = self.item
        may_answer = item.is_open and self.request.user.has_perm("compliance.work_action")
        known = {
            "tab": "controls",
            "item": item,
            "right": RIGHTS[item.about],
            "customer": user(item.owner_id or ""),
            "received_at": from_iso(item.received_at),
            "answered_at": from_iso(item.answered_at) if item.answered_at else None,
            "answered_by": user(item.answered_by) if item.answered_by else None,
            "outcome": OUTCOMES.get(item.outcome, ""),
            "form": form if may_answer else None,
        }
        return render(self.request, "compliance/privacy_request.html", known, status=status)
