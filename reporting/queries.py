"""Reads of reporting: a period's days and pack, the archive, an account's statement."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.conf import settings

from accounts.corrections import Correction
from accounts.interest import first_of_next
from accounts.ledger import REVERSAL
from accounts.models import Books, ClosedDay
from accounts.queries.closed_months import sealed_days
from accounts.queries.corrections import booked_in, corrections_of
from accounts.queries.totals import books, first_day, open_totals
from accounts.totals import DayTotals
from cloudbank import store
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.quarters import Quarter, quarter_of
from cloudbank.stretches import Stretch, parse_stretch
from reporting.assemble import NotCarried, Request, assemble
from reporting.beside import Beside, beside, merged
from reporting.metrics import Metric
from reporting.models import Report
from reporting.orders import Order
from reporting.pack import Pack
from reporting.packs import audience_of
from reporting.periods import period_of

STEADY = 8
UNSTEADY = "Movements were posted while today was read: the last few may be in one section and not in another."
FIRST_YEAR = 2026
"""No report can be older than this program."""


class NothingToReport(Exception):
    """There is no data for the report asked for; the message says why and what to do."""


def check_stretch(stretch: Stretch, currency: str, now: datetime) -> None:
    """Raise NothingToReport for a period that has not begun, or that ended before the bank's first day."""
    today, begins = bank_calendar().business_date(now), first_day(currency)
    if stretch.first > today:
        raise NothingToReport(f"{stretch.label} has not begun: it starts on {stretch.first.isoformat()}.")
    if begins is None:
        raise NothingToReport(f"The bank has no postings in {currency} yet.")
    if stretch.last < begins:
        raise NothingToReport(f"{stretch.label} ended before the bank's first day, {begins.isoformat()}.")


def quarters_with_data(currency: str, now: datetime) -> list[Quarter]:
    """The quarters from the first posting to today, newest first."""
    begins = first_day(currency)
    if begins is None:
        return []
    start = settings.FISCAL_YEAR_START_MONTH
    found = [quarter_of(bank_calendar().business_date(now), start)]
    while found[-1].first > begins:
        found.append(found[-1].previous())
    return found


@dataclass(frozen=True)
class Reading:
    """The days that a report is made of. `steady`: sealed and open days, shards and cells, all of one moment."""

    days: list[DayTotals]
    steady: bool


def read_days(around: Beside, currency: str, now: datetime, *, by_day: bool = False) -> Reading:
    """The days of a period and of those beside it, and the ends of periods that their growth needs.

    Whole months come in one piece (accounts.months), unless each day's own cells are asked for (`by_day`).

    While this reads, a day may be closed (it would fall between the two readings) and movements are
    posted (shards and cells are read one after the other): then everything is read again, a few times.
    """
    reading = Reading([], False)
    for attempt in range(STEADY):
        reading = _read_once(around, currency, now, by_day)
        if reading.steady:
            break
        store.pause(attempt)
    return reading


def _read_once(around: Beside, currency: str, now: datetime, by_day: bool) -> Reading:
    known = books(currency)
    sealed_until = known.last_closed or ""
    sealed = _sealed_days(around, currency, sealed_until, by_day)
    found = open_totals(_open_dates(around.own, known, now), currency, with_cells=True, consistent=True)
    opened = [found[day] for day in sorted(found)]
    give_corrections([*sealed, *opened], currency)
    same = books(currency).last_closed == known.last_closed
    return Reading([*sealed, *opened], same and _is_whole(sealed, around.own, sealed_until) and _cells_agree(opened))


def give_corrections(days: Iterable[DayTotals], currency: str) -> None:
    """Let the days know what they took back of earlier movements. Reads nothing when no day took anything back."""
    took = [day for day in days if day.numbers[f"n_{REVERSAL}"]]
    booked = booked_in(sorted({day.day[:7] for day in took}), currency)
    for day in took:
        day.corrections = [one for one in booked if one.booked_on == day.day]


def _ends(around: Beside) -> list[date]:
    """The last business days of the periods, and those before their first days: where month-end sheets may be."""
    ends = {day for one in around.all() for day in (one.last, one.first - ONE_DAY)}
    return sorted({bank_calendar().on_or_before(day) for day in ends})


def _sealed_days(around: Beside, currency: str, sealed_until: str, by_day: bool) -> list[DayTotals]:
    if not sealed_until:
        return []
    last = date.fromisoformat(sealed_until)
    wanted = around.dates()
    if around.own.last > last:
        wanted = merged([*wanted, (last, last)])  # the open days are carried forward from it
    through = bank_calendar().after(last) - ONE_DAY  # a month that ends on a Sunday is over on its last Friday
    days = [
        first + ONE_DAY * number
        for first, until in wanted
        for number in range((min(until, through) - first).days + 1)
    ]  # fmt: skip
    months = () if by_day else around.months(days)
    return sealed_days(days, _ends(around), currency, months)


def _open_dates(own: Stretch, known: Books, now: datetime) -> list[date]:
    """The business days up to the period's end that are not sealed, and the next one (posted on while a day closes)."""
    calendar, sealed_until = bank_calendar(), known.last_closed or ""
    begins = sealed_until or known.first_day or own.first.isoformat()
    last = min(own.last, calendar.after(calendar.business_date(now)))
    return [day for day in calendar.days(date.fromisoformat(begins), last) if day.isoformat() > sealed_until]


def _is_whole(sealed: list[DayTotals], own: Stretch, sealed_until: str) -> bool:
    """Whether the sealed days reach as far as they should: one that was sealed while we read is missing at the end."""
    if not sealed_until:
        return True
    last = bank_calendar().on_or_before(min(own.last, date.fromisoformat(sealed_until)))
    return not sealed or sealed[-1].day >= last.isoformat()


def _cells_agree(days: Sequence[DayTotals]) -> bool:
    """Whether the open days' shards and cells were read at the same movement."""
    return all((day.count(), day.sum()) == (_in_cells(day, "n"), _in_cells(day, "s")) for day in days if not day.closed)


def _in_cells(day: DayTotals, name: str) -> int:
    return sum(cell[name] for cell in day.cells.values())


def pack_of(order: Order, now: datetime) -> Pack:
    """The pack that is asked for, as the books stand now. Raises NothingToReport, periods.FootingError."""
    stretch, currency = order.stretch, order.currency
    check_stretch(stretch, currency, now)
    reading = read_days(beside(stretch, order.compare), currency, now, by_day=bool(order.cut))
    period = period_of(stretch, currency, reading.days, bank_calendar())
    current = stretch.last >= bank_calendar().business_date(now)
    if not period.closed and not (current and period.days):
        raise NothingToReport(
            f"{stretch.label} has no closed business day in {currency}; run manage.py close_day first."
        )
    cutoff = _sealed_cutoff(period.closed[-1], currency) if period.complete else _open_cutoff(currency, now)
    request = Request(
        bank=settings.BANK_NAME,
        stretch=stretch,
        currency=currency,
        metrics=order.metrics,
        cutoff=cutoff,
        zone=settings.BANK_TIMEZONE,
        notes=() if reading.steady else (UNSTEADY,),
        compare=order.compare,
        cut=order.cut,
        pack=order.pack_title,
        audience=audience_of(order.pack_code),
        start_month=settings.FISCAL_YEAR_START_MONTH,
    )
    try:
        return assemble(request, reading.days, bank_calendar())
    except NotCarried as nothing:
        raise NothingToReport(str(nothing)) from nothing


def quarterly_pack(quarter: Stretch, metrics: Sequence[Metric], currency: str, now: datetime) -> Pack:
    """The pack of these metrics over the whole bank, beside the period before and a year ago."""
    return pack_of(Order(quarter, tuple(metrics), currency), now)


def _sealed_cutoff(last: DayTotals, currency: str) -> str:
    """The cut-off of a closed quarter: its last seal, the same for ever."""
    sealed = store.get(ClosedDay, ClosedDay.key(currency, last.day))
    return f"business day {last.day} sealed, seal {sealed.seal[:16]}" if sealed else f"business day {last.day} sealed"


def _open_cutoff(currency: str, now: datetime) -> str:
    state = books(currency)
    sealed = f"sealed through {state.last_closed}, seal {state.seal[:16]}" if state.last_closed else "no day sealed yet"
    return f"{iso(now)}; {sealed}"


# The archive.


@dataclass(frozen=True)
class ArchivePage:
    """Some reports, newest first, and where the next ones start: [year, order], or None."""

    rows: list[Report]
    cursor: list[str] | None


def archive(now: datetime, cursor: list[str] | None = None, limit: int = 25) -> ArchivePage:
    """Built reports, newest first over the years since the bank's first posting."""
    year, before = (int(cursor[0]), cursor[1]) if cursor else (now.year, "~")
    taken = list(islice(_reports(year, before), limit + 1))
    more = len(taken) > limit
    rows = taken[:limit]
    return ArchivePage(rows, [str(rows[-1].built.year), rows[-1].day_order or ""] if more else None)


def _reports(year: int, before: str) -> Iterator[Report]:
    while year >= FIRST_YEAR:
        found = Report.by_day.query(Report.group(year), Report.day_order < before, scan_index_forward=False)
        yield from (item for item in found if isinstance(item, Report))
        year, before = year - 1, "~"


SEARCHED = 500
"""So many of the newest reports are looked through for one of the same order."""


def built_before(order: Order, codes: Sequence[str], now: datetime) -> Report | None:
    """The newest final report of this order that has these formats, or None."""
    wanted = order.as_data()
    for one in islice(_reports(now.year, "~"), SEARCHED):
        if one.order == wanted and not one.provisional and not one.deleted_at and set(codes) <= set(one.files):
            return one
    return None


def report(report_id: str) -> Report | None:
    """The report, read strongly, or None."""
    return store.get(Report, report_id)


def corrected_since(report: Report, now: datetime) -> list[Correction]:
    """What was taken back later of the movements that a report counts: its own figures do not change with it."""
    start = int(report.parameters.get("Fiscal year starts in month", 1))
    stretch = parse_stretch(report.period, bank_calendar().business_date(now), bank_calendar(), start)
    first, last = stretch.first.isoformat(), report.as_of
    months, day = [first[:7]], stretch.first
    while (day := first_of_next(day)).isoformat() <= last:
        months.append(day.isoformat()[:7])
    found = corrections_of(months, report.currency, last)
    return [one for one in found if first <= one.corrects_on <= last]
