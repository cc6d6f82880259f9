"""Fields of forms about people: text without hidden characters, passwords, e-mail addresses."""

import unicodedata
from collections.abc import Container, Sequence
from typing import Any

from django import forms
from django.contrib.auth.base_user import BaseUserManager
from django.core.exceptions import ValidationError

from accounts import numbers

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


class AccountNumberField(forms.CharField):
    """An account number as people type it; its check digits are verified before anything is read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": 32} | options))
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"})

    def to_python(self, value: Any) -> str:
        """The 16 digits, or what is wrong with them."""
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return numbers.parse(text)
        except numbers.AccountNumberError as error:
            raise ValidationError(str(error), code="account_number") from error


class ChoiceSelect(forms.Select):
    """A choice of which some options are shown and cannot be taken."""

    def __init__(self, choices: Sequence[tuple[str, str]], disabled: Container[str]) -> None:
        super().__init__(choices=choices)
        self.disabled = disabled

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One option."""
        made = super().create_option(name, value, *args, **kwargs)
        if value in self.disabled:
            made["attrs"]["disabled"] = True
        return made


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


def repeated_password(label: str) -> forms.CharField:
    """The same once more: whatever is typed is only compared, so nothing but a difference is said of it."""
    return forms.CharField(label=label, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))


PASSWORDS_DIFFER = "The two passwords differ. Type them again."
NEW_PASSWORD_HINT = "12 to 128 characters. A few words you can remember make a good one."  # noqa: S105


def reason_field(label: str = "Reason", **options: Any) -> PlainField:
    """Why something is done; kept with its audit record."""
    return PlainField(label=label, max_length=500, **options)
