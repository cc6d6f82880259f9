"""The postings of any days as one CSV, in constant memory: what is read, what a row says, the proof that all came.

A closed day's rows are counted against the number that its seal covers, so a file that ended is a whole one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.particulars import particulars
from accounts.queries.postings import raw_days
from accounts.queries.totals import books, days_of, first_day, open_totals
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.exports import Cell, Sheet, csv_chunks
from cloudbank.money import to_decimal

TITLE = "Postings"
COLUMNS = (
    ("Business day", "business_date"),
    ("Posted (UTC)", "posted_at"),
    ("Type", "type"),
    ("Channel", "channel"),
    ("Branch", "branch"),
    ("Account", "account_id"),
    ("Number on the account", "sequence"),
    ("Customer", "owner_id"),
    ("Product", "product"),
    ("Other side", "counter"),
    ("Other side's customer", "counter_owner"),
    ("Amount", "amount"),
    ("Currency", "currency"),
    ("Balance after", "balance_after"),
    ("Screening", "badge"),
    ("Memo", "memo"),
    ("Particulars", "details"),
    ("Reference", "movement_id"),
    ("Posting", "transaction_id"),
)
FIELDS = tuple(field for _, field in COLUMNS)
_AT_ONCE = timedelta(days=90)
_EVERY = 1_000
Progress = Callable[[int], None]


class NoSuchDays(ValueError):
    """The days asked for cannot be exported; the message says why and what to do."""


class Incomplete(RuntimeError):
    """A closed day has not the postings that it was sealed with: what was written so far is not to be used."""


@dataclass(frozen=True)
class DayCount:
    """A business day that has postings, and how many. `closed`: its seal says so."""

    day: date
    closed: bool
    postings: int


@dataclass(frozen=True)
class Extent:
    """What an export will hold: the days asked for, those of them that have postings, and the cut-off."""

    first: date
    last: date
    currency: str
    days: tuple[DayCount, ...]
    cutoff: str

    @property
    def postings(self) -> int:
        """How many rows; of open days as many as there were a moment ago."""
        return sum(one.postings for one in self.days)

    @property
    def rows_in_words(self) -> str:
        """ "1,204 postings"."""
        return _counted(self.postings, "posting")

    @property
    def days_in_words(self) -> str:
        """ "of 64 business days", those that have postings."""
        return f"of {_counted(len(self.days), 'business day')} with postings"

    @property
    def stem(self) -> str:
        """What the file is called, in words."""
        return f"{TITLE} {self.first} to {self.last} {self.currency}"

    def facts(self) -> list[tuple[str, str]]:
        """What the file says of itself; the same for ever when all days are closed."""
        return [
            ("Bank", settings.BANK_NAME),
            ("Business days", f"{self.first} to {self.last}, {len(self.days)} with postings"),
            ("Currency", self.currency),
            ("Order", "business day, then time of posting"),
            ("Data cut-off", self.cutoff),
        ]


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def extent(first: date, last: date, currency: str, now: datetime) -> Extent:
    """The days and how many postings they have. Raises NoSuchDays with one sentence."""
    check_days(first, last, currency, now)
    counts: list[DayCount] = []
    start = first
    while start <= last:
        upto = min(last, start + _AT_ONCE)
        counts += _counts(start, upto, currency)
        start = upto + ONE_DAY
    return Extent(first, last, currency, tuple(counts), _cutoff(counts, currency, now))


def check_days(first: date, last: date, currency: str, now: datetime) -> None:
    """Raise NoSuchDays for days in the wrong order, before the bank's first or after its present one."""
    if first > last:
        raise NoSuchDays(f"The first day, {first}, is after the last one, {last}.")
    if currency not in settings.BANK_CURRENCIES:
        raise NoSuchDays(f"The bank has no books in {currency}; choose from {', '.join(settings.BANK_CURRENCIES)}.")
    begins, today = first_day(currency), bank_calendar().business_date(now)
    if begins is None:
        raise NoSuchDays(f"There are no postings in {currency} yet.")
    if last < begins:
        raise NoSuchDays(f"The books in {currency} begin on {begins}; there is nothing up to {last}.")
    if last > today:
        raise NoSuchDays(f"{last} has not begun; the present business day is {today}.")


def _counts(first: date, last: date, currency: str) -> list[DayCount]:
    closed, opened = days_of(first, last, currency)
    counts = [DayCount(day, True, item.numbers.get("postings", 0)) for day, item in closed.items()]
    found = open_totals(opened, currency, with_cells=False, consistent=True)
    counts += [DayCount(day, False, totals.numbers["postings"]) for day, totals in found.items()]
    return sorted((one for one in counts if one.postings), key=lambda one: one.day)


def _cutoff(counts: Sequence[DayCount], currency: str, now: datetime) -> str:
    opened = [one.day for one in counts if not one.closed]
    if not counts or not opened:
        return f"business day {counts[-1].day} sealed" if counts else "no postings"
    sealed = books(currency, consistent=False).last_closed or "no day"
    return f"{iso(now)}; sealed through {sealed}, {len(opened)} of the days still open"


class PostingsFile:
    """The CSV of an extent: `chunks` once, then `rows` says how many postings it holds."""

    def __init__(
        self, of: Extent, progress: Progress = lambda number: None, facts: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._of, self._progress, self._facts, self.rows = of, progress, facts or of.facts(), 0

    def chunks(self) -> Iterator[bytes]:
        """UTF-8, piece by piece. Raises Incomplete, store.StoreError: then the last line, the hash, is missing."""
        return csv_chunks(Sheet(TITLE, [title for title, _ in COLUMNS], self._rows(), self._notes))

    def _notes(self) -> list[tuple[str, str]]:
        return [*self._facts, ("Rows", f"{self.rows:,}, complete")]

    def _rows(self) -> Iterator[Sequence[Any]]:
        days = {one.day: one for one in self._of.days}
        cells = _Cells(self._of.currency)
        for day, raws in raw_days(list(days), self._of.currency, FIELDS):
            before, told = self.rows, self.rows
            for raw in raws:
                self.rows += 1
                if self.rows - told == _EVERY:
                    self._progress(_EVERY)
                    told = self.rows
                yield cells.of(raw)
            self._progress(self.rows - told)
            _check(days[day], self.rows - before)


def _check(day: DayCount, found: int) -> None:
    if day.closed and found != day.postings:
        raise Incomplete(
            f"{day.day} was sealed with {day.postings:,} postings and {found:,} were found. "
            "Run verify_ledger; it names the first broken item."
        )


class _Cells:
    """A posting's cells, in the order of COLUMNS."""

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def of(self, raw: dict[str, Any]) -> list[Cell]:
        """Texts, decimal amounts; what a damaged posting lacks is empty."""
        return [self._cell(field, raw.get(field)) for field in FIELDS]

    def _cell(self, field: str, value: dict[str, str] | None) -> Cell:
        if value is None:
            return None
        number = value.get("N")
        if number is not None:
            return int(number) if field == "sequence" else to_decimal(int(number), self._currency)
        text = value.get("S", "")
        return particulars(text) if field == "details" else text
