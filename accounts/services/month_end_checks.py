"""verify_ledger: a closed month end's sheets are those its seal covers; they say what their rows and the day say."""

import zlib
from collections.abc import Iterator, Mapping

from accounts.models import ClosedDay, MonthEnd
from accounts.month_ends import SHEETS, Ended, Sheet, is_month_end
from accounts.month_ends.tape import Recorder, sheet_hash
from accounts.queries.month_ends import Torn, month_end, rows
from accounts.services.month_ends import RESIDUAL
from accounts.verifying import LedgerCheck, as_date
from cloudbank.conf import bank_calendar

DAMAGE = (Torn, zlib.error, ValueError, TypeError, KeyError, AttributeError)
"""What reading rows or numbers may trip over that somebody changed."""


def check_sheets(check: LedgerCheck, sealed: ClosedDay) -> None:
    """Every sheet of a closed day, row by row; memory: a part of a sheet and its numbers."""
    day, known = as_date(sealed.day), sealed.sheets or {}
    if day is None or not isinstance(known, dict):
        check.report("I16 month end", f"closed day {sealed.day}: does not name its sheets")
        return
    if is_month_end(day, bank_calendar()):
        for code in _missing(check, known):
            check.report("I16 month end", f"closed day {sealed.day}: has no sheet {code}")
    for code, hash_ in sorted(known.items()):
        for fault in _faults(month_end(day, sealed.currency, code), code, str(hash_), sealed.end or {}):
            check.report("I16 month end", f"closed day {sealed.day}: its sheet {code} {fault}")


def _missing(check: LedgerCheck, known: Mapping[str, str]) -> list[str]:
    """Sheets that were to be sealed too. A kind that a later release brought is due from its first month end on:
    what was sealed before it knows nothing of it, and cannot be sealed again."""
    due = check.sheets if known else set(SHEETS.codes())
    missing = [code for code in SHEETS.codes() if code in due and code not in known]
    check.sheets |= known.keys()
    return missing


def _faults(item: MonthEnd | None, code: str, hash_: str, end: Mapping[str, int]) -> Iterator[str]:
    if item is None:
        yield "is gone"
    elif code not in SHEETS:
        yield "is of a kind that this program does not know"
    else:
        try:
            yield from _differences(item, SHEETS[code], hash_, end)
        except DAMAGE as error:
            yield f"cannot be read: {error}"


def _differences(item: MonthEnd, sheet: Sheet, hash_: str, end: Mapping[str, int]) -> Iterator[str]:
    if not item.hash == hash_ == sheet_hash(item.content()):
        yield "is not what the day was sealed with"
        return
    said = {name: number for name, number in item.numbers().items() if not name.startswith(RESIDUAL)}
    counter = Recorder(lambda part: None)
    folded = sheet.fold(counter.through(rows(item)), _ended(item))
    if counter.count != item.rows:
        yield f"has {counter.count} rows, it says {item.rows}"
    for name in sorted(said.keys() | folded.keys()):
        if said.get(name, 0) != folded.get(name, 0):
            yield f"says that {name} is {said.get(name, 0)}, its rows give {folded.get(name, 0)}"
    for name, missing in sheet.ties(said, end).items():
        if missing:
            yield f"does not tie: {name} differs from the closed day by {missing}"


def _ended(item: MonthEnd) -> Ended:
    day, since = as_date(item.day), as_date(item.since) if item.since else None
    if day is None:
        raise ValueError(f"{item.day} is no day")
    return Ended(day, item.currency, since)
