"""Forms of the block and the watch list."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.forms.banking import KeyField
from accounts.forms.fields import PlainField, reason_field
from cloudbank.forms import DayField, IconField, layout
from monitoring.listing import KIND_WORDS, KINDS, LISTS, OWN, VALUE_LENGTH

MOST_BYTES = 1024 * 1024
ENDED = "ended"


def _day(label: str, help_text: str, **options: Any) -> DayField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return DayField(label=label, help_text=help_text, widget=widget, **options)


class ListFilter(forms.Form):
    """Which entries."""

    q = PlainField(label="Search", required=False, max_length=VALUE_LENGTH, widget=forms.TextInput({"data-search": ""}))
    which = forms.ChoiceField(label="List", required=False)
    kind = forms.ChoiceField(label="Kind", required=False)
    over = forms.BooleanField(label="Only those whose last day has passed", required=False)

    def __init__(self, *args: Any, counted: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = [("", "All"), *LISTS.items(), (ENDED, "Taken off")]
        self.fields["which"].choices = [(code, f"{words} ({counted[code]})") for code, words in lists]  # type: ignore[attr-defined]
        kinds = [(code, f"{words} ({counted[code]})") for code, words in KIND_WORDS.items()]
        self.fields["kind"].choices = [("", "Any"), *kinds]  # type: ignore[attr-defined]


class EntryForm(forms.Form):
    """Something that is to stand on a list."""

    list = forms.ChoiceField(label="List", choices=[("", "Choose"), *OWN.items()])
    kind = forms.ChoiceField(label="It is", choices=[("", "Choose"), *KINDS.items()])
    value = PlainField(
        label="Value",
        max_length=VALUE_LENGTH,
        help_text="A name matches in any order of its words, with or without accents; a country is two letters.",
    )
    expires_on = _day("Last day", "Empty: without end.", required=False)
    reason = reason_field(lines=True, help_text="Kept with the entry; no customer and no teller reads it.")
    origin = forms.SlugField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("list", "shield-lock"),
            IconField("kind", "people"),
            IconField("value", "search"),
            IconField("expires_on", "calendar3"),
            "reason",
            "origin",
        )


class RelaxForm(forms.Form):
    """Take an entry off, or let it end on a day."""

    expires_on = _day("Last day", "Empty: it is taken off at once.", required=False)
    reason = reason_field(lines=True, help_text="Kept with the entry.")
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("expires_on", "calendar3"), "reason", "key")

    def clean_expires_on(self) -> date | None:
        """None: at once."""
        return self.cleaned_data["expires_on"] or None


class ListFileForm(forms.Form):
    """A CSV of entries."""

    file = forms.FileField(
        label="CSV file",
        help_text="Columns list, kind, value, reason, expires_on; UTF-8, at most 1 MB.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        allow_empty_file=True,
    )
    dry_run = forms.BooleanField(label="Only try: say what it would do", required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("file", "upload"), "dry_run")

    def clean_file(self) -> UploadedFile:
        """Of a size that is read at all."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError("The file is larger than 1 MB.")
        return file


class ClearForm(forms.Form):
    """A hit that a person found to be somebody else."""

    subject = PlainField(
        label="Whose name",
        max_length=VALUE_LENGTH,
        help_text="A customer's id, or the name of somebody outside the bank.",
    )
    uid = forms.RegexField(
        label="Entry of the list",
        regex=r"^[0-9]{1,9}$",
        max_length=9,
        error_messages={"invalid": "Give the entry's number, as the alert says it."},
    )
    expires_on = _day("Until", "Empty: without end.", required=False)
    reason = reason_field(lines=True, help_text="What shows that it is somebody else: date of birth, document, place.")
    origin = forms.SlugField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("subject", "person"),
            IconField("uid", "search"),
            IconField("expires_on", "calendar3"),
            "reason",
            "origin",
        )
