"""The form that brings a statement file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.forms.fields import AccountNumberField
from accounts.queries.people import holder_of, user
from accounts.services.statement_files import Choice
from accounts.statement_files.reading import AUTO, MOST_BYTES
from cloudbank.forms import IconField, layout
from cloudbank.roles import Role

FORMATS = [(AUTO, "Recognise it"), ("camt", "ISO 20022 camt.053"), ("ofx", "OFX or QFX")]


class StatementFileForm(forms.Form):
    """A file, and whose account it is of when this is the first of its kind."""

    file = forms.FileField(
        label="Statement file",
        help_text=f"camt.053 (XML) or OFX, at most {MOST_BYTES // 1024 // 1024} MB.",
        widget=forms.FileInput(attrs={"accept": ".xml,.ofx,.qfx,.camt,.053"}),
        allow_empty_file=True,
    )
    account = AccountNumberField(
        label="Our account",
        required=False,
        help_text="Only for the first statement of an account; after that its IBAN or number is enough.",
    )
    customer = forms.CharField(
        label="Or open an account for",
        required=False,
        max_length=254,
        help_text="Customer id or e-mail address. The account begins with the statement's opening balance.",
    )
    format = forms.ChoiceField(label="Format", choices=FORMATS, initial=AUTO)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            IconField("file", "upload"),
            IconField("account", "wallet2"),
            IconField("customer", "person-plus"),
            IconField("format", "file-earmark-text"),
        )

    def clean_file(self) -> UploadedFile:
        """Of a size that is read at all."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
        return file

    def clean_customer(self) -> str:
        """The customer's id, or ""."""
        text: str = self.cleaned_data["customer"].strip()
        found = (holder_of(text) if "@" in text else user(text)) if text else None
        if text and (found is None or found.role != Role.CUSTOMER):
            raise ValidationError("There is no customer with this id or e-mail address.")
        return found.user_id if found else ""

    def clean(self) -> dict[str, Any]:
        """One of the two, or neither."""
        data = super().clean() or {}
        if data.get("account") and data.get("customer"):
            self.add_error("customer", "Choose an account or a customer, not both.")
        return data

    @property
    def choice(self) -> Choice:
        """What a valid form says about its file."""
        data = self.cleaned_data
        return Choice(data["format"], data["account"], data["customer"])
