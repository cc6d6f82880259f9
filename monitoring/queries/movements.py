"""The bank's movements over one or several business days, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from accounts.ledger import posting_id
from accounts.models import Posting
from accounts.queries.ledger import PostingFilter, postings_of_day
from accounts.queries.totals import day_totals
from accounts.totals import CellName
from cloudbank import store
from cloudbank.tables import TransactionsItem
from monitoring.models import AlertFinding, finding_group

MOST_DAYS = 92
_READ_AHEAD = 50


@dataclass(frozen=True)
class MovementPage:
    """Some movements, each by the line that stands for it, and the cursor of what follows ("" at the end)."""

    rows: list[Posting]
    cursor: str


def movements_page(
    first: date, last: date, currency: str, narrowed: PostingFilter, *, cursor: str = "", limit: int = 50
) -> MovementPage:
    """One page over the business days from `last` back to `first`, at most MOST_DAYS of them.

    Suspicious movements come from the findings of their days: a rare thing is not searched for
    among all postings.
    """
    oldest = max(first, last - timedelta(days=MOST_DAYS - 1))
    if narrowed.badge not in ("", "OK"):
        return _suspicious_page(oldest, last, narrowed, cursor, limit)
    text, _, within = cursor.partition("|")
    newest = date.fromisoformat(text) if text else last
    rows: list[Posting] = []
    for day in _days_with(narrowed.type, oldest, newest, currency):
        page = postings_of_day(day, currency, narrowed=narrowed, cursor=within, limit=limit - len(rows))
        rows += page.rows
        if page.cursor:
            return MovementPage(rows, f"{day.isoformat()}|{page.cursor}")
        within = ""
        if len(rows) >= limit:
            before = day - timedelta(days=1)
            return MovementPage(rows, f"{before.isoformat()}|" if before >= oldest else "")
    return MovementPage(rows, "")


def selected_totals(first: date, last: date, currency: str, narrowed: PostingFilter) -> tuple[int, int] | None:
    """How many movements a filter selects and their amounts together, from the days' totals and their cells.

    None when the totals do not know: how severe an alert is stands on the movement alone. Reads no posting.
    """
    if narrowed.badge:
        return None
    oldest = max(first, last - timedelta(days=MOST_DAYS - 1))
    by_cell = narrowed.hour is not None or any(narrowed.texts[name] for name in ("channel", "branch", "segment"))
    days = day_totals(oldest, last, currency, with_cells=by_cell)
    if not by_cell:
        types = [narrowed.type] if narrowed.type else []
        return sum(day.count(*types) for day in days), sum(day.sum(*types) for day in days)
    cells = [numbers for day in days for name, numbers in day.cells.items() if _selects(narrowed, name)]
    return sum(one["n"] for one in cells), sum(one["s"] for one in cells)


def _selects(narrowed: PostingFilter, cell: CellName) -> bool:
    hour = narrowed.hour is None or cell.hour == narrowed.hour
    return hour and all(getattr(cell, name) == value for name, value in narrowed.texts.items() if value)


def _days_with(type_: str, first: date, last: date, currency: str) -> Iterator[date]:
    """The days, newest first; over several days only those that have such movements, which their totals tell."""
    if first == last:
        yield last
        return
    for totals in reversed(day_totals(first, last, currency)):
        if totals.count(*([type_] if type_ else [])):
            yield date.fromisoformat(totals.day)


def _suspicious_page(first: date, last: date, narrowed: PostingFilter, cursor: str, limit: int) -> MovementPage:
    found = _suspicious(first, last, narrowed, cursor)
    taken = list(islice(found, limit + 1))
    return MovementPage([row for _, row in taken[:limit]], taken[limit - 1][0] if len(taken) > limit else "")


def _suspicious(first: date, last: date, narrowed: PostingFilter, cursor: str) -> Iterator[tuple[str, Posting]]:
    """Flagged movements, newest first, each once, with the cursor of what follows it.

    A movement's findings share its time, so only those of one instant can repeat a movement.
    """
    text, _, order = cursor.partition("|")
    findings = _findings(first, date.fromisoformat(text) if text else last, order)
    instant, seen = "", set[str]()
    while batch := list(islice(findings, _READ_AHEAD)):
        lines = _lines({one.movement_id for one in batch})
        for one in batch:
            if one.at != instant:
                instant, seen = one.at, set()
            line, known = lines.get(one.movement_id), one.movement_id in seen
            seen.add(one.movement_id)
            shown_before = bool(order) and one.business_date == text and (one.day_order or "") >= order
            if line and not known and not shown_before and _fits(line, narrowed):
                yield f"{one.business_date}|{one.day_order}", line


def _findings(first: date, day: date, order: str) -> Iterator[AlertFinding]:
    """Findings from a day back, newest first; of the first day only those of the instant of `order` and before."""
    upto = f"{order.partition('#')[0]}$" if order else ""  # "$" follows "#"
    while day >= first:
        condition = AlertFinding.day_order < upto if upto else None
        yield from AlertFinding.by_day.query(finding_group(day.isoformat()), condition, scan_index_forward=False)
        upto, day = "", day - timedelta(days=1)


def _lines(movement_ids: set[str]) -> dict[str, Posting]:
    """The line that stands for each movement: its debit, else its credit."""
    keys = {posting_id(movement, side): movement for movement in movement_ids for side in ("credit", "debit")}
    found = store.load(TransactionsItem, list(keys))
    lines = [item for key in keys if isinstance(item := found.get(key), Posting)]
    return {line.movement_id: line for line in lines if line.line().stands_for_movement}


def _fits(line: Posting, narrowed: PostingFilter) -> bool:
    """The filter's exact matches, on a line that was read by its key."""
    wanted = dict(narrowed.texts)
    if narrowed.badge != "suspicious":
        wanted["badge"] = narrowed.badge
    matches = all(getattr(line, name) == value for name, value in wanted.items() if value)
    return matches and line.badge != "OK" and narrowed.keeps(line)
