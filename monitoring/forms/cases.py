"""Forms of cases: the list's filters, escalation, and what is done on a case's page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.forms.banking import new_key
from accounts.forms.fields import PlainField
from cloudbank.forms import IconField, layout
from monitoring.casework import ACCOUNT, CASE_REASONS, CUSTOMER, KINDS, OUTCOMES, STATUSES
from monitoring.forms.alerts import DecisionForm
from monitoring.papers import ACCEPT, MOST_BYTES
from monitoring.queries.casework import AGES, ALL
from monitoring.rulebook import SEVERITIES
from monitoring.services.alerts import REASON_LIMIT
from monitoring.services.cases import NOTE_LIMIT, TITLE_LIMIT

Choices = Sequence[tuple[str, str]]
_AGE_WORDS = {name: f"{name} days" if "-" in name else "More than 30 days" for name in AGES}


class CaseFilterForm(forms.Form):
    """What the list of cases is narrowed by."""

    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Not closed"), *STATUSES.items(), (ALL, "All")]
    )
    severity = forms.ChoiceField(
        label="Severity", required=False, choices=[("", "Any"), *((one, one.capitalize()) for one in SEVERITIES)]
    )
    age = forms.ChoiceField(label="Age", required=False)
    owner = forms.ChoiceField(label="Investigated by", required=False)
    customer = forms.SlugField(label="Customer", required=False, widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, workers: Choices, aged: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ages = [(code, f"{words} ({aged[code]:,})") for code, words in _AGE_WORDS.items()]
        self.fields["age"].choices = [("", "Any"), *ages]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", "Anybody"), ("-", "Nobody yet"), *workers]  # type: ignore[attr-defined]


class EscalateForm(DecisionForm):
    """Why an alert is a case, and which one."""

    case = forms.ChoiceField(label="Case", required=False)
    title = PlainField(label="Title of a new case", max_length=TITLE_LIMIT, required=False)
    reason = PlainField(label="Why it is a case", max_length=REASON_LIMIT)
    key = PlainField(widget=forms.HiddenInput, max_length=64, initial=new_key)

    def __init__(self, *args: Any, cases: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["case"].choices = [("", "A new case"), *cases]  # type: ignore[attr-defined]
        self.helper = layout(
            *(["case"] if cases else []), IconField("title", "folder2-open"), "reason", "revision", "key"
        )


class NoteForm(forms.Form):
    """A note; it is part of the audit chain."""

    note = PlainField(lines=True, label="Note", max_length=NOTE_LIMIT, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("note")


class PaperForm(forms.Form):
    """A file for the case."""

    file = forms.FileField(
        label="File",
        help_text=f"PDF, PNG, JPG, TXT or CSV, at most {MOST_BYTES // 1024 // 1024} MB.",
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("file", "upload"))

    def clean_file(self) -> UploadedFile:
        """Of a size that is read at all."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
        return file


class SubjectForm(DecisionForm):
    """Another customer or account that the case is about."""

    kind = forms.ChoiceField(label="Kind", choices=[(CUSTOMER, KINDS[CUSTOMER]), (ACCOUNT, KINDS[ACCOUNT])])
    subject = PlainField(label="Customer id or account number", max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("kind", IconField("subject", "person-plus"), "revision")

    def clean_subject(self) -> str:
        """Without the spaces that numbers are read with."""
        return "".join(self.cleaned_data["subject"].split())


class OwnerForm(DecisionForm):
    """Who investigates."""

    owner = forms.ChoiceField(label="Investigated by")

    def __init__(self, *args: Any, workers: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = list(workers)  # type: ignore[attr-defined]
        self.helper = layout(IconField("owner", "person-check"), "revision")


def _endings() -> list[tuple[str, Any]]:
    choices: list[tuple[str, Any]] = [("", "Choose\N{HORIZONTAL ELLIPSIS}")]
    return choices + [(OUTCOMES[outcome], list(reasons.items())) for outcome, reasons in CASE_REASONS.items()]


class CloseCaseForm(DecisionForm):
    """How the case ends, and why."""

    reason_code = forms.ChoiceField(label="It is", choices=_endings)
    note = PlainField(
        lines=True, label="What you found", max_length=NOTE_LIMIT, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("reason_code", "flag"), "note", "revision")


class DetachForm(DecisionForm):
    """Which alert does not belong here, and why."""

    alert = forms.SlugField(widget=forms.HiddenInput, max_length=64)
    reason = PlainField(label="Why it does not belong here", max_length=REASON_LIMIT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("reason", "alert", "revision")
