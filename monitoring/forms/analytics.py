"""What the bank's analytics show: the days, and which movements."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from monitoring.forms.ranges import RangeForm

USUAL_DAYS, MOST_DAYS = 30, 366
PRESETS = (7, 30, 90, 365)


class AnalyticsForm(RangeForm):
    """A year at most."""

    most_days = MOST_DAYS


def chosen_days(filters: Mapping[str, Any], today: date) -> tuple[date, date]:
    """The range: USUAL_DAYS up to the last day, today unless told otherwise; never later than today."""
    last = min(filters.get("last") or today, today)
    first = filters.get("first") or last - timedelta(days=USUAL_DAYS - 1)
    first = min(first, last)
    return max(first, last - timedelta(days=MOST_DAYS - 1)), last
