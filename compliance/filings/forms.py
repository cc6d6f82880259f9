"""Forms of filings. They check the shape of what is typed; the services check what it means."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.forms.banking import KeyField
from accounts.forms.conductor import person_meant
from accounts.forms.fields import PlainField
from cloudbank.forms import DayField, IconField, MoneyField, layout
from compliance.filings.exemptions import BASES
from compliance.filings.narrative import BLOCK, BLOCKS, KINDS, QUESTIONS
from compliance.filings.register import ALL_OPEN, OVERDUE, SETTLED
from compliance.filings.suspicion import Content
from compliance.filings.terms import ACKNOWLEDGEMENT_DIGITS, DECISIONS, FORMS, LABELS, Status
from compliance.forms import DateInput

NOTE_LIMIT = 2000
MOST_ANSWER = 2 * 1024 * 1024
STATES = {
    ALL_OPEN: "To be filed",
    OVERDUE: "Overdue",
    Status.DRAFT: LABELS[Status.DRAFT],
    Status.REVIEWED: LABELS[Status.REVIEWED],
    Status.APPROVED: LABELS[Status.APPROVED],
    SETTLED: "Settled",
    Status.FILED: LABELS[Status.FILED],
    Status.DISMISSED: LABELS[Status.DISMISSED],
}


def bsa_identifier(label: str) -> forms.CharField:
    """The number that the E-Filing System acknowledges a report with."""
    digits = RegexValidator(
        rf"\A[0-9]{{{ACKNOWLEDGEMENT_DIGITS}}}\Z", f"A BSA identifier has {ACKNOWLEDGEMENT_DIGITS} digits."
    )
    attrs = {"inputmode": "numeric", "autocomplete": "off"}
    return forms.CharField(label=label, max_length=20, validators=[digits], widget=forms.TextInput(attrs))


def note_field(label: str, **options: Any) -> PlainField:
    """Some lines of text."""
    return PlainField(label=label, max_length=NOTE_LIMIT, lines=True, widget=forms.Textarea({"rows": 3}), **options)


class FilingsFilter(forms.Form):
    """Filters of the register, each with how many there are."""

    q = PlainField(
        label="Search",
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search", "placeholder": "Name, id or BSA identifier"}),
    )
    state = forms.ChoiceField(label="State", required=False)
    form = forms.ChoiceField(label="Form", required=False)

    def __init__(self, *args: Any, counted: Mapping[str, int], kinds: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(str(code), f"{words} ({counted.get(code, 0):,})") for code, words in STATES.items()]
        self.fields["state"].choices = [("", states[0][1]), *states[1:]]  # type: ignore[attr-defined]
        if len(kinds) > 1:
            self.fields["form"].choices = [("", "Any"), *((one, FORMS[one]) for one in kinds)]  # type: ignore[attr-defined]
        else:
            del self.fields["form"]


class VersionForm(forms.Form):
    """What every step carries: the filing as the person saw it."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReviewForm(VersionForm):
    """The reviewer's word."""

    decision = forms.ChoiceField(label="What is to be approved", choices=[("", "Choose"), *DECISIONS.items()])
    note = note_field("What did you check?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("decision", "check2-square"), "note", "version")


class FiledForm(VersionForm):
    """That it was sent."""

    acknowledgement = bsa_identifier("BSA identifier of the acknowledgement")
    filed_on = DayField(label="Filed on", widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("acknowledgement", "receipt"), IconField("filed_on", "calendar-check"), "version"
        )


class AcknowledgementForm(VersionForm):
    """The system's answer to a file of several reports."""

    file = forms.FileField(
        label="Acknowledgement file (XML)",
        max_length=200,
        widget=forms.ClearableFileInput({"accept": ".xml,application/xml"}),
        help_text="As the E-Filing System gives it back; each report gets its BSA identifier from it.",
    )
    filed_on = DayField(label="Sent on", widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("file", "upload"), IconField("filed_on", "calendar-check"), "version")

    def clean_file(self) -> Any:
        """No larger than any answer to a file of the bank's can be."""
        file = self.cleaned_data["file"]
        if file.size > MOST_ANSWER:
            raise forms.ValidationError("This file is larger than any acknowledgement.")
        return file


class AmendForm(VersionForm):
    """What was wrong."""

    reason = note_field("What was wrong with it?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("reason", "version")


class ContinueForm(VersionForm):
    """Nothing more to say."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("version")


class StartForm(forms.Form):
    """When the bank knew, and whether it suspects somebody: the clock."""

    determined_on = DayField(
        label="Determined on",
        widget=DateInput(),
        help_text="The day on which the review knew, or had reason to suspect. The clock runs from it.",
    )
    has_suspect = forms.TypedChoiceField(
        label="Is anybody suspected?",
        choices=[("", "Choose"), ("yes", "Yes: 30 days"), ("no", "No: 60 days")],
        coerce=lambda text: text == "yes",
        empty_value=None,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("determined_on", "calendar-check"), IconField("has_suspect", "person"))


class ReportForm(StartForm):
    """The substance of a report on suspicious activity."""

    first_on = DayField(label="Activity from", widget=DateInput())
    last_on = DayField(label="Activity to", widget=DateInput())
    total = MoneyField(label="Amount involved")
    kinds = forms.MultipleChoiceField(
        label="Kind of activity",
        required=False,
        choices=[(code, one[0]) for code, one in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, question in QUESTIONS.items():
            area = forms.Textarea({"rows": 4})
            field = PlainField(label=question, required=False, max_length=BLOCK * BLOCKS, lines=True, widget=area)
            self.fields[code] = field
        self.helper = layout(
            IconField("determined_on", "calendar-check"),
            IconField("has_suspect", "person"),
            IconField("first_on", "calendar3"),
            IconField("last_on", "calendar3"),
            IconField("total", "cash-coin"),
            "kinds",
            *QUESTIONS,
            "version",
        )

    def content(self) -> Content:
        """What the service takes."""
        names = ("determined_on", "has_suspect", "first_on", "last_on", "total", "kinds")
        known = {name: self.cleaned_data[name] for name in names}
        return Content(**known, answers={code: self.cleaned_data[code] for code in QUESTIONS})


class ExemptForm(forms.Form):
    """Who is to be exempt, and why."""

    customer = PlainField(label="Customer", max_length=254, help_text="Name, e-mail, account number or customer id.")
    basis = forms.ChoiceField(
        label="Why",
        choices=[("", "Choose"), *((code, f"Phase {'I' * one.phase}: {one.label}") for code, one in BASES.items())],
    )
    since = DayField(label="From", widget=DateInput())
    reportable = forms.IntegerField(
        label="Reportable cash transactions of the last year", required=False, min_value=0, max_value=100_000
    )
    ineligible = forms.IntegerField(
        label="Percent of revenue from ineligible business", required=False, min_value=0, max_value=100
    )
    risk_assessed = forms.BooleanField(
        label="Assessed on risk, before two months with an account have passed", required=False
    )
    reason = note_field("What did you look at?")
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("customer", "person"),
            IconField("basis", "shield-check"),
            IconField("since", "calendar-check"),
            "reportable",
            "ineligible",
            "risk_assessed",
            "reason",
            "key",
        )

    def clean_customer(self) -> str:
        """The one customer that is meant."""
        return person_meant(self.cleaned_data["customer"]).user_id

    def clean(self) -> dict[str, Any]:
        """What is left out counts as none."""
        cleaned: dict[str, Any] = super().clean() or {}
        return cleaned | {name: cleaned.get(name) or 0 for name in ("reportable", "ineligible")}


class ReasonForm(forms.Form):
    """Why an exemption ends, or what its review looked at."""

    reason = note_field("Reason")


class DesignationForm(forms.Form):
    """That Form 110 was filed."""

    number = bsa_identifier("BSA identifier of Form 110")
    filed_on = DayField(label="Filed on", widget=DateInput())
