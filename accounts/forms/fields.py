"""Fields of forms about people: text without hidden characters, passwords, e-mail addresses."""

import unicodedata
from typing import Any

from django import forms
from django.contrib.auth.base_user import BaseUserManager
from django.core.exceptions import ValidationError

PASSWORD_MINIMUM, PASSWORD_MAXIMUM = 12, 128


class PlainField(forms.CharField):
    """One line (or, with `lines`, several) of visible characters: no control, zero-width or direction marks."""

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        self.lines = lines
        if lines:
            options.setdefault("widget", forms.Textarea(attrs={"rows": 2}))
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        """The text in composed form, spaces trimmed."""
        text = unicodedata.normalize("NFC", super().to_python(value) or "").replace("\r\n", "\n")
        allowed = "\n" if self.lines else ""
        if any(unicodedata.category(sign)[0] == "C" and sign not in allowed for sign in text):
            raise ValidationError("Use visible characters only.", code="hidden")
        return text


class AddressField(forms.EmailField):
    """An e-mail address; its domain in lower case."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 254)
        options.setdefault("widget", forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}))
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        """The address as it is stored."""
        return BaseUserManager.normalize_email(super().clean(value))


def new_password(label: str, help_text: str = "") -> forms.CharField:
    """A field for a password to be set: 12 to 128 characters, any of them, never trimmed."""
    attrs = {"autocomplete": "new-password"}
    return forms.CharField(
        label=label,
        strip=False,
        min_length=PASSWORD_MINIMUM,
        max_length=PASSWORD_MAXIMUM,
        help_text=help_text,
        widget=forms.PasswordInput(attrs=attrs),
    )


NEW_PASSWORD_HINT = "12 to 128 characters. A few words you can remember make a good one."  # noqa: S105


def reason_field(label: str = "Reason", **options: Any) -> PlainField:
    """Why something is done; kept with its audit record."""
    return PlainField(label=label, max_length=500, **options)
