"""Forms of the people screens: filters, staff, decisions with their reasons."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.forms.banking import KeyField
from accounts.forms.fields import AddressField, PlainField, reason_field
from accounts.models.people import HIGH, PENDING, REJECTED
from accounts.names import ROLES
from cloudbank.forms import IconField, layout

STAFF_ROLES = list(ROLES.items())


def _prefix() -> PlainField:
    return PlainField(
        label="Name begins with", required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )


class StaffFilter(forms.Form):
    """Narrows the list of staff."""

    role = forms.ChoiceField(label="Role", required=False)
    name = _prefix()

    def __init__(self, *args: Any, counted: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(code, f"{words} ({counted[code]})") for code, words in STAFF_ROLES]
        self.fields["role"].choices = [("", "All roles"), *roles]  # type: ignore[attr-defined]


CUSTOMER_LISTS = {
    PENDING: "Waiting for verification, oldest first",
    REJECTED: "Not verified",
    HIGH: "High risk, next review first",
}


class CustomerFilter(forms.Form):
    """Narrows the list of customers: by name, or to one list, each with how many it holds."""

    name = _prefix()
    show = forms.ChoiceField(label="Show", required=False)

    def __init__(self, *args: Any, counted: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = [(code, f"{words} ({counted[code]})") for code, words in CUSTOMER_LISTS.items()]
        self.fields["show"].choices = [("", "All customers"), *lists]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One question at a time: each has its own index."""
        if self.cleaned_data.get("name") and self.cleaned_data.get("show"):
            self.add_error("name", "Search by name in all customers, or show one of the lists.")
        return self.cleaned_data


class StaffForm(forms.Form):
    """A new member of staff, for a second person to approve."""

    name = PlainField(label="Full name", max_length=100)
    email = AddressField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=STAFF_ROLES)
    reason = reason_field("Why", help_text="Who they are and what for; the person who approves reads it.")
    key = KeyField()
    helper = layout(
        IconField("name", "person"),
        IconField("email", "envelope"),
        IconField("role", "person-badge"),
        IconField("reason", "journal-text"),
        "key",
    )


class ReasonForm(forms.Form):
    """Something that needs only a reason."""

    reason = reason_field()
    helper = layout(IconField("reason", "journal-text"))


class RoleForm(ReasonForm):
    """Another role."""

    role = forms.ChoiceField(label="New role", choices=STAFF_ROLES)
    key = KeyField()
    helper = layout(IconField("role", "person-badge"), IconField("reason", "journal-text"), "key")


class DisableForm(ReasonForm):
    """Shut out, or let in again."""

    disabled = forms.ChoiceField(choices=[("yes", "Disable"), ("no", "Enable")], widget=forms.HiddenInput)
