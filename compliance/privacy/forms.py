"""Forms of the privacy desk."""

from datetime import date
from typing import Any

from django import forms

from accounts.forms.banking import KeyField
from accounts.forms.fields import PlainField
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import IconField, layout
from compliance.forms import DateInput
from compliance.retention import RIGHTS

OPEN, OVERDUE, ANSWERED = "", "overdue", "answered"
EARLIEST = date(1900, 1, 1)


def _note(label: str, **options: Any) -> PlainField:
    return PlainField(label=label, max_length=500, lines=True, **options)


class DeskFilter(forms.Form):
    """Which requests."""

    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[(OPEN, "Waiting, by due date"), (OVERDUE, "Overdue"), (ANSWERED, "Answered, latest first")],
    )
    about = forms.ChoiceField(
        label="About", required=False, choices=[("", "Anything"), *((code, words[0]) for code, words in RIGHTS.items())]
    )


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
    """What is on record, as it should be. An untouched field stays as it is."""

    name = PlainField(label="Full name", max_length=100, help_text="A second person approves it.")
    date_of_birth = forms.DateField(
        label="Date of birth", required=False, widget=DateInput(), help_text="A second person approves it."
    )
    address = PlainField(label="Address", required=False, max_length=300)
    phone = PlainField(label="Phone", required=False, max_length=40)
    note = _note("What showed that it was wrong?")
    version = forms.IntegerField(widget=forms.HiddenInput)
    key = KeyField()

    def __init__(self, *args: Any, ask: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("name", "person"),
            IconField("date_of_birth", "calendar3"),
            IconField("address", "house"),
            IconField("phone", "telephone"),
            "note",
            "version",
            "key",
        )

    def clean_date_of_birth(self) -> str:
        """An ISO date of a living person; "" when it is not known."""
        day = self.cleaned_data["date_of_birth"]
        if day and not EARLIEST <= day < bank_calendar().local(utcnow()).date():
            raise forms.ValidationError("Nobody alive was born on this day.")
        return day.isoformat() if day else ""
