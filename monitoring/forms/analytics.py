"""What the bank's analytics show: the days, and which movements."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

from accounts import names
from monitoring.forms.alerts import day_field

USUAL_DAYS, MOST_DAYS = 30, 366
PRESETS = (7, 30, 90, 365)


class AnalyticsForm(forms.Form):
    """A range of days, a type, a channel, a branch, a segment; all of it may be left out."""

    first = day_field("From")
    last = day_field("to")
    type = forms.ChoiceField(label="Type", required=False, choices=names.choices(names.TYPES))
    channel = forms.ChoiceField(label="Channel", required=False, choices=names.choices(names.CHANNELS))
    segment = forms.ChoiceField(label="Segment", required=False, choices=names.choices(names.SEGMENTS))
    branch = forms.CharField(
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
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("first", f"Choose at most {MOST_DAYS} days.")
        return self.cleaned_data


def chosen_days(filters: Mapping[str, Any], today: date) -> tuple[date, date]:
    """The range: USUAL_DAYS up to the last day, today unless told otherwise; never later than today."""
    last = min(filters.get("last") or today, today)
    first = filters.get("first") or last - timedelta(days=USUAL_DAYS - 1)
    first = min(first, last)
    return max(first, last - timedelta(days=MOST_DAYS - 1)), last
