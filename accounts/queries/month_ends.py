"""Reads of month-end sheets: a sheet's numbers, its rows streamed, what bulk runs told."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any

from accounts.models import MonthEnd, TapePart, ToldTape
from accounts.month_ends import SHEETS, Ended, SheetNumbers, is_month_end
from accounts.month_ends.tape import Part, rows_of, unpacked
from cloudbank import store
from cloudbank.conf import bank_calendar
from cloudbank.tables import AccountsItem


class Torn(Exception):
    """A sheet's rows are not those it was sealed with; the message names it."""


def month_end(day: date, currency: str, code: str) -> MonthEnd | None:
    """The sheet of a month end as it is stored, read strongly; None when there is none."""
    return store.get(MonthEnd, MonthEnd.key(currency, day.isoformat(), code))


def sheets_on(days: Iterable[date], currency: str) -> dict[str, dict[str, SheetNumbers]]:
    """The sheets of these days: ISO day -> code -> sheet; days that end no month have none. BatchGets."""
    return sheets_by_day(store.load(AccountsItem, sheet_keys(days, currency), consistent=False).values())


def sheet_keys(days: Iterable[date], currency: str) -> list[str]:
    """The keys of the sheets that the month ends among these days may have."""
    ends = [day.isoformat() for day in days if is_month_end(day, bank_calendar())]
    return [MonthEnd.key(currency, day, code) for day in ends for code in SHEETS.codes()]


def sheets_by_day(items: Iterable[AccountsItem]) -> dict[str, dict[str, SheetNumbers]]:
    """The sheets among these items: ISO day -> code -> sheet."""
    found: dict[str, dict[str, SheetNumbers]] = {}
    for item in items:
        if isinstance(item, MonthEnd):
            found.setdefault(item.day, {})[item.sheet] = numbers_of(item)
    return found


def numbers_of(item: MonthEnd) -> SheetNumbers:
    """The item as figures need it."""
    numbers, policy = Counter(item.numbers()), Counter(item.policy())
    return SheetNumbers(
        item.sheet, item.day, item.currency, item.rows, item.hash, numbers, policy, partial(rows, item)
    )  # fmt: skip


def rows(item: MonthEnd) -> Iterator[Any]:
    """The rows of a sheet in the tape's order, a part at a time. Raises Torn."""
    kind = SHEETS[item.sheet].row
    for sha256 in item.parts:
        key = TapePart.key(item.currency, item.day, item.sheet, sha256)
        part = store.get(TapePart, key)
        content = unpacked(part.data) if part else b""
        if part is None or Part.of(content).sha256 != sha256:
            raise Torn(
                f"the rows {sha256[:12]} of the sheet {item.sheet} of {item.day} are not those it was sealed with"
            )
        yield from rows_of(content, item.fields, kind)


def told_rows(ended: Ended, code: str, import_ids: Iterable[str]) -> Iterator[Any]:
    """What these bulk runs told of a month end."""
    for import_id in import_ids:
        number, more = 0, True
        while more:
            key = ToldTape.key(ended.currency, ended.day.isoformat(), code, import_id, number)
            part = store.get(ToldTape, key)
            if part is None:
                break
            yield from rows_of(unpacked(part.data), part.fields, SHEETS[code].row)
            number, more = number + 1, part.more
