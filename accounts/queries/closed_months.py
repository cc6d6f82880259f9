"""Reads of sealed days over a long time: months in one piece where they are kept so, other days one by one."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from accounts.models import ClosedDay, ClosedMonth
from accounts.months import month_of, unfolded, unpacked
from accounts.queries.month_ends import sheet_keys, sheets_by_day
from accounts.queries.totals import sealed_totals
from accounts.totals import DayTotals
from cloudbank import store
from cloudbank.tables import AccountsItem


def sealed_days(
    days: Sequence[date], ends: Iterable[date], currency: str, months: Collection[str] = ()
) -> list[DayTotals]:
    """The closed days among these, in order; those that are also among `ends` with their sheets. Read together.

    Days of `months` ("2026-07") come without cells, the last one with those of its month; a month that is not kept in
    one piece is read by days.
    """
    weekdays = [day for day in days if day.weekday() < 5]
    keys = _day_keys((day for day in weekdays if month_of(day) not in months), currency)
    keys += [ClosedMonth.key(currency, month) for month in months]
    found = list(store.load(AccountsItem, keys + sheet_keys(ends, currency), consistent=False).values())
    kept = {item.month: item for item in found if isinstance(item, ClosedMonth)}
    if missing := [day for day in weekdays if month_of(day) in months and month_of(day) not in kept]:
        found += store.load(AccountsItem, _day_keys(missing, currency), consistent=False).values()
    closed = {item.day: sealed_totals(item) for item in found if isinstance(item, ClosedDay)}
    for item in kept.values():
        closed |= {day.day: day for day in unfolded(unpacked(item.data))}
    for day, sheets in sheets_by_day(found).items():
        if day in closed:
            closed[day].sheets = sheets
    return [closed[day] for day in sorted(closed)]


def _day_keys(days: Iterable[date], currency: str) -> list[str]:
    return [ClosedDay.key(currency, day.isoformat()) for day in days]
