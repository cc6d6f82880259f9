"""Making the sheets of a month end, beside the closed day whose seal covers them, and checking them afterwards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any

from accounts.models.month_ends import MonthEnd, TapePart
from accounts.month_ends import SHEETS, Ended, Sheet, is_month_end, month_end_before
from accounts.month_ends.tape import Part, Recorder, Spool, sheet_hash, side_by_side, spooled
from accounts.queries.month_ends import month_end, rows, told_rows
from cloudbank import store
from cloudbank.conf import bank_calendar

LOOKS = 5
ATTEMPTS = 8
RESIDUAL = "residual_"
"""Before the name of what a sheet does not tie to; only where it does not."""


def sheets_of(day: date, currency: str, end: Mapping[str, int], told_by: Sequence[str] | None) -> list[MonthEnd]:
    """The sheets to seal with this day; none on other days than the last business day of a month.

    `end` is what the day ended with. `told_by`: the bulk runs that brought the day in whole; None: read the tables.
    Their rows are stored at once, under names of their own content: who was interrupted begins again, and finds them.
    """
    if not is_month_end(day, bank_calendar()):
        return []
    return [_made(SHEETS[code], day, currency, end, told_by) for code in SHEETS.codes()]


def _made(sheet: Sheet, day: date, currency: str, end: Mapping[str, int], told_by: Sequence[str] | None) -> MonthEnd:
    before = month_end(month_end_before(day, bank_calendar()), currency, sheet.code)
    ended = Ended(day, currency, date.fromisoformat(before.day) if before else None)
    for attempt in range(LOOKS):
        source = sheet.live(ended) if told_by is None else told_rows(ended, sheet.code, told_by)
        item, numbers = _recorded(sheet, ended, source, before)
        missing = {name: number for name, number in sheet.ties(numbers, end).items() if number}
        if not missing or told_by is not None:
            break
        store.pause(attempt, base=0.02)  # an index may lag a moment
    numbers |= {f"{RESIDUAL}{name}": number for name, number in missing.items()}
    item.pack(numbers, dict(sheet.policy(day, currency)))
    item.hash = sheet_hash(item.content())
    return item


def _recorded(
    sheet: Sheet, ended: Ended, source: Iterable[Any], before: MonthEnd | None
) -> tuple[MonthEnd, dict[str, int]]:
    """The rows are stored, the numbers folded from the very same rows."""
    recorder = Recorder(partial(_store_part, ended, sheet.code))
    with spooled() as spool:
        spool.add(source)
        kept = _carried(sheet, ended, spool, before)
        numbers = {name: number for name, number in sheet.fold(recorder.through(kept), ended).items() if number}
    item = MonthEnd(
        account_id=MonthEnd.key(ended.currency, ended.day.isoformat(), sheet.code),
        day=ended.day.isoformat(),
        currency=ended.currency,
        sheet=sheet.code,
        fields=list(sheet.row._fields),
        rows=recorder.count,
        parts=recorder.parts,
        since=before.day if before else "",
        before=before.hash if before else "",
    )
    return item, numbers


def _carried(sheet: Sheet, ended: Ended, spool: Spool, before: MonthEnd | None) -> Iterator[Any]:
    for now, then in side_by_side(spool.rows(sheet.row), rows(before) if before else ()):
        row = sheet.carried(now, then, ended)
        if row is not None:
            yield row


def _store_part(ended: Ended, code: str, part: Part) -> None:
    key = TapePart.key(ended.currency, ended.day.isoformat(), code, part.sha256)
    item = TapePart(account_id=key, version=1, data=part.data)
    for attempt in range(ATTEMPTS):
        with suppress(store.Conflict, store.OutcomeUnknown):
            store.save([store.Put(item)])
            return
        store.pause(attempt)
    raise store.Unavailable("DynamoDB keeps refusing a month-end sheet; run the command again, it resumes")
