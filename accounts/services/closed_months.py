"""A closed month in one piece: made with its last day, and checked against the days it is folded from."""

import zlib
from collections.abc import Sequence
from datetime import date

from accounts.models import ClosedDay, ClosedMonth
from accounts.month_ends import is_month_end
from accounts.months import folded, hash_of, month_of, packed, unpacked
from accounts.queries.totals import sealed_totals
from accounts.verifying import LedgerCheck, as_date
from cloudbank import store
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from cloudbank.tables import AccountsItem

MOST_BYTES = 350_000
"""An item holds 400 KB; a month that is larger has none, and its days are read one by one."""


def month_with(last: ClosedDay) -> ClosedMonth | None:
    """The month that ends with this sealed day; None on other days, or when it is too large for an item."""
    day = date.fromisoformat(last.day)
    if not is_month_end(day, bank_calendar()):
        return None
    days = [*_days_before(day, last.currency), last]
    content = folded([sealed_totals(one) for one in days])
    data, month = packed(content), month_of(day)
    if len(data) > MOST_BYTES:
        return None
    return ClosedMonth(
        account_id=ClosedMonth.key(last.currency, month),
        version=0,
        month=month,
        currency=last.currency,
        data=data,
        hash=hash_of(month, last.currency, content, [one.seal for one in days]),
    )


def _days_before(last: date, currency: str) -> list[ClosedDay]:
    first = last.replace(day=1)
    wanted = [first + number * ONE_DAY for number in range((last - first).days)]
    keys = [ClosedDay.key(currency, day.isoformat()) for day in wanted]
    found = [item for item in store.load(AccountsItem, keys).values() if isinstance(item, ClosedDay)]
    return sorted(found, key=lambda item: item.day)


def check_month(check: LedgerCheck, last: ClosedDay) -> None:
    """The month that ends with this day, if it is kept in one piece: what it says is what its days say."""
    day = as_date(last.day)
    if day is None or not is_month_end(day, bank_calendar()):
        return
    kept = store.get(ClosedMonth, ClosedMonth.key(last.currency, month_of(day)))
    if kept is not None and (fault := _fault(kept, [*_days_before(day, last.currency), last])):
        check.report("I15 month", f"closed month {kept.month} {fault}")


def _fault(kept: ClosedMonth, days: Sequence[ClosedDay]) -> str:
    try:
        content, due = unpacked(kept.data), folded([sealed_totals(one) for one in days])
    except (zlib.error, ValueError, TypeError, AttributeError) as error:
        return f"cannot be read: {error}"
    seals = [one.seal for one in days]
    if content != due or kept.hash != hash_of(kept.month, kept.currency, due, seals):
        return "does not say what its days were sealed with"
    return ""
