"""Reads of runs and schedules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from cloudbank import store
from cloudbank.tables import AccountsItem
from reporting.models import SCHEDULES, ReportRun, ReportSchedule
from reporting.queries import FIRST_YEAR

MOST = 50
"""Schedules of one bank."""


def schedules() -> list[ReportSchedule]:
    """All schedules, the oldest first, read strongly."""
    keys = [key for _, key in store.index_keys(ReportSchedule, "by_book", SCHEDULES, limit=MOST)]
    found = store.load(AccountsItem, keys)
    return [item for key in keys if isinstance(item := found.get(key), ReportSchedule) and item.book]


def existing_schedule(schedule_id: str) -> ReportSchedule:
    """The schedule, read strongly. Raises LookupError when there is none, or none any more."""
    found = store.get(ReportSchedule, schedule_id)
    if found is None or not found.book:
        raise LookupError("There is no such schedule any more.")
    return found


def existing_run(run_id: str) -> ReportRun:
    """The run, read strongly. Raises LookupError when there is none."""
    found = store.get(ReportRun, run_id)
    if found is None:
        raise LookupError(f"There is no run {run_id}.")
    return found


@dataclass(frozen=True)
class RunPage:
    """Some runs, newest first, and where the next ones start: [year, order], or None."""

    rows: list[ReportRun]
    cursor: list[str] | None


def runs(now: datetime, cursor: list[str] | None = None, limit: int = 25) -> RunPage:
    """What was asked for, newest first."""
    year, before = (int(cursor[0]), cursor[1]) if cursor else (now.year, "~")
    taken = list(islice(_runs(year, before), limit + 1))
    rows = taken[:limit]
    more = len(taken) > limit
    return RunPage(rows, [str(rows[-1].asked.year), rows[-1].day_order or ""] if more else None)


def _runs(year: int, before: str) -> Iterator[ReportRun]:
    while year >= FIRST_YEAR:
        found = ReportRun.by_day.query(ReportRun.group(year), ReportRun.day_order < before, scan_index_forward=False)
        yield from (item for item in found if isinstance(item, ReportRun))
        year, before = year - 1, "~"
