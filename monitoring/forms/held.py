"""Forms of held movements."""

from typing import Any

from django import forms

from accounts.forms.banking import KeyField
from accounts.forms.fields import reason_field
from cloudbank.forms import layout
from monitoring.forms.alerts import day_field

INSIDE = "Kept with the movement; the customer never reads it."


class HeldFilter(forms.Form):
    """What waits now, or what was stopped on a day."""

    day = day_field("Stopped on")


class DecideForm(forms.Form):
    """Release or reject, and why."""

    action = forms.ChoiceField(choices=[("release", "Release"), ("reject", "Reject")], widget=forms.HiddenInput)
    reason = reason_field("What you found", lines=True, help_text=INSIDE)
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("reason", "key")
