"""What the bank's analytics and its list of movements are both narrowed by."""

from typing import Any, ClassVar

from django import forms

from accounts import names
from accounts.forms.fields import PlainField
from monitoring.forms.alerts import day_field


class RangeForm(forms.Form):
    """A range of days, a type, a channel, a segment, a branch; all of it may be left out."""

    most_days: ClassVar[int]

    first = day_field("From")
    last = day_field("to")
    type = forms.ChoiceField(label="Type", required=False, choices=names.choices(names.TYPES))
    channel = forms.ChoiceField(label="Channel", required=False, choices=names.choices(names.CHANNELS))
    segment = forms.ChoiceField(label="Segment", required=False, choices=names.choices(names.SEGMENTS))
    branch = PlainField(
        label="Branch", required=False, max_length=40, widget=forms.TextInput(attrs={"placeholder": "Main branch"})
    )

    def clean_branch(self) -> str:
        """The code behind the name."""
        return names.branch_code(self.cleaned_data["branch"])

    def clean(self) -> dict[str, Any]:
        """Days run upwards, and not over too many."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("first", "The first day is after the last one.")
        elif first and last and (last - first).days >= self.most_days:
            self.add_error("first", f"Choose at most {self.most_days} days.")
        return self.cleaned_data
