"""A page on which decisions are made: an alert's, a case's. What is the same for all of them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import View

from accounts.http import signed_in_person
from accounts.ledger import Refused
from accounts.services.posting import Busy
from cloudbank import store
from cloudbank.approvals import NotAllowed
from cloudbank.forms import UNPROCESSABLE
from monitoring.services.changing import TakenOver

CONFLICT, UNAVAILABLE = 409, 503


class DecisionPage(PermissionRequiredMixin, View):
    """Every decision posts to the page, with the revision that the person saw."""

    decisions: ClassVar[Mapping[str, Any]]
    """By what the form's button says: each has a permission and a form."""

    def get(self, request: HttpRequest, **named: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, **named: str) -> HttpResponse:
        """One decision, then the page again, or what is next."""
        decision = self.decisions.get(request.POST.get("action", ""))
        if decision is None or not request.user.has_perm(decision.permission):
            raise PermissionDenied
        form = self.form(decision.form, request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form, status=UNPROCESSABLE)
        try:
            done = self.carry_out(decision, form)
        except TakenOver as taken:
            return self.again(str(taken), CONFLICT)
        except (Refused, NotAllowed) as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self.page(form, status=UNPROCESSABLE)
        except (Busy, store.StoreError):
            return self.again(
                "The bank's books are busy just now. Nothing may have changed: look below, then try again.", UNAVAILABLE
            )
        messages.success(request, done)
        return redirect(self.onwards())

    @property
    def me(self) -> str:
        """The person who looks."""
        return signed_in_person(self.request).user_id

    def form(self, kind: type[Any], data: Any = None, files: Any = None, **initial: Any) -> forms.Form:
        """A form of the page; those that are not posted show the present revision."""
        raise NotImplementedError

    def carry_out(self, decision: Any, form: forms.Form) -> str:
        """Do it; what was done, in words. Raises TakenOver, Refused, NotAllowed, Busy."""
        raise NotImplementedError

    def page(self, bound: forms.Form | None = None, *, status: int = 200, problem: str = "") -> HttpResponse:
        """The whole page; `bound` is the form that was refused."""
        raise NotImplementedError

    def again(self, problem: str, status: int) -> HttpResponse:
        """The page as things are now, with what went wrong on top."""
        raise NotImplementedError

    def onwards(self) -> str:
        """Where a decision leads."""
        raise NotImplementedError
