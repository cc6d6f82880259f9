"""Reads behind a figure: the period's days, as the report read them."""

from datetime import datetime

from cloudbank.conf import bank_calendar
from cloudbank.stretches import Stretch
from reporting.beside import NONE, beside
from reporting.cuts import Cut
from reporting.periods import Period, period_of
from reporting.queries import NothingToReport, check_stretch, read_days


def period_now(stretch: Stretch, currency: str, cut: Cut, now: datetime) -> Period:
    """The period as the books stand now. Raises NothingToReport."""
    check_stretch(stretch, currency, now)
    reading = read_days(beside(stretch, NONE), currency, now, by_day=True)
    period = period_of(stretch, currency, reading.days, bank_calendar(), cut)
    if not period.days:
        raise NothingToReport(f"{stretch.label} has no business day with postings in {currency}.")
    return period
