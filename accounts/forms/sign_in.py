"""Forms of getting in: sign in, register, change and reset the password."""

from datetime import date
from typing import Any, cast

from crispy_forms.layout import HTML, Div
from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from accounts import mail, tries
from accounts.forms.fields import (
    NEW_PASSWORD_HINT,
    PASSWORDS_DIFFER,
    AddressField,
    PlainField,
    new_password,
    repeated_password,
)
from accounts.http import actor_of
from accounts.ledger import Actor
from accounts.models import SignIn, User
from accounts.queries.people import holder_of
from accounts.services.access import change_password, password_link
from accounts.services.people import Details, years_after
from cloudbank import throttle
from cloudbank.addresses import source_of
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import IconField, layout

ADULT_YEARS, OLDEST_YEARS = 18, 120


class Throttled(forms.Form):
    """A form whose evaluation is a guess at a password: counted first, refused when there were too many."""

    wait = 0
    """Seconds until the next try, when this one was refused unevaluated."""

    def count_try(self, counts: tuple[throttle.Count, ...]) -> None:
        """Count one try, or refuse it."""
        try:
            throttle.count(counts, utcnow())
        except throttle.TooMany as error:
            self.wait = error.seconds
            raise ValidationError(str(error), code="throttled") from error


class SignInForm(Throttled, AuthenticationForm):
    """E-mail address and password. The answer is the same whoever is asked for."""

    username = forms.EmailField(
        label="E-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "spellcheck": "false"}),
    )
    error_messages = {
        "invalid_login": "This e-mail address and this password do not belong together. Check both.",
        "inactive": "This e-mail address and this password do not belong together. Check both.",
    }
    helper = layout(IconField("username", "envelope"), IconField("password", "lock"))

    def clean(self) -> dict[str, Any]:
        """The person, checked once, after the try was counted."""
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not (email and password):
            return self.cleaned_data
        counts = tries.password_counts(email, source_of(self.request) if self.request else "")
        self.count_try(counts)
        cleaned = super().clean()
        throttle.forgive(counts)
        return cleaned


class RegistrationForm(forms.Form):
    """What a new customer tells the bank."""

    name = PlainField(label="Full name", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = AddressField(label="E-mail address", help_text="You sign in with it.")
    date_of_birth = forms.DateField(
        label="Date of birth", widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"})
    )
    phone = PlainField(
        label="Phone",
        max_length=24,
        validators=[RegexValidator(r"^\+?[0-9][0-9 ()./-]{5,}$", "Enter a phone number, for example +1 212 555 0100.")],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    address = PlainField(
        label="Home address",
        max_length=300,
        lines=True,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
    )
    identity_number = forms.RegexField(
        r"^[0-9A-Za-z]{4}$",
        label="Identity number, last 4",
        help_text="Of your passport, identity card or Social Security number.",
        error_messages={"invalid": "Enter the last four letters or digits, for example 6789."},
        widget=forms.TextInput(attrs={"maxlength": 4, "autocomplete": "off"}),
    )
    password = new_password("Password", NEW_PASSWORD_HINT)
    repeat = repeated_password("Repeat the password")
    consent = forms.BooleanField(
        label="I have read the privacy notice and agree that the bank keeps these data to know who I am",
        error_messages={"required": "Without your consent the bank cannot open a relationship."},
    )
    helper = layout(
        Div(IconField("name", "person"), IconField("email", "envelope"), css_class="grid"),
        Div(IconField("date_of_birth", "calendar3"), IconField("phone", "telephone"), css_class="grid"),
        Div(IconField("address", "house"), IconField("identity_number", "person-vcard"), css_class="grid"),
        Div(IconField("password", "lock"), IconField("repeat", "lock-fill"), css_class="grid"),
        HTML('{% include "accounts/_privacy_notice.html" %}'),
        "consent",
    )

    def clean_date_of_birth(self) -> date:
        """Adults only, and nobody older than people get."""
        born: date = self.cleaned_data["date_of_birth"]
        today = bank_calendar().local(utcnow()).date()
        if born > today or born < years_after(today, -OLDEST_YEARS):
            raise ValidationError("Enter your date of birth.")
        if born > years_after(today, -ADULT_YEARS):
            raise ValidationError("You must be 18 to register yourself. Visit a branch with a parent.")
        return born

    def clean(self) -> dict[str, Any]:
        """The password: repeated right, and fit for this person."""
        cleaned = self.cleaned_data
        password = cleaned.get("password")
        if password and cleaned.get("repeat") and password != cleaned["repeat"]:
            self.add_error("repeat", PASSWORDS_DIFFER)
        if password:
            person = SignIn.of(User(user_id="", name=cleaned.get("name", ""), email=cleaned.get("email", "")))
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def details(self) -> Details:
        """What was said, for the service: these fields and no others."""
        names = ("name", "email", "date_of_birth", "address", "phone", "identity_number")
        return Details(**{name: self.cleaned_data[name] for name in names})


class _NewPassword(SetPasswordForm):
    """Sets a password through the service; `actor` is set by the view."""

    actor: Actor
    new_password1 = new_password("New password", NEW_PASSWORD_HINT)
    new_password2 = repeated_password("Repeat the new password")
    error_messages = PasswordChangeForm.error_messages | {"password_mismatch": PASSWORDS_DIFFER}
    helper = layout(IconField("new_password1", "lock"), IconField("new_password2", "lock-fill"))

    def save(self, commit: bool = True) -> SignIn:
        """Change it; the person as now stored, and an e-mail to say so."""
        password = self.cleaned_data["new_password1"]
        item = change_password(user_id=self.user.pk, password=password, actor=self.actor, now=utcnow())
        self.user.item, self.user.password = item, item.password
        mail.later(_tell_of_change, item)
        return cast(SignIn, self.user)


def _tell_of_change(person: User) -> None:
    if person.email:
        mail.send("password_changed", person.email, person=person)


class ResetConfirmForm(_NewPassword):
    """The new password of who followed a link."""


class OwnPasswordForm(Throttled, _NewPassword, PasswordChangeForm):
    """The old password and a new one."""

    source = ""
    helper = layout(
        IconField("old_password", "key"), IconField("new_password1", "lock"), IconField("new_password2", "lock-fill")
    )
    field_order = ("old_password", "new_password1", "new_password2")

    def clean_old_password(self) -> str:
        """Checked like a sign-in: who found an open session must not guess on."""
        counts = tries.password_counts(self.user.email, self.source)
        self.count_try(counts)
        old: str = super().clean_old_password()
        throttle.forgive(counts)
        return old


class ResetForm(PasswordResetForm):
    """Asks for a link to set a new password. Looks nobody up before the answer is on its way."""

    email = AddressField(label="E-mail address")
    helper = layout(IconField("email", "envelope"))

    def get_users(self, email: str) -> list[SignIn]:
        """Who may reset the password of this address: nobody, or one person who has one."""
        person = holder_of(email)
        return [SignIn.of(person)] if person and person.password and not person.disabled else []

    def save(self, *args: Any, **options: Any) -> None:
        """Have the link sent beside the request."""
        request = options["request"]
        mail.later(self._send, self.cleaned_data["email"], mail.site(request), actor_of(request).source)

    def _send(self, email: str, site: str, source: str) -> None:
        try:
            throttle.count([throttle.Count(tries.RESET_ACCOUNT, (email.casefold(),))], utcnow())
        except throttle.TooMany:
            return
        for person in self.get_users(email):
            # To the stored address: the one typed may only look like it.
            mail.send("password_reset", person.email, person=person, source=source, **password_link(person.item, site))
