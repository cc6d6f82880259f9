"""When a standing order is due. Pure: dates in, dates out."""

from calendar import monthrange
from datetime import date, timedelta

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
RHYTHMS = {DAILY: "Every business day", WEEKLY: "Every week", MONTHLY: "Every month"}
ORDINARY_MONTH = 28
"""The last day of the month that every month has."""


def nth_due(first: date, rhythm: str, number: int) -> date:
    """The due date `number` steps after the first one. Monthly keeps the first one's day, or the month's last one.

    The 31st is counted from the first date each time, so that it never wears down to the 28th.
    """
    if rhythm == DAILY:
        return first + timedelta(days=number)
    if rhythm == WEEKLY:
        return first + timedelta(weeks=number)
    years, month = divmod(first.month - 1 + number, 12)
    year, month = first.year + years, month + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def next_due(first: date, rhythm: str, after: date) -> date:
    """The first due date later than `after`."""
    if after < first:
        return first
    if rhythm == MONTHLY:
        steps = (after.year - first.year) * 12 + after.month - first.month
    else:
        steps = (after - first).days // (7 if rhythm == WEEKLY else 1)
    due = nth_due(first, rhythm, steps)
    return due if due > after else nth_due(first, rhythm, steps + 1)


def in_words(first: date, rhythm: str) -> str:
    """ "Every month on the 31st, or the last day of a shorter month"."""
    if rhythm == WEEKLY:
        return f"Every {first:%A}"
    if rhythm == MONTHLY:
        short = ", or the last day of a shorter month" if first.day > ORDINARY_MONTH else ""
        return f"Every month on the {ordinal(first.day)}{short}"
    return RHYTHMS[DAILY]


def ordinal(day: int) -> str:
    """1 -> "1st", 12 -> "12th", 23 -> "23rd"."""
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
