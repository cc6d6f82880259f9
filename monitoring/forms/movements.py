"""The filters of the bank's list of movements, and the period of the charts."""

from datetime import date
from typing import Any

from django import forms

from monitoring.forms.alerts import day_field
from monitoring.forms.ranges import RangeForm
from monitoring.queries.movements import MOST_DAYS

_ANY = [("", "Any")]
BADGES = [*_ANY, ("OK", "OK"), ("suspicious", "ALERT or CRITICAL"), ("ALERT", "ALERT"), ("CRITICAL", "CRITICAL")]


class MovementFilterForm(RangeForm):
    """One business day, or a range of them."""

    most_days = MOST_DAYS
    field_order = ("day", "first", "last", "type", "channel", "segment", "badge", "hour", "branch")

    day = day_field("Business day")
    first = day_field("or from")
    badge = forms.ChoiceField(label="Screening", required=False, choices=BADGES)
    hour = forms.TypedChoiceField(
        label="Hour",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[*_ANY, *((hour, f"{hour:02d}:00") for hour in range(24))],
    )


def chosen_days(filters: dict[str, Any], today: date) -> tuple[date, date]:
    """The days to list: the one day, the range, or today."""
    if filters.get("day"):
        return filters["day"], filters["day"]
    last = filters.get("last") or (filters.get("first") and today) or today
    return filters.get("first") or last, last
