"""Forms of the people screens: filters, staff, decisions with their reasons."""

from typing import Any

from django import forms

from accounts.forms.fields import AddressField, PlainField, reason_field
from accounts.models.people import PENDING
from cloudbank.forms import IconField, layout
from cloudbank.roles import Role

ROLE_LABELS = {
    Role.TELLER: "Teller",
    Role.ANALYST: "Analyst",
    Role.MANAGER: "Manager",
    Role.COMPLIANCE: "Compliance officer",
    Role.AUDITOR: "Auditor",
    Role.ADMIN: "Administrator",
}
STAFF_ROLES = [(str(role), label) for role, label in ROLE_LABELS.items()]


def role_label(role: str) -> str:
    """What people call a role."""
    return {str(key): label for key, label in ROLE_LABELS.items()}.get(role, role.capitalize())


def _prefix() -> PlainField:
    return PlainField(
        label="Name begins with", required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )


class StaffFilter(forms.Form):
    """Narrows the list of staff."""

    role = forms.ChoiceField(label="Role", required=False, choices=[("", "All roles"), *STAFF_ROLES])
    name = _prefix()


class CustomerFilter(forms.Form):
    """Narrows the list of customers: by name, or those whose identity waits for a decision."""

    name = _prefix()
    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[("", "All customers"), (PENDING, "Waiting for verification, oldest first")],
    )

    def clean(self) -> dict[str, Any]:
        """One question at a time: each has its own index."""
        if self.cleaned_data.get("name") and self.cleaned_data.get("show"):
            self.add_error("name", "Search by name in all customers, or show those waiting.")
        return self.cleaned_data


class StaffForm(forms.Form):
    """A new member of staff."""

    name = PlainField(label="Full name", max_length=100)
    email = AddressField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=STAFF_ROLES)
    helper = layout(IconField("name", "person"), IconField("email", "envelope"), IconField("role", "person-badge"))


class ReasonForm(forms.Form):
    """Something that needs only a reason."""

    reason = reason_field()
    helper = layout(IconField("reason", "journal-text"))


class DecisionForm(ReasonForm):
    """The decision on a customer's identity."""

    decision = forms.ChoiceField(
        choices=[("approve", "Verified"), ("reject", "Not verified")],
        widget=forms.HiddenInput,
        error_messages={"required": "Choose Verified or Not verified."},
    )
    reason = reason_field("What was seen, or why not")
    helper = layout(IconField("reason", "journal-text"))


class RoleForm(ReasonForm):
    """Another role."""

    role = forms.ChoiceField(label="New role", choices=STAFF_ROLES)
    helper = layout(IconField("role", "person-badge"), IconField("reason", "journal-text"))


class DisableForm(ReasonForm):
    """Shut out, or let in again."""

    disabled = forms.ChoiceField(choices=[("yes", "Disable"), ("no", "Enable")], widget=forms.HiddenInput)
