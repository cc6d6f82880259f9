"""Forms of requests under 314(a). They check the shape of what is typed; the services check what it means."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.forms.fields import PlainField, reason_field
from cloudbank.forms import DayField, IconField, layout
from compliance.filings.forms import VersionForm
from compliance.forms import DateInput
from compliance.requests314.subjects import MOST_BYTES
from compliance.requests314.terms import DECISIONS, STATES, TRACKING

_NUMBER = RegexValidator(rf"\A{TRACKING}\Z", "Use 1 to 30 letters, digits, dots, dashes and slashes.")


class RequestsFilter(forms.Form):
    """Filters of the register."""

    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any"), *STATES.items()])


def _file(label: str, hint: str) -> forms.FileField:
    return forms.FileField(
        label=label,
        required=False,
        max_length=200,
        help_text=hint,
        widget=forms.FileInput({"accept": ".csv,.lst,.txt,text/csv"}),
    )


class RequestForm(forms.Form):
    """What FinCEN posted."""

    tracking = PlainField(label="Tracking number of the request", max_length=30, validators=[_NUMBER])
    posted_on = DayField(label="Posted on", widget=DateInput(), help_text="By FinCEN: the clock runs from this day.")
    persons = _file("Persons (CSV)", "Columns tracking_number, last_name, first_name ... as FinCEN names them.")
    businesses = _file("Businesses (CSV)", "Columns tracking_number, business_name, dba_name ... as FinCEN names them.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("tracking", "hash"), IconField("posted_on", "calendar-check"),
            IconField("persons", "upload"), IconField("businesses", "upload"),
        )  # fmt: skip

    def clean_persons(self) -> Any:
        """No larger than any list."""
        return self._small("persons")

    def clean_businesses(self) -> Any:
        """No larger than any list."""
        return self._small("businesses")

    def _small(self, name: str) -> Any:
        file = self.cleaned_data[name]
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(f"This file is larger than {MOST_BYTES // 1024} KB; no list is.")
        return file

    def clean(self) -> dict[str, Any]:
        """At least one of the files."""
        said: dict[str, Any] = super().clean() or {}
        if not any(said.get(name) or name in self.errors for name in ("persons", "businesses")):
            self.add_error("persons", "Choose the file of persons, of businesses, or both.")
        return said


class DecideForm(VersionForm):
    """Whether what was found is the subject."""

    subject = forms.CharField(max_length=30, validators=[_NUMBER], widget=forms.HiddenInput)
    decision = forms.ChoiceField(label="Decision", choices=[("", "Choose"), *DECISIONS.items()])
    reason = reason_field("What did you compare?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("decision", "reason", "subject", "version")


class ReplyForm(VersionForm):
    """When FinCEN was told."""

    replied_on = DayField(label="Replied on", widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("replied_on", "calendar-check"), "version")


class DiscardForm(VersionForm):
    """What was wrong with the file. The audit trail keeps it."""

    reason = reason_field("What was wrong with it? Name no subject.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("reason", "version")
