"""The filters of the bank's list of movements, and the period of the charts."""

from datetime import date
from typing import Any

from django import forms

from accounts import names
from monitoring.forms.alerts import day_field
from monitoring.queries.movements import MOST_DAYS

_ANY = [("", "Any")]
BADGES = [*_ANY, ("OK", "OK"), ("suspicious", "ALERT or CRITICAL"), ("ALERT", "ALERT"), ("CRITICAL", "CRITICAL")]


class MovementFilterForm(forms.Form):
    """One business day, or a range of them."""

    day = day_field("Business day")
    first = day_field("or from")
    last = day_field("to")
    type = forms.ChoiceField(label="Type", required=False, choices=names.choices(names.TYPES))
    channel = forms.ChoiceField(label="Channel", required=False, choices=names.choices(names.CHANNELS))
    segment = forms.ChoiceField(label="Segment", required=False, choices=names.choices(names.SEGMENTS))
    badge = forms.ChoiceField(label="Screening", required=False, choices=BADGES)
    hour = forms.TypedChoiceField(
        label="Hour",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[*_ANY, *((hour, f"{hour:02d}:00") for hour in range(24))],
    )
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


def chosen_days(filters: dict[str, Any], today: date) -> tuple[date, date]:
    """The days to list: the one day, the range, or today."""
    if filters.get("day"):
        return filters["day"], filters["day"]
    last = filters.get("last") or (filters.get("first") and today) or today
    return filters.get("first") or last, last
