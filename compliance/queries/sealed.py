"""What the books sealed: the end of a business day, and a month end's numbers.

Both never change, so a process reads each of them once and keeps the few numbers that controls need.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from accounts.models import ClosedDay, MonthEnd
from accounts.month_ends import is_month_end, month_end_before
from accounts.queries import totals
from cloudbank import store
from cloudbank.conf import bank_calendar
from cloudbank.tables import AccountsItem

_KEPT_LIMIT = 400


@dataclass(frozen=True)
class SealedDay:
    """A closed business day: what it ended with (`deposits`, `book_principal`, `loan_npl` ...) and its sums."""

    day: date
    end: Mapping[str, int]
    numbers: Mapping[str, int]


_days: dict[tuple[str, date], SealedDay] = {}
_month_ends: dict[tuple[str, date, str], Counter[str]] = {}


def forget() -> None:
    """Drop what this process has kept."""
    _days.clear()
    _month_ends.clear()


def last_sealed() -> SealedDay | None:
    """The last closed business day of the bank's own currency, or None before the first."""
    day = totals.last_closed_day(settings.BANK_CURRENCY)
    return sealed([day]).get(day) if day else None


def sealed(days: list[date]) -> dict[date, SealedDay]:
    """Those of these days that are closed, in the bank's own currency. One BatchGet for what is not known yet."""
    currency = settings.BANK_CURRENCY
    if len(_days) > _KEPT_LIMIT:
        _days.clear()
    unknown = [ClosedDay.key(currency, day.isoformat()) for day in days if (currency, day) not in _days]
    for item in store.load(AccountsItem, unknown, consistent=False).values() if unknown else ():
        if isinstance(item, ClosedDay):
            day = date.fromisoformat(item.day)
            _days[currency, day] = SealedDay(day, dict(item.end), Counter(item.numbers))
    return {day: _days[currency, day] for day in days if (currency, day) in _days}


def last_month_end() -> date | None:
    """The last business day of a month that is closed, or None."""
    last = totals.last_closed_day(settings.BANK_CURRENCY)
    if last is None:
        return None
    calendar = bank_calendar()
    return last if is_month_end(last, calendar) else month_end_before(last, calendar)


def month_numbers(day: date, code: str) -> Counter[str] | None:
    """The numbers of a month-end sheet (accounts.month_ends) of the bank's own currency, or None."""
    place = (settings.BANK_CURRENCY, day, code)
    if place not in _month_ends:
        found = store.get(MonthEnd, MonthEnd.key(settings.BANK_CURRENCY, day.isoformat(), code), consistent=False)
        if found is None:
            return None
        _month_ends[place] = Counter(found.numbers())
    return _month_ends[place]
