"""Pages of getting in: sign in and out, register, change and reset the password, end a session."""

import json
import logging
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as begin_session
from django.contrib.auth import update_session_auth_hash, views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, View

from accounts import mail, tries
from accounts.forms.sign_in import OwnPasswordForm, RegistrationForm, ResetConfirmForm, ResetForm, SignInForm
from accounts.http import actor_of, signed_in_person
from accounts.ledger import Actor, Refused
from accounts.models import SignIn, User
from accounts.queries.people import PREVIOUS_AT, PREVIOUS_FROM, holder_of
from accounts.services.access import end_session, note_sign_in
from accounts.services.people import register_customer
from cloudbank import parameters, throttle
from cloudbank.addresses import network_of, source_of
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE, UnprocessableFormMixin

log = logging.getLogger("accounts.sign_in")
TOO_MANY = 429
KEPT_YEARS = "retention.identity"
"""The parameter with the years for which identity data is kept; compliance declares it."""


def told_to_wait(response: HttpResponse, seconds: int) -> HttpResponse:
    """The answer, as 429 with Retry-After."""
    response.status_code = TOO_MANY
    response["Retry-After"] = str(seconds)
    return response


class LoginView(views.LoginView):
    """Sign in. A sign-in always begins a new session; the one before it is over."""

    template_name = "accounts/login.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Where `next` leads inside the bank; never back here."""
        url = super().get_redirect_url()
        return "" if urlsplit(url).path in (reverse("login"), reverse("logout")) else url

    def form_valid(self, form: Any) -> HttpResponseRedirect:
        """Begin the session and note the sign-in, keeping the one before it for the security card."""
        someone: SignIn = form.get_user()
        before = someone.item
        someone.item = note_sign_in(
            user_id=someone.user_id, actor=Actor(someone.user_id, someone.role, source_of(self.request)), now=utcnow()
        )
        self.request.session.flush()
        begin_session(self.request, someone)
        self.request.session[PREVIOUS_AT] = before.last_sign_in_at
        self.request.session[PREVIOUS_FROM] = before.last_sign_in_from
        log.info(json.dumps({"event": "sign_in", "person": someone.user_id, "source": source_of(self.request)}))
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        """The same answer whoever was asked for: 422, or 429 when it was not even looked at."""
        log.warning(json.dumps({"event": "sign_in_refused", "source": source_of(self.request), "wait": form.wait}))
        response = super().form_invalid(form)
        response.status_code = UNPROCESSABLE
        return told_to_wait(response, form.wait) if form.wait else response


class LogoutView(views.LogoutView):
    """Sign out, by POST; the session ends at the server."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """End the session, then the sign-in page."""
        response = super().post(request, *args, **kwargs)
        messages.success(request, "You are signed out.")
        return response


@method_decorator([login_not_required, sensitive_post_parameters("password", "repeat")], name="dispatch")
class RegisterView(UnprocessableFormMixin, FormView):
    """Become a customer. The answer is the same whether or not the address is taken."""

    template_name = "accounts/register.html"
    form_class = RegistrationForm
    success_url = reverse_lazy("login")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Who is signed in is registered already."""
        return redirect("dashboard") if request.user.is_authenticated else super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How long the privacy notice says that identity data is kept."""
        return super().get_context_data(**kwargs) | {"kept_years": parameters.snapshot(utcnow()).number(KEPT_YEARS)}

    def form_valid(self, form: RegistrationForm) -> HttpResponse:
        """Register, tell the holder of the address, land on the sign-in page."""
        counter = throttle.Count(tries.REGISTER_NETWORK, (network_of(source_of(self.request)),))
        try:
            throttle.count([counter], utcnow())
        except throttle.TooMany as error:
            form.add_error(None, str(error))
            return told_to_wait(super().form_invalid(form), error.seconds)
        details = form.details()
        customer = register_customer(
            details=details, password=form.cleaned_data["password"], actor=actor_of(self.request), now=utcnow()
        )
        mail.later(_tell_holder, details.email, customer, mail.site(self.request))
        messages.success(
            self.request,
            "Thank you. Your registration was received, and we have sent you an e-mail. "
            "Sign in with your e-mail address and password.",
        )
        return super().form_valid(form)


def _tell_holder(email: str, customer: User | None, site: str) -> None:
    """Welcome a new customer; warn who holds the address already."""
    holder = customer or holder_of(email)
    if holder:
        kind = "welcome" if customer else "address_taken"
        links = {"login": site + reverse("login"), "reset": site + reverse("password_reset")}
        mail.send(kind, holder.email, person=holder, **links)


class PasswordChangeView(UnprocessableFormMixin, views.PasswordChangeView):
    """A new password for the signed-in person; every other session ends, this one goes on under a new id."""

    template_name = "accounts/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy(settings.LOGIN_REDIRECT_URL)

    def get_form(self, form_class: Any = None) -> Any:
        """The form, told where the request comes from."""
        form: Any = super().get_form(form_class)
        form.source, form.actor = source_of(self.request), actor_of(self.request)
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it, and keep this session alive."""
        someone = form.save()
        self.request.user = someone
        update_session_auth_hash(self.request, someone)
        messages.success(self.request, "Your password is changed. All other sessions are signed out.")
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        """422, or 429 after too many guesses at the old password."""
        response = super().form_invalid(form)
        return told_to_wait(response, form.wait) if form.wait else response


class PasswordResetView(UnprocessableFormMixin, views.PasswordResetView):
    """Ask for a link by e-mail; the answer is the same for every address."""

    template_name = "accounts/password_reset.html"
    form_class = ResetForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Count the request, then have the link sent."""
        counter = throttle.Count(tries.RESET_NETWORK, (network_of(source_of(self.request)),))
        try:
            throttle.count([counter], utcnow())
        except throttle.TooMany as error:
            form.add_error(None, str(error))
            return told_to_wait(super().form_invalid(form), error.seconds)
        return super().form_valid(form)


class PasswordResetDoneView(views.PasswordResetDoneView):
    """What happens next."""

    template_name = "accounts/password_reset_done.html"


class PasswordResetConfirmView(UnprocessableFormMixin, views.PasswordResetConfirmView):
    """The page behind the link: good once, for half an hour, until the password or the address changes."""

    template_name = "accounts/password_reset_confirm.html"
    form_class = ResetConfirmForm
    success_url = reverse_lazy("login")

    def get_user(self, uidb64: str) -> SignIn | None:
        """Whose link it is; nobody for a disabled person."""
        someone = super().get_user(uidb64)
        return someone if someone and someone.is_active else None

    def get_form(self, form_class: Any = None) -> Any:
        """The form, told who acts: the person whose link it is."""
        form: Any = super().get_form(form_class)
        if form.user:  # nobody: the page only says that the link is used up
            form.actor = Actor(form.user.user_id, form.user.role, source_of(self.request))
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it; the person signs in with it."""
        messages.success(self.request, "Your password is changed. Sign in with the new one.")
        return super().form_valid(form)

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        """A link that is used up or too old is no success."""
        status = 200 if self.validlink else UNPROCESSABLE
        return super().render_to_response(context, **({"status": status} | options))


class EndSessionView(View):
    """End one of the person's own sessions, by POST."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """End it, and say so on the dashboard."""
        someone = signed_in_person(request)
        try:
            end_session(owner_id=someone.user_id, ref=ref, actor=actor_of(request), now=utcnow())
        except Refused as error:
            messages.info(request, error.message)
        else:
            messages.success(request, "That session is signed out.")
        return redirect("dashboard")
