"""Forms of the privacy desk."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms

from accounts.forms.banking import KeyField
from accounts.forms.fields import AddressField, PlainField
from cloudbank import throttle
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import DayField, IconField, layout
from compliance.forms import DateInput
from compliance.privacy.breaches import Facts
from compliance.privacy.terms import RISKS
from compliance.retention import RIGHTS

PASSWORD_AGAIN = throttle.Limit("password_again", 5, 15 * 60, own=True)
KEEP = "Empty: stays as it is."
OPEN, OVERDUE, ANSWERED = "", "overdue", "answered"
EARLIEST, LATEST_YEAR = date(1900, 1, 1), 2200


def _note(label: str, **options: Any) -> PlainField:
    return PlainField(label=label, max_length=500, lines=True, **options)


class DeskFilter(forms.Form):
    """Which requests."""

    show = forms.ChoiceField(label="Show", required=False)
    about = forms.ChoiceField(
        label="About", required=False, choices=[("", "Anything"), *((code, words[0]) for code, words in RIGHTS.items())]
    )

    def __init__(self, *args: Any, counted: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = [(OPEN, "Waiting, by due date"), (OVERDUE, "Overdue"), (ANSWERED, "Answered, latest first")]
        self.fields["show"].choices = [(code, f"{words} ({counted[code]})") for code, words in lists]  # type: ignore[attr-defined]


class StepForm(forms.Form):
    """A step that needs a note."""

    note = _note("Note")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, ask: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = ask or "Note"
        self.helper = layout("note", "version")


class PackageForm(forms.Form):
    """The step that needs nothing but a click."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, ask: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("version")


class ExtendForm(forms.Form):
    """Two further months."""

    reason = _note("Why it takes longer", help_text="The customer reads this text (GDPR art. 12(3)).")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, ask: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("reason", "version")


class RectifyForm(forms.Form):
    """What is on record, as it should be. What is personal is not shown: an empty field stays as it is."""

    name = PlainField(label="Full name", max_length=100, help_text="A second person approves it.")
    date_of_birth = DayField(
        label="Date of birth", required=False, widget=DateInput(), help_text=f"{KEEP} A second person approves it."
    )
    identity_number = forms.RegexField(
        r"^[0-9A-Za-z]{4}$",
        label="Identity number, last 4",
        required=False,
        help_text=f"{KEEP} A second person approves it.",
        error_messages={"invalid": "Enter the last four letters or digits, for example 6789."},
        widget=forms.TextInput(attrs={"maxlength": 4, "autocomplete": "off"}),
    )
    email = AddressField(
        label="E-mail address",
        required=False,
        help_text=f"{KEEP} A second person approves it; the customer signs in with it and is told at both addresses.",
    )
    address = PlainField(label="Address", required=False, max_length=300, help_text=KEEP)
    phone = PlainField(label="Phone", required=False, max_length=40, help_text=KEEP)
    note = _note("What showed that it was wrong?")
    version = forms.IntegerField(widget=forms.HiddenInput)
    key = KeyField()

    def __init__(self, *args: Any, ask: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("name", "person"),
            IconField("date_of_birth", "calendar3"),
            IconField("identity_number", "person-vcard"),
            IconField("email", "envelope"),
            IconField("address", "house"),
            IconField("phone", "telephone"),
            "note",
            "version",
            "key",
        )

    names = ("name", "date_of_birth", "identity_number", "email", "address", "phone")

    def values(self) -> dict[str, str]:
        """What a valid form says that differs from nothing."""
        return {name: self.cleaned_data[name] for name in self.names if self.cleaned_data[name]}

    def clean_date_of_birth(self) -> str:
        """An ISO date of a living person; "" when it is not known."""
        day = self.cleaned_data["date_of_birth"]
        if day and not EARLIEST <= day < bank_calendar().local(utcnow()).date():
            raise forms.ValidationError("Nobody alive was born on this day.")
        return day.isoformat() if day else ""


class Instant(forms.DateTimeField):
    """A day and a time on the bank's clock; in the hour that comes twice in autumn the first one is meant."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **({"help_text": "On the bank's clock."} | options))

    def to_python(self, value: Any) -> datetime | None:
        """The instant. Django's own field refuses the hour that comes twice."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            typed = datetime.fromisoformat(text)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
        if typed.tzinfo or not EARLIEST.year <= typed.year <= LATEST_YEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return typed.replace(tzinfo=bank_calendar().zone)


class BreachForm(forms.Form):
    """What is known of a breach."""

    title = PlainField(label="In one line", max_length=160)
    happened = PlainField(label="What happened, and how was it found?", max_length=4000, lines=True)
    categories = PlainField(label="Which personal data?", max_length=500, help_text="Categories: names, addresses, ...")
    persons = forms.IntegerField(label="About how many persons?", min_value=0, max_value=100_000_000)
    customers = PlainField(
        label="Customers who are known",
        required=False,
        max_length=20_000,
        lines=True,
        help_text="Their ids (usr_...), one a line.",
    )
    risk = forms.ChoiceField(label="Risk to them", required=False, choices=list(RISKS.items()))
    why_risk = PlainField(label="Why this risk?", required=False, max_length=2000, lines=True)
    measures = PlainField(label="What was done about it?", required=False, max_length=4000, lines=True)
    names = ("title", "happened", "categories", "persons", "customers", "risk", "why_risk", "measures")

    def facts(self) -> Facts:
        """What the services take."""
        cleaned = {name: self.cleaned_data[name] for name in self.names if name not in ("customers", "categories")}
        listed: str = self.cleaned_data["customers"]
        return Facts(**cleaned, data=self.cleaned_data["categories"], customer_ids=listed.split())


class NewBreachForm(BreachForm):
    """A new one: also when the bank became aware."""

    aware_at = Instant(label="When did the bank become aware?")
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("aware_at", *self.names, "key")


class AssessForm(BreachForm):
    """What is known by now."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(*self.names, "version")


class AuthorityForm(forms.Form):
    """The authority was told."""

    at = Instant(label="When was the authority told?")
    reference = PlainField(label="Its reference", required=False, max_length=100)
    why_late = PlainField(
        label="Reasons for the delay",
        required=False,
        max_length=2000,
        lines=True,
        help_text="Asked for after 72 hours.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("at", "reference", "why_late", "version")


class PersonsForm(forms.Form):
    """The persons were told."""

    at = Instant(label="When were they told?")
    how = PlainField(label="How, and what?", max_length=2000, lines=True)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("at", "how", "version")


class BreachFilter(forms.Form):
    """Which breaches."""

    show = forms.ChoiceField(label="Show", required=False)

    def __init__(self, *args: Any, counted: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = [("", "Open, the oldest first"), ("closed", "Closed, the latest first")]
        self.fields["show"].choices = [(code, f"{words} ({counted[code]})") for code, words in lists]  # type: ignore[attr-defined]


class HoldForm(forms.Form):
    """What changes about a customer's data, and why."""

    change = forms.ChoiceField(
        label="Change",
        choices=[
            ("hold", "Set a legal hold: nothing is erased"),
            ("release", "Release the legal hold"),
            ("restrict", "Restrict the processing"),
            ("lift", "Lift the restriction"),
        ],
    )
    reason = _note("Reason", help_text="Kept with the audit record; the customer does not read it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("change", "lock"), "reason")


class PasswordForm(forms.Form):
    """One's own password once more, before much leaves. Wrong ones are counted like those of the sign-in page."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=512,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = person
        self.helper = layout(IconField("password", "lock"))

    def clean_password(self) -> str:
        """The right one. Raises throttle.TooMany."""
        typed: str = self.cleaned_data["password"]
        own = throttle.Count(PASSWORD_AGAIN, (str(self._person.pk),))
        throttle.count([own], utcnow())
        if not self._person.check_password(typed):
            raise forms.ValidationError("This is not your password.")
        throttle.forgive([own])
        return typed
