"""Privacy requests: a customer asks and fetches; officers see the desk, take the steps, answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.http import actor_of, person
from accounts.queries.people import user
from accounts.views.access import AnyPermissionMixin
from cloudbank import approvals, documents
from cloudbank.clock import from_iso, utcnow
from cloudbank.exports import safe_filename
from cloudbank.forms import UNPROCESSABLE
from cloudbank.ids import new_id
from compliance.forms import AnswerForm, AskForm
from compliance.models import PrivacyRequest
from compliance.privacy import deeds, queries, services
from compliance.privacy.desk import SEES_SECRETS, holds_in_words, rows_of, steps_of
from compliance.privacy.forms import (
    ExtendForm,
    PackageForm,
    PasswordForm,
    RectifyForm,
    StepForm,
)
from compliance.privacy.package import TITLES
from compliance.privacy.pasts import holds_on, today
from compliance.privacy.periods import answer_draft, periods
from compliance.privacy.terms import OUTCOMES, next_step, step_of
from compliance.retention import RIGHTS
from compliance.steps import NotAllowed
from compliance.views.standing import own_context

WORK = services.WORK


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
                item = services.ask_about_own_data(**form.cleaned_data, actor=actor_of(request), now=utcnow())
            except NotAllowed as error:
                form.add_error(error.field or None, error.message)
            else:
                messages.success(request, f"We have your request. You will have our answer by {item.due_on}.")
                return redirect("compliance")
        return render(request, "compliance/own_standing.html", own_context(request, form), status=UNPROCESSABLE)


@dataclass(frozen=True)
class Deed:
    """A step as the page offers it."""

    form: Callable[..., forms.Form]
    do: Callable[..., Any]
    button: str
    done: str


DEEDS = {
    "identity": Deed(StepForm, services.check_identity, "Identity is checked", "Kept."),
    "package": Deed(PackageForm, deeds.make_package, "Make the package", "The package is made."),
    "restrict": Deed(StepForm, deeds.restrict, "Restrict", "Processing is restricted; staff see it."),
    "erase": Deed(StepForm, deeds.decide_erasure, "Erase what may go", "Done; the draft of the answer says what."),
    "correct": Deed(RectifyForm, deeds.rectify, "Correct", "Corrected."),
    "extend": Deed(ExtendForm, services.extend_request, "Extend", "Extended; the customer reads why."),
}


class RequestPage(PermissionRequiredMixin, View):
    """A request as the bank sees it."""

    permission_required = "compliance.view_control"

    @cached_property
    def item(self) -> PrivacyRequest:
        """The request, or 404."""
        item = queries.request(self.kwargs["request_id"])
        if item is None:
            raise Http404("There is no such request.")
        return item

    @property
    def may_work(self) -> bool:
        """Whether this person takes steps on it."""
        return self.item.is_open and self.request.user.has_perm(WORK)

    def form_of(self, code: str, data: Any = None) -> forms.Form:
        """The form of a step, with what it starts from."""
        step = step_of(self.item.about, code)
        initial: dict[str, Any] = {"version": self.item.version}
        if code == "correct" and data is None:
            initial |= {"name": deeds.customer_of(self.item).name, "key": new_id("key")}
        return DEEDS[code].form(data, initial=initial, ask=step.ask if step else "")

    def page(self, status: int = 200, **answered: forms.Form) -> HttpResponse:
        """The page; `answered` are forms that were sent and have errors."""
        item, now = self.item, utcnow()
        following = next_step(item.about, item.steps) if item.is_open else None
        customer = user(item.owner_id or "")
        draft = item.answer or answer_draft(item.about, now)
        known: dict[str, Any] = {
            "tab": "privacy",
            "periods": periods(now),
            "item": item,
            "row": rows_of([item], today(now))[0],
            "right": RIGHTS[item.about],
            "customer": customer,
            "received_at": from_iso(item.received_at),
            "answered_at": from_iso(item.answered_at) if item.answered_at else None,
            "answered_by": user(item.answered_by) if item.answered_by else None,
            "outcome": OUTCOMES.get(item.outcome, ""),
            "steps": steps_of(item),
            "step": following,
            "deed": DEEDS[following.code] if following else None,
            "holds": holds_in_words(
                holds_on(customer, now), today(now), secrets=self.request.user.has_perm(SEES_SECRETS)
            )
            if customer and item.about == "erasure"
            else [],
            "package": package_of(item, now),
            "may_work": self.may_work,
        }
        if self.may_work:
            known["form"] = AnswerForm(initial={"answer": draft, "version": item.version})
            known["extend"] = None if item.is_extended else self.form_of("extend")
            known["step_form"] = self.form_of(following.code) if following else None
        return render(self.request, "compliance/privacy_request.html", known | answered, status=status)


def package_of(item: PrivacyRequest, now: Any) -> dict[str, Any] | None:
    """What a page says of the package; None when there is none."""
    if not item.package:
        return None
    files = item.package.get("files", {})
    expired = deeds.is_expired(item, now) or not files
    return {
        "files": [] if expired else [(code, files[code][1]) for code in sorted(files)],
        "made_at": from_iso(item.package["made_at"]),
        "expires_at": from_iso(item.package["expires_at"]),
        "expired": expired,
        "counts": [(TITLES[name], number) for name, number in sorted(item.package.get("counts", {}).items())],
    }


class PrivacyRequestView(RequestPage):
    """The page, and the officer's answer."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The request; with the next step and a draft of the answer for who may work on it."""
        return self.page()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer it."""
        if not request.user.has_perm(WORK):
            raise PermissionDenied
        form = AnswerForm(request.POST)
        if form.is_valid():
            try:
                services.answer_request(
                    request_id=self.item.user_id, **form.cleaned_data, actor=actor_of(request), now=utcnow()
                )
            except NotAllowed as error:
                form.add_error(error.field or None, error.message)
                del self.item
            else:
                messages.success(request, "The answer is sent to the customer's page.")
                return redirect("privacy_request", request_id=self.item.user_id)
        return self.page(UNPROCESSABLE, form=form)


class StepView(RequestPage):
    """One step of a request: POST only; errors come back on the page."""

    permission_required = WORK
    http_method_names = ["post"]

    def post(self, request: HttpRequest, request_id: str, code: str) -> HttpResponse:
        """Take it, or say why not."""
        if code not in DEEDS or self.item is None:
            raise Http404("There is no such step.")
        form = self.form_of(code, request.POST)
        if form.is_valid():
            try:
                self.take(code, form)
            except (NotAllowed, approvals.NotAllowed) as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
                del self.item
            else:
                return redirect("privacy_request", request_id=request_id)
        return self.page(UNPROCESSABLE, **{"extend" if code == "extend" else "step_form": form})

    def take(self, code: str, form: Any) -> None:
        """The one domain call."""
        deed, said = DEEDS[code], dict(form.cleaned_data)
        if isinstance(form, RectifyForm):
            said = {name: said[name] for name in ("note", "version", "key")}
            said |= {"values": form.values(), "name": person(self.request).name}
        asked = deed.do(request_id=self.item.user_id, **said, actor=actor_of(self.request), now=utcnow())
        waits = isinstance(asked, approvals.Approval)
        messages.success(self.request, "A second person approves the identity data." if waits else deed.done)


class PackageView(AnyPermissionMixin, View):
    """A file of a package, for its owner or for the officer who hands it out; every download is on record."""

    permission_required = (services.OWN, WORK)
    http_method_names = ["post"]
    template_name = "compliance/package_password.html"

    def post(self, request: HttpRequest, request_id: str, code: str) -> HttpResponse:
        """Ask for the password, then the file; 404 when there is none for this person."""
        item = queries.request(request_id)
        is_mine = item is not None and (item.owner_id == person(request).user_id or request.user.has_perm(WORK))
        if item is None or not is_mine or code not in deeds.FILES:
            raise Http404("There is no such file.")
        if not_yet := self.asked_again(request, item, code):
            return not_yet
        try:
            content, found = deeds.open_package(request_id=request_id, code=code, actor=actor_of(request), now=utcnow())
        except NotAllowed as error:
            messages.error(request, error.message)
            return redirect("compliance" if item.owner_id == person(request).user_id else item_url(item))
        except documents.Damaged:
            messages.error(request, "The file is not what was made. Ask for it again.")
            return redirect("compliance" if item.owner_id == person(request).user_id else item_url(item))
        answer = HttpResponse(content, content_type=deeds.FILES[code])
        name = safe_filename(f"my-data-{item.received_on}", code)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Content-SHA256"] = found.sha256
        return answer

    def asked_again(self, request: HttpRequest, item: PrivacyRequest, code: str) -> HttpResponse | None:
        """The page that asks for the password, as long as it was not typed rightly: a session somebody left open, or
        took over, is not enough for all of a person's data. Raises throttle.TooMany.
        """
        form = PasswordForm(request.POST if "password" in request.POST else None, person=request.user)
        if form.is_bound and form.is_valid():
            return None
        back = reverse("compliance") if item.owner_id == person(request).user_id else item_url(item)
        known = {"form": form, "item": item, "code": code, "back": back}
        return render(request, self.template_name, known, status=UNPROCESSABLE if form.is_bound else 200)


def item_url(item: PrivacyRequest) -> str:
    """The page of a request for staff."""
    return reverse("privacy_request", args=[item.user_id])
