"""The settings as objects of the house."""

from datetime import date, datetime
from functools import cache

import holidays
from django.conf import settings

from cloudbank.clock import BusinessCalendar


@cache
def bank_calendar() -> BusinessCalendar:
    """The bank's business calendar: its zone, its cut-off, the US federal holidays."""
    return BusinessCalendar(settings.BANK_ZONE, settings.BANK_CUTOFF, holidays.country_holidays("US"))


def business_date(moment: datetime) -> date:
    """The business date of an instant."""
    return bank_calendar().business_date(moment)
