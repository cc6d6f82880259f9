"""Forms of reports to OFAC."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.forms.fields import PlainField
from cloudbank.forms import DayField, IconField, layout
from compliance.filings.forms import VersionForm, note_field
from compliance.filings.terms import REFERENCE
from compliance.forms import DateInput

AUTHORITY_LIMIT = 300


class OfacForm(VersionForm):
    """What an officer writes into a draft."""

    authority = PlainField(
        label="Legal authority",
        max_length=AUTHORITY_LIMIT,
        help_text="The sanctions program and the rule or order, for example SDGT, 31 CFR part 594.",
    )
    description = note_field(
        "What was blocked or rejected?",
        help_text="The property or the transaction, where it is, who takes part and in which role.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("authority", "bank"), "description", "version")


class OfacFiledForm(VersionForm):
    """That it was sent through the OFAC Reporting System."""

    acknowledgement = forms.CharField(
        label="Reference of OFAC",
        max_length=40,
        validators=[RegexValidator(rf"\A{REFERENCE.pattern}\Z", "3 to 40 letters, digits, dots, dashes and slashes.")],
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    filed_on = DayField(label="Sent on", widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("acknowledgement", "receipt"), IconField("filed_on", "calendar-check"), "version"
        )


class ReleaseForm(VersionForm):
    """That the property is not blocked any more."""

    released_on = DayField(label="Not blocked any more since", widget=DateInput())
    reason = note_field("Why? Name the license, or the change of the list.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("released_on", "calendar-check"), "reason", "version")


class BlockedFilter(forms.Form):
    """Of which year."""

    year = forms.IntegerField(label="As of June 30 of", required=False, min_value=2000, max_value=2100)
